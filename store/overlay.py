"""Keeping what stands in step with readings and decisions: each change of either lays the reply anew, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from core.clock import now, to_iso
from core.model import Assignment, Evidence
from store.links import compare, relink
from store.rows import insert, update, upsert
from store.standing import Decision, Standing, StandingTopic, dump, fold, load

LIVE = """
    SELECT * FROM decisions
    WHERE message = ? AND field <> 'undo' AND batch NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)
    ORDER BY id
"""


def reading_of(db: Database, message: int) -> Standing | None:
    """What the machine read, without any decision. None: there is no such reply."""
    row = next(iter(db.query("SELECT reading FROM readings WHERE message = ?", [message])), None)
    return load(row["reading"]) if row else None


def live_decisions(db: Database, message: int) -> list[Decision]:
    return [
        Decision(row["field"], row["after"], row["topic"], row["why"], row["decided_by"], row["decided_at"])
        for row in db.query(LIVE, [message])
    ]


def standing_of(db: Database, message: int) -> Standing | None:
    reading = reading_of(db, message)
    return fold(reading, live_decisions(db, message)) if reading else None


def decided_topics(db: Database, message: int) -> frozenset[int]:
    """The topics that live decisions are about: they outlive a reading that does not find them."""
    found: set[int] = set()
    for decision in live_decisions(db, message):
        if decision.topic is not None:
            found.add(decision.topic)
        if decision.field in ("topic_added", "topic_split", "topic_merged"):
            found.update(json.loads(decision.after or "")["go"])
    return frozenset(found)


def keep_reading(db: Database, message: int, reading: Standing) -> None:
    upsert(db, "readings", "message", {"message": message, "reading": dump(reading)})


def lay(db: Database, message: int) -> Standing:
    """Write what stands of a reply into messages, topics, assignments and review_reasons; count the change."""
    standing = standing_of(db, message)
    assert standing is not None  # noqa: S101 - every message has a reading
    before = next(iter(db.query("SELECT state FROM messages WHERE id = ?", [message])))["state"]
    update(db, "messages", "id", {"id": message, **_columns(standing)})
    db.execute("UPDATE messages SET revision = revision + 1 WHERE id = ?", [message])
    write_topics(db, message, standing.topics)
    _write_doubts(db, message, standing)
    if before != standing.state:
        compare(db, message, standing.state)
    for state in {before, standing.state}:
        relink(db, state)
    return standing


def _columns(standing: Standing) -> dict[str, Any]:
    return {
        "kind": standing.kind,
        "kind_confidence": standing.kind_confidence,
        "kind_decided": int("kind" in standing.decided),
        "state": standing.state,
        "state_confidence": standing.state_confidence,
        "state_decided": int("state" in standing.decided),
        "on_behalf_of": standing.on_behalf_of,
        "language": standing.language,
        "late": int(standing.late),
        "late_waived": int("late" in standing.decided and not standing.late),
        "duplicate_of": standing.duplicate_of,
        "duplicate_decided": int("duplicate_of" in standing.decided),
        "replaces": None if standing.replaces is None else json.dumps(standing.replaces),
        "assignee": standing.assignee,
        "reviewed_by": standing.reviewed_by,
        "reviewed_at": standing.reviewed_at,
    }


def write_topics(db: Database, message: int, topics: Iterable[StandingTopic]) -> None:
    """The reply's topics as they stand; rows that no longer stand stay, marked as gone."""
    db.execute(
        "DELETE FROM evidence WHERE assignment IN (SELECT assignments.id FROM assignments JOIN topics ON topics.id = topic"
        " WHERE topics.message = ?)",
        [message],
    )
    db.execute("DELETE FROM assignments WHERE topic IN (SELECT id FROM topics WHERE message = ?)", [message])
    db.execute("UPDATE topics SET gone = 1 WHERE message = ?", [message])
    areas = {row["letter"] for row in db.query("SELECT letter FROM areas")}
    for position, topic in enumerate(topics, 1):
        upsert(db, "topics", "id", topic_row(message, position, topic))
        for assignment in topic.assignments:
            _write_assignment(db, message, topic.number, assignment, areas)


def topic_row(message: int, position: int, topic: StandingTopic) -> dict[str, Any]:
    return {
        "id": topic.number,
        "message": message,
        "position": position,
        "quote": topic.quote,
        "source": topic.source,
        "start": topic.start,
        "end": topic.end,
        "language": topic.language,
        "rank": topic.rank,
        "rejected": int(topic.rejected),
        "gone": 0,
    }


def new_topic_number(db: Database, message: int) -> int:
    """A row for a topic that is about to come; rows are never removed, so a number is never given twice."""
    row = {
        "message": message,
        "position": 0,
        "quote": "",
        "source": "",
        "start": 0,
        "end": 0,
        "language": "",
        "gone": 1,
    }
    return insert(db, "topics", row)


def _write_assignment(db: Database, message: int, topic: int, assignment: Assignment, areas: Collection[str]) -> None:
    # A model may know an accepted area that somebody has since taken back: then the topic is a new one again.
    row = {
        "topic": topic,
        "area": assignment.area if assignment.area in areas else None,
        "confidence": assignment.confidence,
        "method": assignment.method,
    }
    write_evidence(db, message, insert(db, "assignments", row), assignment.evidence)


def write_evidence(db: Database, message: int, assignment: int | None, evidence: Iterable[Evidence]) -> None:
    for item in evidence:
        row = {"source": item.source, "start": item.start, "end": item.end, "words": item.words}
        insert(db, "evidence", {"message": message, "assignment": assignment, **row})


def _write_doubts(db: Database, message: int, standing: Standing) -> None:
    """Settled doubts keep the moment at which they were settled."""
    known: Mapping[tuple[str, str], str | None] = {
        (row["code"], row["detail"]): row["settled_at"]
        for row in db.query("SELECT code, detail, settled_at FROM review_reasons WHERE message = ?", [message])
    }
    db.execute("DELETE FROM review_reasons WHERE message = ?", [message])
    moment = to_iso(now())
    for place, doubt in enumerate(standing.doubts):
        settled = (known.get((doubt.code, doubt.detail)) or moment) if place in standing.settled else None
        row = {"message": message, "code": doubt.code, "detail": doubt.detail, "settled_at": settled}
        insert(db, "review_reasons", row)
