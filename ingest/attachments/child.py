"""The child that reads attachments: takes files on standard input, gives texts on standard output, a JSON line each.

It is started by sandbox.py as `python -m ingest.attachments.child`, limits itself first, and may die: that costs
the file it was reading and nothing else. JSON and not pickle: what a hostile file made of the child must not run in the parent.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import resource
import sys
from typing import Any

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits

MAX_PROCESSES = 256
MAX_FILES = 256


def main() -> None:
    request = json.loads(sys.stdin.buffer.readline())
    limits = Limits(**request["limits"])
    _limit(limits)
    from ingest.attachments.registry import read  # noqa: PLC0415 - libraries are loaded within the limits

    for fields in request["attachments"]:
        found = read(attachment_from(fields), limits)
        sys.stdout.write(json.dumps(to_json(found)) + "\n")
        sys.stdout.flush()


def _limit(limits: Limits) -> None:
    memory = limits.memory_mib * 1024 * 1024
    seconds = int(limits.seconds) + 1
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, limits.max_mib * 1024 * 1024 * 4),
        (resource.RLIMIT_NOFILE, MAX_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (bound, bound))


def attachment_to_json(attachment: Attachment) -> dict[str, Any]:
    fields = {field.name: getattr(attachment, field.name) for field in dataclasses.fields(attachment)}
    return {**fields, "content": base64.b64encode(attachment.content).decode("ascii")}


def attachment_from(fields: dict[str, Any]) -> Attachment:
    return Attachment(**{**fields, "content": base64.b64decode(fields["content"])})


def to_json(found: Extracted) -> dict[str, Any]:
    return {
        "text": found.text,
        "origin": found.origin,
        "confidence": found.confidence,
        "mail": found.mail,
        "problems": [[problem.code, problem.where, problem.detail] for problem in found.problems],
        "children": [attachment_to_json(child) for child in found.children],
    }


def from_json(fields: dict[str, Any]) -> Extracted:
    return Extracted(
        text=fields["text"],
        origin=fields["origin"],
        confidence=fields["confidence"],
        mail=fields["mail"],
        problems=tuple(Problem(*problem) for problem in fields["problems"]),
        children=tuple(attachment_from(child) for child in fields["children"]),
    )


if __name__ == "__main__":
    main()
