"""The parent's side: attachments are read in a child with limits, killed as a group when its time is over."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits
from ingest.attachments.child import attachment_to_json, from_json

ROOT: Final = Path(__file__).resolve().parents[2]


def read_all(attachments: Sequence[Attachment], limits: Limits) -> list[Extracted]:
    """What each file says, in their order. A file that kills or stalls its child costs only itself."""
    found: list[Extracted] = []
    while len(found) < len(attachments):
        rest = attachments[len(found) :]
        answers, fault = _run_child(rest, limits)
        found.extend(answers)
        if len(answers) < len(rest):
            problem = Problem(fault, rest[len(answers)].name, f"limits: {limits.seconds:g} s, {limits.memory_mib} MiB")
            found.append(Extracted(problems=(problem,)))
    return found


def _run_child(attachments: Sequence[Attachment], limits: Limits) -> tuple[list[Extracted], str]:
    """The answers a child gave before it ended, and the code of what ended it early."""
    request = {
        "limits": dataclasses.asdict(limits),
        "attachments": [attachment_to_json(attachment) for attachment in attachments],
    }
    # The answers go to a file, whose size is limited, and not through a pipe into this process's memory.
    with (
        tempfile.TemporaryDirectory(prefix="intake-child-") as scratch,
        Path(scratch, "answers").open("w+b") as answers,
    ):
        child = subprocess.Popen(
            [sys.executable, "-m", "ingest.attachments.child"],
            stdin=subprocess.PIPE,
            stdout=answers,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=_environment(scratch),
            start_new_session=True,
        )
        fault = "attachment-child-died"
        try:
            child.communicate(json.dumps(request).encode() + b"\n", timeout=limits.seconds)
        except subprocess.TimeoutExpired:
            fault = "attachment-timeout"
        finally:
            _kill_group(child)
            child.wait()
        answers.seek(0)
        return [from_json(json.loads(line)) for line in answers if line.endswith(b"}\n")], fault


def _environment(scratch: str) -> dict[str, str]:
    """Only what a reader needs: no secret of the daemon's environment reaches a child."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TESSDATA_PREFIX") if name in os.environ}
    return {**kept, "TMPDIR": scratch, "HOME": scratch, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
