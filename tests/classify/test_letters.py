from __future__ import annotations

import pytest

from classify.pipeline import Classifier

CASES = [
    ("en", "We propose topics (b), (d) and (f).", "bdf"),
    ("en", "Topics b, c and h please.", "bch"),
    ("en", "Our choice: items (b)-(d).", "bcd"),
    ("en", "We support topics (a) to (c) and (h).", "abch"),
    ("en", "all topics except (g)", "abcdefh"),
    ("en", "It refers to article 9 (e) of the Protocol.", ""),
    ("en", "In reply to CU 2009/92 (A) we thank you for a note.", ""),
    ("en", "We regard a discussion as useful.", ""),
    ("fr", "Le Gouvernement propose les thèmes c) et e).", "ce"),
    ("fr", "tous les thèmes sauf a) et g)", "bcdefh"),
    ("es", "Uruguay propone los temas d), e) y h).", "deh"),
    ("es", "los temas b) a d)", "bcd"),
    ("ru", "предлагает темы в), д) и е)", "cef"),
    ("ru", "пункты (b) и (d)", "bd"),
    ("ar", "تقترح مصر المواضيع (أ) و(هـ) و(و).", "aef"),
    ("ar", "البندان (ب) و(د)", "bd"),
    ("zh", "建议第（二）、（七）和（八）项议题。", "bgh"),
    ("zh", "我国建议议题(b)和(d)。", "bd"),
    # what is taken out of a range
    ("en", "We support b to e without d.", "bce"),
    ("en", "(c) and (h), not (d)", "ch"),
    ("fr", "les points b) à e), sauf d)", "bce"),
    ("es", "todos los temas de la lista, menos a), d) y e).", "bcfgh"),
    ("ru", "Темы с б) по е), кроме в)", "bdef"),
    ("ru", "пункты б) – е)", "bcdef"),
    ("ar", "البنود (ب) إلى (هـ) عدا (د)", "bce"),
    ("zh", "(b)至(e)，不包括(d)", "bce"),
    ("es", "apoya de la letra d a la g, excepto la e.", "dfg"),
    ("zh", "除(c)、(f)、(g)三项外，照会所列其余各项均请列入议程。", "abdeh"),
    ("ar", "المواضيع د - و - ز", "dfg"),
    ("es", "dar prioridad a la formación", ""),
    ("es", "interés por la letra d) y la letra f) de su nota", "df"),
    # letters without brackets
    ("en", "Topics: C, E and F", "cef"),
    ("en", "For Iceland b + h please", "bh"),
    ("en", "We propose b, d and f for January", "bdf"),
    ("es", "TEMAS: C, E Y F.", "cef"),
    ("es", "temas c e f", "cf"),
    ("ru", "Финляндия: d, e и g.", "deg"),
    ("ar", "المواضيع ب، د، و", "bdf"),
    ("en", "We take f and d because of girls.", "fd"),
    ("en", "Hi, we vote for H.", "h"),
    ("en", "We support topic B. Regards", "b"),
    ("fr", "Cuba vote pour H puis D. Merci", "hd"),
    ("fr", "Notre choix est C.", "c"),
    ("ru", "голосуем за г и е.", "df"),
    ("zh", "我们选b和d。", "bd"),
    ("en", "vote for a ban", ""),
    ("en", "we keep a record; support plan b.", ""),
    ("fr", "nous optons pour a l'unanimite", ""),
    ("en", "a working group and a meeting", ""),
    ("en", "Annexes A and B are attached.", ""),
    # ranges and dashes
    ("ru", "предлагает обсудить пункты f)–h) перечня.", "fgh"),
    ("ru", "просит рассмотреть b)–d) и, в последнюю очередь, g).", "bcdg"),
    ("es", "otorga prioridad a los incisos c), f) y h)", "cfh"),
    # behind a semicolon another matter begins
    ("es", "son la f) y la b); la h) puede quedar", "fbh"),
    ("en", "Topics (d); (e); (f).", "def"),
    # the whole list, of which some are chosen
    ("zh", "照会中（一）至（八）中的（三）、（六）和（八）。", "cfh"),
    ("en", "Of points (a) to (h) we retain (b).", "b"),
    ("en", "We support topics (a) to (h).", "abcdefgh"),
    # letters that others take the place of
    ("en", "please change (g) to (f). Regards", "f"),
    ("en", "for (c) read (e); (f) is maintained", "ef"),
    ("en", "topic (f) instead of topic (c)", "f"),
    ("en", "instead of (c), (e)", "e"),
    ("en", "in place of (c) and (d) we propose (e)", "e"),
    ("en", "(g) should read (f)", "f"),
    ("en", "we would prefer (d) rather than (e)", "d"),
    ("fr", "au lieu du point c), le point d)", "d"),
    ("fr", "au lieu de « c) », lire « e) »", "e"),
    ("fr", "le point e) est remplacé par le point f)", "f"),
    ("es", "donde se lee inciso f) debe leerse inciso h)", "h"),
    ("es", "el inciso c) debe ser examinado", "c"),
    ("ru", "вместо пункта в) просим включить пункт д)", "e"),
    ("ru", "следует заменить (b) на (d)", "d"),
    ("en", "Our corrected topics (b) and (d) follow.", "bd"),
    ("en", "please correct (b) to (d)", "d"),
    ("ru", "исправленные пункты (b) и (d)", "bd"),
    ("ar", "تقترح (و) بدلا من (ز)", "f"),
    ("zh", "请以(f)代替(c)。", "f"),
    ("zh", "来函中“(b)”系“(d)”之误。", "d"),
    ("zh", "议题(c)更正为(e)", "e"),
    # digits that a scan gives for letters
    ("ru", "темы под буквами 6), в) и 3).", "bch"),
    ("ru", "3) Подготовка кадров", ""),
    # a letter behind the sender's own count, before the topic's words, is the item's marker
    ("es", "1º) c) Indemnización de las víctimas", ""),
]


@pytest.mark.parametrize(("language", "text", "letters"), CASES)
def test_references(classifier: Classifier, language: str, text: str, letters: str) -> None:
    doc = classifier.pipelines[language](text)
    assert "".join(letter for mention in doc._.letters for letter in mention.letters) == letters


def test_a_marker_with_words_behind_it_is_no_reference(classifier: Classifier) -> None:
    doc = classifier.pipelines["en"]("We propose:\n(c) Compensation of victims\n(d) Training of police")
    assert doc._.letters == ()
