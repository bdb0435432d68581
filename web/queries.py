"""What the pages show, out of the store's views. Each function takes a reading connection and gives plain rows."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Row = dict[str, Any]

PAGE: Final = 50
VIEWS: Final = (
    "replies",
    "proposals",
    "current_proposals",
    "area_tally",
    "review_queue",
    "replies_by_week",
    "state_status",
    "decision_log",
)
"""What is offered as files."""
OPEN: Final = "SELECT message FROM review_reasons WHERE settled_at IS NULL UNION SELECT message FROM open_link_doubts"


def rows(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> list[Row]:
    cursor = connection.execute(sql, parameters)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def value(connection: sqlite3.Connection, sql: str, parameters: Mapping[str, Any] | Sequence[Any] = ()) -> Any:
    row = connection.execute(sql, parameters).fetchone()
    return row[0] if row else None


# --- overview --------------------------------------------------------------------------------------


def overview(connection: sqlite3.Connection) -> Row:
    return {
        "replies": value(connection, "SELECT count(*) FROM messages"),
        "waiting": queue_size(connection),
        "late": value(
            connection, "SELECT count(*) FROM messages WHERE late AND kind IN ('proposal', 'correction', 'no_proposal')"
        ),
        "kinds": rows(connection, "SELECT kind, count(*) AS replies FROM messages GROUP BY kind ORDER BY replies DESC"),
        "days": rows(
            connection,
            "SELECT substr(received_at, 1, 10) AS day, count(*) AS replies FROM messages GROUP BY day ORDER BY day DESC LIMIT 42",
        )[::-1],
        "areas": areas(connection),
        "states": rows(connection, "SELECT status, count(*) AS states FROM state_status GROUP BY status"),
        "newest": newest(connection),
        "last_poll": value(connection, "SELECT at FROM events WHERE name = 'poll' ORDER BY id DESC LIMIT 1"),
    }


def newest(connection: sqlite3.Connection, limit: int = 8) -> list[Row]:
    return rows(
        connection,
        f"SELECT {LISTED} FROM replies LEFT JOIN states ON states.code = state"  # noqa: S608
        " WHERE reply_id IN (SELECT id FROM messages ORDER BY received_at DESC, id DESC LIMIT ?)"
        " ORDER BY received_at DESC, reply_id DESC",
        [limit],
    )


def areas(connection: sqlite3.Connection) -> list[Row]:
    """Every area with its tally, those nobody proposes too, new topics last (letter None)."""
    tally = {row["area"]: row for row in rows(connection, "SELECT * FROM area_tally")}
    none = {"replies": 0, "states": 0, "regions": 0}
    found = [
        {**row, "titles": json.loads(row["titles"]), **{name: tally.get(row["letter"], none)[name] for name in none}}
        for row in rows(connection, "SELECT letter, titles, accepted FROM areas ORDER BY letter")
    ]
    new = tally.get(None, none)
    return [*found, {"letter": None, "titles": {}, "accepted": 0, **{name: new[name] for name in none}}]


def versions(connection: sqlite3.Connection) -> Row:
    """What live pages compare: something arrived, or somebody decided."""
    return {
        "replies": value(connection, "SELECT coalesce(max(id), 0) FROM messages"),
        "decisions": value(connection, "SELECT coalesce(max(id), 0) FROM decisions"),
    }


# --- lists of replies ------------------------------------------------------------------------------

LISTED: Final = (
    "reply_id, sha256, received_at, state, states.name AS state_name, on_behalf_of, kind, kind_method, state_method, subject,"
    " language, late, late_waived, superseded, duplicate_of, needs_review, channel, from_address, from_name, assignee"
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a list of replies is narrowed to; empty means all."""

    kind: str = ""
    state: str = ""
    language: str = ""
    day: str = ""
    late: str = ""
    review: str = ""
    assignee: str = ""

    @classmethod
    def of(cls, arguments: Mapping[str, str]) -> Filter:
        return cls(**{name: (arguments.get(name) or "").strip()[:100] for name in cls.__slots__})

    def condition(self) -> tuple[str, Row]:
        """What rows of `messages` have to be like, and the values."""
        conditions = ["1"]
        for name in ("kind", "state", "language", "assignee"):
            if getattr(self, name):
                conditions.append(f"{name} = :{name}" if getattr(self, name) != "none" else f"{name} IS NULL")
        if self.day:
            conditions.append("received_at >= :day AND received_at < :day || 'U'")  # "T" < "U": the whole of that day
        if self.late:
            conditions.append("late")
        if self.review:
            conditions.append(f"id IN ({OPEN})")
        return " AND ".join(conditions), {name: getattr(self, name) for name in self.__slots__}


def list_replies(connection: sqlite3.Connection, narrowed: Filter, page: int) -> tuple[list[Row], int]:
    """One page of replies, the newest first, and how many there are. The view is asked for that page's rows only."""
    where, parameters = narrowed.condition()
    total = value(connection, f"SELECT count(*) FROM messages WHERE {where}", parameters)  # noqa: S608
    chosen = f"SELECT id FROM messages WHERE {where} ORDER BY received_at DESC, id DESC LIMIT :limit OFFSET :offset"  # noqa: S608
    found = rows(
        connection,
        f"SELECT {LISTED} FROM ({chosen}) AS chosen CROSS JOIN replies ON reply_id = chosen.id"  # noqa: S608
        " LEFT JOIN states ON states.code = state ORDER BY received_at DESC, reply_id DESC",
        {**parameters, "limit": PAGE, "offset": (page - 1) * PAGE},
    )
    return found, total


# --- one reply -------------------------------------------------------------------------------------


def find_reply(connection: sqlite3.Connection, digest: str) -> int | None:
    """By its SHA-256, or the beginning of it (8 digits at least) where only one begins so."""
    found = rows(
        connection,
        "SELECT id FROM messages WHERE sha256 >= ? AND sha256 < ? || 'g' LIMIT 2",
        [digest, digest],
    )
    return found[0]["id"] if len(found) == 1 else None


def reply(connection: sqlite3.Connection, number: int) -> Row | None:
    """All that is known of a reply."""
    found = rows(
        connection,
        "SELECT replies.*, states.name AS state_name FROM replies LEFT JOIN states ON states.code = state WHERE reply_id = ?",
        [number],
    )
    if not found:
        return None
    [row] = found
    row["review_reasons"] = json.loads(row["review_reasons"])
    return {
        **row,
        "topics": topics(connection, number),
        "texts": [
            {**text, "spans": [tuple(span) for span in json.loads(text["spans"])]}
            for text in rows(
                connection,
                "SELECT source, origin, confidence, text, spans FROM texts WHERE message = ? ORDER BY position",
                [number],
            )
        ],
        "attachments": rows(
            connection, "SELECT part, name, content_type, size FROM attachments WHERE message = ? ORDER BY id", [number]
        ),
        "state_evidence": rows(
            connection,
            "SELECT source, start, end, words FROM evidence WHERE message = ? AND assignment IS NULL ORDER BY id",
            [number],
        ),
        "problems": rows(connection, "SELECT code, place, detail FROM problems WHERE message = ?", [number]),
        "history": rows(
            connection, "SELECT * FROM decision_log WHERE reply_id = ? ORDER BY decision_id DESC", [number]
        ),
        "related": related(connection, row),
    }


def topics(connection: sqlite3.Connection, number: int) -> list[Row]:
    found = rows(
        connection,
        "SELECT id, position, quote, source, start, end, language, rank, rejected FROM topics"
        " WHERE message = ? AND NOT gone ORDER BY position",
        [number],
    )
    assigned = rows(
        connection,
        "SELECT assignments.id, topic, area, confidence, method FROM assignments JOIN topics ON topics.id = topic"
        " WHERE topics.message = ? ORDER BY area IS NULL, area",
        [number],
    )
    evidence = rows(
        connection, "SELECT assignment, words FROM evidence WHERE message = ? AND assignment IS NOT NULL", [number]
    )
    words: dict[int, list[str]] = {}
    for item in evidence:
        words.setdefault(item["assignment"], []).append(item["words"])
    for topic in found:
        topic["assignments"] = [{**a, "words": words.get(a["id"], [])} for a in assigned if a["topic"] == topic["id"]]
        topic["letters"] = [a["area"] for a in topic["assignments"]]
        topic["confidence"] = min((a["confidence"] for a in topic["assignments"]), default=0.0)
    return found


def related(connection: sqlite3.Connection, row: Row) -> list[Row]:
    """Copies, what it replaces or is replaced by, and the same State's other replies."""
    return rows(
        connection,
        """
        SELECT id AS reply_id, sha256, received_at, kind, subject,
               CASE
                   WHEN id IN (SELECT replaced_by FROM supersessions WHERE message = :id) THEN 'replaces this'
                   WHEN id IN (SELECT message FROM supersessions WHERE replaced_by = :id) THEN 'replaced by this'
                   WHEN duplicate_of = :id THEN 'copy of this'
                   WHEN id = (SELECT duplicate_of FROM messages WHERE id = :id) THEN 'original of this'
                   ELSE 'same State'
               END AS relation
        FROM messages
        WHERE id <> :id AND (
            state = :state OR duplicate_of = :id
            OR id = (SELECT duplicate_of FROM messages WHERE id = :id)
            OR id IN (SELECT message FROM supersessions WHERE replaced_by = :id)
            OR id IN (SELECT replaced_by FROM supersessions WHERE message = :id)
        )
        ORDER BY relation = 'same State', received_at DESC LIMIT 30
        """,
        {"id": row["reply_id"], "state": row["state"]},
    )


# --- review ----------------------------------------------------------------------------------------


def queue_size(connection: sqlite3.Connection) -> int:
    return int(value(connection, f"SELECT count(*) FROM ({OPEN})"))  # noqa: S608 - UNION gives each once


def next_in_queue(connection: sqlite3.Connection, after: int | None) -> int | None:
    """The oldest reply that awaits a person, behind `after` where given; the first again when none is left behind it."""
    behind = "" if after is None else "AND (received_at, id) > (SELECT received_at, id FROM messages WHERE id = :after)"
    found: int | None = value(
        connection,
        f"SELECT id FROM messages WHERE id IN ({OPEN}) AND id IS NOT :after {behind} ORDER BY received_at, id LIMIT 1",  # noqa: S608
        {"after": after},
    )
    if found is not None or after is None:
        return found
    first: int | None = value(
        connection,
        f"SELECT id FROM messages WHERE id IN ({OPEN}) AND id <> ? ORDER BY received_at, id LIMIT 1",  # noqa: S608
        [after],
    )
    return first


# --- areas, new topics, States ---------------------------------------------------------------------


MOST: Final = 5000
"""Proposals of an area that are kept at hand for its pages; its file has all."""
MOST_NEW: Final = 300
"""New topics shown at once: more than that nobody compares on one page."""


def area_proposals(connection: sqlite3.Connection, letter: str | None, most: int = MOST) -> list[Row]:
    return rows(
        connection,
        "SELECT proposals.*, states.name AS state_name, states.region FROM current_proposals AS proposals"
        " LEFT JOIN states ON states.code = state WHERE area IS ? ORDER BY states.name IS NULL, states.name, received_at, position"
        " LIMIT ?",
        [letter, most],
    )


def states(connection: sqlite3.Connection) -> list[Row]:
    counts = {
        row["state"]: row
        for row in rows(
            connection,
            "SELECT state, count(DISTINCT reply_id) AS replies, group_concat(DISTINCT area) AS areas,"
            " max(area IS NULL) AS new FROM current_proposals WHERE state IS NOT NULL GROUP BY state",
        )
    }
    found = rows(
        connection,
        "SELECT state_status.*, states.names FROM state_status JOIN states ON states.code = state ORDER BY state_status.region, state_status.name",
    )
    for row in found:
        row["names"] = json.loads(row["names"])
        count = counts.get(row["state"])
        row["areas"] = sorted((count["areas"] or "").split(",")) if count and count["areas"] else []
        row["new"] = bool(count and count["new"])
    return found


def state_names(connection: sqlite3.Connection, language: str) -> list[tuple[str, str]]:
    found = rows(connection, "SELECT code, name, names FROM states")
    named = [(row["code"], json.loads(row["names"]).get(language) or row["name"]) for row in found]
    return sorted(named, key=lambda pair: _folded(pair[1]))


def _folded(text: str) -> str:
    return "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter)
    )


# --- search ----------------------------------------------------------------------------------------

BEGIN, END = "\x02", "\x03"
"""Around found words in a snippet; no text holds them once escaped for the page."""
_UNSPACED: Final = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")


def search(connection: sqlite3.Connection, asked: str, limit: int = 50) -> list[Row]:
    """Replies whose texts hold all the words. Words are quoted: nothing a person types is FTS5 syntax."""
    words = re.findall(r'"[^"]+"|\S+', asked.replace("\x00", " "))[:12]
    bare = [word.strip('"') for word in words if word.strip('"')]
    if not bare:
        return []
    if any(_UNSPACED.search(word) for word in bare):
        return _search_unspaced(connection, bare, limit)
    table, match = "texts_fts", " ".join(_quoted(word) for word in bare)
    found = _match(connection, table, match, limit)
    if not found and all(len(word) >= 3 for word in bare):
        found = _match(connection, "texts_trigrams", match, limit)
    return found


def _search_unspaced(connection: sqlite3.Connection, words: Iterable[str], limit: int) -> list[Row]:
    """Chinese has no spaces: any run of three characters is found by trigrams, a shorter one by looking at each text."""
    listed = list(words)
    if all(len(word) >= 3 for word in listed):
        return _match(connection, "texts_trigrams", " ".join(_quoted(word) for word in listed), limit)
    condition = " AND ".join("instr(text, ?)" for _ in listed)
    first = listed[0]
    return _with_replies(
        connection,
        f"SELECT message, source, replace(substr(text, max(1, instr(text, ?) - 30), 90), ?, ?) AS snippet"  # noqa: S608
        f" FROM texts WHERE {condition} LIMIT {int(limit)}",
        [first, first, BEGIN + first + END, *listed],
    )


def _match(connection: sqlite3.Connection, table: str, match: str, limit: int) -> list[Row]:
    return _with_replies(
        connection,
        f"SELECT texts.message, texts.source, snippet({table}, 0, ?, ?, '…', 24) AS snippet"  # noqa: S608
        f" FROM {table} JOIN texts ON texts.id = {table}.rowid WHERE {table} MATCH ? ORDER BY {table}.rowid DESC LIMIT {int(limit)}",
        [BEGIN, END, match],
    )


def _with_replies(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
    return rows(
        connection,
        f"SELECT found.snippet, found.source, {LISTED} FROM ({sql}) AS found CROSS JOIN replies ON reply_id = found.message"  # noqa: S608
        " LEFT JOIN states ON states.code = state",
        parameters,
    )


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"'
