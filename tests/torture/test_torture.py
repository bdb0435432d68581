"""Every case through parse and the sandboxed readers; the bombs each in a process measured from outside."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from core.model import Message, Text
from ingest.attachments.base import Limits
from ingest.extract import Known, extract
from ingest.parse import parse
from tests.torture.cases import Case, cases

CASES = list(cases())
GENTLE = [case for case in CASES if not case.bomb]
BOMBS = [case for case in CASES if case.bomb]
SELDOM = re.compile(
    r"scan as (?!PNG)|scan in a pdf|fax group3|heic|upside down|on nothing"  # each takes Tesseract some seconds
    r"|bomb: (?!zip$|gzip|docx|png|pdf stream|multiparts|encoded words|a header)"
)
"""Run by `make test-all` only: one of each kind stays in the default run."""
SECONDS = 30
GIB = 1024 * 1024  # in KiB, as /proc counts
ROOT = Path(__file__).resolve().parents[2]


def squeezed(text: str) -> str:
    return "".join(text.split()).lower()


def read(content: bytes) -> tuple[Message, tuple[Text, ...]]:
    message = parse(content)
    return message, extract(message, Known(), Limits())


def test_there_are_enough() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len(CASES)


def params(chosen: list[Case]) -> list[ParameterSet]:
    return [
        pytest.param(case, id=case.name, marks=[pytest.mark.slow] if SELDOM.search(case.name) else [])
        for case in chosen
    ]


@pytest.mark.parametrize("case", params(GENTLE))
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


@pytest.mark.parametrize("case", params(BOMBS))
def test_bombs_stay_within_time_and_memory(case: Case, tmp_path: Path) -> None:
    (tmp_path / "bomb.eml").write_bytes(case.content)
    seconds, kib, [line] = read_outside(tmp_path, tmp_path / "bomb.eml")
    assert seconds < SECONDS
    assert kib < GIB
    assert set(case.codes) <= set(line.split()[1:])


@pytest.mark.slow
def test_all_others_stay_within_them_too(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.eml" for number in range(len(GENTLE))]
    for path, case in zip(paths, GENTLE, strict=True):
        path.write_bytes(case.content)
    _, kib, lines = read_outside(tmp_path, *paths, seconds=600)
    assert kib < GIB
    assert len(lines) == len(GENTLE)
    assert max(float(line.split()[0]) for line in lines) < SECONDS


def read_outside(folder: Path, *paths: Path, seconds: float = SECONDS) -> tuple[float, int, list[str]]:
    """(seconds, KiB at its most, what it says of each file) of a process that reads them, measured from outside."""
    with (folder / "out").open("w+b") as out, (folder / "errors").open("w+b") as errors:
        arguments = [sys.executable, "-m", "tests.torture.read", *map(str, paths)]
        child = subprocess.Popen(arguments, cwd=ROOT, stdout=out, stderr=errors, start_new_session=True)
        started, kib = time.monotonic(), 0
        try:
            while child.poll() is None and time.monotonic() - started < seconds:
                kib = max(kib, *map(peak_of, session_of(child.pid)), 0)
                time.sleep(0.02)
        finally:
            took = time.monotonic() - started
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    assert (folder / "errors").read_text() == ""
    assert child.returncode == 0
    assert kib > 0
    return took, kib, (folder / "out").read_text().splitlines()


def session_of(leader: int) -> list[int]:
    """The processes of a session, the leader first; those it started count too."""
    members = [leader]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == leader:
                members.append(int(stat.parent.name))
    return members


def peak_of(process: int) -> int:
    """KiB that a process has had resident at its most since its program began: wait4 would count what it was forked from."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
