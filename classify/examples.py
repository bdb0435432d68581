"""The examples a consultation's classifier learns from: passages, short messages with their kind, whole marked replies.

docs/classifier.md says how each is written. A wrong line raises ModelError that names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from classify.linear import NEW, OTHER, STANCES
from core.consultation import Consultation
from core.errors import ModelError
from core.model import KINDS

HEADER: Final = re.compile(r"^=== (?P<kind>\w+) \| (?P<state>[A-Z]{3}|-) \| (?P<scenario>.*)$", re.MULTILINE)
MARK: Final = re.compile(
    r"\[\[(?P<areas>[a-z,]+)\|(?P<topic>.+?)\]\]|\{\{(?P<other>[a-z,]+)\|(?P<aside>.+?)\}\}", re.DOTALL
)
ACCEPTED: Final = "areas.json"
"""Beside examples that came from decisions: the areas that people accepted, {letter: {language: title}}."""
HOW: Final = "Mend that line (docs/classifier.md says how)"


@dataclass(frozen=True, slots=True)
class Passage:
    """One passage, what its sender does in it, and the areas it is about (none with propose: a new topic)."""

    text: str
    stance: str
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A short message with its kind."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Marked:
    """A topic at characters [start, end) of a reply's text."""

    start: int
    end: int
    areas: tuple[str, ...]
    """Empty: a new topic."""


@dataclass(frozen=True, slots=True)
class MarkedReply:
    """A whole reply with its topics marked."""

    subject: str
    text: str
    kind: str
    topics: tuple[Marked, ...]
    asides: tuple[Marked, ...]
    """Topics that are named and not proposed: rejected, reported, asked about."""
    borrowed: bool = False
    """From another consultation: it shows how topics are proposed, and its areas are none of ours."""


def languages_with_examples(consultation: Consultation) -> list[str]:
    return [code for code in consultation.languages if _file(consultation, "", f"{code}.jsonl").is_file()]


def load_passages(consultation: Consultation, language: str) -> list[Passage]:
    """training/<lang>.jsonl."""
    return _passages(_file(consultation, "", f"{language}.jsonl"), consultation.letters, STANCES)


def load_decided(folder: Path, consultation: Consultation, language: str) -> list[Passage]:
    """<lang>.jsonl of a folder of examples that came from decisions; what people rejected has the stance "other"."""
    letters = (*consultation.letters, *accepted_titles(folder))
    return _passages(folder / f"{language}.jsonl", letters, (*STANCES, OTHER))


def accepted_titles(decided: Path) -> dict[str, dict[str, str]]:
    """The letters of accepted areas and their titles by language, from a folder of examples that came from decisions."""
    path = decided / ACCEPTED
    titles: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return titles


def _passages(path: Path, letters: Sequence[str], stances: Sequence[str]) -> list[Passage]:
    passages = []
    for place, fields in _lines(path):
        unknown = set(fields.get("areas", ())) - set(letters)
        if fields.get("stance") not in stances or unknown or not str(fields.get("text", "")).strip():
            raise ModelError(f"{place}: a text, a stance and areas are expected", HOW)
        passages.append(Passage(fields["text"], fields["stance"], tuple(fields["areas"])))
    return passages


def load_messages(consultation: Consultation, language: str) -> list[Message]:
    """training/kinds/<lang>.jsonl."""
    messages = []
    for place, fields in _lines(_file(consultation, "kinds", f"{language}.jsonl")):
        if fields.get("kind") not in KINDS:
            raise ModelError(f"{place}: a kind among {', '.join(KINDS)} is expected", HOW)
        messages.append(Message(reply_words(fields.get("subject", ""), fields.get("text", "")), fields["kind"]))
    return messages


def load_marked_replies(consultation: Consultation, language: str) -> list[MarkedReply]:
    """training/replies/<lang>.txt: replies under "=== kind | State | scenario", topics as [[e|words]] or [[new|words]],
    what is named and not proposed as {{g|words}}."""
    path = _file(consultation, "replies", f"{language}.txt")
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    headers = list(HEADER.finditer(text))
    ends = [*(header.start() for header in headers[1:]), len(text)]
    return [
        _marked_reply(f"{path}: reply {number}", header["kind"], text[header.end() : end].strip("\n"), consultation)
        for number, (header, end) in enumerate(zip(headers, ends, strict=True), 1)
    ]


def reply_words(subject: str, text: str) -> str:
    """What the kind of a reply is told from: its subject and the beginning of what the sender wrote."""
    return f"{subject}\n{text[:1200]}"


def _marked_reply(place: str, kind: str, content: str, consultation: Consultation) -> MarkedReply:
    head, _, body = content.partition("\n\n")
    subject = re.search(r"^Subject: *(.*)$", head, re.MULTILINE)
    if kind not in KINDS or subject is None:
        raise ModelError(f"{place}: a kind, a Subject line and an empty line before the text are expected", HOW)
    text, at = "", 0
    topics: list[Marked] = []
    asides: list[Marked] = []
    for mark in MARK.finditer(body):
        text += body[at : mark.start()]
        areas = tuple(letter for letter in (mark["areas"] or mark["other"]).split(",") if letter != NEW)
        if set(areas) - set(consultation.letters):
            raise ModelError(f"{place}: no such area in {mark.group()!r}", HOW)
        words = mark["topic"] or mark["aside"]
        (topics if mark["topic"] else asides).append(Marked(len(text), len(text) + len(words), areas))
        text += words
        at = mark.end()
    text += body[at:]
    return MarkedReply(subject[1], text, kind, tuple(topics), tuple(asides))


def _file(consultation: Consultation, folder: str, name: str) -> Path:
    return consultation.folder / "training" / folder / name


def _lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise ModelError(f"{path}:{number} is not JSON ({error})", HOW) from None
        yield f"{path}:{number}", fields
