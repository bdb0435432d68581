"""From clauses to topics: what is proposed, in the sender's own words, and the areas it falls in.

Letters, titles and the trained model check each other. Where a letter and the words beside it disagree, the words
are believed and the reply goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from spacy.language import Language

from classify.accepted import AcceptedAreas
from classify.concepts import concepts_in, matters_in
from classify.headings import is_heading
from classify.joining import joined
from classify.lexicon import CORRECTION, EXCEPT, REJECT
from classify.linear import AREAS, NEW
from classify.normal import fold
from classify.outline import MOST_CHARACTERS, MOST_PASSAGES, Reference
from classify.passages import Passage, core_start
from classify.reading import PieceReader, Read, Scores
from classify.spans import BEGINS, SPANS, Proposed, decode, features
from classify.titles import TitleMatch
from core.model import BODY, Assignment, Evidence, ReviewReason, Span, Text, Topic

LETTER_SURE: Final = 0.97
DIGIT_SURE: Final = 0.75
"""Of letters, one of which a scan gave as a digit."""
TITLE_SURE: Final = 0.95
SECOND_AREA: Final = 0.35
"""A topic falls in a second area only where the model gives it this share, and both together nearly all."""
BOTH_AREAS: Final = 0.85
LEAST_LETTERS: Final = 7
WORDS_SURE: Final = 0.7
"""How sure the model must be of the words beside a letter to say that they disagree with it."""
WORDS_THAT_TELL: Final = 4
HAN_THAT_TELL: Final = 8
NEARLY_PROPOSED: Final = 0.15
NEARLY_BESIDE: Final = 0.4
"""What is this likely a proposal and not read as one is shown to a person; beside a topic in its sentence, the second."""
NEARLY_BEGINS: Final = 0.3
"""Where another topic is this likely to begin within one, a person should look: the second may be lost in the first."""
HANDS_ON: Final = "m_attach"
"""The concept of "enclosed" and "attached"."""
WHOLE_LIST: Final = 3
"""As many items from (a) on, lettered and named as in the note, may be the note's list and not a choice from it."""
OWN_LIST: Final = re.compile(
    r"\b(?:our|notre|nos|nuestr\w+|наш\w*|своего|нашего)\b|قائمتنا|مقترحنا|我方|我国(?:的)?(?:建议|清单)"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words [start, end) that are read as one topic, and how sure it is that they are proposed."""

    opens: int
    """Where its clause begins, with "we propose that the group discuss" in front of `start`."""
    start: int
    end: int
    passage: Passage
    language: str
    sure: float


@dataclass(slots=True)
class Gathered:
    """Topics found so far, over all texts of a reply."""

    topics: list[Topic] = field(default_factory=list)
    reasons: list[ReviewReason] = field(default_factory=list)

    @property
    def areas(self) -> frozenset[str]:
        return frozenset(item.area for topic in self.topics for item in topic.assignments if item.area)


class Assembler:
    """Reads texts with the six pipelines, and in areas that people accepted."""

    def __init__(self, pipelines: Mapping[str, Language], accepted: AcceptedAreas | None = None) -> None:
        self.pipelines = pipelines
        self.accepted = accepted or AcceptedAreas({}, {})
        self.reader = PieceReader(pipelines)

    def topics(self, texts: Iterable[Text], labels: Sequence[str], default_language: str, kinds: Scores) -> Gathered:
        """All topics in the spans with one of `labels`, the same area once over all texts. `kinds`: how likely the
        whole reply is of each kind."""
        gathered = Gathered()
        for text in texts:
            for span in text.labelled(*labels):  # type: ignore[arg-type]
                self._read_span(text, span, default_language, kinds, gathered)
        return gathered

    def area_of(self, words: str, language: str) -> str:
        """The area that a topic's words alone are read as, NEW for none: by title, else by the model, never by letter."""
        read = self.reader.read(words, 0, len(words), language)
        if not read.passages:
            return NEW
        whole = Candidate(0, core_start(words, 0, len(words), language), len(words), read.passages[0], language, 1.0)
        text, titles = Text(BODY, words), read.titles_in(0, len(words))
        topics = self._by_titles(text, whole, titles) or self._by_near_title(text, whole) or self._by_model(text, whole)
        found = [item for topic in topics for item in topic.assignments]
        return max(found, key=lambda item: item.confidence).area or NEW if found else NEW

    def _read_span(self, text: Text, span: Span, default_language: str, kinds: Scores, gathered: Gathered) -> None:
        read = self.reader.read(text.text, span.start, span.end, default_language)
        if not read.clauses:
            return
        if span.end - span.start > MOST_CHARACTERS or len(read.passages) == MOST_PASSAGES:
            gathered.reasons.append(ReviewReason("text-not-read-whole", f"{text.source}: too long to be a reply"))
        rows = self._pipe(default_language, SPANS).probabilities(features(read, kinds))
        found = joined(read, rows, decode(read, rows))
        own_list = _has_own_list(read.passages)
        for proposed in found:
            candidate = self._candidate(read, proposed)
            if _says_nothing(read, candidate):
                continue
            topics = self._topics_of(text, read, candidate, own_list, gathered)
            if topics and _turned_down(read, candidate):
                gathered.reasons.append(_beside_rejection(text, candidate))
            for topic in topics:
                _add(gathered, topic)
        gathered.reasons.extend(_nearly(read, rows, found))
        gathered.reasons.extend(_maybe_two(read, rows, found))

    def _candidate(self, read: Read, proposed: Proposed) -> Candidate:
        first, last = read.clauses[proposed.first], read.clauses[proposed.last]
        language = read.languages[first.passage]
        start = core_start(read.text, first.start, last.end, language)
        return Candidate(first.start, start, last.end, read.passages[first.passage], language, proposed.sure)

    def _pipe(self, language: str, name: str) -> Any:
        return self.pipelines[language].get_pipe(name)

    # --- from a candidate to its topics ---

    def _topics_of(
        self, text: Text, read: Read, candidate: Candidate, own_list: bool, gathered: Gathered
    ) -> list[Topic]:
        references = read.references_in(candidate.opens, candidate.end)
        titles = read.titles_in(candidate.opens, candidate.end)
        if references and not (own_list and _refers_to_own(text.text[candidate.opens : candidate.end], titles)):
            return self._by_letters(text, read, candidate, references, gathered)
        if references:
            return []
        topics = (
            self._by_titles(text, candidate, titles)
            or self._by_near_title(text, candidate)
            or self._by_model(text, candidate)
        )
        return self._checked_against_marker(text, read, candidate, topics, gathered)

    def _by_letters(
        self,
        text: Text,
        read: Read,
        candidate: Candidate,
        references: Sequence[Reference],
        gathered: Gathered,
    ) -> list[Topic]:
        topics: list[Topic] = []
        titles = read.titles_in(candidate.opens, candidate.end)
        for item in references:
            others = {title.area for title in titles} - set(item.letters)
            agreed = {title.area for title in titles} & set(item.letters)
            alone = len(references) == 1 and len(item.letters) == 1
            if alone and not titles and (said := self._other_words(text, candidate, item)):
                gathered.reasons.append(
                    _disagreement(text.text[candidate.opens : candidate.end], item.letters[0], said)
                )
                topics.extend(self._by_model(text, candidate))
                continue
            if not item.whole and _excepted(read, candidate):
                gathered.reasons.append(_beside_rejection(text, candidate))
            if len(item.letters) == 1 and others and not agreed:
                gathered.reasons.append(
                    _disagreement(text.text[candidate.start : candidate.end], item.letters[0], min(others))
                )
                topics.extend(_titled(text, candidate, title, (title.start, title.end), TITLE_SURE) for title in titles)
                continue
            evidence = Evidence(text.source, item.start, item.end, text.text[item.start : item.end])
            start, end = (candidate.start, candidate.end) if alone and agreed else (item.start, item.end)
            digits = re.search(r"\d", text.text[item.start : item.end]) is not None
            sure = round((DIGIT_SURE if digits else LETTER_SURE) * candidate.sure, 3)
            topics.extend(
                _topic(text, start, end, candidate.language, (Assignment(letter, sure, "letter", (evidence,)),))
                for letter in item.letters
            )
        return topics

    def _other_words(self, text: Text, candidate: Candidate, item: Reference) -> str | None:
        """The area that the words around a letter are surely about, where it is not the letter's."""
        before, behind = text.text[candidate.opens : item.start], text.text[item.end : candidate.end]
        words = max((before, behind), key=len)
        if len(words.split()) < WORDS_THAT_TELL and len(words) < HAN_THAT_TELL:
            return None
        areas = self._pipe(candidate.language, AREAS).scores([words])[0]
        best = max(areas, key=lambda name: areas[name])
        return best if best not in (NEW, item.letters[0]) and areas[best] >= WORDS_SURE else None

    def _areas(self, text: Text, candidate: Candidate) -> Scores:
        """What the model says of a candidate's own words."""
        return self.reader.scores(AREAS, text.text, [(candidate.start, candidate.end, candidate.language)])[0]

    def _by_titles(self, text: Text, candidate: Candidate, titles: Sequence[TitleMatch]) -> list[Topic]:
        if not titles:
            return []
        topics = []
        areas = self._areas(text, candidate)
        for order, title in enumerate(titles):
            start = candidate.start if order == 0 else title.start
            end = candidate.end if order + 1 == len(titles) else titles[order + 1].start
            # The model may still know better where only a short form stands in a longer sentence.
            most = title.end - title.start > 0.5 * (end - start)
            sure = TITLE_SURE if most else max(0.75, min(TITLE_SURE, 0.5 + 0.5 * areas.get(title.area, 0.0)))
            topics.append(_titled(text, candidate, title, (start, end), sure))
        return topics

    def _by_near_title(self, text: Text, candidate: Candidate) -> list[Topic]:
        words = text.text[candidate.start : candidate.end]
        near = self._pipe(candidate.language, "intake_titles").nearest(words)
        if near is None:
            return []
        title = TitleMatch(candidate.start, candidate.end, *near)
        return [_titled(text, candidate, title, (candidate.start, candidate.end), TITLE_SURE * title.share)]

    def _by_model(self, text: Text, candidate: Candidate) -> list[Topic]:
        words = text.text[candidate.start : candidate.end]
        if candidate.start == candidate.passage.start and re.search(CORRECTION[candidate.language], fold(words)):
            return []  # it speaks of the earlier reply
        areas = self._areas(text, candidate)
        evidence = (Evidence(text.source, candidate.start, candidate.end, words),)
        ranked = sorted(areas, key=lambda name: -areas[name])
        chosen = ranked[:1]
        if (
            NEW not in ranked[:2]
            and areas[ranked[1]] >= SECOND_AREA
            and areas[ranked[0]] + areas[ranked[1]] >= BOTH_AREAS
        ):
            chosen = ranked[:2]
        sure = candidate.sure * sum(areas[name] for name in chosen)
        letters: list[str | None] = [None if name == NEW else name for name in chosen]
        if letters == [None] and (near := self.accepted.nearest(words, candidate.language)):
            letters, sure = [near[0]], sure * near[1]
        made = tuple(Assignment(letter, round(sure, 3), "model", evidence) for letter in letters)
        return [_topic(text, candidate.start, candidate.end, candidate.language, made)]

    def _checked_against_marker(
        self, text: Text, read: Read, candidate: Candidate, topics: list[Topic], gathered: Gathered
    ) -> list[Topic]:
        """ "(d) Compensation of victims": where the list is not the sender's own, letter and words should agree."""
        names = self._pipe(candidate.language, "intake_letters").names
        marked = _marker_letter(candidate.passage, names)
        if marked is None or not topics:
            return topics
        first = topics[0].assignments[0]
        if _is_sequence(read.passages, names):
            if first.area == marked and first.method == "title" and len(_marks(read.passages, names)) >= WHOLE_LIST:
                gathered.reasons.append(ReviewReason("list-as-in-note", "its items have the note's letters and titles"))
            return topics
        if first.area == marked:
            agreed = replace(first, confidence=max(first.confidence, round(LETTER_SURE * candidate.sure, 3)))
            return [replace(topics[0], assignments=(agreed, *topics[0].assignments[1:])), *topics[1:]]
        gathered.reasons.append(_disagreement(text.text[candidate.start : candidate.end], marked, first.area))
        return topics


def _says_nothing(read: Read, candidate: Candidate) -> bool:
    """Whether no area is named, and what is left is an office's name, or too few words to be a topic."""
    if read.references_in(candidate.opens, candidate.end) or read.titles_in(candidate.opens, candidate.end):
        return False
    words = read.text[candidate.start : candidate.end]
    few = len(re.findall(r"\w", words)) < LEAST_LETTERS and not re.search(r"[\u3400-\u9fff]{3}", words)
    return few or is_heading(words)


def _nearly(read: Read, rows: Any, found: Sequence[Proposed]) -> list[ReviewReason]:
    """Words that may propose and were not read so: a person should look before they are lost."""
    taken = {at for proposed in found for at in range(proposed.first, proposed.last + 1)}
    taken_passages = {read.clauses[at].passage for at in taken}
    reasons: dict[int, ReviewReason] = {}
    for at, row in enumerate(rows):
        number = read.clauses[at].passage
        beside = number in taken_passages
        if at in taken or 1 - row[0] < (NEARLY_BESIDE if beside else NEARLY_PROPOSED):
            continue
        if _only_hands_on(read, at):
            continue
        words = _short(read.words(read.clauses[at] if beside else read.passages[number]))
        reasons.setdefault(number, ReviewReason("may-propose", f"“{words}” at {1 - row[0]:.0%}"))
    return list(reasons.values())


def _only_hands_on(read: Read, at: int) -> bool:
    """ "The reply of the capital is attached": it names nothing that could be a topic."""
    clause = read.clauses[at]
    if read.references_in(clause.start, clause.end) or read.titles_in(clause.start, clause.end):
        return False
    words, language = read.words(clause), read.languages[clause.passage]
    return HANDS_ON in concepts_in(words, language) and not matters_in(words, language)


def _maybe_two(read: Read, rows: Any, found: Sequence[Proposed]) -> list[ReviewReason]:
    """Topics within which another may begin."""
    reasons = []
    for proposed in found:
        inner = range(proposed.first + 1, proposed.last + 1)
        at = max(inner, key=lambda at: rows[at][BEGINS], default=None)
        if at is not None and rows[at][BEGINS] >= NEARLY_BEGINS:
            words = _short(read.words(read.clauses[at]))
            reasons.append(ReviewReason("may-be-two-topics", f"“{words}” may begin another at {rows[at][BEGINS]:.0%}"))
    return reasons


def _turned_down(read: Read, candidate: Candidate) -> bool:
    """Whether a topic stands in a sentence that rejects something, too."""
    return bool(re.search(REJECT[candidate.language], _sentence(read, candidate)))


def _excepted(read: Read, candidate: Candidate) -> bool:
    """Whether it stands in a sentence that excepts something."""
    return bool(re.search(EXCEPT[candidate.language], _sentence(read, candidate)))


def _sentence(read: Read, candidate: Candidate) -> str:
    return fold(read.words(candidate.passage)).replace("\n", " ")


def _beside_rejection(text: Text, candidate: Candidate) -> ReviewReason:
    return ReviewReason("beside-rejection", f"“{_short(text.text[candidate.opens : candidate.end])}”")


def _disagreement(words: str, letter: str, area: str | None) -> ReviewReason:
    return ReviewReason(
        "letter-and-words-disagree", f"“{_short(words)}”: ({letter}) stands beside the words of {_named(area)}"
    )


def _titled(text: Text, candidate: Candidate, title: TitleMatch, place: tuple[int, int], sure: float) -> Topic:
    evidence = Evidence(text.source, title.start, title.end, text.text[title.start : title.end])
    made = Assignment(title.area, round(sure * candidate.sure, 3), "title", (evidence,))
    return _topic(text, *place, candidate.language, (made,))


def doubts(topics: Sequence[Topic], threshold: float) -> list[ReviewReason]:
    """A reason for each topic whose area is not sure enough."""
    reasons = []
    for topic in topics:
        weakest = min(topic.assignments, key=lambda item: item.confidence)
        if weakest.confidence < threshold:
            reasons.append(
                ReviewReason(
                    "area-uncertain", f"“{_short(topic.quote)}”: {_named(weakest.area)} at {weakest.confidence:.0%}"
                )
            )
    return reasons


def _named(area: str | None) -> str:
    return f"({area})" if area else "a new topic"


def _topic(text: Text, start: int, end: int, language: str, assignments: tuple[Assignment, ...]) -> Topic:
    return Topic(text.text[start:end], text.source, start, end, assignments, language)


def _add(gathered: Gathered, topic: Topic) -> None:
    """Add what is not there yet: a covering mail and its letter name the same areas."""
    fresh = tuple(item for item in topic.assignments if item.area is None or item.area not in gathered.areas)
    if not fresh or (fresh[0].area is None and _said_before(gathered.topics, topic)):
        return
    gathered.topics.append(replace(topic, assignments=fresh))


def _said_before(topics: Sequence[Topic], topic: Topic) -> bool:
    words = set(re.findall(r"[\u3400-\u9fff]|\w{3,}", fold(topic.quote)))
    for other in topics:
        there = set(re.findall(r"[\u3400-\u9fff]|\w{3,}", fold(other.quote)))
        if words and there and len(words & there) / min(len(words), len(there)) > 0.7:
            return True
    return False


def _short(words: str, limit: int = 80) -> str:
    line = " ".join(words.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _refers_to_own(words: str, titles: Sequence[TitleMatch]) -> bool:
    return bool(OWN_LIST.search(words.lower())) or not titles


def _marker_letter(passage: Passage, names: Mapping[str, str]) -> str | None:
    found = re.fullmatch(r"[(（]?(\w[ـ]?)[.)）、]", passage.marker)
    return names.get(fold(found.group(1))) if found else None


def _is_sequence(passages: Sequence[Passage], names: Mapping[str, str]) -> bool:
    """Whether the list's markers count from a on without a gap: then they are the sender's own numbering."""
    marks = _marks(passages, names)
    return len(marks) > 1 and marks == [chr(ord("a") + at) for at in range(len(marks))]


def _marks(passages: Sequence[Passage], names: Mapping[str, str]) -> list[str]:
    return [mark for passage in passages if (mark := _marker_letter(passage, names)) is not None]


def _has_own_list(passages: Sequence[Passage]) -> bool:
    marks = [passage for passage in passages if re.fullmatch(r"[(（]?[^\W\d]ـ?[.)）、]", passage.marker)]
    return len(marks) > 1
