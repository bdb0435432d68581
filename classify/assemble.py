"""From passages to topics: what is proposed, in the sender's own words, and the areas it falls in.

Letters, titles and the trained model check each other. Where a letter and the words beside it disagree, the words
are believed and the reply goes to a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from spacy.language import Language
from spacy.tokens import Doc

from classify.headings import is_heading
from classify.language import LATIN, language_of
from classify.letters import Mention
from classify.lexicon import CORRECTION
from classify.normal import fold
from classify.passages import Passage, clauses_of, core_start, passages_of
from classify.stance import Cues, cues_of, stance_of, under_lead
from classify.titles import TitleMatch
from classify.trained import NEW
from core.model import Assignment, Evidence, ReviewReason, Span, Text, Topic

LETTER_SURE: Final = 0.97
TITLE_SURE: Final = 0.95
SECOND_AREA: Final = 0.75
"""A passage falls in a second area only where the model is as sure of it as this."""
PART_SURE: Final = 0.7
"""A sentence is cut where its pieces are each as sure as this of different areas."""
LEAD_AREA: Final = 0.85
MIN_LANGUAGE_WORDS: Final = 6
OWN_LIST: Final = re.compile(
    r"\b(?:our|notre|nos|nuestr\w+|наш\w*|своего|нашего)\b|قائمتنا|مقترحنا|我方|我国(?:的)?(?:建议|清单)"
)


@dataclass(frozen=True, slots=True)
class View:
    """A passage with everything that is known of it."""

    passage: Passage
    text: str
    language: str
    stance: str
    stance_sure: float
    cues: Cues
    areas: Mapping[str, float]
    letters: tuple[Mention, ...]
    titles: tuple[TitleMatch, ...]


@dataclass(slots=True)
class Gathered:
    """Topics found so far, over all texts of a reply."""

    topics: list[Topic] = field(default_factory=list)
    reasons: list[ReviewReason] = field(default_factory=list)

    @property
    def areas(self) -> frozenset[str]:
        return frozenset(item.area for topic in self.topics for item in topic.assignments if item.area)


class Assembler:
    """Reads texts with the six pipelines. `threshold` is the certainty below which a person should look."""

    def __init__(self, pipelines: Mapping[str, Language], letters: Sequence[str], threshold: float) -> None:
        self.pipelines = pipelines
        self.letters = tuple(letters)
        self.threshold = threshold

    def topics(self, texts: Iterable[Text], labels: Sequence[str], default_language: str) -> Gathered:
        """All topics in the spans with one of `labels`, the same area once over all texts."""
        gathered = Gathered()
        for text in texts:
            for span in text.labelled(*labels):  # type: ignore[arg-type]
                self._read_span(text, span, default_language, gathered)
        return gathered

    def _read_span(self, text: Text, span: Span, default_language: str, gathered: Gathered) -> None:
        passages = passages_of(text.text, span.start, span.end)
        if not passages:
            return
        languages = _languages(text.text, passages, default_language, tuple(self.pipelines))
        views = self._views(text.text, passages, languages)
        own_list = _has_own_list(views)
        for at, view in enumerate(views):
            if view.stance != "propose" or _only_leads(view, at, views) or is_heading(view.text):
                continue
            for topic in self._topics_of(text, view, views, own_list, gathered):
                _add(gathered, topic)

    # --- what is known of each passage ---

    def _views(self, text: str, passages: Sequence[Passage], languages: Sequence[str]) -> list[View]:
        docs = {code: self.pipelines[code](text) for code in dict.fromkeys(languages)}
        scored = self._scores(text, passages, languages)
        views: list[View] = []
        for passage, language, (stances, areas) in zip(passages, languages, scored, strict=True):
            words = text[passage.start : passage.end]
            cues = cues_of(words, language)
            stance = stance_of(stances, cues)
            if passage.lead is not None and passage.lead < len(views):
                lead = views[passage.lead]
                stance = under_lead(stance, (lead.stance, lead.stance_sure), lead.cues, cues)
            doc = docs[language]
            views.append(
                View(
                    passage, words, language, *stance, cues, areas, _letters_in(doc, passage), _titles_in(doc, passage)
                )
            )
        return views

    def _scores(
        self, text: str, passages: Sequence[Passage], languages: Sequence[str]
    ) -> list[tuple[dict[str, float], dict[str, float]]]:
        found: dict[int, tuple[dict[str, float], dict[str, float]]] = {}
        for code in dict.fromkeys(languages):
            chosen = [at for at, language in enumerate(languages) if language == code]
            wholes = [self._doc(code, text[passages[at].start : passages[at].end]) for at in chosen]
            cores = [
                self._doc(code, text[core_start(text, passages[at].start, passages[at].end, code) : passages[at].end])
                for at in chosen
            ]
            stances = self._pipe(code, "intake_stance").scores(wholes)
            areas = self._pipe(code, "intake_areas").scores(cores)
            found.update({at: pair for at, *pair in zip(chosen, stances, areas, strict=True)})  # type: ignore[misc]
        return [tuple(found[at]) for at in range(len(passages))]  # type: ignore[misc]

    def _pipe(self, language: str, name: str) -> Any:
        return self.pipelines[language].get_pipe(name)

    def _doc(self, language: str, words: str) -> Doc:
        return Doc(self.pipelines[language].vocab, words=[words])

    # --- from a passage to its topics ---

    def _topics_of(
        self, text: Text, view: View, views: Sequence[View], own_list: bool, gathered: Gathered
    ) -> list[Topic]:
        if view.letters and not (own_list and _refers_to_own(view)):
            return self._by_letters(text, view, gathered)
        if view.letters:
            return []
        if titled := self._by_titles(text, view):
            return self._checked_against_marker(view, views, titled, gathered)
        return self._checked_against_marker(view, views, self._by_model(text, view, views), gathered)

    def _by_letters(self, text: Text, view: View, gathered: Gathered) -> list[Topic]:
        topics = []
        doc = self.pipelines[view.language].make_doc(text.text)
        for mention in view.letters:
            span = doc[mention.start : mention.end]
            evidence = Evidence(text.source, span.start_char, span.end_char, span.text)
            others = {title.area for title in view.titles} - set(mention.letters)
            if (
                len(mention.letters) == 1
                and others
                and not {title.area for title in view.titles} & set(mention.letters)
            ):
                gathered.reasons.append(
                    ReviewReason(
                        "letter-and-words-disagree",
                        f"“{_short(view.text)}”: ({mention.letters[0]}) stands beside the words of ({min(others)})",
                    )
                )
                topics.extend(self._by_titles(text, view))
                continue
            for letter in mention.letters:
                start, end = (
                    (span.start_char, span.end_char)
                    if len(mention.letters) > 1
                    else _around(view, span.start_char, span.end_char)
                )
                topics.append(
                    _topic(text, start, end, view.language, (Assignment(letter, LETTER_SURE, "letter", (evidence,)),))
                )
        return topics

    def _by_titles(self, text: Text, view: View) -> list[Topic]:
        base, topics = view.passage, []
        for order, title in enumerate(view.titles):
            alone = len(view.titles) == 1
            start = base.start if alone else title.start
            end = base.end if alone else title.end
            if not alone and order + 1 == len(view.titles):
                end = base.end
            evidence = Evidence(text.source, title.start, title.end, text.text[title.start : title.end])
            # The model may still know better where only a short form stands in a longer sentence.
            sure = TITLE_SURE if title.end - title.start > 0.5 * (base.end - base.start) else self._agreed(view, title)
            topics.append(
                _topic(text, start, end, view.language, (Assignment(title.area, sure, "title", (evidence,)),))
            )
        if topics:
            return topics
        near = self._pipe(view.language, "intake_titles").nearest(view.text)
        if near is None:
            return []
        area, share = near
        evidence = Evidence(text.source, base.start, base.end, view.text)
        return [
            _topic(
                text,
                base.start,
                base.end,
                view.language,
                (Assignment(area, round(TITLE_SURE * share, 3), "title", (evidence,)),),
            )
        ]

    def _agreed(self, view: View, title: TitleMatch) -> float:
        return round(max(0.75, min(TITLE_SURE, 0.5 + 0.5 * view.areas.get(title.area, 0.0))), 3)

    def _by_model(self, text: Text, view: View, views: Sequence[View]) -> list[Topic]:
        pieces = self._pieces(text, view)
        topics = [
            topic
            for start, end, areas in pieces
            if (topic := self._modelled(text, view, start, end, areas)) is not None
        ]
        return [topic for topic in topics if not _elaborates(view, views, topic)]

    def _pieces(self, text: Text, view: View) -> list[tuple[int, int, Mapping[str, float]]]:
        """The passage whole, or cut into clauses where they are surely about different areas."""
        start = core_start(text.text, view.passage.start, view.passage.end, view.language)
        if start == view.passage.start and re.search(CORRECTION[view.language], fold(view.text)):
            return []  # it speaks of the earlier reply
        whole = [(start, view.passage.end, view.areas)]
        # A point of a list is one topic, however long its sentence.
        clauses = [] if view.passage.item else clauses_of(text.text, start, view.passage.end, view.language)
        if len(clauses) < 2:
            return whole
        scores = self._pipe(view.language, "intake_areas").scores(
            [self._doc(view.language, text.text[start:end]) for start, end in clauses]
        )
        cut: list[tuple[int, int, Mapping[str, float]]] = []
        for (start, end), areas in zip(clauses, scores, strict=True):
            best = _best_area(areas)
            same = bool(cut) and _best_area(cut[-1][2]) == best
            if areas[best] >= PART_SURE and best != NEW and not same:
                cut.append((start, end, areas))
            elif cut:
                cut[-1] = (cut[-1][0], end, cut[-1][2])
        named = {_best_area(areas) for _, _, areas in cut}
        return cut if len(named) > 1 else whole

    def _modelled(self, text: Text, view: View, start: int, end: int, areas: Mapping[str, float]) -> Topic | None:
        evidence = (Evidence(text.source, start, end, text.text[start:end]),)
        ranked = sorted(self.letters, key=lambda letter: -areas.get(letter, 0.0))
        best, new = areas.get(ranked[0], 0.0), areas.get(NEW, 0.0)
        if new >= best:
            if not (view.cues.proposes or view.passage.item or view.stance_sure > 0.8):
                return None
            return _topic(text, start, end, view.language, (Assignment(None, round(new, 3), "model", evidence),))
        chosen = [ranked[0], *(letter for letter in ranked[1:] if areas[letter] >= SECOND_AREA)][:2]
        made = tuple(Assignment(letter, round(areas[letter], 3), "model", evidence) for letter in chosen)
        return _topic(text, start, end, view.language, made)

    def _checked_against_marker(
        self, view: View, views: Sequence[View], topics: list[Topic], gathered: Gathered
    ) -> list[Topic]:
        """ "(d) Compensation of victims": where the list is not the sender's own, letter and words should agree."""
        marked = _marker_letter(view, self._pipe(view.language, "intake_letters").names)
        if marked is None or not topics or _is_sequence(views, self._pipe(view.language, "intake_letters").names):
            return topics
        first = topics[0].assignments[0]
        if first.area == marked:
            agreed = replace(first, confidence=max(first.confidence, LETTER_SURE))
            return [replace(topics[0], assignments=(agreed, *topics[0].assignments[1:])), *topics[1:]]
        gathered.reasons.append(
            ReviewReason(
                "letter-and-words-disagree",
                f"“{_short(view.text)}” is marked ({marked}) and reads as {_named(first.area)}",
            )
        )
        return topics


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


def _languages(text: str, passages: Sequence[Passage], default: str, known: Sequence[str]) -> list[str]:
    """Each passage's language: its block's, when the block is long enough to tell."""
    blocks: dict[int, str] = {}
    for number in dict.fromkeys(passage.block for passage in passages):
        own = [passage for passage in passages if passage.block == number]
        words = text[own[0].start : own[-1].end]
        found = language_of(words, default)
        # Among languages of one script, a few words cannot tell.
        if {found, default} <= set(LATIN) and len(words.split()) < MIN_LANGUAGE_WORDS:
            found = default
        blocks[number] = found if found in known else default
    return [blocks[passage.block] for passage in passages]


def _letters_in(doc: Doc, passage: Passage) -> tuple[Mention, ...]:
    return tuple(item for item in doc._.letters if passage.start <= doc[item.start].idx < passage.end)


def _titles_in(doc: Doc, passage: Passage) -> tuple[TitleMatch, ...]:
    inside = [item for item in doc._.titles if passage.start <= item.start and item.end <= passage.end]
    return tuple(
        {item.area: item for item in reversed(inside)}[area] for area in dict.fromkeys(item.area for item in inside)
    )


def _only_leads(view: View, at: int, views: Sequence[View]) -> bool:
    """A sentence that introduces a list proposes nothing by itself, unless it names an area in so many words."""
    leads = any(other.passage.lead == at for other in views)
    colon = bool(re.search(r"[:：]\s*[-–—]?\s*$", view.text)) and at + 1 < len(views)
    if not (leads or colon):
        return False
    if view.letters or view.titles:
        return False
    return max((value for name, value in view.areas.items() if name != NEW), default=0.0) < LEAD_AREA


def _elaborates(view: View, views: Sequence[View], topic: Topic) -> bool:
    """A later sentence of a paragraph that only argues for the topic before it."""
    if view.passage.first:
        return False
    before = [
        other
        for other in views
        if other.passage.block == view.passage.block and other.passage.start < view.passage.start
    ]
    proposed = [other for other in before if other.stance == "propose"]
    if not proposed:
        return False
    if view.cues.proposes and topic.assignments[0].confidence >= PART_SURE:
        return False
    return topic.assignments[0].area is None or topic.assignments[0].confidence < 0.85 or not view.cues.proposes


def _best_area(areas: Mapping[str, float]) -> str:
    return max(areas, key=lambda name: areas[name])


def _around(view: View, start: int, end: int) -> tuple[int, int]:
    """A single letter's topic is the passage around it when that says more, else the reference itself."""
    rest = view.text.replace(view.text[start - view.passage.start : end - view.passage.start], "")
    return (view.passage.start, view.passage.end) if view.titles and len(rest) > 15 else (start, end)


def _refers_to_own(view: View) -> bool:
    return bool(OWN_LIST.search(view.text.lower())) or not view.titles


def _marker_letter(view: View, names: Mapping[str, str]) -> str | None:
    found = re.fullmatch(r"[(（]?(\w[ـ]?)[.)）、]", view.passage.marker)
    return names.get(fold(found.group(1))) if found else None


def _is_sequence(views: Sequence[View], names: Mapping[str, str]) -> bool:
    """Whether the list's markers count from a on without a gap: then they are the sender's own numbering."""
    marks = [mark for view in views if (mark := _marker_letter(view, names)) is not None]
    return len(marks) > 1 and marks == [chr(ord("a") + at) for at in range(len(marks))]


def _has_own_list(views: Sequence[View]) -> bool:
    marks = [view for view in views if re.fullmatch(r"[(（]?[^\W\d]ـ?[.)）、]", view.passage.marker)]
    return len(marks) > 1


def _short(words: str, limit: int = 80) -> str:
    line = " ".join(words.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
