"""What stands of a reply: the machine's reading with people's decisions laid over it, in their order. Pure.

    standing = fold(reading, decisions)

The reading is kept whole and apart (table `readings`), so an undone decision gives back exactly what stood before it,
and a new reading by a better model leaves every decision where it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from typing import Any, Final

from core.model import Assignment, Evidence, Outcome, ReviewReason

ALIKE: Final = 0.6
"""Two readings' quotes in one place, at least this alike (difflib's ratio), are one topic, read anew."""
SURELY_ALIKE: Final = 0.9
"""The same for quotes that moved, which must be LONG: "topics c and d" is not "topics c and e"."""
LONG: Final = 40


@dataclass(frozen=True, slots=True)
class StandingTopic:
    """A topic as it stands; `number` is its row in `topics` and stays the same for good."""

    number: int
    quote: str
    source: str
    start: int
    end: int
    language: str
    rank: int | None
    assignments: tuple[Assignment, ...]
    rejected: bool = False

    @property
    def areas(self) -> tuple[str | None, ...]:
        return tuple(item.area for item in self.assignments)


@dataclass(frozen=True, slots=True)
class Standing:
    """A reply as it stands."""

    kind: str
    kind_confidence: float
    state: str | None
    state_confidence: float
    on_behalf_of: str | None
    language: str | None
    late: bool
    model: str
    topics: tuple[StandingTopic, ...]
    doubts: tuple[ReviewReason, ...] = ()
    settled: frozenset[int] = frozenset()
    """Which of `doubts` are settled, by their place."""
    decided: frozenset[str] = frozenset()
    """The fields that a person decided."""
    duplicate_of: int | None = None
    replaces: tuple[int, ...] | None = None
    """Numbers of the replies that this one replaces, as a person said; None: as the program finds."""
    assignee: str | None = None
    reviewed_by: str | None = None
    reviewed_at: str | None = None

    def topic(self, number: int) -> StandingTopic | None:
        return next((topic for topic in self.topics if topic.number == number), None)

    @property
    def open_doubts(self) -> tuple[ReviewReason, ...]:
        return tuple(doubt for place, doubt in enumerate(self.doubts) if place not in self.settled)


@dataclass(frozen=True, slots=True)
class Decision:
    """One row of `decisions`."""

    field: str
    after: str | None
    topic: int | None = None
    why: str = ""
    by: str = ""
    at: str = ""


def reading_of(outcome: Outcome, late: bool, numbers: Sequence[int]) -> Standing:
    """The machine's reading; `numbers` are its topics' rows."""
    topics = tuple(
        StandingTopic(number, t.quote, t.source, t.start, t.end, t.language, t.rank, t.assignments)
        for number, t in zip(numbers, outcome.topics, strict=True)
    )
    return Standing(
        kind=outcome.kind,
        kind_confidence=outcome.kind_confidence,
        state=outcome.state,
        state_confidence=outcome.state_confidence,
        on_behalf_of=outcome.on_behalf_of,
        language=outcome.language,
        late=late,
        model=outcome.model,
        topics=topics,
        doubts=outcome.review,
    )


# --- as JSON -------------------------------------------------------------------------------------


def dump(standing: Standing) -> str:
    row = asdict(standing)
    row["settled"], row["decided"] = sorted(standing.settled), sorted(standing.decided)
    return json.dumps(row, ensure_ascii=False)


def load(text: str) -> Standing:
    row = json.loads(text)
    row["topics"] = tuple(load_topic(topic) for topic in row["topics"])
    row["doubts"] = tuple(ReviewReason(**doubt) for doubt in row["doubts"])
    row["settled"], row["decided"] = frozenset(row["settled"]), frozenset(row["decided"])
    row["replaces"] = None if row["replaces"] is None else tuple(row["replaces"])
    return Standing(**row)


def load_topic(row: dict[str, Any]) -> StandingTopic:
    assignments = tuple(
        Assignment(item["area"], item["confidence"], item["method"], tuple(Evidence(**e) for e in item["evidence"]))
        for item in row["assignments"]
    )
    return StandingTopic(**{**row, "assignments": assignments})


# --- laying decisions over a reading --------------------------------------------------------------


def fold(reading: Standing, decisions: Iterable[Decision]) -> Standing:
    """Apply live decisions in their order. One whose topic is no longer there changes nothing."""
    standing = reading
    for decision in decisions:
        apply = _APPLY.get(decision.field)
        if apply is not None:
            standing = apply(standing, decision)
    return standing


def _kind(standing: Standing, decision: Decision) -> Standing:
    decided = replace(standing, kind=decision.after or standing.kind, kind_confidence=1.0)
    return _settle(
        _mark(decided, "kind"), lambda doubt: doubt.code.startswith("kind-") or doubt.code == "no-topic-found"
    )


def _state(standing: Standing, decision: Decision) -> Standing:
    decided = replace(standing, state=decision.after, state_confidence=1.0)
    return _settle(
        _mark(decided, "state"), lambda doubt: doubt.code.startswith("state-") or doubt.code == "not-a-state"
    )


def _group(standing: Standing, decision: Decision) -> Standing:
    return _mark(replace(standing, on_behalf_of=decision.after), "group")


def _late(standing: Standing, decision: Decision) -> Standing:
    return _mark(replace(standing, late=decision.after == "1"), "late")


def _duplicate_of(standing: Standing, decision: Decision) -> Standing:
    copied = replace(standing, duplicate_of=int(decision.after) if decision.after else None)
    return _settle(_mark(copied, "duplicate_of"), lambda doubt: "duplicate" in doubt.code)


def _replaces(standing: Standing, decision: Decision) -> Standing:
    replaced = tuple(json.loads(decision.after)) if decision.after is not None else None
    return _settle(
        _mark(replace(standing, replaces=replaced), "replaces"),
        lambda doubt: "correction" in doubt.code or "replace" in doubt.code,
    )


def _assignee(standing: Standing, decision: Decision) -> Standing:
    return replace(standing, assignee=decision.after)


def _flagged(standing: Standing, decision: Decision) -> Standing:
    doubt = ReviewReason("flagged", decision.why)
    return replace(standing, doubts=(*standing.doubts, doubt), reviewed_by=None, reviewed_at=None)


def _settled(_: Standing, decision: Decision) -> Standing:
    """All of it was looked at, and holds as it stood then, whatever a later reading says."""
    seen = load(decision.after or "")
    everything = frozenset(range(len(seen.doubts)))
    return replace(seen, settled=everything, reviewed_by=decision.by, reviewed_at=decision.at)


def _areas(standing: Standing, decision: Decision) -> Standing:
    def assign(topic: StandingTopic) -> StandingTopic:
        evidence = (Evidence(topic.source, topic.start, topic.end, topic.quote),)
        areas = json.loads(decision.after or "[null]")
        return replace(topic, assignments=tuple(Assignment(area, 1.0, "human", evidence) for area in areas))

    return _on_topic(standing, decision, assign)


def _text(standing: Standing, decision: Decision) -> Standing:
    new = load_topic(json.loads(decision.after or ""))

    def reword(topic: StandingTopic) -> StandingTopic:
        return replace(topic, quote=new.quote, source=new.source, start=new.start, end=new.end)

    return _on_topic(standing, decision, reword)


def _rejected(standing: Standing, decision: Decision) -> Standing:
    return _on_topic(standing, decision, lambda topic: replace(topic, rejected=decision.after == "1"))


def _replaced_topics(standing: Standing, decision: Decision) -> Standing:
    """topic_added, topic_split, topic_merged: `after` holds the numbers that go and the topics that come."""
    change = json.loads(decision.after or "")
    going = set(change["go"])
    coming = [load_topic(row) for row in change["come"]]
    place = next((i for i, topic in enumerate(standing.topics) if topic.number in going), len(standing.topics))
    before = [topic for topic in standing.topics[:place] if topic.number not in going]
    behind = [topic for topic in standing.topics[place:] if topic.number not in going]
    gone = [topic for topic in standing.topics if topic.number in going]
    changed = _mark(replace(standing, topics=(*before, *coming, *behind)), "topics")
    return _settle(changed, lambda doubt: doubt.code == "no-topic-found" or any(_is_about(doubt, t) for t in gone))


_APPLY: Final[dict[str, Callable[[Standing, Decision], Standing]]] = {
    "kind": _kind,
    "state": _state,
    "group": _group,
    "late": _late,
    "duplicate_of": _duplicate_of,
    "replaces": _replaces,
    "assignee": _assignee,
    "flagged": _flagged,
    "settled": _settled,
    "topic_areas": _areas,
    "topic_text": _text,
    "topic_rejected": _rejected,
    "topic_added": _replaced_topics,
    "topic_split": _replaced_topics,
    "topic_merged": _replaced_topics,
}
FIELDS: Final = (*_APPLY, "note", "area_accepted", "undo")
"""Every value of decisions.field."""


def _mark(standing: Standing, name: str) -> Standing:
    return replace(standing, decided=standing.decided | {name})


def _on_topic(standing: Standing, decision: Decision, change: Callable[[StandingTopic], StandingTopic]) -> Standing:
    topic = standing.topic(decision.topic or 0)
    if topic is None:
        return standing
    topics = tuple(change(item) if item is topic else item for item in standing.topics)
    changed = _mark(replace(standing, topics=topics), "topics")
    return _settle(changed, lambda doubt: _is_about(doubt, topic))


def _settle(standing: Standing, about: Callable[[ReviewReason], bool]) -> Standing:
    places = {place for place, doubt in enumerate(standing.doubts) if about(doubt)}
    return replace(standing, settled=standing.settled | places)


def _is_about(doubt: ReviewReason, topic: StandingTopic) -> bool:
    """A doubt names its topic by the first words of it in quotation marks."""
    named, closed, _ = doubt.detail.removeprefix("“").partition("”")
    words = named.removesuffix("…").strip()
    return bool(closed and words and topic.quote.replace("\n", " ").startswith(words[:40]))


# --- a new reading ---------------------------------------------------------------------------------


def match_topics(
    old: Sequence[StandingTopic], new: Sequence[StandingTopic], keep: frozenset[int], number: Callable[[], int]
) -> tuple[StandingTopic, ...]:
    """Number a new reading's topics as the old ones they repeat; `number` gives the rest theirs.

    Old topics in `keep` (people decided about them) stay, in the words that people saw: a new reading's topic that
    repeats one is taken for it, and one that it does not find remains.
    """
    pairs = _pair(old, new)
    found = [
        topic if (topic := pairs.get(place)) and topic.number in keep else _numbered(read, topic, number)
        for place, read in enumerate(new)
    ]
    taken = {topic.number for topic in pairs.values()}
    return (*found, *(topic for topic in old if topic.number in keep and topic.number not in taken))


def _numbered(read: StandingTopic, same: StandingTopic | None, number: Callable[[], int]) -> StandingTopic:
    return replace(read, number=same.number if same else number())


def _pair(old: Sequence[StandingTopic], new: Sequence[StandingTopic]) -> dict[int, StandingTopic]:
    """For places in `new`, the old topic that each repeats: the surest likeness first, each old topic once."""
    likeness = {
        (place, other.number): _likeness(topic, other)
        for place, topic in enumerate(new)
        for other in old
        if other.source == topic.source
    }
    numbered = {topic.number: topic for topic in old}
    pairs: dict[int, StandingTopic] = {}
    for (place, other), alike in sorted(likeness.items(), key=lambda item: -item[1]):
        if alike >= ALIKE and place not in pairs and other in numbered:
            pairs[place] = numbered.pop(other)
    return pairs


def _likeness(one: StandingTopic, other: StandingTopic) -> float:
    """1 and more: the same words; else how alike they are where they stand in the same place, or are long."""
    near = one.start < other.end and other.start < one.end
    if one.quote == other.quote:
        return 2.0 if near else 1.0
    alike = SequenceMatcher(None, one.quote, other.quote, autojunk=False).ratio()
    return alike if near or (alike >= SURELY_ALIKE and len(one.quote) >= LONG) else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new reading would change of a reply."""

    field: str
    before: str
    after: str
    topic: int | None = None


def differences(before: Standing, after: Standing) -> tuple[Difference, ...]:
    """What would stand otherwise, field by field and topic by topic."""
    found = [
        Difference(name, str(getattr(before, name) or ""), str(getattr(after, name) or ""))
        for name in ("kind", "state", "on_behalf_of", "language")
        if getattr(before, name) != getattr(after, name)
    ]
    for topic in before.topics:
        found.extend(_topic_differences(topic, after.topic(topic.number)))
    known = {topic.number for topic in before.topics}
    found.extend(Difference("topic added", "", t.quote, t.number) for t in after.topics if t.number not in known)
    return tuple(found)


def _topic_differences(before: StandingTopic, after: StandingTopic | None) -> list[Difference]:
    if after is None:
        return [Difference("topic gone", before.quote, "", before.number)]
    found = []
    if before.quote != after.quote:
        found.append(Difference("topic text", before.quote, after.quote, before.number))
    if set(before.areas) != set(after.areas):
        found.append(Difference("areas", shown_areas(before.areas), shown_areas(after.areas), before.number))
    return found


def shown_areas(areas: Iterable[str | None]) -> str:
    return ", ".join(area or "new" for area in areas)
