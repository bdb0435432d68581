"""What people decide: it stands, it can be undone, and no machine overwrites it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import ChangedMeanwhile, DecisionError
from core.model import Assignment, Evidence, Reading, ReviewReason, Span, Text, Topic
from store.decide import Change, Decider
from store.write import Writer
from tests.make import NOON, fresh_db, make_reading, make_topic

WORDS = "We propose definition of key concepts; and demand. We also propose children."
DOUBT = ReviewReason("area-uncertain", "“definition of key concepts”: (b) at 40%")


def topic(words: str, area: str | None, confidence: float = 0.9) -> Topic:
    start = WORDS.index(words)
    evidence = (Evidence("body", start, start + len(words), words),)
    return Topic(words, "body", start, start + len(words), (Assignment(area, confidence, "model", evidence),), "en")


def three_topics(**fields: Any) -> Reading:
    topics = (topic("definition of key concepts", "b", 0.4), topic("demand", "c"), topic("children", None))
    return make_reading(text=WORDS, topics=topics, **fields)


@pytest.fixture
def decider(writer: Writer) -> Iterator[Decider]:
    with Decider(writer.path) as made:
        yield made


def rows(writer: Writer, sql: str) -> list[dict[str, Any]]:
    return list(writer.db.query(sql))


def proposals(writer: Writer) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for row in rows(writer, "SELECT quote, area, method, status FROM proposals ORDER BY position, area")
    ]


def everything(writer: Writer) -> list[Any]:
    """All that views show, without what counts changes."""
    replies = [{**row, "revision": 0} for row in rows(writer, "SELECT * FROM replies ORDER BY reply_id")]
    return [
        replies,
        rows(writer, "SELECT * FROM proposals ORDER BY reply_id, position, area"),
        rows(writer, "SELECT * FROM area_tally"),
        rows(writer, "SELECT * FROM state_status"),
        rows(writer, "SELECT letter FROM areas"),
    ]


def test_kind_state_group_late_are_decided(writer: Writer, decider: Decider) -> None:
    writer.save([make_reading(late=True, review=(ReviewReason("state-uncertain", "KEN at 40%"),))])
    changes = [
        Change("kind", "correction"),
        Change("state", "SEN"),
        Change("group", "African Group"),
        Change("late", False),
    ]
    decided = decider.decide(1, changes, by="ana", revision=1, why="the signature says so")
    [reply] = rows(writer, "SELECT * FROM replies")
    assert (reply["kind"], reply["kind_method"], reply["state"], reply["state_method"]) == (
        "correction",
        "human",
        "SEN",
        "human",
    )
    assert (reply["on_behalf_of"], reply["late"], reply["late_waived"]) == ("African Group", 0, 1)
    assert (reply["needs_review"], decided.needs_review) == (0, False)  # the doubt was about the State
    log = rows(writer, "SELECT field, before, after, decided_by, why FROM decision_log")
    assert log[1] == {
        "field": "state",
        "before": "KEN",
        "after": "SEN",
        "decided_by": "ana",
        "why": "the signature says so",
    }
    assert {row["state"]: row["status"] for row in rows(writer, "SELECT * FROM state_status")} == {
        "KEN": "silent",
        "PHL": "silent",
        "SEN": "replied",
    }


def test_no_state_is_a_decision_too(writer: Writer, decider: Decider) -> None:
    writer.save([make_reading()])
    decider.decide(1, [Change("state", None)], by="ana")
    assert rows(writer, "SELECT state, state_method FROM replies") == [{"state": None, "state_method": "human"}]


def test_areas_new_topic_and_rejection(writer: Writer, decider: Decider) -> None:
    writer.save([three_topics(review=(DOUBT,))])
    decider.decide(1, [Change("topic_areas", ["g", "h"], 1)], by="ana")
    decider.decide(1, [Change("topic_areas", [None], 2), Change("topic_rejected", True, 3)], by="ana")
    assert proposals(writer) == [
        ("definition of key concepts", "g", "human", "current"),
        ("definition of key concepts", "h", "human", "current"),
        ("demand", None, "human", "current"),
        ("children", None, "model", "rejected"),
    ]
    assert rows(writer, "SELECT needs_review FROM replies") == [{"needs_review": 0}]


def test_words_split_merge_and_an_added_topic(writer: Writer, decider: Decider) -> None:
    writer.save([three_topics()])
    decider.decide(1, [Change("topic_text", "key concepts", 1)], by="ana")
    decider.decide(1, [Change("topic_merged", [2], 1)], by="ana")
    decider.decide(1, [Change("topic_added", ("We also propose", ["a"]))], by="ana")
    assert proposals(writer) == [
        ("key concepts; and demand", "b", "human", "current"),
        ("key concepts; and demand", "c", "human", "current"),
        ("children", None, "model", "current"),
        ("We also propose", "a", "human", "current"),
    ]
    [merged] = rows(writer, "SELECT DISTINCT topic_id, start, end FROM proposals WHERE position = 1")
    assert WORDS[merged["start"] : merged["end"]] == "key concepts; and demand"
    decider.decide(1, [Change("topic_split", ["key concepts", "demand"], merged["topic_id"])], by="ana")
    assert [row[:2] for row in proposals(writer)][:3] == [
        ("key concepts", "b"),
        ("key concepts", "c"),
        ("demand", "b"),
    ]


def test_settling_closes_every_doubt(writer: Writer, decider: Decider) -> None:
    writer.save([three_topics(review=(DOUBT, ReviewReason("scan-hard-to-read", "a.pdf at 60%")))])
    assert decider.decide(1, [Change("topic_areas", ["b"], 1)], by="ana").needs_review  # the scan is still in doubt
    assert not decider.decide(1, [Change("settled")], by="ana").needs_review
    [reply] = rows(writer, "SELECT reviewed_by, review_reasons FROM replies")
    assert reply == {"reviewed_by": "ana", "review_reasons": "[]"}
    decider.decide(1, [Change("flagged")], by="ben", why="look at the annex")
    assert [json.loads(row["review_reasons"]) for row in rows(writer, "SELECT * FROM review_queue")] == [
        ["flagged: look at the annex"]
    ]


def test_copies_and_replacements(writer: Writer, decider: Decider) -> None:
    for number, text in enumerate(("one", "two", "three")):
        writer.save([make_reading(f"<{text}@x>", text=text, received_at=NOON + timedelta(days=number))])
    decider.decide(2, [Change("duplicate_of", 1)], by="ana")
    decided = decider.decide(3, [Change("replaces", [1])], by="ana")
    status = {row["message_id"]: row["status"] for row in rows(writer, "SELECT * FROM proposals")}
    assert status == {"<one@x>": "superseded", "<two@x>": "superseded", "<three@x>": "current"}
    assert rows(writer, "SELECT duplicate_of FROM replies WHERE reply_id = 2") == [{"duplicate_of": "<one@x>"}]
    decider.undo(decided.batch, by="ana")
    assert rows(writer, "SELECT status FROM proposals WHERE reply_id = 1") == [{"status": "current"}]


def test_a_person_says_that_a_correction_replaces_nothing(writer: Writer, decider: Decider) -> None:
    writer.save([make_reading("<one@x>", text="one")])
    writer.save([make_reading("<two@x>", text="two", kind="correction", received_at=NOON + timedelta(days=1))])
    decider.decide(2, [Change("replaces", [])], by="ana")
    writer.save([make_reading("<later@x>", text="later", received_at=NOON + timedelta(days=2))])
    assert rows(writer, "SELECT DISTINCT superseded FROM replies") == [{"superseded": 0}]


def test_a_reply_that_changed_is_told(writer: Writer, decider: Decider) -> None:
    writer.save([make_reading()])
    decider.decide(1, [Change("kind", "enquiry")], by="ana", revision=1)
    with pytest.raises(ChangedMeanwhile, match="ana at"):
        decider.decide(1, [Change("kind", "spam")], by="ben", revision=1)
    assert rows(writer, "SELECT kind FROM replies") == [{"kind": "enquiry"}]
    decider.decide(1, [Change("kind", "spam")], by="ben", revision=2)


def test_a_new_area_takes_topics_and_is_undone_whole(writer: Writer, decider: Decider) -> None:
    writer.save([three_topics()])
    before = everything(writer)
    letter, batch = decider.accept_area({"en": "Children", "fr": " "}, [3], by="ana")
    assert letter == "i"
    assert rows(writer, "SELECT area, replies FROM area_tally")[-1] == {"area": "i", "replies": 1}
    decider.undo(batch, by="ana")
    assert everything(writer) == before


def test_an_area_that_only_a_model_knows_is_a_new_topic(writer: Writer) -> None:
    writer.save([make_reading("<two@x>", topics=(make_topic("i", "Care for children"),))])
    assert rows(writer, "SELECT area FROM proposals") == [{"area": None}]


def test_an_area_in_use_is_not_withdrawn(writer: Writer, decider: Decider) -> None:
    writer.save([three_topics()])
    _, batch = decider.accept_area({"en": "Children"}, [3], by="ana")
    writer.save([make_reading("<two@x>", text="two")])
    decider.decide(2, [Change("topic_areas", ["i"], rows(writer, "SELECT max(id) AS n FROM topics")[0]["n"])], by="ben")
    with pytest.raises(DecisionError, match=r"other topics are in area \(i\)"):
        decider.undo(batch, by="ana")
    assert rows(writer, "SELECT area FROM area_tally WHERE area = 'i'") == [{"area": "i"}]


@pytest.mark.parametrize(
    "change",
    [
        Change("kind", "poem"),
        Change("state", "XXX"),
        Change("topic_areas", ["z"], 1),
        Change("topic_areas", [], 1),
        Change("topic_areas", ["a"], 99),
        Change("topic_split", ["one"], 1),
        Change("topic_merged", [], 1),
        Change("topic_text", "  ", 1),
        Change("duplicate_of", 1),
        Change("duplicate_of", 99),
        Change("replaces", [1]),
        Change("note", ""),
        Change("colour", "red"),
    ],
)
def test_nonsense_is_refused_and_nothing_stored(writer: Writer, decider: Decider, change: Change) -> None:
    writer.save([three_topics()])
    with pytest.raises(DecisionError):
        decider.decide(1, [Change("kind", "enquiry"), change], by="ana")
    assert rows(writer, "SELECT kind, revision FROM replies") == [{"kind": "proposal", "revision": 1}]
    assert rows(writer, "SELECT * FROM decisions") == []


def test_undo_is_last_first(writer: Writer, decider: Decider) -> None:
    writer.save([make_reading()])
    first = decider.decide(1, [Change("kind", "enquiry")], by="ana")
    second = decider.decide(1, [Change("kind", "spam")], by="ana")
    with pytest.raises(DecisionError, match="later decisions"):
        decider.undo(first.batch, by="ana")
    decider.undo(second.batch, by="ben")
    decider.undo(first.batch, by="ben")
    with pytest.raises(DecisionError, match="undone already"):
        decider.undo(first.batch, by="ben")
    assert rows(writer, "SELECT kind, kind_method FROM replies") == [{"kind": "proposal", "kind_method": "model"}]
    assert len(rows(writer, "SELECT * FROM decisions")) == 4


def test_a_better_model_keeps_what_was_decided(writer: Writer, decider: Decider) -> None:
    writer.save([three_topics(review=(DOUBT,))])
    decider.decide(
        1, [Change("state", "SEN"), Change("topic_areas", ["h"], 1), Change("topic_merged", [3], 2)], by="ana"
    )
    old = three_topics()
    better = replace(
        old,
        outcome=replace(
            old.outcome, kind="correction", state="PHL", topics=(topic("demand", "d"), topic("We also propose", "f"))
        ),
    )
    told = writer.compare(better)
    assert proposals(writer)[0][:2] == ("definition of key concepts", "h")
    assert writer.replace(better) == told
    [reply] = rows(writer, "SELECT kind, state FROM replies")
    assert reply == {"kind": "correction", "state": "SEN"}  # the kind is the model's still
    assert {row[:2] for row in proposals(writer)} == {
        ("demand. We also propose children", "c"),
        ("We also propose", "f"),
        ("definition of key concepts", "h"),
    }
    assert {(item.field, item.after) for item in told} == {("kind", "correction"), ("topic added", "We also propose")}


def test_a_settled_reply_stays_whatever_is_read_later(writer: Writer, decider: Decider) -> None:
    writer.save([three_topics()])
    decider.decide(1, [Change("settled")], by="ana")
    before = everything(writer)
    other = three_topics(review=(DOUBT,))
    writer.replace(replace(other, outcome=replace(other.outcome, kind="spam", state=None, topics=())))
    assert everything(writer) == before


FIELDS = st.sampled_from(
    [
        Change("kind", "enquiry"),
        Change("kind", "correction"),
        Change("state", None),
        Change("state", "SEN"),
        Change("group", "EU"),
        Change("late", True),
        Change("assignee", "ben"),
        Change("settled"),
        Change("flagged"),
        Change("topic_areas", ["a", "b"], 1),
        Change("topic_areas", [None], 2),
        Change("topic_text", "key concepts", 1),
        Change("topic_rejected", True, 3),
        Change("topic_split", ["key", "concepts"], 1),
        Change("topic_merged", [2], 1),
        Change("topic_added", ("children", ["e"])),
    ]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(FIELDS, min_size=1, max_size=5))
def test_undoing_all_gives_back_the_reading(tmp_path_factory: pytest.TempPathFactory, changes: list[Change]) -> None:
    writer = fresh_db(tmp_path_factory.mktemp("undo"))
    writer.save([three_topics(review=(DOUBT,))])
    snapshots, batches = [], []
    with Decider(writer.path) as decider:
        for change in changes:
            snapshots.append(everything(writer))
            try:
                batches.append(decider.decide(1, [change], by="ana").batch)
            except DecisionError:  # the topic went with an earlier split or merge
                snapshots.pop()
        for batch, snapshot in zip(reversed(batches), reversed(snapshots), strict=True):
            decider.undo(batch, by="ana")
            assert everything(writer) == snapshot
    writer.close()


def test_the_daemon_stores_while_a_person_decides(writer: Writer, decider: Decider) -> None:
    writer.save([make_reading()])
    list(decider.db.query("SELECT * FROM replies"))
    writer.save([make_reading("<two@x>", text="two")])
    decider.decide(1, [Change("kind", "spam")], by="ana")
    writer.save([make_reading("<three@x>", text="three")])
    assert len(rows(writer, "SELECT * FROM replies")) == 3


def test_words_in_another_text_are_found(writer: Writer, decider: Decider) -> None:
    reading = make_reading(text=WORDS, topics=(make_topic("b", WORDS[:10]),))
    annex = Text("annex.pdf", "Topic: organ removal", "attachment", (Span(0, 20, "reply"),))
    writer.save([replace(reading, texts=(*reading.texts, annex))])
    decider.decide(1, [Change("topic_added", ("organ removal", [None]))], by="ana")
    [row] = rows(writer, "SELECT source, start, end, area FROM proposals WHERE position = 2")
    assert row == {"source": "annex.pdf", "start": 7, "end": 20, "area": None}


def test_the_first_schema_is_brought_up_to_date(tmp_path: Path) -> None:
    """Given a database as 0001 made it, when it is opened, then decisions can be made on its replies."""
    from store.migrations import migrations  # noqa: PLC0415
    from tests.store.first_schema import database_of_first_schema  # noqa: PLC0415

    path = database_of_first_schema(tmp_path)
    writer = Writer(path)
    assert not migrations.pending(writer.db)
    assert rows(writer, "SELECT kind, decided_by FROM replies, decisions") == [
        {"kind": "proposal", "decided_by": "old"}
    ]
    with Decider(path) as decider:
        batch = decider.decide(1, [Change("topic_areas", ["c"], 1)], by="ana").batch
        assert proposals(writer) == [("Definition", "c", "human", "current")]
        decider.undo(batch, by="ana")
    assert proposals(writer) == [("Definition", "b", "model", "current")]
    assert rows(writer, "SELECT words FROM evidence") == [{"words": "Definition"}]
    writer.close()


def test_a_decided_topic_keeps_the_words_that_were_seen(writer: Writer, decider: Decider) -> None:
    """Given a decision on a topic, when a new reading cuts that topic otherwise, then it stands once, in the words decided on."""
    writer.save([three_topics()])
    decider.decide(1, [Change("topic_areas", ["h"], 1)], by="ana")
    old = three_topics()
    longer = (topic("definition of key concepts; and", "b"), topic("children", None))
    writer.replace(replace(old, outcome=replace(old.outcome, topics=longer)))
    assert proposals(writer) == [
        ("definition of key concepts", "h", "human", "current"),
        ("children", None, "model", "current"),
    ]
