"""The Bureau's sheet: what the proposals say about each topic that could be chosen, counted in several ways.

It names no winner. Positions that are equal are shown as equal. Replies that came late are counted apart. Ways of counting:

- by State: States that propose the topic; a State counts once, however many replies or topics of one area it sent;
- by regional group: groups with at least one such State;
- by first rank: States that put the topic first in an order of their own;
- Borda count for partial ballots: of m topics that a State orders, the first has m points and the last one; topics that it
  proposes without an order share the points of their places equally.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Final

from pydantic import TypeAdapter

from core.clock import now, to_iso
from core.consultation import Consultation
from report.weekly import REGIONS, Proposal, gathered, proposal_of
from store.figures import Figures
from store.read import Reader

METHODS: Final = ("human", "letter", "title", "model")
"""From the surest on."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A topic that could be chosen: an area of the note, or a new topic. Figures are of replies in time."""

    key: str
    """The area's letter; "1", "2", … for new topics."""
    area: str | None
    name: str
    """A new topic in the words of its shortest proposal; "" for an area."""
    states: tuple[str, ...]
    regions: dict[str, int]
    groups: tuple[str, ...]
    """Groups that a State spoke for in proposing it."""
    ranks: dict[int, int]
    """Rank -> States that gave it."""
    borda: float
    certainty: dict[str, int]
    """States by the surest ground on which one of their proposals was assigned."""
    late_states: tuple[str, ...]
    """States that propose it in late replies only."""
    unknown: int
    """Replies whose State is not known; in no other figure."""
    replies: tuple[int, ...]
    """The replies behind the figures, by number (reply_id)."""


@dataclass(frozen=True, slots=True)
class Positions:
    """A candidate's place in each way of counting; equal figures share a place."""

    key: str
    by_state: int
    by_region: int
    by_first_rank: int
    by_borda: int


@dataclass(frozen=True, slots=True)
class BureauSheet:
    reference: str
    made_at: str
    until: date
    """The last day of which replies are in."""
    deadline: date
    topics_to_pick: int
    states_proposing: int
    states_ranking: int
    candidates: tuple[Candidate, ...]
    positions: tuple[Positions, ...]
    tied: dict[str, tuple[int, ...]]
    """Way of counting -> places that several candidates share."""
    annex: tuple[Proposal, ...]
    """Every proposal, whole."""


SHEET: Final = TypeAdapter(BureauSheet)


def to_json(sheet: BureauSheet) -> str:
    return SHEET.dump_json(sheet, indent=2).decode()


def bureau_sheet(
    reader: Reader, consultation: Consultation, until: date | None = None, at: datetime | None = None
) -> BureauSheet:
    """All that stood at the end of a day (default: now)."""
    moment = at or now()
    day = until or moment.astimezone(consultation.zone).date()
    end = datetime.combine(day + timedelta(days=1), time(), consultation.zone)
    figures = Figures(reader)
    annex = tuple(proposal_of(row, consultation) for row in figures.proposals(to_iso(end)))
    regions = {row["code"]: row["region"] for row in figures.states()}
    keys = [row["letter"] for row in figures.areas()]
    topics = _by_candidate(annex, keys)
    points = borda(_ballots(topics))
    candidates = tuple(_candidate(key, topics[key], points.get(key, 0.0), regions) for key in topics)
    return BureauSheet(
        reference=consultation.reference,
        made_at=to_iso(moment),
        until=day,
        deadline=consultation.deadline,
        topics_to_pick=consultation.topics_to_pick,
        states_proposing=len({proposal.state for proposal in annex if proposal.state and not proposal.late}),
        states_ranking=len({proposal.state for proposal in annex if proposal.state and proposal.rank}),
        candidates=candidates,
        positions=_positions(candidates),
        tied=_tied(candidates),
        annex=annex,
    )


def borda(ballots: Mapping[str, Mapping[str, int | None]]) -> dict[str, float]:
    """Points of each candidate. A ballot: candidate -> rank, None for one that the State proposes without an order."""
    points: dict[str, Fraction] = defaultdict(Fraction)
    for ballot in ballots.values():
        order = sorted(ballot, key=lambda key: (ballot[key] is None, ballot[key] or 0))
        places: dict[int | None, list[int]] = defaultdict(list)
        for place, key in enumerate(order):
            places[ballot[key]].append(len(order) - place)
        for key, rank in ballot.items():
            points[key] += Fraction(sum(places[rank]), len(places[rank]))
    return {key: float(total) for key, total in points.items()}


def places(figures: Mapping[str, float]) -> dict[str, int]:
    """1 for the largest; equal figures share a place, and the next one counts them (1, 2, 2, 4)."""
    return {key: 1 + sum(other > figure for other in figures.values()) for key, figure in figures.items()}


def _by_candidate(annex: Iterable[Proposal], letters: Sequence[str]) -> dict[str, list[Proposal]]:
    """Areas by letter, then new topics put together by their words, those of most States first."""
    found: dict[str, list[Proposal]] = {letter: [] for letter in letters}
    new = []
    for proposal in annex:
        if proposal.area is None:
            new.append(proposal)
        else:
            found[proposal.area].append(proposal)
    groups = gathered(new)
    groups.sort(key=lambda group: (-len({each.state for each in group}), group[0].topic_id))
    return {**found, **{str(number): group for number, group in enumerate(groups, 1)}}


def _ballots(topics: Mapping[str, Sequence[Proposal]]) -> dict[str, dict[str, int | None]]:
    """State -> candidate -> its best rank, of replies in time."""
    ballots: dict[str, dict[str, int | None]] = defaultdict(dict)
    for key, proposals in topics.items():
        for proposal in proposals:
            if proposal.state and not proposal.late:
                known = ballots[proposal.state].get(key)
                ranks = [rank for rank in (known, proposal.rank) if rank is not None]
                ballots[proposal.state][key] = min(ranks, default=None)
    return ballots


def _candidate(key: str, proposals: Sequence[Proposal], points: float, regions: Mapping[str, str]) -> Candidate:
    timely = [each for each in proposals if not each.late]
    states = {each.state for each in timely if each.state}
    late = {each.state for each in proposals if each.late and each.state} - states
    counted = Counter(regions.get(state, "none") for state in states)
    return Candidate(
        key=key,
        area=proposals[0].area if proposals else key,
        name=min(
            (each.quote for each in proposals if each.area is None), key=lambda quote: (len(quote), quote), default=""
        ),
        states=tuple(sorted(states)),
        regions={region: counted[region] for region in REGIONS if counted[region]},
        groups=tuple(sorted({each.on_behalf_of for each in timely if each.on_behalf_of})),
        ranks=_ranks(timely),
        borda=points,
        certainty=_certainty(timely),
        late_states=tuple(sorted(late)),
        unknown=len({each.reply_id for each in proposals if not each.state}),
        replies=tuple(sorted({each.reply_id for each in proposals})),
    )


def _ranks(proposals: Iterable[Proposal]) -> dict[int, int]:
    best: dict[str, int] = {}
    for each in proposals:
        if each.state and each.rank:
            best[each.state] = min(each.rank, best.get(each.state, each.rank))
    return dict(sorted(Counter(best.values()).items()))


def _certainty(proposals: Iterable[Proposal]) -> dict[str, int]:
    surest: dict[str, str] = {}
    for each in proposals:
        if each.state:
            known = surest.get(each.state, METHODS[-1])
            surest[each.state] = min(known, each.method, key=METHODS.index)
    counted = Counter(surest.values())
    return {method: counted[method] for method in METHODS if counted[method]}


def ways(candidates: Iterable[Candidate]) -> dict[str, dict[str, float]]:
    """The figure of each candidate in each way of counting."""
    listed = list(candidates)
    return {
        "state": {each.key: len(each.states) for each in listed},
        "region": {each.key: len([region for region in each.regions if region != "none"]) for each in listed},
        "first_rank": {each.key: each.ranks.get(1, 0) for each in listed},
        "borda": {each.key: each.borda for each in listed},
    }


def _positions(candidates: Sequence[Candidate]) -> tuple[Positions, ...]:
    placed = {way: places(figures) for way, figures in ways(candidates).items()}
    return tuple(
        Positions(
            each.key,
            placed["state"][each.key],
            placed["region"][each.key],
            placed["first_rank"][each.key],
            placed["borda"][each.key],
        )
        for each in candidates
    )


def _tied(candidates: Sequence[Candidate]) -> dict[str, tuple[int, ...]]:
    """Places that candidates with a figure above nought share."""
    tied = {}
    for way, figures in ways(candidates).items():
        placed = places(figures)
        counted = Counter(placed[key] for key, figure in figures.items() if figure)
        tied[way] = tuple(sorted(place for place, number in counted.items() if number > 1))
    return tied
