"""The classifier as others see it: a message and its texts in, an Outcome out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from spacy.language import Language

from classify.accepted import AcceptedAreas, load_accepted
from classify.amends import amendment_in, replaces_a_reply
from classify.assemble import Assembler, Gathered, doubts
from classify.kinds import (
    Known,
    asks_more_time,
    correction_share,
    has_cue,
    kind_by_headers,
    marked_spam,
    names_reference,
    other_reference,
    surest,
    weighed,
)
from classify.language import language_of
from classify.resolve import Verdict, who_replies
from classify.senders import is_look_alike, mission_on_webmail
from classify.teaching import kind_scores
from classify.train import load_pipelines
from core.consultation import Consultation
from core.model import BODY, PROPOSING_KINDS, Amendment, Message, Outcome, ReviewReason, Text

AUTOMATIC: Final = frozenset({"auto_reply", "bounce", "spam"})
SURE: Final = 0.8
"""Without a turn of phrase that tells it, a kind must be surer than this to outweigh topics that only the model sees."""
PLAINLY: Final = 0.9
"""How likely what says that an earlier note is replaced is a correction: 65 of 72 marked replies are."""
OFFICIAL: Final = 0.9
NOTHING_FOUND: Final = 0.15
"""How likely another kind must be where a message reads like a proposal and nothing in it is proposed."""
PROPOSES: Final = 0.5
"""What a message with topics should at least be likely to be: a proposal or a correction."""
NOT_READ: Final = ("attachment-", "ocr-", "pages-", "files-", "unpacked-", "program-", "text-too-long")
PARSE_TROUBLE: Final = frozenset(
    {
        "parse-failed",
        "header-parser-failed",
        "mime-too-large",
        "message-too-large",
        "header-too-large",
        "multipart-empty",
        "message-partial",
        "message-external-body",
        "encrypted",
        "cms-unreadable",
        "cms-empty",
        "charset-lossy",
    }
)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Certainties below which a person should look."""

    area: float = 0.9
    kind: float = 0.8
    state: float = 0.8
    ocr: float = 0.75


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    sure: float
    by_headers: bool = False


class Classifier:
    """Six pipelines and what is common to them. Load it once a process."""

    def __init__(
        self,
        pipelines: Mapping[str, Language],
        consultation: Consultation,
        thresholds: Thresholds,
        version: str = "",
        accepted: AcceptedAreas | None = None,
    ) -> None:
        self.pipelines = pipelines
        self.consultation = consultation
        self.thresholds = thresholds
        self.version = version
        self.assembler = Assembler(pipelines, accepted)

    @classmethod
    def load(cls, folder: Path, consultation: Consultation, thresholds: Thresholds) -> Classifier:
        """Raises ModelError when the folder holds no model."""
        return cls(load_pipelines(folder), consultation, thresholds, folder.name, load_accepted(folder))

    def classify(self, message: Message, texts: Sequence[Text], stated_state: str | None = None) -> Outcome:
        """Read one reply. `stated_state` is what a person said on import; nothing outweighs it."""
        language = self._language(message, texts)
        by_headers = kind_by_headers(message)
        gathered = Gathered() if by_headers else self._topics(message, texts, language)
        unowned = by_headers in ("bounce", "spam")
        verdict = Verdict(None, 0.0) if unowned else self._state(message, texts, language, stated_state)
        kind = _Kind(by_headers, 0.99, True) if by_headers else self._kind(message, texts, language, gathered, verdict)
        if kind.name not in PROPOSING_KINDS:
            gathered = Gathered()
        if kind.name in AUTOMATIC - {"auto_reply"} and not _official(verdict):
            verdict = Verdict(None, 0.0)
        return Outcome(
            kind=kind.name,
            kind_confidence=round(kind.sure, 3),
            state=verdict.state,
            state_confidence=verdict.confidence,
            state_evidence=verdict.evidence,
            on_behalf_of=verdict.on_behalf_of,
            language=language,
            topics=tuple(gathered.topics),
            review=() if kind.by_headers else tuple(self._review(message, texts, kind, verdict, gathered)),
            model=self.version,
            amends=self._amends(message, texts, language) if kind.name == "correction" else None,
            asks_more_time=kind.name == "enquiry" and asks_more_time(message.subject, _all_written(texts)),
        )

    # --- language ---

    def _language(self, message: Message, texts: Sequence[Text]) -> str:
        """The language of most of what the sender wrote."""
        default = "en" if "en" in self.pipelines else next(iter(self.pipelines))
        words = "\n".join(_written(text, ("reply", "forwarded")) for text in texts)
        found = language_of(words if words.strip() else message.subject, default)
        return found if found in self.pipelines else default

    # --- topics ---

    def _topics(self, message: Message, texts: Sequence[Text], language: str) -> Gathered:
        """What the sender wrote; what is forwarded counts when the cover proposes nothing of its own."""
        # A letter says more than the mail that covers it: its words are the ones to keep.
        ordered = [text for text in texts if text.source != BODY] + [text for text in texts if text.source == BODY]
        kinds = self._kind_scores(language, message.subject, _all_written(texts))
        gathered = self.assembler.topics(ordered, ("reply",), language, kinds)
        if not gathered.topics:
            gathered = self.assembler.topics(ordered, ("forwarded",), language, kinds)
        return gathered

    # --- kind ---

    def _kind(
        self, message: Message, texts: Sequence[Text], language: str, gathered: Gathered, verdict: Verdict
    ) -> _Kind:
        words = _all_written(texts)
        subject, reference = message.subject, self.consultation.reference
        other = other_reference(f"{subject}\n{words}", reference)
        if other and not _by_title(gathered):
            return _Kind("unrelated", 0.55 if gathered.topics else 0.9)
        known = Known(_official(verdict), names_reference(f"{subject}\n{words}", reference), marked_spam(message))
        read = self._kind_scores(language, subject, words)
        scores = weighed(read, subject, words, language, known)
        name, sure = surest(scores)
        if gathered.topics and not self._outweighs(name, sure, gathered, _cued(name, subject, words)):
            plainly = PLAINLY if replaces_a_reply(subject, words) else 0.0
            return self._proposing(scores, max(plainly, correction_share(read, subject, words)))
        if name in PROPOSING_KINDS and not gathered.topics and not gathered.reasons:
            other, share = surest({kind: score for kind, score in scores.items() if kind not in PROPOSING_KINDS})
            if share >= NOTHING_FOUND:
                return _Kind(other, 0.85 if share >= 0.4 else 0.5)
        if name in PROPOSING_KINDS and not gathered.topics:
            return _Kind(name, min(sure, 0.5))  # it says that it proposes, and no topic was found
        return _Kind(name, sure)

    def _outweighs(self, name: str, sure: float, gathered: Gathered, cued: bool) -> bool:
        """Whether a kind that proposes nothing is surer than the topics that were found."""
        if name in PROPOSING_KINDS or not _by_model(gathered):
            return False
        best = max(item.confidence for topic in gathered.topics for item in topic.assignments)
        if cued:
            return sure > best
        return name not in AUTOMATIC and sure > max(SURE, best)

    def _proposing(self, scores: Mapping[str, float], corrects: float) -> _Kind:
        """A proposal, or a correction where the sender replaces or amends something."""
        # Topics were found in a message that reads like something else: a person should say what it is.
        most = 1.0 if scores["proposal"] + scores["correction"] >= PROPOSES else 0.5
        name = "correction" if corrects > 0.5 else "proposal"
        return _Kind(name, most * max(corrects, 1 - corrects))

    def _kind_scores(self, language: str, subject: str, words: str) -> dict[str, float]:
        return kind_scores(self.pipelines[language], subject, words)

    def _amends(self, message: Message, texts: Sequence[Text], language: str) -> Amendment:
        words = _all_written(texts)
        titles = {
            area.letter: (*area.title.values(), *(word for words in area.variants.values() for word in words))
            for area in self.consultation.areas
        }
        return amendment_in(message.subject, words, language, titles)

    # --- State ---

    def _state(self, message: Message, texts: Sequence[Text], language: str, stated: str | None) -> Verdict:
        verdict = who_replies(message, texts, language)
        return replace(verdict, state=stated, confidence=1.0, rival=None, organisation=False) if stated else verdict

    # --- what a person should look at ---

    def _review(
        self, message: Message, texts: Sequence[Text], kind: _Kind, verdict: Verdict, gathered: Gathered
    ) -> list[ReviewReason]:
        reasons: list[ReviewReason] = []
        if kind.sure < self.thresholds.kind:
            reasons.append(ReviewReason("kind-uncertain", f"{kind.name} at {kind.sure:.0%}"))
        if kind.name in PROPOSING_KINDS and not gathered.topics:
            reasons.append(ReviewReason("no-topic-found", "it seems to propose, but no topic was found"))
        if kind.name not in AUTOMATIC and kind.name != "unrelated":
            reasons.extend(self._state_doubts(verdict))
            reasons.extend(_sender_doubts(message))
        reasons.extend(gathered.reasons)
        reasons.extend(doubts(gathered.topics, self.thresholds.area))
        reasons.extend(self._reading_doubts(message, texts))
        return list(dict.fromkeys(reasons))

    def _state_doubts(self, verdict: Verdict) -> list[ReviewReason]:
        if verdict.organisation:
            return [ReviewReason("not-a-state", "the sender seems to be an organization")]
        if verdict.state is None:
            return [ReviewReason("state-unknown", "no State is named in letterhead, text, signature or address")]
        if verdict.rival is not None:
            return [ReviewReason("state-uncertain", f"{verdict.state} or {verdict.rival}")]
        if verdict.confidence < self.thresholds.state:
            return [ReviewReason("state-uncertain", f"{verdict.state} at {verdict.confidence:.0%}")]
        return []

    def _reading_doubts(self, message: Message, texts: Sequence[Text]) -> list[ReviewReason]:
        reasons = []
        for text in texts:
            if text.confidence is not None and text.confidence < self.thresholds.ocr and text.text.strip():
                reasons.append(ReviewReason("scan-hard-to-read", f"{text.source} at {text.confidence:.0%}"))
            for problem in text.problems:
                if problem.code.startswith(NOT_READ):
                    reasons.append(
                        ReviewReason("attachment-not-read", f"{text.source}: {problem.code} {problem.detail}".strip())
                    )
        trouble = [problem.code for problem in message.problems if problem.code in PARSE_TROUBLE]
        if trouble:
            reasons.append(ReviewReason("message-not-read-whole", ", ".join(sorted(set(trouble)))))
        return reasons


def _written(text: Text, labels: Sequence[str]) -> str:
    return "\n".join(text.text[span.start : span.end] for span in text.spans if span.label in labels)


def _sender_doubts(message: Message) -> list[ReviewReason]:
    """An address that may not be whose it seems; a webmail address alone is no fault."""
    if is_look_alike(message.from_address):
        return [ReviewReason("sender-look-alike", f"{message.from_address} is written to look like another")]
    if mission_on_webmail(message.from_name, message.from_address):
        return [ReviewReason("sender-webmail", f"{message.from_name} writes from {message.from_address}")]
    return []


def _all_written(texts: Sequence[Text]) -> str:
    return "\n".join(part for text in texts if (part := _written(text, ("reply", "forwarded")).strip()))


def _official(verdict: Verdict) -> bool:
    """Whether a State's office writes in its own name."""
    return verdict.confidence >= OFFICIAL and any(item.source not in ("from", "subject") for item in verdict.evidence)


def _by_title(gathered: Gathered) -> bool:
    return any(item.method == "title" for topic in gathered.topics for item in topic.assignments)


def _by_model(gathered: Gathered) -> bool:
    return all(item.method == "model" for topic in gathered.topics for item in topic.assignments)


def _cued(kind: str, subject: str, words: str) -> bool:
    return kind not in PROPOSING_KINDS and has_cue(kind, subject, words)
