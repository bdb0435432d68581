"""Every case through parse and the sandboxed readers; the bombs each in a process measured from outside."""

from __future__ import annotations

import os
import subprocess
import sys
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
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.torture.read", str(file)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    started = time.monotonic()
    output, errors = child.stdout.read(), child.stderr.read()  # type: ignore[union-attr]
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert time.monotonic() - started < SECONDS
    assert usage.ru_maxrss < GIB
    assert (child.returncode, errors) == (0, b"")
    assert set(case.codes) <= set(output.decode().split())
