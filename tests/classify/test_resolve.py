"""Who replies: every State by every name in letterhead and opening formula, and what must not be taken for the sender."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from classify.resolve import Verdict, who_replies
from classify.states import State, load_states
from core.model import BODY, LANGUAGES, Message, Span, SpanLabel, Text
from tests.classify.test_names import genitives

LETTERHEADS = {
    "en": "PERMANENT MISSION OF {name}\nTO THE UNITED NATIONS (VIENNA)\n\nNo. 12/2009\n\nTopics (b) and (d) are proposed.\n\nVienna, Austria",
    "fr": "MISSION PERMANENTE : {name}\nVIENNE\n\nN° 12/2009\n\nLes thèmes b) et d) sont proposés.\n\nVienne (Autriche)",
    "es": "MISIÓN PERMANENTE DE {name}\nVIENA\n\nNo. 12/2009\n\nSe proponen los temas b) y d).\n\nViena (Austria)",
    "ru": "{name}\nПОСТОЯННОЕ ПРЕДСТАВИТЕЛЬСТВО\nВена, Австрия\n\n№ 12/2009\n\nПредлагаются темы b) и d).",
    "ar": "{name}\nالبعثة الدائمة\nفيينا، النمسا\n\nالرقم 12/2009\n\nنقترح الموضوعين (ب) و(د).",
    "zh": "{name}常驻维也纳联合国代表团\n奥地利维也纳\n\n第12/2009号\n\n建议议题(b)和(d)。",
}
OPENINGS = {
    "en": "The Permanent Mission of {name} in Vienna presents its compliments to the Secretariat and, after cooperation with the Government of Norway and on victims from Paraguay, proposes topic (b).",
    "fr": "La Mission permanente de {name} auprès de l'ONU à Vienne présente ses compliments au Secrétariat et, en coopération avec la Norvège, propose le thème b) pour les victimes originaires du Paraguay.",
    "es": "La Misión Permanente de {name} ante las Naciones Unidas en Viena (Austria) saluda atentamente a la Secretaría y, en cooperación con Noruega, propone el tema b) sobre víctimas procedentes del Paraguay.",
    "ru": "Постоянное представительство {name} в Австрии свидетельствует свое уважение Секретариату и предлагает тему b) о жертвах из Парагвая с учетом сотрудничества с Норвегией.",
    "ar": "تهدي البعثة الدائمة {name} لدى النمسا تحياتها إلى الأمانة وتقترح الموضوع (ب) بالتعاون مع النرويج بشأن ضحايا من باراغواي.",
    "zh": "{name}驻奥地利大使馆向秘书处致意，并建议议题(b)，涉及来自巴拉圭的被害人以及与挪威的合作。",
}


def read(
    text: str, language: str, *, sender: str = "office@mail.example", name: str = "", subject: str = ""
) -> Verdict:
    message = Message("<x@test.example>", subject=subject, from_address=sender, from_name=name, body=text)
    return who_replies(message, (body(text),), language)


def body(text: str, label: SpanLabel = "reply") -> Text:
    return Text(BODY, text, spans=(Span(0, len(text), label),))


def letter(text: str, name: str = "note.docx") -> Text:
    return Text(name, text, "attachment", spans=(Span(0, len(text), "reply"),))


def wrong(cases: Iterator[tuple[str, str, str]]) -> list[tuple[str, str, str | None, float]]:
    """Of (code, language, text): those where another State, or none, or no certain one is found."""
    found = []
    for code, language, text in cases:
        verdict = read(text, language)
        if verdict.state != code or verdict.confidence < 0.9:
            found.append((code, text[:80], verdict.state, verdict.confidence))
    return found


def in_letterheads(names: Iterator[tuple[State, str, str]]) -> Iterator[tuple[str, str, str]]:
    for state, language, name in names:
        yield state.code, language, LETTERHEADS[language].format(name=name)
        if language != "zh":
            yield state.code, language, LETTERHEADS[language].format(name=name.upper())


def in_openings(names: Iterator[tuple[State, str, str]]) -> Iterator[tuple[str, str, str]]:
    for state, language, name in names:
        if language == "ru":
            continue
        shown = ("لل" + name[2:] if name.startswith("ال") else "ل" + name) if language == "ar" else name
        yield state.code, language, OPENINGS[language].format(name=shown)
    for code, name in genitives():
        yield code, "ru", OPENINGS["ru"].format(name=name)


def official_names() -> Iterator[tuple[State, str, str]]:
    for state in load_states().states:
        for language in LANGUAGES:
            yield state, language, state.formal[language]


def all_names() -> Iterator[tuple[State, str, str]]:
    for state in load_states().states:
        for language in LANGUAGES:
            for name in state.names[language]:
                yield state, language, name


def test_each_official_name_in_a_letterhead() -> None:
    assert wrong(in_letterheads(official_names())) == []


def test_each_official_name_in_an_opening_formula() -> None:
    assert wrong(in_openings(official_names())) == []


@pytest.mark.slow
def test_each_name_in_a_letterhead() -> None:
    assert wrong(in_letterheads(all_names())) == []


@pytest.mark.slow
def test_each_name_in_an_opening_formula() -> None:
    assert wrong(in_openings(all_names())) == []


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("Permanent Mission of Kenya\nVienna, Austria\n\nKenya proposes topic (b).", "en", "KEN"),
        ("The Embassy of Peru in Brussels, Belgium, presents its compliments and proposes topic (b).", "en", "PER"),
        (
            "The Permanent Mission of Ghana to the United Nations in Geneva, Switzerland, proposes topic (b).",
            "en",
            "GHA",
        ),
        ("The Embassy of Nepal in the Republic of Austria has the honour to propose topic (b).", "en", "NPL"),
        ("Embassy of Chile to Belgium\n\nWe propose topic (b).", "en", "CHL"),
        ("La Mission permanente du Sénégal auprès de l'ONU à Genève (Suisse) propose le thème b).", "fr", "SEN"),
        ("L'Ambassade du Bénin en Autriche présente ses compliments et propose le thème b).", "fr", "BEN"),
        ("La Embajada de Bolivia en Austria saluda atentamente y propone el tema b).", "es", "BOL"),
        ("Постоянное представительство Республики Казахстан предлагает тему b).", "ru", "KAZ"),
        ("Посольство Кыргызской Республики в Австрийской Республике имеет честь предложить тему b).", "ru", "KGZ"),
        ("تهدي سفارة لبنان لدى جمهورية النمسا تحياتها وتقترح الموضوع (ب).", "ar", "LBN"),
        ("تتشرف سفارة المملكة المغربية بفيينا بأن تقترح الموضوع (ب).", "ar", "MAR"),
        ("巴基斯坦驻奥地利大使馆谨建议议题(b)。", "zh", "PAK"),
        (
            "The Permanent Mission of Austria presents its compliments and proposes topic (b).\nVienna, Austria",
            "en",
            "AUT",
        ),
        ("Die Ständige Vertretung\n\nThe Permanent Mission of Switzerland in Vienna proposes (b).", "en", "CHE"),
        ("The Government of Ghana proposes topic (b). It cooperates with Nigeria and Togo.", "en", "GHA"),
        ("Nationals of Nigeria were found. The Government of Italy has the honour to propose (b).", "en", "ITA"),
        ("Le Gouvernement du Mali propose le thème b). Des ressortissants du Nigéria sont concernés.", "fr", "MLI"),
        (
            "El Gobierno del Paraguay propone el tema b), pues víctimas procedentes de Bolivia pasan por la Argentina.",
            "es",
            "PRY",
        ),
        ("Правительство Молдовы предлагает тему b). Граждане Украины и сотрудничество с Румынией.", "ru", "MDA"),
        ("وتقترح حكومة المغرب الموضوع (ب) بالتعاون مع إسبانيا.", "ar", "MAR"),
        ("越南政府建议议题(b)，与柬埔寨的合作很重要。", "zh", "VNM"),
        (
            "Ministry of Justice\n12 rue du Maroc, Tunis\nRépublique tunisienne\n\nLe Ministère propose le thème b).",
            "fr",
            "TUN",
        ),
        ("Ministry of Interior, Jordan\n\nAmman, 3 July 2009\n\nWe propose (b).", "en", "JOR"),
        ("المملكة الأردنية الهاشمية\nوزارة العدل\nعمان في 20 تموز 2009\n\nنقترح الموضوع (ب).", "ar", "JOR"),
        ("سلطنة عمان\nوزارة العدل\nمسقط\n\nنقترح الموضوع (ب).", "ar", "OMN"),
        ("تهدي البعثة الدائمة لعمان تحياتها إلى الأمانة وتقترح الموضوع (ب).", "ar", "OMN"),
        ("The Permanent Mission of Ireland presents its compliments. Northern Ireland is a case apart.", "en", "IRL"),
        ("Permanent Mission of Mexico. The Organization of American States met in New Mexico.", "en", "MEX"),
        ("The Department of Justice of the Republic of Korea proposes (b).", "en", "KOR"),
        ("The Dominican Government proposes (b). Dominican Republic, July 2009", "en", "DOM"),
        ("The Slovak Ministry of the Interior would like to propose (b).", "en", "SVK"),
        ("Le Gouvernement sénégalais souhaite proposer le thème b).", "fr", "SEN"),
        ("Российская сторона: Министерство иностранных дел Российской Федерации предлагает тему b).", "ru", "RUS"),
        ("تقترح الحكومة المصرية الموضوع (ب). جمهورية مصر العربية", "ar", "EGY"),
        (
            "To: Secretariat, Vienna International Centre, PO Box 500, A-1400 Vienna, Austria\n\nThe Government of Fiji proposes (b).",
            "en",
            "FJI",
        ),
        (
            "Apostolic Nunciature\n\nThe Permanent Mission of the Holy See presents its compliments and proposes (b).",
            "en",
            "VAT",
        ),
    ],
)
def test_the_replying_state_and_no_other(text: str, language: str, code: str) -> None:
    verdict = read(text, language)
    assert (verdict.state, verdict.rival) == (code, None)
    assert verdict.confidence >= 0.6


@pytest.mark.parametrize(
    "text",
    [
        "We propose topic (b). Victims from Nigeria need it.",
        "Thank you for the note.",
        "The workshop held in Kenya was useful. Topic (b), please.",
        "Best regards,\nJordan Smith",
    ],
)
def test_a_mention_makes_no_sender(text: str) -> None:
    assert read(text, "en").confidence < 0.6


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Bridges Network, non-governmental organization", "We run shelters in Nigeria and propose topic (e)."),
        ("International Organization for Migration, Mission in Kenya", "IOM proposes topic (b)."),
        ("UNICEF Nepal", "We suggest topic (b)."),
        ("Fondation Espoir Mali", "Nous proposons le thème e)."),
        ("Asociación Puentes Perú", "Proponemos el tema e)."),
        ("Общественная организация «Мост» Украина", "Предлагаем тему e)."),
        ("جمعية الأمل لبنان", "نقترح الموضوع (هـ)."),
        ("乌干达妇女协会", "我们建议议题(e)。"),
        ("University of Malta, Faculty of Laws", "We propose topic (b)."),
        ("Kenya Anti-Trafficking Coalition", "On behalf of our members we propose (e)."),
        ("", "Kenya Women's Network\nNairobi\n\nWe are a non-governmental organization and propose topic (e)."),
    ],
)
def test_an_organization_is_no_state(name: str, text: str) -> None:
    verdict = read(text, "en", name=name)
    assert (verdict.state, verdict.organisation) == (None, True)


def test_a_mission_to_organizations_is_a_state() -> None:
    text = "The Permanent Mission of Kenya to the International Organizations in Vienna proposes (b)."
    verdict = read(text, "en", name="Permanent Mission of Kenya to the OSCE and the international organizations")
    assert verdict.state == "KEN"


def test_two_candidates_are_both_named() -> None:
    verdict = read("Kenya and Uganda\n\nWe propose topic (b).", "en")
    assert {verdict.state, verdict.rival} == {"KEN", "UGA"}
    assert verdict.confidence <= 0.5


def test_a_letter_outranks_the_mail_that_covers_it() -> None:
    cover = "The Permanent Mission of Belgium forwards the attached reply of the Ministry of Justice of Luxembourg."
    attached = (
        "MINISTÈRE DE LA JUSTICE\nLuxembourg\n\nLe Gouvernement du Luxembourg a l'honneur de proposer le thème b)."
    )
    message = Message("<x@test.example>", from_address="mission@belgium-mission.example", from_name="Belgium")
    verdict = who_replies(message, (body(cover), letter(attached)), "en")
    assert (verdict.state, verdict.rival) == ("LUX", "BEL")


def test_a_mission_that_forwards_its_capital() -> None:
    head = "---------- Forwarded message ----------\nFrom: Ministry of Justice, Malawi <legal@justice.gov.mw>\nTo: mission\n\n"
    words = "We propose topics (b) and (d).\n"
    cover = "Please see below.\n\n"
    text = cover + head + words
    at, then = len(cover), len(cover) + len(head)
    spans = (Span(0, at, "reply"), Span(at, then, "quoted"), Span(then, len(text), "forwarded"))
    message = Message("<x@test.example>", from_address="malawi.vienna@mail.example", body=text)
    verdict = who_replies(message, (Text(BODY, text, spans=spans),), "en")
    assert (verdict.state, verdict.rival) == ("MWI", None)
    assert "legal@justice.gov.mw"[6:] in {item.words for item in verdict.evidence}


@pytest.mark.parametrize(
    ("text", "language", "code", "group"),
    [
        ("The Permanent Mission of Sweden, on behalf of the European Union, proposes (b).", "en", "SWE", "EU"),
        (
            "The Permanent Mission of Kenya, in its capacity as Chair of the African Group, proposes (b).",
            "en",
            "KEN",
            "AFRICAN_GROUP",
        ),
        (
            "La Mission permanente de l'Algérie, au nom du Groupe des États d'Afrique, propose le thème b).",
            "fr",
            "DZA",
            "AFRICAN_GROUP",
        ),
        ("La Misión Permanente de Chile, en nombre del GRULAC, propone el tema b).", "es", "CHL", "GRULAC"),
        (
            "La Misión Permanente del Uruguay, en su calidad de Presidencia pro tempore del Grupo de América Latina y el Caribe, propone el tema b).",
            "es",
            "URY",
            "GRULAC",
        ),
        (
            "Постоянное представительство Беларуси от имени Содружества Независимых Государств предлагает тему b).",
            "ru",
            "BLR",
            "CIS",
        ),
        (
            "Постоянное представительство Судана как председатель Группы 77 и Китая предлагает тему b).",
            "ru",
            "SDN",
            "G77",
        ),
        ("تقترح البعثة الدائمة للسودان باسم المجموعة العربية الموضوع (ب).", "ar", "SDN", "ARAB_GROUP"),
        (
            "بصفة جمهورية السودان رئيساً للمجموعة العربية نقترح الموضوع (ب).\n\nالبعثة الدائمة لجمهورية السودان",
            "ar",
            "SDN",
            "ARAB_GROUP",
        ),
        (
            "تهدي البعثة الدائمة لمصر تحياتها، بصفتها رئيسة مجموعة الدول الأفريقية، وتقترح (ب).",
            "ar",
            "EGY",
            "AFRICAN_GROUP",
        ),
        ("苏丹常驻代表团谨代表七十七国集团和中国建议议题(b)。", "zh", "SDN", "G77"),
        ("泰国常驻代表团代表东盟建议议题(b)。", "zh", "THA", "ASEAN"),
        (
            "The Permanent Mission of Kenya supports the statement made on behalf of the European Union.",
            "en",
            "KEN",
            None,
        ),
        (
            "The Permanent Mission of Norway, as a member of no group, proposes (b). The European Union has a directive.",
            "en",
            "NOR",
            None,
        ),
        (
            "The Permanent Mission of Turkey aligns itself with the proposals submitted on behalf of the European Union.",
            "en",
            "TUR",
            None,
        ),
    ],
)
def test_on_behalf_of_a_group(text: str, language: str, code: str, group: str | None) -> None:
    verdict = read(text, language)
    assert (verdict.state, verdict.on_behalf_of) == (code, group)


@pytest.mark.parametrize(
    ("sender", "name", "code"),
    [
        ("a@mfa-sample.gov.ke", "", "KEN"),
        ("a@vienna.mfa.gov.il", "", "ISR"),
        ("a@fco-sample.gov.uk", "", "GBR"),
        ("a@sre.gob.mx", "", "MEX"),
        ("a@justice.gouv.sn", "", "SEN"),
        ("a@mofa.go.jp", "", "JPN"),
        ("a@state.gov", "", "USA"),
        ("a@kenya-mission.example", "", "KEN"),
        ("a@yahoo.fr", "Mission du Burkina Faso", "BFA"),
        ("a@aon.at", "Embassy of Paraguay", "PRY"),
    ],
)
def test_by_the_sender_alone(sender: str, name: str, code: str) -> None:
    verdict = read("(b) and (d), please.", "en", sender=sender, name=name)
    assert (verdict.state, verdict.rival) == (code, None)


@pytest.mark.parametrize("sender", ["a@webmail.example", "a@chello.at", "a@yahoo.fr", "a@mail.tv", "a@un.int"])
def test_an_address_that_says_nothing(sender: str) -> None:
    assert read("(b) and (d), please.", "en", sender=sender).confidence < 0.6


# --- what a bad scan does -------------------------------------------------------------------------

LETTERS = {
    "en": "abcdefghilmnorstuce",
    "fr": "abcdefghilmnorstuce",
    "es": "abcdefghilmnorstuce",
    "ru": "абвгдеиклмнопрстуыц",
    "ar": "ابتثجحدرسصعفقكلمنهوي",
    "zh": "的一是在不了有和人这国大",
}


def misread(text: str, language: str, share: float, dice: random.Random) -> str:
    """One letter in so many is another, or lost."""
    read = []
    for char in text:
        if not char.isalpha() or dice.random() >= share:
            read.append(char)
        elif dice.random() > 0.2:
            other = dice.choice(LETTERS[language])
            read.append(other.upper() if char.isupper() else other)
    return "".join(read)


def of_scans(every: int) -> tuple[float, list[tuple[str, str, str | None]]]:
    """How many States are found in letters of which a scan misread three letters in a hundred, and those wrong unseen."""
    dice = random.Random(2009)
    right, total, unseen = 0, 0, []
    for state, language, name in list(official_names())[::every]:
        text = LETTERHEADS[language].format(name=name.upper())
        if language != "ru":
            text += "\n\n" + OPENINGS[language].format(name=name)
        verdict = read(misread(text, language, 0.03, dice), language)
        total += 1
        right += verdict.state == state.code
        if verdict.state not in (state.code, None) and verdict.confidence >= 0.6:
            unseen.append((state.code, language, verdict.state))
    return right / total, unseen


def test_a_bad_scan_names_no_wrong_state_unseen() -> None:
    right, unseen = of_scans(every=17)
    assert unseen == []
    assert right >= 0.85


@pytest.mark.slow
def test_bad_scans_of_every_state() -> None:
    right, unseen = of_scans(every=1)
    assert len(unseen) <= 3, unseen
    assert right >= 0.85


DEVELOPED: tuple[tuple[str | None, str, str, str, str], ...] = (
    ("MEX", "es", "", "", "Secretaría de Relaciones Exteriores\nMéxico, D.F., a 20 de julio de 2009\n\nLa Secretaría de Relaciones Exteriores de los Estados Unidos Mexicanos propone el tema b)."),
    ("USA", "en", "x@state.gov", "", "The United States would like the group to discuss compensation. We have worked with Mexico and the Philippines on this."),
    ("COG", "fr", "amb@aol.com", "Ambassade du Congo", "L'Ambassade de la République du Congo à Berne présente ses compliments et propose le thème b)."),
    ("COD", "fr", "amb@yahoo.fr", "Ambassade RDC", "L'Ambassade de la République Démocratique du Congo à Vienne présente ses compliments au Secrétariat."),
    ("KOR", "en", "vienna@mofat.go.kr", "Korean Mission", "Dear colleagues, Korea would like to suggest (d) and (e)."),
    ("IRL", "en", "vienna@dfa.ie", "", "Ireland proposes topic (c). In Northern Ireland and Great Britain the law differs."),
    ("SDN", "ar", "", "البعثة الدائمة لجمهورية السودان", "تهدي البعثة الدائمة لجمهورية السودان بفيينا تحياتها، وقد التقى الوفد بممثلي مصر والجزائر."),
    ("DZA", "ar", "", "", "الجمهورية الجزائرية الديمقراطية الشعبية\nوزارة الشؤون الخارجية\nالجزائر في 20 جويلية 2009\n\nتقترح الوزارة موضوع تعويض الضحايا."),
    ("ARE", "ar", "", "", "دولة الإمارات العربية المتحدة\nوزارة الداخلية\n\nنقترح تدريب أفراد الشرطة. ونشكر المملكة العربية السعودية وقطر."),
    ("UZB", "ru", "", "", "ПОСОЛЬСТВО РЕСПУБЛИКИ УЗБЕКИСТАН\nв Австрийской Республике\n\nПосольство имеет честь предложить тему b)."),
    ("BLR", "ru", "", "", "Уважаемые коллеги,\nот имени Республики Беларусь предлагаем темы b) и с)."),
    ("VNM", "zh", "", "", "越南社会主义共和国\n常驻维也纳代表团\n\n致：联合国毒品和犯罪问题办公室，奥地利维也纳\n\n我国建议议题(d)。"),
    ("NGA", "zh", "", "", "尼日利亚联邦共和国常驻代表团谨建议议题(e)，并提及尼日尔和贝宁籍被害人。"),
    ("TUR", "en", "info@adalet.gov.tr", "Ministry of Justice", "We suggest (b)."),
    ("SRB", "en", "", "", "REPUBLIC OF SERBIA\nMINISTRY OF INTERIOR\n\nThe Ministry proposes (g). Experience of Croatia and Montenegro is useful."),
    ("MKD", "en", "", "", "The Permanent Mission of the former Yugoslav Republic of Macedonia to the OSCE presents its compliments."),
    ("PSE", "en", "", "", "The Permanent Observer Mission of Palestine presents its compliments and proposes (e)."),
    ("LBY", "en", "", "", "The People's Bureau of the Great Socialist People's Libyan Arab Jamahiriya presents its compliments."),
    ("NER", "fr", "", "", "La Mission permanente du Niger propose e); des victimes nigérianes transitent par notre pays."),
    ("TCD", "fr", "", "", "L'Ambassade de la République du Tchad près le Royaume de Belgique présente ses compliments et propose d)."),
    (None, "en", "a@gmail.com", "Maria Georgia Costa", "Hello, I am a student writing on Jordan and Chad. Could you send me the note?"),
    (None, "en", "info@strada.example", "", "We work in Poland, Ukraine and the Czech Republic and suggest topic (d)."),
)  # fmt: skip


@pytest.mark.parametrize("case", DEVELOPED, ids=lambda case: f"{case[0]}-{case[1]}")
def test_letters_of_many_kinds(case: tuple[str | None, str, str, str, str]) -> None:
    code, language, sender, name, text = case
    verdict = read(text, language, sender=sender, name=name)
    assert (verdict.state, verdict.rival) == (code, None)


def test_a_mission_that_writes_for_another_government() -> None:
    text = "The Permanent Mission of Belgium, on behalf of the Government of Luxembourg, presents its compliments and proposes (b)."
    verdict = read(text, "en", sender="mission@belgium-mission.example", name="Permanent Mission of Belgium")
    assert (verdict.state, verdict.rival) == ("LUX", "BEL")


def test_candidate_countries_that_align_themselves_are_not_the_sender() -> None:
    text = "Sweden, as Presidency of the European Union, has the honour to convey proposals on behalf of the EU and its Member States. The candidate countries Turkey, Croatia and the former Yugoslav Republic of Macedonia align themselves with them."
    verdict = read(text, "en")
    assert (verdict.state, verdict.rival, verdict.on_behalf_of) == ("SWE", None, "EU")
