"""What things are called in a report's language: States, regional groups, areas, kinds, reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from core.consultation import Consultation
from report.words import Words, words_of
from store.figures import Figures
from store.read import Reader

KINDS: Final = {
    "proposal": "Proposals",
    "correction": "Corrections",
    "no_proposal": "Answers without a proposal",
    "enquiry": "Enquiries",
    "auto_reply": "Automatic replies",
    "bounce": "Delivery reports",
    "spam": "Spam",
    "unrelated": "Other mail",
}
LANGUAGES: Final = {
    "ar": "Arabic",
    "zh": "Chinese",
    "en": "English",
    "fr": "French",
    "ru": "Russian",
    "es": "Spanish",
    "": "Not known",
}
REGIONS: Final = {
    "African": "African States",
    "Asian": "Asian States",
    "EEG": "Eastern European States",
    "GRULAC": "Latin American and Caribbean States",
    "WEOG": "Western European and other States",
    "none": "In no regional group",
    "": "State not known",
}
CHANNELS: Final = {"mail": "Electronic mail", "post": "Post", "fax": "Fax"}
METHODS: Final = {
    "human": "decided by a person",
    "letter": "by the letter of the note",
    "title": "by the title in the note",
    "model": "by the program's reading",
}
REASONS: Final = {
    "area-uncertain": "Area uncertain",
    "letter-and-words-disagree": "Letter and words disagree",
    "kind-uncertain": "Kind of reply uncertain",
    "state-uncertain": "State uncertain",
    "state-unknown": "State not known",
    "not-a-state": "Sender seems to be no State",
    "no-topic-found": "No topic found",
    "scan-hard-to-read": "Scan hard to read",
    "attachment-not-read": "Attachment not read",
    "message-not-read-whole": "Message not read whole",
    "correction-unclear": "Unclear what it corrects",
    "correction-of-nothing": "Corrects nothing on record",
    "perhaps-a-copy": "Perhaps a copy",
    "flagged": "Flagged by a colleague",
    "sender-webmail": "Sent from a free mail service",
    "sender-look-alike": "Address resembles another",
    "sender-failed": "Sender not authenticated",
    "may-propose": "May propose a topic",
    "may-be-two-topics": "One topic may be two",
    "beside-rejection": "Stands beside a rejection or an exception",
    "list-as-in-note": "May be the note's own list",
    "text-not-read-whole": "Text too long to be read whole",
    "parse-failed": "Could not be read",
    "extraction-failed": "Could not be read",
    "classification-failed": "Could not be read",
}


ABJAD: Final = ("أ", "ب", "ج", "د", "هـ", *"وزحطيكلمنسعفصقرشتثخذ")


class Names:
    """Names in one language."""

    def __init__(self, reader: Reader, consultation: Consultation, language: str) -> None:
        figures = Figures(reader)
        self.words: Words = words_of(language)
        self.language = language
        self.consultation = consultation
        self._areas = {row["letter"]: json.loads(row["titles"]) for row in figures.areas()}
        self._states = {row["code"]: json.loads(row["names"]) for row in figures.states()}
        self._groups = figures.groups()

    def state(self, code: str | None) -> str:
        if not code:
            return self.words("State not known")
        names = self._states.get(code, {})
        return str(names.get(self.language) or names.get("en") or code)

    def sender(self, state: str | None, on_behalf_of: str | None) -> str:
        """The State, with the group that it speaks for."""
        if not on_behalf_of:
            return self.state(state)
        return self.words("{state} (for {group})", state=self.state(state), group=self.group(on_behalf_of))

    def group(self, code: str) -> str:
        names = self._groups.get(code, {})
        return names.get(self.language) or names.get("en") or code

    def states(self, codes: Iterable[str]) -> str:
        """Names in the language's order, in one line."""
        return self.words.joined(self.ordered(codes))

    def ordered(self, codes: Iterable[str]) -> list[str]:
        return self.words.ordered([self.state(code) for code in codes], str)

    def area(self, letter: str | None) -> str:
        return self.words("New topic") if letter is None else f"({self.letter(letter)}) {self.title(letter)}"

    def letter(self, letter: str) -> str:
        """As the note in that language letters its areas: Arabic in the order of abjad, the others in Latin letters."""
        return ABJAD[ord(letter) - ord("a")] if self.language == "ar" else letter

    def title(self, letter: str) -> str:
        titles = self._areas[letter]
        return str(titles.get(self.language) or titles.get("en") or next(iter(titles.values())))

    def region(self, code: str) -> str:
        return self.words(REGIONS.get(code, code))

    def regions(self, counted: dict[str, int]) -> str:
        return self.words.joined(f"{self.region(code)} {self.words.number(number)}" for code, number in counted.items())

    def kind(self, kind: str) -> str:
        return self.words(KINDS.get(kind, kind))

    def tongue(self, code: str) -> str:
        return self.words(LANGUAGES[code]) if code in LANGUAGES else code

    def channel(self, channel: str) -> str:
        return self.words(CHANNELS.get(channel, channel))

    def method(self, method: str) -> str:
        return self.words(METHODS.get(method, method))

    def reason(self, reason: str) -> str:
        """A reason for review, by its code ("area-uncertain: …")."""
        code = reason.split(":", maxsplit=1)[0]
        return self.words(REASONS[code]) if code in REASONS else code

    def source(self, source: str) -> str:
        return self.words("letter's text") if source == "body" else source
