"""Figures of a consultation, week by week, for reports.

What a report says of the past is the sum of its weeks. A week's tally is worked out from the views; tallies of weeks that have
ended are kept in `week_tallies`, and triggers drop one as soon as anything of that week changes (a decision, a correction that
replaces a reply of it). A tally that is missing is worked out again: kept tallies make a report cheap, never different.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from store.read import Reader
from store.schema import mended, open_database

Row = dict[str, Any]
Bounds = tuple[str, str]
"""First moment of a week and first moment of the next, in UTC."""


@dataclass(frozen=True, slots=True)
class WeekTally:
    """One week's replies, counted. Rows are plain dicts, as JSON keeps them."""

    start: str
    end: str
    kinds: list[Row]
    """kind, state, replies"""
    languages: list[Row]
    """language, replies"""
    channels: list[Row]
    """channel, replies"""
    moments: list[Row]
    """moment (the first 15 characters of a UTC time: ten minutes), replies: for days in any time zone"""
    areas: list[Row]
    """voice (the State, or one reply whose State is not known), superseded_at, late, replies, telling, and the columns of
    the most telling proposal; one for each area, voice, superseded_at and late"""
    new_topics: list[Row]
    """superseded_at and the columns of the proposal; one for each State and wording"""


class Figures:
    """Reads tallies and the rows behind them."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def weeks(self, weeks: Iterable[Bounds]) -> list[WeekTally]:
        """The tally of each of these weeks: kept ones as they are, the others worked out."""
        kept = {row["start"]: row for row in self.reader.rows("SELECT start, end, tally FROM week_tallies")}
        tallies = []
        for start, end in weeks:
            row = kept.get(start)
            known = row is not None and row["end"] == end
            tallies.append(WeekTally(**json.loads(row["tally"])) if row and known else self.tally(start, end))
        return tallies

    def tally(self, start: str, end: str) -> WeekTally:
        bounds = {"start": start, "end": end}
        counted = {
            name: self.reader.rows(
                f"SELECT {columns}, count(*) AS replies FROM replies"  # noqa: S608 - columns are ours
                " WHERE received_at >= :start AND received_at < :end GROUP BY 1, 2 ORDER BY 1, 2",
                bounds,
            )
            for name, columns in (
                ("kinds", "kind, state"),
                ("languages", "language, 0 AS more"),
                ("channels", "channel, 0 AS more"),
                ("moments", "substr(received_at, 1, 15) AS moment, 0 AS more"),
            )
        }
        return WeekTally(
            start, end, **counted, areas=self.reader.rows(_AREAS, bounds), new_topics=self.reader.rows(_NEW, bounds)
        )

    def next_arrival(self, moment: str = "") -> str | None:
        """When the first reply at or after that moment arrived. By the index: min() over a view would read all of it."""
        arrival: str | None = self.reader.value(
            "SELECT received_at FROM replies WHERE received_at >= ? ORDER BY received_at LIMIT 1", [moment]
        )
        return arrival

    def areas(self) -> list[Row]:
        """letter, titles (JSON by language)."""
        return self.reader.rows("SELECT letter, titles FROM areas ORDER BY letter")

    def states(self) -> list[Row]:
        """code, names (JSON by language), region."""
        return self.reader.rows("SELECT code, names, region FROM states ORDER BY code")

    def proposals(self, end: str) -> list[Row]:
        """Every proposal that stood at that moment, the oldest first."""
        return self.reader.rows(
            f"SELECT {_PROPOSAL}, superseded_at FROM proposals WHERE received_at < :end AND {_COUNTED}"  # noqa: S608
            " AND coalesce(superseded_at >= :end, 1) ORDER BY received_at, reply_id, position",
            {"end": end},
        )

    def review(self, end: str) -> list[Row]:
        """Replies that await a person, the oldest first."""
        return self.reader.rows(
            """
            SELECT message_id, received_at, state, kind, subject, from_address, review_reasons FROM replies
            WHERE reply_id IN (
                SELECT message FROM review_reasons WHERE settled_at IS NULL UNION SELECT message FROM open_link_doubts
            ) AND needs_review AND received_at < ? ORDER BY received_at, reply_id
            """,
            [end],
        )

    def late(self, end: str, closes_at: str) -> list[Row]:
        return self.reader.rows(
            """
            SELECT message_id, received_at, state, kind, subject FROM replies
            WHERE late AND received_at >= ? AND received_at < ? AND kind IN ('proposal', 'correction', 'no_proposal')
            ORDER BY received_at, reply_id
            """,
            [closes_at, end],
        )

    def corrections(self, start: str, end: str) -> list[Row]:
        return self.reader.rows(
            """
            SELECT reply_id, message_id, received_at, state, subject,
                   (SELECT count(*) FROM supersessions WHERE replaced_by = reply_id) AS replaces
            FROM replies WHERE kind = 'correction' AND received_at >= ? AND received_at < ? ORDER BY received_at, reply_id
            """,
            [start, end],
        )

    def decisions(self, after: str, until: str) -> list[Row]:
        """What people decided in that time that can change a figure, the oldest first."""
        return self.reader.rows(
            f"""
            SELECT decided_at, decided_by, field, before, after, why, decision_log.message_id, state
            FROM decision_log LEFT JOIN replies ON replies.reply_id = decision_log.reply_id
            WHERE decided_at > ? AND decided_at <= ? AND field IN ({_CHANGE_FIGURES}) ORDER BY decision_id
            """,  # noqa: S608
            [after, until],
        )

    def last_summary(self, before: str) -> Row | None:
        """The newest summary of a week before that one (a week's name): week, made_at, figures."""
        rows = self.reader.rows(
            "SELECT week, made_at, figures FROM summaries WHERE week < ? ORDER BY week DESC, id DESC LIMIT 1", [before]
        )
        return rows[0] if rows else None

    def summary_as_of(self, week: str, moment: str) -> Row | None:
        """The newest summary of that week that had been made by that moment."""
        rows = self.reader.rows(
            "SELECT week, made_at, figures FROM summaries WHERE week = ? AND made_at <= ? ORDER BY id DESC LIMIT 1",
            [week, moment],
        )
        return rows[0] if rows else None

    def held_back(self) -> int:
        """Messages that are set aside because reading them ended the worker; 0 in a database that keeps none."""
        if self.reader.value("SELECT 1 FROM sqlite_master WHERE name = 'held_back'") is None:
            return 0
        return int(self.reader.value("SELECT count(*) FROM held_back"))

    def groups(self) -> dict[str, dict[str, str]]:
        """Groups of States that speak with one voice: code -> name by language."""
        kept = self.reader.value("SELECT value FROM meta WHERE key = 'groups'")
        return dict(json.loads(kept)) if kept else {}

    def events(self, names: Sequence[str]) -> dict[str, Row]:
        """The newest event of each name."""
        return {name: event for name in names if (event := self.reader.last_event(name))}


def keep_tallies(reader: Reader, weeks: Iterable[Bounds]) -> int:
    """Work out and keep the tallies of ended weeks that are not kept yet. Returns how many."""
    figures = Figures(reader)
    kept = {row["start"] for row in reader.rows("SELECT start FROM week_tallies")}
    made = 0
    db = open_database(reader.path)
    try:
        for start, end in weeks:
            if start in kept:
                continue
            # Counted and kept in one transaction: nothing can change the week between the two.
            with mended(reader.path), db.atomic():
                tally = json.dumps(asdict(figures.tally(start, end)), ensure_ascii=False)
                db.execute("INSERT INTO week_tallies (start, end, tally) VALUES (?, ?, ?)", [start, end, tally])
            made += 1
    finally:
        db.close()
    return made


def keep_summary(path: Path, week: str, made_at: str, figures: str) -> None:
    """Keep a summary as it was given."""
    db = open_database(path)
    try:
        with mended(path), db.atomic():
            db.execute("INSERT INTO summaries (week, made_at, figures) VALUES (?, ?, ?)", [week, made_at, figures])
    finally:
        db.close()


_CHANGE_FIGURES = """
    'kind', 'state', 'group', 'late', 'duplicate_of', 'replaces', 'topic_areas', 'topic_rejected', 'topic_added',
    'topic_split', 'topic_merged', 'area_accepted', 'undo'
"""

_PROPOSAL = """
    topic_id, reply_id, message_id, sha256, state, on_behalf_of, received_at, late, area, quote, source, language, rank,
    position, confidence, method
"""

# What a correction replaced has its moment; what is superseded without one is a copy of another reply, and never counts.
_COUNTED = "status <> 'rejected' AND NOT (status = 'superseded' AND superseded_at IS NULL)"

# A telling sentence: one that a person chose an area for, of a length that says something; of these the surest, then the newest.
_TELLING = """
    (method = 'human') * 4 + (length(quote) BETWEEN 20 AND 320) * 2 + confidence + julianday(received_at) / 1e9
"""

# The "+" keeps SQLite from reading all topics of an area, of all weeks, by the index on areas.
# What was replaced within its own week stands in no summary: a tally is for this week's and later ones.
_AREAS = f"""
    SELECT {_PROPOSAL}, superseded_at, coalesce(state, '?' || reply_id) AS voice,
           count(DISTINCT reply_id) AS replies, max({_TELLING}) AS telling
    FROM proposals
    WHERE received_at >= :start AND received_at < :end AND +area IS NOT NULL AND {_COUNTED}
      AND coalesce(superseded_at >= :end, 1)
    GROUP BY area, voice, superseded_at, late
    ORDER BY area, voice, superseded_at, late
"""  # noqa: S608

_NEW = f"""
    SELECT {_PROPOSAL}, superseded_at, min(topic_id) AS first_topic
    FROM proposals
    WHERE received_at >= :start AND received_at < :end AND +area IS NULL AND {_COUNTED}
      AND coalesce(superseded_at >= :end, 1)
    GROUP BY coalesce(state, '?' || reply_id), quote, superseded_at
    ORDER BY topic_id
"""  # noqa: S608
