"""The door for people's decisions: each is a new row with who, when, what before, what after and why.

    with Decider(path) as decider:
        decided = decider.decide(reply, [Change("kind", "enquiry")], by="ana", revision=3)
        decider.undo(decided.batch, by="ana")

A batch is what one action of a person did; it is undone as one. The daemon may write at the same time.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from core.clock import now, to_iso
from core.errors import ChangedMeanwhile, DecisionError
from core.model import BODY, KINDS, Assignment, Evidence
from store.overlay import lay, new_topic_number, standing_of
from store.rows import insert, transaction
from store.schema import mended, open_database
from store.standing import Standing, StandingTopic, dump, shown_areas

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
LONGEST_TOPIC: Final = 4000
LONGEST_NOTE: Final = 10_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing a person decides. `value` by field:

    kind: a kind · state: alpha-3 or None · group: a name or None · late: bool · duplicate_of: a reply's number or None ·
    replaces: numbers of replies, or None for what the program finds · assignee: a name or None · note: words ·
    flagged, settled: None · topic_areas: letters, None among them for a new topic · topic_text: the words ·
    topic_rejected: bool · topic_added: (words, areas) · topic_split: the pieces' words · topic_merged: the other topics
    """

    field: str
    value: Any = None
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of it: the batch to undo, the reply's new revision, and whether a person must still look."""

    batch: int
    revision: int
    needs_review: bool


class Decider:
    """People's side of intake.db. Several may be open, in several processes; each decision is one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.db: Database = open_database(path)

    def __enter__(self) -> Decider:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.db.close()

    def standing(self, reply: int) -> Standing:
        """Raises DecisionError: there is no such reply."""
        standing = standing_of(self.db, reply)
        if standing is None:
            raise DecisionError(f"there is no reply {reply}", "Look it up in the list of replies")
        return standing

    def decide(
        self, reply: int, changes: Sequence[Change], *, by: str, revision: int | None = None, why: str = ""
    ) -> Decided:
        """Record decisions about one reply as one batch.

        `revision` is the reply's as the person saw it; None decides whatever it is now.
        Raises ChangedMeanwhile: another person or a new reading changed it; DecisionError: that cannot be decided.
        """
        with mended(self.path), transaction(self.db):
            self.standing(reply)
            self._check_revision(reply, revision)
            batch = self._next_batch()
            for change in changes:
                self._record(reply, change, batch, by, why)
            return self._decided(batch, reply)

    def undo(self, batch: int, *, by: str, why: str = "") -> tuple[int, ...]:
        """Take back a batch; a new row says so. Returns the replies that changed.

        Raises DecisionError: it is undone already, or a later decision about the same reply rests on it.
        """
        with mended(self.path), transaction(self.db):
            rows = self._batch(batch)
            replies = tuple(sorted({row["message"] for row in rows if row["message"] is not None}))
            self._refuse_if_built_upon(batch, replies)
            for row in reversed(rows):
                taken_back = {"message": row["message"], "topic": row["topic"], "field": "undo", "undoes": batch}
                self._insert({**taken_back, "before": row["after"], "after": row["before"]}, batch, by, why)
            for reply in replies:
                lay(self.db, reply)
            for row in rows:
                if row["field"] == "area_accepted":
                    self._withdraw_area(json.loads(row["after"])["letter"])
            return replies

    def accept_area(
        self, titles: Mapping[str, str], topics: Sequence[int], *, by: str, letter: str | None = None, why: str = ""
    ) -> tuple[str, int]:
        """Make a new area of these new topics. Returns its letter and the batch.

        `titles` by language; at least one. Raises DecisionError: no title, a letter in use, an unknown topic.
        """
        named = {language: title.strip() for language, title in titles.items() if title.strip()}
        if not named:
            raise DecisionError("a new area needs a title", "Give it in one language at least")
        with mended(self.path), transaction(self.db):
            chosen = letter or self._free_letter()
            self._refuse_taken(chosen)
            row = {"letter": chosen, "titles": json.dumps(named, ensure_ascii=False), "accepted": 1}
            insert(self.db, "areas", row)
            batch = self._next_batch()
            self._insert(
                {"field": "area_accepted", "after": json.dumps({"letter": chosen, "titles": named})}, batch, by, why
            )
            for topic in topics:
                self._move_to_new_area(topic, chosen, batch, by, why)
            return chosen, batch

    # --- the steps ---------------------------------------------------------------------------------

    def _check_revision(self, reply: int, revision: int | None) -> None:
        if revision is None:
            return
        current = self._value("SELECT revision FROM messages WHERE id = ?", reply)
        if current == revision:
            return
        last = next(
            iter(self.db.query("SELECT * FROM decisions WHERE message = ? ORDER BY id DESC LIMIT 1", [reply])), None
        )
        who = f"{last['decided_by']} at {last['decided_at']}" if last else "a new reading"
        raise ChangedMeanwhile(
            f"this reply changed while you looked at it ({who})", "Nothing of yours was stored: look again, and decide"
        )

    def _next_batch(self) -> int:
        return int(self._value("SELECT coalesce(max(id), 0) + 1 FROM decisions"))

    def _record(self, reply: int, change: Change, batch: int, by: str, why: str) -> None:
        standing = self.standing(reply)
        weigh = _WEIGH.get(change.field)
        if weigh is None:
            raise DecisionError(f"'{change.field}' is nothing that can be decided", f"Known are: {', '.join(_WEIGH)}")
        before, after = weigh(self, reply, standing, change)
        row = {"message": reply, "topic": change.topic, "field": change.field, "before": before, "after": after}
        self._insert(row, batch, by, why)
        if change.field != "note":
            lay(self.db, reply)

    def _insert(self, row: Mapping[str, Any], batch: int, by: str, why: str) -> None:
        if not by.strip():
            raise DecisionError("a decision needs the name of who decides", "Sign in, or give --by NAME")
        if len(why) > LONGEST_NOTE:
            raise DecisionError("the reason is too long", f"Keep it under {LONGEST_NOTE} characters")
        common = {"decided_at": to_iso(now()), "decided_by": by, "why": why, "batch": batch}
        insert(self.db, "decisions", {**common, **row})

    def _decided(self, batch: int, reply: int) -> Decided:
        row = next(iter(self.db.query("SELECT revision, needs_review FROM replies WHERE reply_id = ?", [reply])))
        return Decided(batch, row["revision"], bool(row["needs_review"]))

    def _batch(self, batch: int) -> list[dict[str, Any]]:
        rows = list(self.db.query("SELECT * FROM decisions WHERE batch = ? AND field <> 'undo' ORDER BY id", [batch]))
        if not rows:
            raise DecisionError(f"there is no decision {batch}", "See the reply's history")
        if self._value("SELECT count(*) FROM decisions WHERE undoes = ?", batch):
            raise DecisionError("that decision is undone already", "See the reply's history")
        return rows

    def _refuse_if_built_upon(self, batch: int, replies: Sequence[int]) -> None:
        later = self._value(
            """
            SELECT count(*) FROM decisions
            WHERE batch > ? AND message IN (SELECT value FROM json_each(?)) AND field NOT IN ('undo', 'note')
              AND batch NOT IN (SELECT undoes FROM decisions WHERE undoes IS NOT NULL)
            """,
            batch,
            json.dumps(list(replies)),
        )
        if later:
            raise DecisionError("later decisions rest on that one", "Undo those first, the last one before the others")

    def _move_to_new_area(self, number: int, letter: str, batch: int, by: str, why: str) -> None:
        reply = self._value("SELECT message FROM topics WHERE id = ? AND NOT gone", number)
        if reply is None:
            raise DecisionError(f"there is no topic {number}", "Choose among the new topics")
        known = [area for area in _topic(self.standing(reply), number).areas if area is not None]
        self._record(reply, Change("topic_areas", [*known, letter], number), batch, by, why)

    def _free_letter(self) -> str:
        taken = {row["letter"] for row in self.db.query("SELECT letter FROM areas")}
        free = next((letter for letter in LETTERS if letter > max(taken, default="")), None)
        if free is None:
            raise DecisionError("all letters are in use", "Use one of the areas there are")
        return free

    def _refuse_taken(self, letter: str) -> None:
        if len(letter) != 1 or letter not in LETTERS or letter in self.areas():
            raise DecisionError(f"an area cannot have the letter '{letter}'", "Give a letter a to z that is not in use")

    def _withdraw_area(self, letter: str) -> None:
        used = self._value("SELECT count(*) FROM assignments WHERE area = ?", letter)
        if used:
            raise DecisionError(f"other topics are in area ({letter}) now", "Move those to another area first")
        self.db.execute("DELETE FROM areas WHERE letter = ? AND accepted", [letter])

    def areas(self) -> frozenset[str]:
        return frozenset(row["letter"] for row in self.db.query("SELECT letter FROM areas"))

    def _value(self, sql: str, *parameters: Any) -> Any:
        row = next(iter(self.db.query(sql, list(parameters))), None)
        return next(iter(row.values())) if row else None

    def knows(self, table: str, column: str, value: object) -> bool:
        return bool(self._value(f"SELECT count(*) FROM {table} WHERE {column} = ?", value))  # noqa: S608 - names are ours


# --- what each field stores as before and after; each refuses what makes no sense -------------------

Weighed = tuple[str | None, str | None]


def _weigh_kind(_: Decider, __: int, standing: Standing, change: Change) -> Weighed:
    if change.value not in KINDS:
        raise DecisionError(f"'{change.value}' is no kind of reply", f"Known are: {', '.join(KINDS)}")
    return standing.kind, change.value


def _weigh_state(decider: Decider, _: int, standing: Standing, change: Change) -> Weighed:
    if change.value is not None and not decider.knows("states", "code", change.value):
        raise DecisionError(f"no State has the code '{change.value}'", "Give an ISO 3166-1 alpha-3 code, such as JPN")
    return standing.state, change.value


def _weigh_group(_: Decider, __: int, standing: Standing, change: Change) -> Weighed:
    return standing.on_behalf_of, _words(change.value, 200) if change.value else None


def _weigh_late(_: Decider, __: int, standing: Standing, change: Change) -> Weighed:
    return _flag(standing.late), _flag(change.value)


def _weigh_duplicate(decider: Decider, reply: int, standing: Standing, change: Change) -> Weighed:
    if change.value is not None:
        _check_other(decider, reply, change.value)
        if decider.standing(change.value).duplicate_of is not None:
            raise DecisionError(f"reply {change.value} is a copy itself", "Name the reply that it is a copy of")
    return _number(standing.duplicate_of), _number(change.value)


def _weigh_replaces(decider: Decider, reply: int, standing: Standing, change: Change) -> Weighed:
    for other in change.value or ():
        _check_other(decider, reply, other)
        if reply in (decider.standing(other).replaces or ()):
            raise DecisionError(f"reply {other} already replaces this one", "Undo that first")
    before = None if standing.replaces is None else json.dumps(list(standing.replaces))
    return before, None if change.value is None else json.dumps(sorted(set(change.value)))


def _weigh_assignee(_: Decider, __: int, standing: Standing, change: Change) -> Weighed:
    return standing.assignee, _words(change.value, 200) if change.value else None


def _weigh_note(_: Decider, __: int, ___: Standing, change: Change) -> Weighed:
    return None, _words(change.value, LONGEST_NOTE)


def _weigh_flagged(_: Decider, __: int, ___: Standing, ____: Change) -> Weighed:
    return None, None


def _weigh_settled(_: Decider, __: int, standing: Standing, ___: Change) -> Weighed:
    return None, dump(standing)


def _weigh_areas(decider: Decider, _: int, standing: Standing, change: Change) -> Weighed:
    return json.dumps(_topic(standing, change.topic).areas), json.dumps(_areas(decider, change.value))


def _weigh_text(decider: Decider, reply: int, standing: Standing, change: Change) -> Weighed:
    topic = _topic(standing, change.topic)
    reworded = _placed(decider, reply, topic, _words(change.value, LONGEST_TOPIC))
    return _as_json(topic), _as_json(reworded)


def _weigh_rejected(_: Decider, __: int, standing: Standing, change: Change) -> Weighed:
    return _flag(_topic(standing, change.topic).rejected), _flag(change.value)


def _weigh_added(decider: Decider, reply: int, standing: Standing, change: Change) -> Weighed:
    words, areas = change.value
    blank = StandingTopic(0, "", BODY, 0, 0, standing.language or "", None, ())
    placed = _placed(decider, reply, blank, _words(words, LONGEST_TOPIC))
    evidence = (Evidence(placed.source, placed.start, placed.end, placed.quote),)
    assignments = tuple(Assignment(area, 1.0, "human", evidence) for area in _areas(decider, areas))
    topic = replace(placed, number=new_topic_number(decider.db, reply), assignments=assignments)
    return None, _exchange((), (topic,))


def _weigh_split(decider: Decider, reply: int, standing: Standing, change: Change) -> Weighed:
    topic = _topic(standing, change.topic)
    pieces = [_words(piece, LONGEST_TOPIC) for piece in change.value if piece.strip()]
    if len(pieces) < 2:
        raise DecisionError("a topic is split into two pieces at least", "Put each piece on a line of its own")
    parts = [
        replace(_placed(decider, reply, topic, piece), number=new_topic_number(decider.db, reply)) for piece in pieces
    ]
    return _as_json(topic), _exchange((topic,), parts)


def _weigh_merged(decider: Decider, reply: int, standing: Standing, change: Change) -> Weighed:
    first = _topic(standing, change.topic)
    others = [_topic(standing, number) for number in change.value]
    if not others or first in others:
        raise DecisionError("a topic is merged with another one", "Choose two topics of the reply")
    together = sorted((first, *others), key=lambda topic: (topic.source, topic.start))
    merged = replace(
        _joined(decider, reply, together),
        number=new_topic_number(decider.db, reply),
        assignments=_all_assignments(together),
        rank=min((topic.rank for topic in together if topic.rank is not None), default=None),
    )
    return json.dumps([topic.number for topic in together]), _exchange(together, (merged,))


_WEIGH: Final[dict[str, Callable[[Decider, int, Standing, Change], Weighed]]] = {
    "kind": _weigh_kind,
    "state": _weigh_state,
    "group": _weigh_group,
    "late": _weigh_late,
    "duplicate_of": _weigh_duplicate,
    "replaces": _weigh_replaces,
    "assignee": _weigh_assignee,
    "note": _weigh_note,
    "flagged": _weigh_flagged,
    "settled": _weigh_settled,
    "topic_areas": _weigh_areas,
    "topic_text": _weigh_text,
    "topic_rejected": _weigh_rejected,
    "topic_added": _weigh_added,
    "topic_split": _weigh_split,
    "topic_merged": _weigh_merged,
}


def _topic(standing: Standing, number: int | None) -> StandingTopic:
    topic = standing.topic(number or 0)
    if topic is None:
        raise DecisionError(f"the reply has no topic {number}", "Choose one of its topics")
    return topic


def _areas(decider: Decider, value: Sequence[str | None]) -> list[str | None]:
    areas = list(dict.fromkeys(value))
    unknown = [area for area in areas if area is not None and area not in decider.areas()]
    if unknown or not areas:
        raise DecisionError(
            f"no area ({shown_areas(unknown)})", "Give a letter of the consultation, or none for a new topic"
        )
    return areas


def _words(value: str, most: int) -> str:
    words = value.strip()
    if not words or len(words) > most:
        raise DecisionError("words are missing or too many", f"Give 1 to {most} characters")
    return words


def _check_other(decider: Decider, reply: int, other: int) -> None:
    decider.standing(other)
    if other == reply:
        raise DecisionError("a reply cannot be that of itself", "Name another reply")


def _placed(decider: Decider, reply: int, near: StandingTopic, words: str) -> StandingTopic:
    """The words where they stand: in the topic's own stretch, else its source, else any text; else where the topic stood."""
    texts = list(decider.db.query("SELECT source, text FROM texts WHERE message = ? ORDER BY position", [reply]))
    for row in sorted(texts, key=lambda row: row["source"] != near.source):
        own = row["source"] == near.source
        start = row["text"].find(words, near.start if own else 0)
        start = start if start >= 0 else row["text"].find(words)
        if start >= 0:
            return replace(near, quote=words, source=row["source"], start=start, end=start + len(words))
    return replace(near, quote=words)


def _joined(decider: Decider, reply: int, topics: Sequence[StandingTopic]) -> StandingTopic:
    """One topic over several: the text from first to last where they stand close, else their words one after the other."""
    first, last = topics[0], topics[-1]
    text = decider._value("SELECT text FROM texts WHERE message = ? AND source = ?", reply, first.source) or ""
    stretch = text[first.start : last.end].strip()
    close = all(topic.source == first.source for topic in topics) and 0 < len(stretch) <= LONGEST_TOPIC
    gaps = sum(max(0, after.start - before.end) for before, after in itertools.pairwise(topics))
    if close and gaps <= 40 * len(topics):
        return replace(first, quote=stretch, end=first.start + len(stretch))
    return replace(first, quote="; ".join(topic.quote for topic in topics)[:LONGEST_TOPIC])


def _all_assignments(topics: Sequence[StandingTopic]) -> tuple[Assignment, ...]:
    """Every area of the topics once; an area outweighs "new"."""
    best: dict[str | None, Assignment] = {}
    for assignment in (item for topic in topics for item in topic.assignments):
        known = best.get(assignment.area)
        if known is None or assignment.confidence > known.confidence:
            best[assignment.area] = assignment
    named = [item for area, item in best.items() if area is not None]
    return tuple(replace(item, method="human", confidence=1.0) for item in named or best.values())


def _exchange(going: Sequence[StandingTopic], coming: Sequence[StandingTopic]) -> str:
    come = [json.loads(_as_json(topic)) for topic in coming]
    return json.dumps({"go": [topic.number for topic in going], "come": come}, ensure_ascii=False)


def _as_json(topic: StandingTopic) -> str:
    return json.dumps(asdict(topic), ensure_ascii=False)


def _flag(value: object) -> str:
    return "1" if value else "0"


def _number(value: int | None) -> str | None:
    return None if value is None else str(value)
