"""Every case through parse and the sandboxed readers; the bombs each in a process measured from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.model import Message, Text
from ingest.attachments.base import Limits
from ingest.extract import Known, extract
from ingest.parse import parse
from tests.torture.cases import Case, cases

CASES = list(cases())
GENTLE = [case for case in CASES if not case.bomb]
BOMBS = [case for case in CASES if case.bomb]
SECONDS = 30
GIB = 1024 * 1024  # in KiB, as wait4 counts
ROOT = Path(__file__).resolve().parents[2]


def squeezed(text: str) -> str:
    return "".join(text.split()).lower()


def read(content: bytes) -> tuple[Message, tuple[Text, ...]]:
    message = parse(content)
    return message, extract(message, Known(), Limits())


def test_there_are_enough() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", GENTLE, ids=[case.name for case in GENTLE])
def test_what_must_come_out_comes_out(case: Case) -> None:
    started = time.monotonic()
    message, texts = read(case.content)
    assert time.monotonic() - started < SECONDS
    found = squeezed(" ".join(text.text for text in texts))
    assert [words for words in case.text if squeezed(words) not in found] == []
    assert [words for words in case.absent if squeezed(words) in found] == []
    codes = {problem.code for problem in message.problems} | {
        problem.code for text in texts for problem in text.problems
    }
    assert set(case.codes) <= codes
    assert set(case.names) <= {text.source for text in texts}
    if case.subject is not None:
        assert message.subject == case.subject
    if case.sent is not None:
        assert message.sent_at is not None
        assert message.sent_at.isoformat().startswith(case.sent)
    if case.clean:
        assert codes == set()


@pytest.mark.parametrize("case", BOMBS, ids=[case.name for case in BOMBS])
def test_bombs_stay_within_time_and_memory(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "bomb.eml"
    file.write_bytes(case.content)
    with (tmp_path / "out").open("w+b") as out, (tmp_path / "errors").open("w+b") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.read", str(file)], cwd=ROOT, stdout=out, stderr=errors
        )
        seconds, kib = measured(child)
        out.seek(0)
        errors.seek(0)
        assert (child.returncode, errors.read()[-2000:]) == (0, b"")
        assert set(case.codes) <= set(out.read().decode().split())
    assert seconds < SECONDS
    assert kib < GIB


def measured(child: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Seconds and KiB at its most, of a process that is killed a little after its time."""
    started = time.monotonic()
    timer = threading.Timer(SECONDS + 5, child.kill)
    timer.start()
    _, status, usage = os.wait4(child.pid, 0)
    timer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - started, usage.ru_maxrss
