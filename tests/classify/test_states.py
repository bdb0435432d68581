from __future__ import annotations

import pytest

from classify.pipeline import Classifier
from classify.states import domain_clues, load_states
from core.consultation import Consultation
from core.model import BODY, Message, Span, Text

OPENINGS = {
    "en": "The Permanent Mission of {name} presents its compliments to the Secretariat and proposes topic (b).",
    "fr": "La Mission permanente de {name} présente ses compliments au Secrétariat et propose le thème b).",
    "es": "La Misión Permanente de {name} saluda atentamente a la Secretaría y propone el tema b).",
    "ru": "Постоянное представительство {name} свидетельствует свое уважение Секретариату и предлагает тему b).",
    "ar": "تهدي البعثة الدائمة ل{name} تحياتها إلى الأمانة وتقترح الموضوع (ب).",
    "zh": "{name}常驻代表团向秘书处致意，并建议议题(b)。",
}


def state_of(classifier: Classifier, text: str, sender: str = "office@mail.example", name: str = "") -> str | None:
    message = Message("<x@test.example>", subject="Reply", from_address=sender, from_name=name, body=text)
    return classifier.classify(message, (Text(BODY, text, spans=(Span(0, len(text), "reply"),)),)).state


def test_the_list_of_states() -> None:
    known = load_states()
    codes = [state.code for state in known.states]
    assert len(codes) == len(set(codes)) == 194
    assert "SSD" not in codes
    members = {code for group in known.groups for code in group.members}
    assert members <= set(codes)


@pytest.mark.parametrize(
    "code", ["KEN", "NER", "NGA", "COD", "COG", "GIN", "GNB", "GNQ", "DMA", "DOM", "PRK", "KOR", "AUS", "AUT"]
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_homonyms_behind_an_opening_formula(classifier: Classifier, language: str, code: str) -> None:
    state = load_states().by_code(code)
    assert state is not None
    assert state_of(classifier, OPENINGS[language].format(name=state.short[language])) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Permanent Mission of Kenya\nVienna, Austria\n\nKenya proposes topic (b).", "KEN"),
        ("The Embassy of Peru in Brussels, Belgium, presents its compliments and proposes topic (b).", "PER"),
        ("Постоянное представительство Республики Казахстан предлагает тему b).", "KAZ"),
        ("La Mission permanente du Sénégal auprès de l'ONU à Genève (Suisse) propose le thème b).", "SEN"),
        ("The Government of Ghana proposes topic (b). It cooperates with Nigeria and Togo.", "GHA"),
        ("وتقترح حكومة المغرب الموضوع (ب).", "MAR"),
    ],
)
def test_the_replying_state_and_not_the_seat(classifier: Classifier, text: str, code: str) -> None:
    assert state_of(classifier, text) == code


def test_an_organization_is_no_state(classifier: Classifier) -> None:
    text = "We run shelters in Nigeria and propose topic (e).\n"
    assert state_of(classifier, text, name="Bridges Network, non-governmental organization") is None


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("a@mfa-sample.gov.ke", "KEN"),
        ("a@fco-sample.gov.uk", "GBR"),
        ("a@kenya-mission.example", "KEN"),
        ("a@webmail.example", None),
    ],
)
def test_address(address: str, code: str | None) -> None:
    clues = domain_clues(address)
    assert (clues[0].state if clues else None) == code


def test_two_candidates_go_to_review(classifier: Classifier, consultation: Consultation) -> None:
    text = "Kenya and Uganda\n\nWe propose topic (b)."
    message = Message("<x@test.example>", from_address="a@mail.example", body=text)
    outcome = classifier.classify(message, (Text(BODY, text, spans=(Span(0, len(text), "reply"),)),))
    reasons = [str(reason) for reason in outcome.review]
    assert any("KEN" in reason and "UGA" in reason for reason in reasons)


def test_what_a_person_said_outweighs_all(classifier: Classifier) -> None:
    text = "The Embassy of Peru presents its compliments."
    message = Message("<x@test.example>", from_address="a@mail.example", body=text)
    outcome = classifier.classify(message, (Text(BODY, text, spans=(Span(0, len(text), "reply"),)),), "JPN")
    assert (outcome.state, outcome.state_confidence) == ("JPN", 1.0)
