from __future__ import annotations

import pytest

from classify.amends import amendment_in, replaces_a_reply
from core.consultation import Consultation


@pytest.mark.parametrize(
    ("language", "words", "scope", "letters"),
    [
        ("en", "This note replaces our note No. 14/2009 of 3 July. We propose topic (b).", "all", ()),
        ("en", "Kenya withdraws topic (c) and proposes topic (e).", "topics", ("c",)),
        ("en", "Instead of (c), please read (e).", "topics", ("c",)),
        ("en", "We withdraw our proposal on risk assessment. The rest stands.", "topics", ("g",)),
        ("en", "In addition to our note of 3 July, Kenya also proposes topic (h).", "adds", ()),
        ("fr", "La présente note annule et remplace celle du 3 juillet. Thèmes proposés : b) et d).", "all", ()),
        ("fr", "Le Togo retire le thème c) et propose le thème e).", "topics", ("c",)),
        ("fr", "En complément de sa note du 3 juillet, le Togo propose le thème h).", "adds", ()),
        ("es", "La presente nota sustituye a nuestra nota anterior. Temas b) y d).", "all", ()),
        ("es", "El Perú retira el tema c) y propone el tema e).", "topics", ("c",)),
        ("es", "En adición a su nota del 3 de julio, el Perú propone el tema h).", "adds", ()),
        ("ru", "Настоящая нота направляется взамен ноты от 3 июля. Темы b) и d).", "all", ()),
        ("ru", "Беларусь снимает тему в) и предлагает тему д).", "topics", ("c",)),
        ("ru", "В дополнение к ноте от 3 июля предлагается тема h).", "adds", ()),
        ("ar", "تحل هذه المذكرة محل مذكرتنا السابقة، ونقترح الموضوعين (ب) و(د).", "all", ()),
        ("ar", "تسحب البعثة الموضوع (ج) وتقترح الموضوع (ه).", "topics", ("c",)),
        ("ar", "إضافة إلى مذكرتنا السابقة، تقترح البعثة الموضوع (ح).", "adds", ()),
        ("zh", "本照会取代7月3日的照会，建议议题(b)和(d)。", "all", ()),
        ("zh", "我国撤回议题(c)，建议议题(e)。", "topics", ("c",)),
        ("zh", "作为对第88号照会的补充，再提出议题(h)。", "adds", ()),
    ],
)
def test_what_a_correction_takes_back(
    consultation: Consultation, language: str, words: str, scope: str, letters: tuple[str, ...]
) -> None:
    titles = {
        area.letter: (*area.title.values(), *(word for words in area.variants.values() for word in words))
        for area in consultation.areas
    }
    found = amendment_in("Correction", words, language, titles)
    assert (found.scope, found.letters) == (scope, letters)


def test_the_note_that_it_names() -> None:
    assert amendment_in("", "It replaces our Note Verbale No. 14/2009 on CU 2009/92.", "en", {}).note == "142009"
    assert amendment_in("", "It replaces our earlier note.", "en", {}).note == ""
    own = "No. 150/2009\n\nThe present note replaces note No. 118/2009.\n\nThe Mission presents its compliments."
    assert amendment_in("", own, "en", {}).note == "1182009"
    assert amendment_in("", "الرقم 150/2009\n\nتحل هذه المذكرة محل المذكرة رقم 118/2009.", "ar", {}).note == "1182009"
    assert amendment_in("", "第150/2009号\n\n本照会取代第118/2009号照会。", "zh", {}).note == "1182009"
    assert (
        amendment_in("", "№ 150/2009\n\nНастоящая нота направляется взамен ноты № 118/2009.", "ru", {}).note
        == "1182009"
    )


def test_what_is_said_plainly() -> None:
    assert replaces_a_reply("", "The present note replaces note No. 118/2009.")
    assert replaces_a_reply("", "本照会取代第118/2009号照会。")
    assert not replaces_a_reply("", "Kenya proposes compensation in place of punishment, and replies with this note.")
    assert not replaces_a_reply("", "新加坡建议议题(b)和(d)。")
