"""Which replies of a State belong together: copies of one letter, corrections and what they take back.

Worked out anew, from what stands of the State's replies, whenever one of them changes; so the order in which they were
stored does not matter. What a person decided is never touched.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final

from sqlite_utils import Database

from core.model import Amendment, Text
from store.likeness import SAME_NUMBER, Sketch, judge, share_of, sketch_of
from store.rows import insert

ANSWERS: Final = ("proposal", "correction", "no_proposal")
LATEST: Final = 60
"""With how many of a State's replies a new one is compared."""


@dataclass(slots=True)
class Answer:
    """A reply of the State, as far as linking goes."""

    id: int
    message_id: str
    received_at: str
    kind: str
    number: str
    """The number that the letter bears."""
    topics: list[str]
    decided: bool
    """A person said whose copy it is, or that it is none."""
    copy_of: int | None
    replaces: list[int] | None
    """What a person said that it replaces; None: nothing was said."""
    amends: Amendment


def keep_links(db: Database, message: int, texts: Iterable[Text], amends: Amendment | None) -> None:
    """Keep what a reply is compared by and what it takes back."""
    sketch = sketch_of(texts)
    row = {"message": message, "runs": sketch.packed(), "number": sketch.number, "scanned": int(sketch.scanned)}
    insert(db, "sketches", row, "OR REPLACE")
    db.execute("DELETE FROM amendments WHERE message = ?", [message])
    if amends is not None:
        letters = json.dumps(amends.letters)
        row = {"message": message, "scope": amends.scope, "letters": letters, "note": amends.note}
        insert(db, "amendments", row)


def compare(db: Database, message: int, state: str | None) -> None:
    """Note which replies of the same State share much of their words with this one."""
    db.execute("DELETE FROM likenesses WHERE message = ? OR other = ?", [message, message])
    own = _sketch(db, message)
    if own is None or state is None:
        return
    others = db.query(
        "SELECT id, runs, number, scanned FROM messages JOIN sketches ON message = id"
        " WHERE state = ? AND id <> ? AND (duplicate_of IS NULL OR duplicate_decided) ORDER BY id DESC LIMIT ?",
        [state, message, LATEST],
    )
    for row in list(others):
        share = share_of(own, _unpacked(row))
        if share >= SAME_NUMBER:
            insert(db, "likenesses", {"message": message, "other": row["id"], "share": share})


def relink(db: Database, state: str | None) -> None:
    """Work out anew which of a State's replies are copies, and which replace which."""
    if state is None:
        return
    answers = _answers(db, state)
    shares = _shares(db, state)
    doubts = _mark_copies(db, answers, shares)
    originals = [answer for answer in answers if answer.copy_of is None and answer.kind in ANSWERS]
    doubts += _mark_replaced(db, state, originals)
    _keep_doubts(db, state, doubts)


# --- reading what stands -------------------------------------------------------------------------


def _answers(db: Database, state: str) -> list[Answer]:
    """The State's replies in the order of their arrival."""
    rows = db.query(
        """
        SELECT id, message_id, received_at, kind, duplicate_of, duplicate_decided, replaces, number,
               scope, letters, note,
               (SELECT json_group_array(coalesce(area, 'new')) FROM topics JOIN assignments ON topic = topics.id
                WHERE topics.message = messages.id AND NOT gone AND NOT rejected) AS topics
        FROM messages
        LEFT JOIN sketches ON sketches.message = id
        LEFT JOIN amendments ON amendments.message = id
        WHERE state = ? ORDER BY received_at, id
        """,
        [state],
    )
    return [_answer(row) for row in rows]


def _answer(row: dict[str, Any]) -> Answer:
    return Answer(
        id=row["id"],
        message_id=row["message_id"],
        received_at=row["received_at"],
        kind=row["kind"],
        number=row["number"] or "",
        topics=json.loads(row["topics"]),
        decided=bool(row["duplicate_decided"]),
        copy_of=row["duplicate_of"] if row["duplicate_decided"] else None,
        replaces=json.loads(row["replaces"]) if row["replaces"] else None,
        amends=Amendment(row["scope"], tuple(json.loads(row["letters"])), row["note"])
        if row["scope"]
        else Amendment("all"),
    )


def _sketch(db: Database, message: int) -> Sketch | None:
    row = next(iter(db.query("SELECT runs, number, scanned FROM sketches WHERE message = ?", [message])), None)
    return _unpacked(row) if row else None


def _unpacked(row: dict[str, Any]) -> Sketch:
    return Sketch.unpacked(row["runs"], row["number"], bool(row["scanned"]))


def _shares(db: Database, state: str) -> dict[tuple[int, int], float]:
    rows = db.query(
        "SELECT message, other, share FROM likenesses WHERE message IN (SELECT id FROM messages WHERE state = ?)",
        [state],
    )
    return {(min(row["message"], row["other"]), max(row["message"], row["other"])): row["share"] for row in rows}


# --- copies --------------------------------------------------------------------------------------

Doubt = tuple[int, str, str]


def _mark_copies(db: Database, answers: Sequence[Answer], shares: dict[tuple[int, int], float]) -> list[Doubt]:
    """Each copy points at the first that arrived."""
    known = {answer.id: answer for answer in answers}
    alike = _alike(answers, shares)
    sketch = cache(partial(_sketch, db))
    doubts: list[Doubt] = []
    for answer in answers:
        if answer.decided:
            continue
        answer.copy_of = None
        for earlier, share in alike.get(answer.id, ()):
            if earlier.kind != answer.kind:
                continue
            one, other = sketch(earlier.id), sketch(answer.id)
            if one is None or other is None:
                continue
            likeness = judge(one, other, share, (earlier.topics, answer.topics))
            if likeness == "copy":
                answer.copy_of = _first(known, earlier)
                break
            if likeness == "perhaps":
                doubts.append((answer.id, "perhaps-a-copy", f"{share:.0%} of it stands in {earlier.message_id}"))
    for answer in answers:
        if not answer.decided:
            db.execute(
                "UPDATE messages SET duplicate_of = ? WHERE id = ? AND duplicate_of IS NOT ?",
                [answer.copy_of, answer.id, answer.copy_of],
            )
    copies = {answer.id for answer in answers if answer.copy_of is not None}
    return [doubt for doubt in doubts if doubt[0] not in copies]


def _alike(answers: Sequence[Answer], shares: dict[tuple[int, int], float]) -> dict[int, list[tuple[Answer, float]]]:
    """For each reply those before it that share words with it, in the order of their arrival."""
    places = {answer.id: place for place, answer in enumerate(answers)}
    found: dict[int, list[tuple[int, float]]] = {}
    for (one, other), share in shares.items():
        if one in places and other in places:
            first, later = sorted((one, other), key=places.__getitem__)
            found.setdefault(later, []).append((places[first], share))
    return {later: [(answers[place], share) for place, share in sorted(pairs)] for later, pairs in found.items()}


def _first(known: dict[int, Answer], answer: Answer) -> int:
    seen = {answer.id}
    while answer.copy_of is not None and answer.copy_of in known and answer.copy_of not in seen:
        answer = known[answer.copy_of]
        seen.add(answer.id)
    return answer.id


# --- corrections ---------------------------------------------------------------------------------


def _mark_replaced(db: Database, state: str, originals: Sequence[Answer]) -> list[Doubt]:
    own = "SELECT id FROM messages WHERE state = :state"
    parameters = {"state": state}
    db.execute(f"DELETE FROM supersessions WHERE message IN ({own}) OR replaced_by IN ({own})", parameters)  # noqa: S608
    db.execute(
        f"UPDATE topics SET replaced_by = NULL WHERE replaced_by IS NOT NULL AND message IN ({own})",  # noqa: S608
        parameters,
    )
    doubts: list[Doubt] = []
    for place, answer in enumerate(originals):
        if answer.replaces is not None:
            _supersede(db, answer.replaces, answer.id, "OR REPLACE")
        elif answer.kind == "correction":
            doubts.extend(_correct(db, answer, originals[:place]))
    db.execute(
        f"""
        INSERT OR REPLACE INTO supersessions (message, replaced_by)
        SELECT value, messages.id FROM messages, json_each(replaces) WHERE replaces IS NOT NULL AND value IN ({own})
        """,  # noqa: S608
        parameters,
    )
    return doubts


def _correct(db: Database, correction: Answer, earlier: Sequence[Answer]) -> list[Doubt]:
    """Lay a correction over what came before it. A reply is replaced by the first correction after it."""
    if not earlier:
        return [(correction.id, "correction-of-nothing", "no earlier reply of this State is here")]
    amends = correction.amends
    named = [answer for answer in earlier if amends.note and answer.number == amends.note]
    if amends.scope == "adds":
        return []
    if amends.scope == "topics":
        return _take_back(db, correction, named or earlier)
    _supersede(db, [answer.id for answer in named or earlier], correction.id, "OR IGNORE")
    distinct = [answer for answer in earlier if answer.kind != "correction"]
    if not named and len(distinct) > 1:
        detail = f"it replaces {len(distinct)} earlier replies and names none of them"
        return [(correction.id, "correction-unclear", detail)]
    return []


def _supersede(db: Database, earlier: Sequence[int], later: int, conflict: str) -> None:
    for message in earlier:
        insert(db, "supersessions", {"message": message, "replaced_by": later}, conflict)


def _take_back(db: Database, correction: Answer, earlier: Sequence[Answer]) -> list[Doubt]:
    letters = json.dumps(correction.amends.letters)
    changed = db.execute(
        """
        UPDATE topics SET replaced_by = ?
        WHERE message IN (SELECT value FROM json_each(?)) AND NOT gone AND EXISTS (
            SELECT 1 FROM assignments WHERE topic = topics.id AND area IN (SELECT value FROM json_each(?))
        )
        """,
        [correction.id, json.dumps([answer.id for answer in earlier]), letters],
    ).rowcount
    if changed:
        return []
    shown = ", ".join(correction.amends.letters)
    return [(correction.id, "correction-unclear", f"it takes back ({shown}), which no earlier reply proposes")]


def _keep_doubts(db: Database, state: str, doubts: Sequence[Doubt]) -> None:
    db.execute("DELETE FROM link_doubts WHERE message IN (SELECT id FROM messages WHERE state = ?)", [state])
    for message, code, detail in doubts:
        insert(db, "link_doubts", {"message": message, "code": code, "detail": detail}, "OR REPLACE")
