"""Many messages through one reading process, replaced as in the daemon: memory, descriptors, children.

SOAK_MESSAGES sets how many; `make soak` takes 100,000.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config import load_config
from ingest.archive import Archive
from store.write import Writer
from tests.make import REPOSITORY, SAMPLES, make_email, make_raw
from worker.office import desk_maker, set_up
from worker.pipeline import take_in_batch
from worker.pool import Bounds, Processes

MESSAGES = int(os.environ.get("SOAK_MESSAGES", "3000"))
RECYCLE = 500
EARLY = 1000


def resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 2**20


def batches(words: list[str], size: int = 20) -> Iterator[list]:  # type: ignore[type-arg]
    chance = random.Random(1)
    for first in range(0, MESSAGES, size):
        yield [
            make_raw(
                make_email(
                    f"Kenya proposes topic (b). {' '.join(chance.sample(words, 60))} new{number}word",
                    message_id=f"<{number}@x>",
                ),
                mailbox="m",
                uidvalidity=1,
                uid=number + 1,
            )
            for number in range(first, first + size)
        ]


@pytest.mark.slow
@pytest.mark.timeout(86400)
def test_memory_is_flat_and_nothing_is_left_over(tmp_path: Path, model: Path) -> None:
    config = load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(tmp_path)})
    words = [word for path in SAMPLES.glob("replies/*.eml") for word in path.read_text("utf-8", "replace").split()]
    from worker.office import Office  # noqa: PLC0415

    writer = Writer(config.database)
    set_up(writer, Office(config).consultation)
    pool = Processes(desk_maker(config, model), 1, Bounds(messages=RECYCLE))
    archive = Archive(config.archive_dir)
    peaks: dict[str, float] = {"early": 0.0, "late": 0.0}
    descriptors: list[int] = []
    done = 0
    for batch in batches(words):
        take_in_batch(batch, archive, pool, writer)
        done += len(batch)
        memory = resident_mib(os.getpid()) + sum(map(resident_mib, pool.pids))
        if done <= EARLY:
            peaks["early"] = max(peaks["early"], memory)
            descriptors.append(len(os.listdir("/proc/self/fd")))
        elif done > MESSAGES - EARLY:
            peaks["late"] = max(peaks["late"], memory)
    children = pool.pids
    assert len(os.listdir("/proc/self/fd")) <= max(descriptors)
    pool.close()
    writer.close()
    print(f"\n{done} messages: {peaks['early']:.0f} MiB in the first {EARLY}, {peaks['late']:.0f} MiB in the last")
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)
    assert peaks["late"] <= 1.1 * peaks["early"]
