"""Many messages through one reading process that is never replaced: memory, descriptors, children.

SOAK_MESSAGES sets how many; `make soak` takes 100,000. Nine of ten are letters of random words in six languages; one of ten is an
invented reply with its attachments, and one of five hundred a scan. The curve is printed, a line for each thousand.
"""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from core.config import load_config
from core.model import RawMessage
from ingest.archive import Archive
from store.write import Writer
from tests.make import REPOSITORY, SAMPLES, make_email, make_raw
from worker.office import Office, desk_maker, set_up
from worker.pipeline import take_in_batch
from worker.pool import Bounds, Processes

MESSAGES = int(os.environ.get("SOAK_MESSAGES", "3000"))
EARLY = 1000
BATCH = 20
SCANS = ("en-05.eml", "fr-06.eml", "zh-04.eml", "ru-04.eml", "ar-04.eml")
NEVER = 10**9


def resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def children(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def mail(number: int, words: dict[str, list[str]], replies: list[bytes], scans: list[bytes]) -> bytes:
    """The n-th message; no two are the same."""
    chance = random.Random(number)
    if number % 500 == 0:
        return b"X-Number: %d\r\n" % number + chance.choice(scans)
    if number % 10 == 0:
        return b"X-Number: %d\r\n" % number + chance.choice(replies)
    chosen = chance.choices(words[chance.choice(sorted(words))], k=80)
    return make_email(
        f"We propose topic (b). {' '.join(chosen)} new{number}word",
        sender=f"Office {number} <{number}@office.example>",
        message_id=f"<{number}@x>",
    )


def _words(text: str) -> list[str]:
    """Without capitals, and Chinese in pairs of characters: letters that name no State."""
    return [word for word in re.findall(r"[\u3400-\u9fff]{2}|[^\W\d_\u3400-\u9fff]+", text) if word == word.lower()]


def batches() -> Iterator[list[RawMessage]]:
    paths = sorted(SAMPLES.glob("replies/*.eml"))
    words: dict[str, list[str]] = {}
    for path in paths:
        body = message_from_bytes(path.read_bytes(), policy=default).get_body(("plain",))
        words.setdefault(path.name[:2], []).extend(_words(body.get_content()) if body else ())
    replies = [path.read_bytes() for path in paths if path.name not in SCANS]
    scans = [path.read_bytes() for path in paths if path.name in SCANS]
    for first in range(0, MESSAGES, BATCH):
        yield [
            make_raw(mail(number, words, replies, scans), mailbox="m", uidvalidity=1, uid=number + 1)
            for number in range(first, first + BATCH)
        ]


@dataclass
class Curve:
    """Most memory in MiB of each thousand messages: this process and the reader."""

    parent: list[float] = field(default_factory=list)
    reader: list[float] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def note(self, done: int, readers: list[int]) -> None:
        if (done - BATCH) % EARLY == 0:
            self.parent.append(0)
            self.reader.append(0)
            self.descriptors.append(0)
        self.parent[-1] = max(self.parent[-1], resident_mib(os.getpid()))
        self.reader[-1] = max(self.reader[-1], sum(map(resident_mib, readers)))
        self.descriptors[-1] = max(self.descriptors[-1], len(os.listdir("/proc/self/fd")))
        if done % EARLY == 0:
            seconds = time.monotonic() - self.started
            figures = f"reader {self.reader[-1]:.0f} MiB, parent {self.parent[-1]:.0f} MiB"
            print(f"{done} messages, {seconds:.0f} s: {figures}, {self.descriptors[-1]} descriptors", flush=True)


@pytest.mark.slow
@pytest.mark.timeout(86400)
def test_memory_is_flat_and_nothing_is_left_over(tmp_path: Path, model: Path) -> None:
    config = load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(tmp_path)})
    writer = Writer(config.database)
    set_up(writer, Office(config).consultation)
    pool = Processes(desk_maker(config, model), 1, Bounds(messages=NEVER))
    archive = Archive(config.archive_dir)
    curve, first = Curve(), pool.pids
    others = children(os.getpid()) - set(first)
    with closing(writer), closing(pool):
        for number, batch in enumerate(batches(), 1):
            take_in_batch(batch, archive, pool, writer)
            curve.note(number * BATCH, pool.pids)
        assert pool.pids == first, "one reader read them all"
        assert len(children(first[0])) <= 1, "none but the keeper of the processes that read attachments"
        left = children(first[0])
    assert not any(Path(f"/proc/{pid}").exists() for pid in (*first, *left))
    assert children(os.getpid()) <= others
    assert curve.descriptors[-1] <= curve.descriptors[0]
    assert curve.parent[-1] + curve.reader[-1] <= 1.1 * (curve.parent[0] + curve.reader[0])
