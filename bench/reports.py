"""The weekly summary over 10,000 and over 1,000,000 replies, in one run: what counts is the ratio.

Both databases have the same last week, and the same to tell of those before it: each State has proposed each area and one new
topic of its own, a few times in the one and hundreds of times in the other. Ended weeks are tallied once, as the daemon does after each week. BENCH_LARGE sets another size.
"""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from core.clock import to_iso  # noqa: E402
from core.consultation import Consultation, find_consultation, load_consultation  # noqa: E402
from report.make import Maker  # noqa: E402
from report.weeks import Week, weeks_with_mail  # noqa: E402
from store.figures import Figures, keep_tallies  # noqa: E402
from store.read import Reader  # noqa: E402
from store.write import Writer  # noqa: E402
from worker.office import set_up  # noqa: E402

SMALL, LARGE = 10_000, int(os.environ.get("BENCH_LARGE", "1000000"))
LAST_WEEK = 400
RUNS = 7
WEEK = Week.parse("2009-W31")
KINDS = ("proposal",) * 8 + ("correction", "no_proposal", "enquiry", "auto_reply", "spam")
NEW = ("Children", "Organ removal", "Recruitment on the Internet", "Corruption", "Mutual legal assistance", "Shelters")


def main() -> None:
    consultation = load_consultation(find_consultation("cu-2009-92", REPOSITORY))
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as scratch:
        small = make_database(Path(scratch) / "small.db", SMALL, consultation)
        large = make_database(Path(scratch) / "large.db", LARGE, consultation)
        costs = {SMALL: [], LARGE: []}
        for _ in range(RUNS):  # in turn, so that a busy machine is unjust to both
            for replies, path in ((SMALL, small), (LARGE, large)):
                costs[replies].append(cost(path, consultation))
    print(f"\n{'replies':>10}{'median s':>10}{'best s':>9}")
    for replies, seconds in costs.items():
        print(f"{replies:>10,}{sorted(seconds)[RUNS // 2]:>10.3f}{min(seconds):>9.3f}")
    medians = [sorted(seconds)[RUNS // 2] for seconds in costs.values()]
    print(
        f"ratio of CPU seconds, large to small: {medians[1] / medians[0]:.2f} (median), "
        f"{min(costs[LARGE]) / min(costs[SMALL]):.2f} (best)"
    )


def cost(path: Path, consultation: Consultation) -> float:
    started = time.process_time()
    with Reader(path) as reader:
        maker = Maker(reader, consultation)
        maker.weekly(maker.summary(WEEK), "text")
    return time.process_time() - started


def make_database(path: Path, replies: int, consultation: Consultation) -> Path:
    started = time.perf_counter()
    writer = Writer(path)
    set_up(writer, consultation)
    states = [row["code"] for row in writer.db.query("SELECT code FROM states ORDER BY code")]
    writer.close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    last = random.Random(31)
    # The last week's replies take the first numbers, so that they are the same rows in both databases.
    insert(db, range(1, LAST_WEEK + 1), datetime(2009, 7, 27, tzinfo=UTC), 6 * 24 * 60, states, last)
    insert(
        db, range(LAST_WEEK + 1, replies + 1), datetime(2009, 7, 8, tzinfo=UTC), 18 * 24 * 60, states, random.Random(8)
    )
    link_corrections(db)
    db.commit()
    db.close()
    made = time.perf_counter() - started
    started = time.perf_counter()
    with Reader(path) as reader:
        weeks = [bounds for bounds in weeks_with_mail(Figures(reader), consultation, WEEK)][:-1]
        keep_tallies(reader, weeks)
    tallied = time.perf_counter() - started
    print(f"{replies:>10,} replies made in {made:.0f} s; {len(weeks)} ended weeks tallied once in {tallied:.1f} s")
    return path


def insert(
    db: sqlite3.Connection, numbers: range, start: datetime, minutes: int, states: list[str], dice: random.Random
) -> None:
    for first in range(0, len(numbers), 20_000):
        messages, topics, assignments, reasons = [], [], [], []
        for number in numbers[first : first + 20_000]:
            kind = dice.choice(KINDS)
            if number > LAST_WEEK and kind == "correction":
                kind = "proposal"
            received = to_iso(start + timedelta(minutes=dice.randrange(minutes)))
            language = dice.choice(("ar", "zh", "en", "fr", "ru", "es"))
            state = dice.choice(states)
            messages.append(_message(number, kind, state, language, received))
            if kind in ("proposal", "correction"):
                for place, (area, quote) in enumerate(_topics(dice, NEW[ord(state[0]) % len(NEW)]), 1):
                    topic = number * 10 + place
                    topics.append((topic, number, place, quote, "body", 0, len(quote), language))
                    assignments.append((topic, topic, area, round(dice.uniform(0.5, 1), 2), "model"))
            if number <= LAST_WEEK and number % 10 == 0:
                reasons.append((number, "area-uncertain", ""))
        db.executemany(_INSERT_MESSAGE, messages)
        db.executemany(
            "INSERT INTO topics (id, message, position, quote, source, start, end, language) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            topics,
        )
        db.executemany(
            "INSERT INTO assignments (id, topic, area, confidence, method) VALUES (?, ?, ?, ?, ?)", assignments
        )
        db.executemany("INSERT INTO review_reasons (message, code, detail) VALUES (?, ?, ?)", reasons)


_INSERT_MESSAGE = """
    INSERT INTO messages (id, sha256, message_id, received_at, from_address, subject, channel, size, kind, kind_confidence,
        state, state_confidence, language, late, model, stored_at)
    VALUES (?, ?, ?, ?, 'mission@state.example', 'CU 2009/92 (A)', 'mail', 1000, ?, 1, ?, 1, ?, 0, 'bench', ?)
"""


def _message(number: int, kind: str, state: str, language: str, received: str) -> tuple[object, ...]:
    return (number, f"{number:064x}", f"<{number}@bench.example>", received, kind, state, language, received)


def _topics(dice: random.Random, new: str) -> Iterator[tuple[str | None, str]]:
    for area in dice.sample("abcdefgh", 2):
        yield area, f"A topic of area {area}, in words that are long enough to tell something"
    if dice.random() < 0.1:
        yield None, new


def link_corrections(db: sqlite3.Connection) -> None:
    """Each correction replaces what its State sent before."""
    db.execute(
        """
        INSERT OR IGNORE INTO supersessions (message, replaced_by)
        SELECT earlier.id, later.id FROM messages AS later
        JOIN messages AS earlier ON earlier.state = later.state AND earlier.received_at < later.received_at
        WHERE later.kind = 'correction' AND earlier.kind IN ('proposal', 'correction', 'no_proposal')
        ORDER BY later.received_at
        """
    )


if __name__ == "__main__":
    main()
