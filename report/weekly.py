"""The weekly intake summary: what arrived in an ISO 8601 week, and all that was known at its end.

The figures bear no language: States and areas are codes, so that one summary is kept once and shown in six languages.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter

from core.clock import from_iso, now, to_iso
from core.consultation import Consultation
from core.errors import IntakeError
from report.clusters import gather
from report.weeks import Week, office_day, weeks_with_mail
from store.figures import Figures, Row, WeekTally
from store.read import Reader

PROPOSING: Final = ("proposal", "correction")
ANSWERING: Final = (*PROPOSING, "no_proposal")
REGIONS: Final = ("African", "Asian", "EEG", "GRULAC", "WEOG", "none")
"""The regional groups of the United Nations in 2009, as classify/data/states.toml names them; "none": in no group."""
AGES: Final = (1, 3, 7, 14)
"""Bounds of the ages of what awaits review, in days."""
MAX_LIST: Final = 200
"""Rows that a list of replies shows; its heading gives the whole number."""


@dataclass(frozen=True, slots=True)
class Count:
    """`value`: a kind, language, regional group or channel; "" is not known."""

    value: str
    week: int
    total: int


@dataclass(frozen=True, slots=True)
class DayCount:
    day: date
    replies: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A topic in the sender's own words, and what its area rests on."""

    state: str | None
    on_behalf_of: str | None
    quote: str
    language: str
    source: str
    area: str | None
    method: str
    confidence: float
    late: bool
    received_on: date
    rank: int | None
    topic_id: int
    reply_id: int
    message_id: str


@dataclass(frozen=True, slots=True)
class Area:
    letter: str
    week: int
    """Replies of this week."""
    replies: int
    late: int
    """Of these, those that came late."""
    states: tuple[str, ...]
    regions: dict[str, int]
    """States by regional group."""
    voices: tuple[Proposal, ...]
    """One telling proposal of each State (of each reply whose State is not known)."""


@dataclass(frozen=True, slots=True)
class NewTopic:
    """Proposals outside the note's areas that say nearly the same."""

    name: str
    states: tuple[str, ...]
    regions: dict[str, int]
    week: int
    """Proposals of this week among them."""
    voices: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply in a list: late ones, corrections, those that await review."""

    received_on: date
    state: str | None
    kind: str
    subject: str
    message_id: str
    reasons: tuple[str, ...] = ()
    replaces: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """Replies that await review for one reason, by age: up to 1, 3, 7, 14 days, and more."""

    reason: str
    ages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RegionStatus:
    region: str
    replied: tuple[str, ...]
    no_proposal: tuple[str, ...]
    silent: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that the last summary gave, and the same figure of the same week as it is known now."""

    figure: str
    given: int
    now: int


@dataclass(frozen=True, slots=True)
class Decision:
    decided_at: str
    decided_by: str
    state: str | None
    field: str
    before: str
    after: str
    why: str


@dataclass(frozen=True, slots=True)
class SinceLast:
    """What changed since the last summary that was made."""

    week: str
    made_at: str
    changes: tuple[Change, ...]
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True)
class Machine:
    """The state of the daemon when the summary was made."""

    last_poll: str | None
    last_failure: str | None
    failure: str
    held_back: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A week's figures, ready for any renderer and any language."""

    reference: str
    week: str
    monday: date
    sunday: date
    made_at: str
    sent: date
    deadline: date
    days_left: int
    """After the week's last day; negative: so many days ago."""
    replies_week: int
    replies_total: int
    states_answered: int
    states_silent: int
    by_kind: tuple[Count, ...]
    by_language: tuple[Count, ...]
    by_region: tuple[Count, ...]
    by_channel: tuple[Count, ...]
    by_day: tuple[DayCount, ...]
    """The seven days of the week."""
    history: tuple[DayCount, ...]
    """Every day on which something arrived, until the week's end."""
    areas: tuple[Area, ...]
    new_topics: tuple[NewTopic, ...]
    corrections: tuple[Reply, ...]
    """Of this week."""
    late_total: int
    late: tuple[Reply, ...]
    review_total: int
    review: tuple[Reply, ...]
    waiting: tuple[Waiting, ...]
    statuses: tuple[RegionStatus, ...]
    since_last: SinceLast | None
    machine: Machine


SUMMARY: Final = TypeAdapter(Summary)
"""Reads a kept summary back, and gives the JSON schema (docs/schemas/weekly.json)."""


def to_json(summary: Summary) -> str:
    return SUMMARY.dump_json(summary, indent=2).decode()


def weekly_summary(reader: Reader, consultation: Consultation, week: Week, at: datetime | None = None) -> Summary:
    """Gather one week, as it is known now. `at` is the moment it is made (default: now)."""
    gathering = _Gathering(reader, consultation, week, at or now())
    return gathering.summary(gathering.since_last())


def summary_as_of(reader: Reader, week: Week, moment: datetime) -> Summary:
    """The summary of that week as it was given at that moment: the newest that had been made by then."""
    row = Figures(reader).summary_as_of(week.name, to_iso(moment))
    if row is None:
        raise IntakeError(
            f"no summary of {week.name} had been made by {to_iso(moment)}",
            "Give a later --as-of, or none for the figures as they are known now",
        )
    return SUMMARY.validate_json(row["figures"])


class _Gathering:
    """One summary in the making: tallies of all weeks, and the names that they need."""

    def __init__(self, reader: Reader, consultation: Consultation, week: Week, at: datetime) -> None:
        self.figures = Figures(reader)
        self.reader = reader
        self.consultation = consultation
        self.week = week
        self.at = at
        self.start, self.end = week.bounds(consultation)
        self.regions = {row["code"]: row["region"] for row in self.figures.states()}
        self.tallies = self.figures.weeks(weeks_with_mail(self.figures, consultation, week))

    def summary(self, since_last: SinceLast | None) -> Summary:
        by_kind = self._counts(lambda tally: [(row["kind"], row["replies"]) for row in tally.kinds])
        statuses = self._statuses()
        late = self.figures.late(self.end, to_iso(self.consultation.closes_at))
        review = self.figures.review(self.end)
        return Summary(
            reference=self.consultation.reference,
            week=self.week.name,
            monday=self.week.monday,
            sunday=self.week.sunday,
            made_at=to_iso(self.at),
            sent=self.consultation.sent,
            deadline=self.consultation.deadline,
            days_left=self.consultation.days_left(self.week.sunday),
            replies_week=sum(count.week for count in by_kind),
            replies_total=sum(count.total for count in by_kind),
            states_answered=sum(len(row.replied) + len(row.no_proposal) for row in statuses),
            states_silent=sum(len(row.silent) for row in statuses),
            by_kind=by_kind,
            by_language=self._counts(lambda tally: [(row["language"], row["replies"]) for row in tally.languages]),
            by_region=self._counts(
                lambda tally: [(self.regions.get(row["state"]), row["replies"]) for row in tally.kinds]
            ),
            by_channel=self._counts(lambda tally: [(row["channel"], row["replies"]) for row in tally.channels]),
            by_day=self._by_day(),
            history=self._history(),
            areas=self._areas(),
            new_topics=self._new_topics(),
            corrections=tuple(self._reply(row) for row in self.figures.corrections(self.start, self.end)),
            late_total=len(late),
            late=tuple(self._reply(row) for row in late[:MAX_LIST]),
            review_total=len(review),
            review=tuple(self._reply(row) for row in review[:MAX_LIST]),
            waiting=self._waiting(review),
            statuses=statuses,
            since_last=since_last,
            machine=self._machine(),
        )

    def _counts(self, pairs: Any) -> tuple[Count, ...]:
        """The week's and all replies by a value, the largest first."""
        total: Counter[str] = Counter()
        week: Counter[str] = Counter()
        for tally in self.tallies:
            for value, replies in pairs(tally):
                total[value or ""] += replies
                if tally.start == self.start:
                    week[value or ""] += replies
        order = sorted(total, key=lambda value: (-total[value], value))
        return tuple(Count(value, week[value], total[value]) for value in order)

    def _history(self) -> tuple[DayCount, ...]:
        days: Counter[date] = Counter()
        for tally in self.tallies:
            for row in tally.moments:
                days[office_day(f"{row['moment']}0:00Z", self.consultation)] += row["replies"]
        return tuple(DayCount(day, days[day]) for day in sorted(days))

    def _by_day(self) -> tuple[DayCount, ...]:
        counted = {count.day: count.replies for count in self._history()}
        return tuple(DayCount(day, counted.get(day, 0)) for day in self.week.days)

    # --- areas and new topics --------------------------------------------------------------------

    def _areas(self) -> tuple[Area, ...]:
        rows: dict[str, list[tuple[WeekTally, Row]]] = defaultdict(list)
        for tally in self.tallies:
            for row in tally.areas:
                if self._stands(row):
                    rows[row["area"]].append((tally, row))
        return tuple(self._area(row["letter"], rows[row["letter"]]) for row in self.figures.areas())

    def _area(self, letter: str, found: list[tuple[WeekTally, Row]]) -> Area:
        states = sorted({row["state"] for _, row in found if row["state"]})
        best = {row["voice"]: row for _, row in sorted(found, key=lambda item: item[1]["telling"])}
        voices = [proposal_of(row, self.consultation) for row in best.values()]
        return Area(
            letter=letter,
            week=sum(row["replies"] for tally, row in found if tally.start == self.start),
            replies=sum(row["replies"] for _, row in found),
            late=sum(row["replies"] for _, row in found if row["late"]),
            states=tuple(states),
            regions=self._by_region(states),
            voices=tuple(sorted(voices, key=_place)),
        )

    def _new_topics(self) -> tuple[NewTopic, ...]:
        rows = [row for tally in self.tallies for row in tally.new_topics if self._stands(row)]
        found = {(row["state"] or row["reply_id"], row["quote"]): row for row in reversed(rows)}
        voices = sorted((proposal_of(row, self.consultation) for row in found.values()), key=_place)
        made = [self._new_topic(group) for group in gathered(voices)]
        return tuple(sorted(made, key=lambda topic: (-len(topic.states), -len(topic.voices), topic.name)))

    def _new_topic(self, voices: Sequence[Proposal]) -> NewTopic:
        states = sorted({voice.state for voice in voices if voice.state})
        return NewTopic(
            name=min((voice.quote for voice in voices), key=lambda quote: (len(quote), quote)),
            states=tuple(states),
            regions=self._by_region(states),
            week=sum(voice.received_on >= self.week.monday for voice in voices),
            voices=tuple(voices),
        )

    def _stands(self, row: Row) -> bool:
        """True unless a correction had replaced it by the week's end."""
        return row["superseded_at"] is None or row["superseded_at"] >= self.end

    def _by_region(self, states: Iterable[str]) -> dict[str, int]:
        counted = Counter(self.regions.get(state, "none") for state in states)
        return {region: counted[region] for region in REGIONS if counted[region]}

    # --- replies and States ----------------------------------------------------------------------

    def _reply(self, row: Row) -> Reply:
        return Reply(
            received_on=office_day(row["received_at"], self.consultation),
            state=row["state"],
            kind=row.get("kind", "correction"),
            subject=row["subject"],
            message_id=row["message_id"],
            reasons=tuple(json.loads(row["review_reasons"])) if "review_reasons" in row else (),
            replaces=row.get("replaces", 0),
        )

    def _waiting(self, review: Sequence[Row]) -> tuple[Waiting, ...]:
        """By reason and age at the week's end, or now while the week still runs."""
        until = min(from_iso(self.end), max(self.at, from_iso(self.start)))
        ages: dict[str, Counter[int]] = defaultdict(Counter)
        for row in review:
            days = (until - from_iso(row["received_at"])) / timedelta(days=1)
            bucket = sum(days > bound for bound in AGES)
            for code in {reason.split(":")[0] for reason in json.loads(row["review_reasons"])}:
                ages[code][bucket] += 1
        order = sorted(ages, key=lambda code: (-ages[code].total(), code))
        return tuple(Waiting(code, tuple(ages[code][place] for place in range(len(AGES) + 1))) for code in order)

    def _statuses(self) -> tuple[RegionStatus, ...]:
        rows = [row for tally in self.tallies for row in tally.kinds]
        answered = {row["state"] for row in rows if row["kind"] in ANSWERING}
        proposed = {row["state"] for row in rows if row["kind"] in PROPOSING}
        made = []
        for region in REGIONS:
            states = [code for code, own in self.regions.items() if own == region]
            if states:
                made.append(
                    RegionStatus(
                        region,
                        replied=tuple(code for code in states if code in proposed),
                        no_proposal=tuple(code for code in states if code in answered and code not in proposed),
                        silent=tuple(code for code in states if code not in answered),
                    )
                )
        return tuple(made)

    # --- what changed, and the machine -----------------------------------------------------------

    def since_last(self) -> SinceLast | None:
        """The last summary that was made, beside what is known of its week now."""
        row = self.figures.last_summary(self.week.name)
        if row is None:
            return None
        given = key_figures(SUMMARY.validate_json(row["figures"]))
        again = key_figures(self._earlier(Week.parse(row["week"])))
        changes = [
            Change(name, given.get(name, 0), again.get(name, 0))
            for name in dict.fromkeys([*given, *again])
            if given.get(name, 0) != again.get(name, 0)
        ]
        decisions = self.figures.decisions(row["made_at"], to_iso(self.at))
        return SinceLast(row["week"], row["made_at"], tuple(changes), tuple(_decision(each) for each in decisions))

    def _earlier(self, week: Week) -> Summary:
        return _Gathering(self.reader, self.consultation, week, self.at).summary(since_last=None)

    def _machine(self) -> Machine:
        events = self.figures.events(("poll", "poll failed"))
        failed = events.get("poll failed")
        return Machine(
            last_poll=events["poll"]["at"] if "poll" in events else None,
            last_failure=failed["at"] if failed else None,
            failure=failed["detail"] if failed else "",
            held_back=self.figures.held_back(),
        )


def gathered(proposals: Sequence[Proposal]) -> list[list[Proposal]]:
    """New topics that say nearly the same, together; the largest group first."""
    rows = [{"quote": each.quote, "language": each.language, "proposal": each} for each in proposals]
    return [[row["proposal"] for row in group] for group in gather(rows)]


def key_figures(summary: Summary) -> dict[str, int]:
    """The figures that a later summary compares with: name -> number."""
    found = {
        "replies": summary.replies_total,
        "answered": summary.states_answered,
        "late": summary.late_total,
    }
    found.update({f"kind:{count.value}": count.total for count in summary.by_kind})
    found.update({f"area:{area.letter}": len(area.states) for area in summary.areas})
    found["new"] = len(summary.new_topics)
    return found


def proposal_of(row: Row, consultation: Consultation) -> Proposal:
    return Proposal(
        state=row["state"],
        on_behalf_of=row["on_behalf_of"],
        quote=row["quote"],
        language=row["language"] or "",
        source=row["source"],
        area=row["area"],
        method=row["method"],
        confidence=row["confidence"],
        late=bool(row["late"]),
        received_on=office_day(row["received_at"], consultation),
        rank=row["rank"],
        topic_id=row["topic_id"],
        reply_id=row["reply_id"],
        message_id=row["message_id"],
    )


def _decision(row: Row) -> Decision:
    return Decision(
        row["decided_at"],
        row["decided_by"],
        row["state"],
        row["field"],
        row["before"] or "",
        row["after"] or "",
        row["why"],
    )


def _place(voice: Proposal) -> tuple[bool, str, date, int]:
    return voice.state is None, voice.state or "", voice.received_on, voice.topic_id
