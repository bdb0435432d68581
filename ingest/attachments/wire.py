"""What parent and child say to each other: a line of JSON, then the files' bytes, raw.

JSON and not pickle: what a hostile file made of the child must not run in the parent, which takes nothing on trust,
neither the fields nor the sizes.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO, get_args

from core.model import Attachment, Origin, Problem
from ingest.attachments.base import Extracted, Limits


def write_request(stream: BinaryIO, attachments: Sequence[Attachment], limits: Limits, scratch: str) -> None:
    head = {
        "limits": dataclasses.asdict(limits),
        "scratch": scratch,
        "attachments": [_about(attachment) for attachment in attachments],
    }
    _write(stream, head, attachments)


def read_request(stream: BinaryIO) -> tuple[Limits, str, Iterator[Attachment]]:
    """(limits, the folder for temporary files, the files: each is read from the stream when it is its turn)."""
    head = json.loads(stream.readline())
    files = (_attachment(fields, stream.read(fields["size"])) for fields in head["attachments"])
    return Limits(**head["limits"]), head["scratch"], files


def write_answer(stream: BinaryIO, found: Extracted) -> None:
    head = {
        "text": found.text,
        "origin": found.origin,
        "confidence": found.confidence,
        "mail": found.mail,
        "problems": [[problem.code, problem.where, problem.detail] for problem in found.problems],
        "children": [_about(child) for child in found.children],
    }
    _write(stream, head, found.children)


def read_answers(stream: BinaryIO, most: int) -> list[Extracted]:
    """The answers that are whole, at most `most`; whatever is broken, or claims more bytes than there are, ends them."""
    left = os.fstat(stream.fileno()).st_size
    answers: list[Extracted] = []
    for line in iter(stream.readline, b""):
        left -= len(line)
        try:
            found = _answer(json.loads(line), stream, left)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            break
        left -= sum(len(child.content) for child in found.children)
        answers.append(found)
        if len(answers) == most:
            break
    return answers


def _write(stream: BinaryIO, head: object, files: Sequence[Attachment]) -> None:
    stream.write(json.dumps(head).encode("ascii") + b"\n")
    for file in files:
        stream.write(file.content)
    stream.flush()


def _about(attachment: Attachment) -> dict[str, str | int | bool]:
    return {
        "name": attachment.name,
        "content_type": attachment.content_type,
        "part": attachment.part,
        "inline": attachment.inline,
        "size": len(attachment.content),
    }


def _attachment(fields: dict[str, object], content: bytes) -> Attachment:
    return Attachment(
        name=str(fields["name"]),
        content_type=str(fields["content_type"]),
        content=content,
        part=str(fields["part"]),
        inline=bool(fields["inline"]),
    )


def _answer(fields: dict[str, object], stream: BinaryIO, left: int) -> Extracted:
    if fields["origin"] not in get_args(Origin):
        raise ValueError(fields["origin"])
    children = []
    for about in fields["children"]:  # type: ignore[attr-defined]
        size = int(about["size"])
        if not 0 <= size <= left:
            raise ValueError(size)
        children.append(_attachment(about, stream.read(size)))
        left -= size
    return Extracted(
        text=str(fields["text"]),
        origin=fields["origin"],  # type: ignore[arg-type]
        confidence=None if fields["confidence"] is None else float(fields["confidence"]),  # type: ignore[arg-type]
        mail=bool(fields["mail"]),
        problems=tuple(Problem(*map(str, problem)) for problem in fields["problems"]),  # type: ignore[attr-defined]
        children=tuple(children),
    )
