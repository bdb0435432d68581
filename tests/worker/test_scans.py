"""Letters that a scanner lays into a folder."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.model import Message, Outcome, RawMessage, Reading
from store.write import Writer
from worker.intake import Intake
from worker.office import Office
from worker.scans import scans_folder, take_scans


class Readers:
    def read(self, batch: Sequence[RawMessage]) -> list[Reading]:
        return [
            Reading(raw, Message(f"<{raw.digest}@x>"), (), Outcome("proposal", state=raw.stated_state)) for raw in batch
        ]

    def close(self) -> None:
        pass


@pytest.fixture
def intake(office: Office) -> Intake:
    scans_folder(office)
    with office.writer() as writer:
        return Intake(office, Readers(), Writer(writer.path), threading.Lock())  # type: ignore[arg-type]


def lay(intake: Intake, name: str, content: bytes = b"%PDF-1.4 a letter", *, age: float = 3600) -> Path:
    path = intake.office.config.scans_dir / name
    path.write_bytes(content)
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def replies(intake: Intake) -> list[dict[str, str]]:
    return list(intake.writer.db.query("SELECT channel, state, received_at FROM replies ORDER BY channel, state"))


def test_post_and_fax_with_what_the_name_tells(intake: Intake) -> None:
    lay(intake, "JPN 2009-07-28 note.pdf", b"%PDF one")
    lay(intake, "fax/KEN_2009-07-29.pdf", b"%PDF two")
    tally = take_scans(intake)
    assert (tally.seen, tally.new) == (2, 2)
    assert replies(intake) == [
        {"channel": "fax", "state": "KEN", "received_at": "2009-07-29T10:00:00Z"},
        {"channel": "post", "state": "JPN", "received_at": "2009-07-28T10:00:00Z"},
    ]
    folder = intake.office.config.scans_dir
    assert sorted(path.name for path in (folder / "done").iterdir()) == [
        "JPN 2009-07-28 note.pdf",
        "KEN_2009-07-29.pdf",
    ]
    assert take_scans(intake).seen == 0


def test_without_a_day_the_files_own_time_counts(intake: Intake) -> None:
    lay(intake, "letter.pdf")
    take_scans(intake)
    arrived = datetime.fromisoformat(replies(intake)[0]["received_at"]).timestamp()
    assert abs(arrived - (time.time() - 3600)) < 60
    assert datetime.now(UTC).timestamp() > arrived


def test_a_file_that_is_still_written_is_left(intake: Intake) -> None:
    path = lay(intake, "letter.pdf", age=0)
    assert take_scans(intake).seen == 0
    assert path.exists()


def test_what_is_no_letter_is_put_aside_with_the_reason(intake: Intake) -> None:
    lay(intake, "Thumbs.db")
    assert take_scans(intake).seen == 0
    refused = intake.office.config.scans_dir / "refused"
    assert "letter is expected" in (refused / "Thumbs.db.why.txt").read_text(encoding="utf-8")


def test_a_crash_before_the_file_was_moved_stores_nothing_twice(intake: Intake) -> None:
    path = lay(intake, "KEN 2009-07-29.pdf")
    content, times = path.read_bytes(), path.stat().st_mtime
    take_scans(intake)
    path.write_bytes(content)
    os.utime(path, (times, times))
    tally = take_scans(intake)
    assert (tally.seen, tally.new) == (1, 0)
    assert {item.name for item in (path.parent / "done").iterdir()} == {"KEN 2009-07-29.pdf", "KEN 2009-07-29-2.pdf"}


def test_a_word_in_capitals_is_no_state(intake: Intake) -> None:
    lay(intake, "NEW letter.pdf")
    take_scans(intake)
    assert replies(intake)[0]["state"] is None
