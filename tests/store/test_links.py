"""Copies of one letter, corrections and what they take back: in whatever order they came."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import Any

import pytest

from core.model import Amendment, RawMessage, Reading, Span, Text
from store.decide import Change, Decider
from store.keeping import remove_messages
from store.write import Writer
from tests.make import NOON, make_email, make_raw, make_reading, make_topic

LETTER = (
    "PERMANENT MISSION OF THE REPUBLIC OF KENYA\n\nNo. 118/2009\n\nThe Permanent Mission presents its compliments to the Secretariat and "
    "has the honour to propose compensation of victims, since the courts of the coast have awarded little and paid less."
)
OTHER = (
    "The Permanent Mission presents its compliments to the Secretariat and, having heard the Attorney General, would like the meeting to "
    "speak of tools for the officers who stand at the border post and at the docks every night."
)


def reply(number: int, text: str = LETTER, *, days: int = 0, origin: str = "plain", **fields: Any) -> Reading:
    message_id = f"<{number}@x>"
    raw = fields.pop("raw", None) or make_raw(
        make_email(text, message_id=message_id),
        received_at=NOON + timedelta(days=days),
        channel=fields.pop("channel", "mail"),
    )
    made = make_reading(message_id, raw=raw, **fields)
    source = "letter.pdf" if origin == "ocr" else "body"
    texts = (Text(source, text, origin, spans=(Span(0, len(text), "reply"),)),)  # type: ignore[arg-type]
    return Reading(made.raw, made.message, texts, made.outcome)


def misread(text: str, share: float = 0.04) -> str:
    """What a scan makes of a letter."""
    dice = random.Random(7)
    return "".join(dice.choice("lI1ceo") if char.isalpha() and dice.random() < share else char for char in text)


def links(writer: Writer) -> dict[str, tuple[str | None, str | None]]:
    """message_id -> (copy of, replaced by)."""
    rows = writer.db.query("SELECT message_id, duplicate_of, replaced_by FROM replies")
    return {row["message_id"]: (row["duplicate_of"], row["replaced_by"]) for row in rows}


def doubts(writer: Writer) -> list[str]:
    return [row["code"] for row in writer.db.query("SELECT code FROM open_link_doubts ORDER BY message")]


def current(writer: Writer) -> list[tuple[str, str]]:
    rows = writer.db.query("SELECT message_id, area FROM current_proposals ORDER BY message_id, area")
    return [(row["message_id"], row["area"]) for row in rows]


def test_one_letter_by_mail_fax_and_post_is_one_reply(writer: Writer) -> None:
    copies = [
        reply(1),
        reply(2, misread(LETTER), days=1, origin="ocr", channel="fax"),
        reply(3, misread(LETTER, 0.06), days=5, origin="ocr", channel="post"),
    ]
    writer.save(copies)
    assert links(writer) == {"<1@x>": (None, None), "<2@x>": ("<1@x>", None), "<3@x>": ("<1@x>", None)}
    assert list(writer.db.query("SELECT replies, states FROM area_tally")) == [{"replies": 1, "states": 1}]
    assert [row["channel"] for row in writer.db.query("SELECT channel FROM copies")] == ["fax", "post"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_first_that_arrived_is_the_original(writer: Writer, order: tuple[int, ...]) -> None:
    copies = [reply(1), reply(2, days=1, raw=None), reply(3, misread(LETTER), days=2, origin="ocr")]
    for place in order:
        writer.save([copies[place]])
    assert links(writer) == {"<1@x>": (None, None), "<2@x>": ("<1@x>", None), "<3@x>": ("<1@x>", None)}


def test_a_second_different_reply_adds(writer: Writer) -> None:
    writer.save([reply(1), reply(2, OTHER, days=1, topics=(make_topic("f"),))])
    assert links(writer) == {"<1@x>": (None, None), "<2@x>": (None, None)}
    assert current(writer) == [("<1@x>", "b"), ("<2@x>", "f")]
    assert doubts(writer) == []


def test_the_same_formulas_with_other_topics_are_no_copy_but_looked_at(writer: Writer) -> None:
    changed = LETTER.replace("compensation of victims", "management of cases").replace("No. 118/2009\n\n", "")
    writer.save(
        [reply(1, LETTER.replace("No. 118/2009\n\n", "")), reply(2, changed, days=1, topics=(make_topic("h"),))]
    )
    assert links(writer)["<2@x>"] == (None, None)
    assert doubts(writer) in ([], ["perhaps-a-copy"])


def test_another_number_is_another_letter(writer: Writer) -> None:
    writer.save([reply(1), reply(2, LETTER.replace("118", "142"), days=1)])
    assert links(writer)["<2@x>"] == (None, None)
    assert doubts(writer) == ["perhaps-a-copy"]


def test_letters_of_two_states_are_never_copies(writer: Writer) -> None:
    writer.save([reply(1), reply(2, days=1, state="SEN")])
    assert links(writer)["<2@x>"] == (None, None)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_correction_replaces_what_came_before(writer: Writer, order: tuple[int, ...]) -> None:
    readings = [
        reply(1),
        reply(2, OTHER, days=2, kind="correction", topics=(make_topic("f"),), amends=Amendment("all")),
        reply(3, misread(LETTER), days=4, origin="ocr", channel="post"),
    ]
    for place in order:
        writer.save([readings[place]])
    assert links(writer) == {"<1@x>": (None, "<2@x>"), "<2@x>": (None, None), "<3@x>": ("<1@x>", None)}
    assert current(writer) == [("<2@x>", "f")]


def test_a_copy_of_a_correction_does_not_replace_the_correction(writer: Writer) -> None:
    correction = {"kind": "correction", "topics": (make_topic("f"),), "amends": Amendment("all")}
    writer.save(
        [
            reply(1),
            reply(2, OTHER, days=1, **correction),
            reply(3, misread(OTHER, 0.03), days=6, origin="ocr", **correction),
        ]
    )
    assert links(writer) == {"<1@x>": (None, "<2@x>"), "<2@x>": (None, None), "<3@x>": ("<2@x>", None)}


def test_a_correction_of_single_topics(writer: Writer) -> None:
    first = reply(1, topics=(make_topic("b"), make_topic("c")))
    later = reply(2, OTHER, days=1, kind="correction", topics=(make_topic("e"),), amends=Amendment("topics", ("c",)))
    writer.save([first, later])
    assert current(writer) == [("<1@x>", "b"), ("<2@x>", "e")]
    row = next(iter(writer.db.query("SELECT replaced_by, superseded_at FROM proposals WHERE area = 'c'")))
    assert row["replaced_by"] == "<2@x>"
    assert row["superseded_at"] is not None


def test_a_correction_that_adds(writer: Writer) -> None:
    writer.save(
        [reply(1), reply(2, OTHER, days=1, kind="correction", topics=(make_topic("e"),), amends=Amendment("adds"))]
    )
    assert current(writer) == [("<1@x>", "b"), ("<2@x>", "e")]


def test_a_correction_that_names_its_note(writer: Writer) -> None:
    second = reply(2, OTHER, days=1, topics=(make_topic("f"),))
    third = reply(
        3,
        "We replace our note and propose risk assessment.",
        days=2,
        kind="correction",
        topics=(make_topic("g"),),
        amends=Amendment("all", note="1182009"),
    )
    writer.save([reply(1), second, third])
    assert links(writer)["<1@x>"] == (None, "<3@x>")
    assert links(writer)["<2@x>"] == (None, None)
    assert doubts(writer) == []


def test_what_is_not_clear_goes_to_review(writer: Writer) -> None:
    correction = {"kind": "correction", "topics": (make_topic("g"),), "amends": Amendment("all")}
    writer.save([reply(1, "We replace our note and propose risk assessment.", state="SEN", **correction)])
    assert doubts(writer) == ["correction-of-nothing"]
    writer.save([reply(2), reply(3, OTHER, days=1), reply(4, "Replaced by this: risk.", days=2, **correction)])
    assert doubts(writer) == ["correction-of-nothing", "correction-unclear"]
    assert {row["message_id"] for row in writer.db.query("SELECT message_id FROM review_queue")} == {"<1@x>", "<4@x>"}


def test_a_person_undoes_a_copy_and_brings_it_back(writer: Writer) -> None:
    writer.save([reply(1), reply(2, days=1)])
    copy = next(iter(writer.db.query("SELECT reply_id FROM copies")))["reply_id"]
    with Decider(writer.path) as decider:
        decided = decider.decide(copy, [Change("duplicate_of", None)], by="ana")
        assert links(writer)["<2@x>"] == (None, None)
        writer.save([reply(5, OTHER, days=3)])
        assert links(writer)["<2@x>"] == (None, None)
        decider.undo(decided.batch, by="ana")
    assert links(writer)["<2@x>"] == ("<1@x>", None)


def test_a_person_moves_a_reply_to_another_state(writer: Writer) -> None:
    writer.save([reply(1), reply(2, days=1, state="SEN")])
    second = next(iter(writer.db.query("SELECT id FROM messages WHERE state = 'SEN'")))["id"]
    with Decider(writer.path) as decider:
        decider.decide(second, [Change("state", "KEN")], by="ana")
    assert links(writer)["<2@x>"] == ("<1@x>", None)


def test_a_settled_reply_has_no_open_doubt(writer: Writer) -> None:
    writer.save([reply(1), reply(2, LETTER.replace("118", "142"), days=1)])
    with Decider(writer.path) as decider:
        decider.decide(2, [Change("settled", None)], by="ana")
    assert doubts(writer) == []


def test_raw_messages_of_the_same_bytes_are_stored_once(writer: Writer) -> None:
    raw = RawMessage(make_email(), NOON)
    writer.save([make_reading(raw=raw), make_reading(raw=raw)])
    assert len(links(writer)) == 1


def test_removing_a_correction_gives_its_topics_back(writer: Writer) -> None:
    first = reply(1, topics=(make_topic("b"), make_topic("c")))
    later = reply(2, OTHER, days=1, kind="correction", topics=(make_topic("e"),), amends=Amendment("topics", ("c",)))
    writer.save([first, later])
    remove_messages(writer.db, [later.raw.digest], "ana", "asked for")
    assert current(writer) == [("<1@x>", "b"), ("<1@x>", "c")]
