"""How well replies are read: compared with answers that people gave, figure by figure, error by error."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from classify.calibration import Reliability
from classify.normal import fold
from core.model import Outcome, Topic

NEW: Final = "new"
NOTHING: Final = "nothing"


@dataclass(frozen=True, slots=True)
class RightTopic:
    """A topic of the right answer: the first words of its quote, and its areas (none: a new topic)."""

    quote: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RightAnswer:
    """What a careful reader says of a reply (docs/classifier.md, the annotation guide)."""

    message_id: str
    language: str
    kind: str
    state: str | None
    on_behalf_of: str | None
    topics: tuple[RightTopic, ...]
    copy_of: str | None = None
    """The Message-ID of the reply that this one is a copy of."""
    replaces: tuple[str, ...] = ()
    """The Message-IDs of the replies that this correction replaces whole."""

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> RightAnswer:
        """From a line of gold.jsonl. Raises KeyError for a missing field."""
        topics = tuple(RightTopic(topic["quote"], tuple(topic["areas"])) for topic in row["topics"])
        return cls(
            row["message_id"],
            row["lang"],
            row["kind"],
            row["state"],
            row.get("on_behalf_of"),
            topics,
            row.get("copy_of"),
            tuple(row.get("replaces") or ()),
        )

    @property
    def areas(self) -> frozenset[str]:
        return frozenset(area for topic in self.topics for area in (topic.areas or (NEW,)))


@dataclass(slots=True)
class Counts:
    """True positives, false positives, false negatives."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, gold: frozenset[str], found: frozenset[str]) -> None:
        self.right += len(gold & found)
        self.wrong += len(found - gold)
        self.missed += len(gold - found)

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / total if total else 1.0

    def as_row(self) -> dict[str, float]:
        return {"precision": round(self.precision, 4), "recall": round(self.recall, 4), "f1": round(self.f1, 4)}


@dataclass(slots=True)
class Share:
    """How many of how many."""

    right: int = 0
    total: int = 0

    def add(self, is_right: bool) -> None:
        self.right += is_right
        self.total += 1

    @property
    def value(self) -> float:
        return self.right / self.total if self.total else 1.0


@dataclass(slots=True)
class Evaluation:
    """All figures over a set of replies."""

    replies: int = 0
    areas: Counts = field(default_factory=Counts)
    by_area: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    by_language: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    by_language_and_area: dict[str, dict[str, Counts]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(Counts))
    )
    new_topics: Share = field(default_factory=Share)
    spans: Share = field(default_factory=Share)
    kinds: Share = field(default_factory=Share)
    states: Share = field(default_factory=Share)
    groups: Share = field(default_factory=Share)
    by_kind: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    wrong_states_unseen: int = 0
    """States read wrongly that no reason for review points at."""
    links: Share = field(default_factory=Share)
    """Replies whose copies and corrections are told in the right answers, and linked so."""
    unreviewed: Share = field(default_factory=Share)
    """Replies that no person need see, and how many of them are right in every respect."""
    confusion: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(right, read) of topics read otherwise; "nothing" where no topic was read, or none was proposed."""
    reliability: Reliability = field(default_factory=Reliability)
    """The certainty of each area of each topic, and whether these words were proposed in that area."""
    errors: list[str] = field(default_factory=list)

    @property
    def macro_f1(self) -> float:
        """Over the areas of the note that occur."""
        return macro_f1(self.by_area)

    def macro_f1_in(self, language: str) -> float:
        """The same over the replies in one language."""
        return macro_f1(self.by_language_and_area[language])

    @property
    def kind_macro_f1(self) -> float:
        """Over the kinds that occur."""
        values = [counts.f1 for counts in self.by_kind.values()]
        return sum(values) / len(values) if values else 1.0

    def as_json(self) -> dict[str, Any]:
        """For programs: shares are 0..1."""
        shares = ("new_topics", "spans", "kinds", "states", "groups", "links", "unreviewed")
        return {
            "replies": self.replies,
            "areas": {**self.areas.as_row(), "macro_f1": round(self.macro_f1, 4)},
            "by_area": {area: counts.as_row() for area, counts in sorted(self.by_area.items())},
            "by_language": {
                code: {**counts.as_row(), "macro_f1": round(self.macro_f1_in(code), 4)}
                for code, counts in sorted(self.by_language.items())
            },
            **{
                name: {"share": round(getattr(self, name).value, 4), "of": getattr(self, name).total} for name in shares
            },
            "by_kind": {kind: counts.as_row() for kind, counts in sorted(self.by_kind.items())},
            "kind_macro_f1": round(self.kind_macro_f1, 4),
            "wrong_states_unseen": self.wrong_states_unseen,
            "coverage": round(self.unreviewed.total / self.replies, 4) if self.replies else 0.0,
            "calibration": self.reliability.as_json(),
            "confusion": [[right, read, count] for (right, read), count in self.confusion.most_common()],
            "errors": self.errors,
        }


def macro_f1(by_area: Mapping[str, Counts]) -> float:
    """The mean F1 of the lettered areas; 1 where there is none."""
    lettered = [counts.f1 for area, counts in by_area.items() if area != NEW]
    return sum(lettered) / len(lettered) if lettered else 1.0


def evaluate(pairs: Iterable[tuple[RightAnswer, Outcome]]) -> Evaluation:
    """Compare answers with outcomes, reply by reply."""
    total = Evaluation()
    for answer, outcome in pairs:
        _compare(total, answer, outcome)
    return total


def _compare(total: Evaluation, answer: RightAnswer, outcome: Outcome) -> None:
    total.replies += 1
    found = frozenset(item.area or NEW for topic in outcome.topics for item in topic.assignments)
    lettered, found_lettered = answer.areas - {NEW}, found - {NEW}
    total.areas.add(lettered, found_lettered)
    total.by_language[answer.language].add(lettered, found_lettered)
    for area in answer.areas | found:
        for counts in (total.by_area[area], total.by_language_and_area[answer.language][area]):
            counts.add(answer.areas & {area}, found & {area})
    _compare_certainties(total, answer, outcome)
    faults = [*_compare_topics(total, answer, outcome), *_compare_heads(total, answer, outcome)]
    if lettered != found_lettered:
        faults.append(f"areas {_set(lettered)} read as {_set(found_lettered)}")
    if not outcome.review:
        total.unreviewed.add(not faults)
    if faults:
        flag = "in review" if outcome.review else "UNSEEN"
        total.errors.append(f"{answer.message_id} [{flag}]: {'; '.join(faults)}")


def _compare_heads(total: Evaluation, answer: RightAnswer, outcome: Outcome) -> list[str]:
    faults = []
    for kind in {answer.kind, outcome.kind}:
        total.by_kind[kind].add(frozenset({answer.kind}) & {kind}, frozenset({outcome.kind}) & {kind})
    if outcome.state != answer.state and outcome.state is not None and not outcome.review:
        total.wrong_states_unseen += 1
    for share, name, right, read in (
        (total.kinds, "kind", answer.kind, outcome.kind),
        (total.states, "State", answer.state, outcome.state),
    ):
        share.add(right == read)
        if right != read:
            faults.append(f"{name} {right} read as {read}")
    if answer.on_behalf_of or outcome.on_behalf_of:
        total.groups.add(answer.on_behalf_of == outcome.on_behalf_of)
        if answer.on_behalf_of != outcome.on_behalf_of:
            faults.append(f"group {answer.on_behalf_of} read as {outcome.on_behalf_of}")
    return faults


def _compare_topics(total: Evaluation, answer: RightAnswer, outcome: Outcome) -> list[str]:
    faults = []
    used: set[int] = set()
    for topic in answer.topics:
        at = _best_match(topic, outcome.topics, used)
        total.spans.add(at is not None)
        if at is not None:
            used.add(at)
        read = {item.area or NEW for item in outcome.topics[at].assignments} if at is not None else set()
        right = set(topic.areas or (NEW,))
        if NEW in right:
            total.new_topics.add(NEW in read)
            if NEW not in read:
                faults.append(f"new topic “{topic.quote[:60]}” read as {_set(frozenset(read)) if read else 'nothing'}")
        for area in right - read:
            total.confusion[(area, ",".join(sorted(read)) or NOTHING)] += 1
    extra = [topic for at, topic in enumerate(outcome.topics) if at not in used and not _part_of(topic, answer.topics)]
    total.confusion.update((NOTHING, _areas_of(other)) for other in extra)
    faults.extend(f"proposed nowhere: “{' '.join(topic.quote.split())[:60]}” ({_areas_of(topic)})" for topic in extra)
    return faults


def _part_of(topic: Topic, right: Sequence[RightTopic]) -> bool:
    """Whether one right topic has its words and its areas: "b) to d)" may be one topic of three areas, or three."""
    read = {item.area or NEW for item in topic.assignments}
    return any(read <= set(item.areas) and same_words(item.quote, topic.quote) for item in right)


def _compare_certainties(total: Evaluation, answer: RightAnswer, outcome: Outcome) -> None:
    for topic in outcome.topics:
        right = [set(item.areas or (NEW,)) for item in answer.topics if same_words(item.quote, topic.quote)]
        for item in topic.assignments:
            total.reliability.add(item.confidence, any((item.area or NEW) in areas for areas in right))


def _best_match(topic: RightTopic, found: Sequence[Topic], used: set[int]) -> int | None:
    """The topic read from the same words, one with the same areas first."""
    right = set(topic.areas or (NEW,))
    candidates = [at for at, other in enumerate(found) if at not in used and same_words(topic.quote, other.quote)]
    return min(
        candidates, key=lambda at: not right & {item.area or NEW for item in found[at].assignments}, default=None
    )


def same_words(gold: str, read: str) -> bool:
    """Whether a quote stands for the words that a reader marked: it has most of them."""
    right, other = _words(gold), _words(read)
    if not right or not other:
        return gold.strip() in read or read.strip() in gold
    common = sum((Counter(right) & Counter(other)).values())
    return common / min(len(right), len(other)) >= 0.6


def _words(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|\w+", fold(text))


def _areas_of(topic: Topic) -> str:
    return ",".join(item.area or NEW for item in topic.assignments)


def _set(areas: frozenset[str]) -> str:
    return "".join(sorted(areas)) if areas else "none"
