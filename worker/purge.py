"""Retention: what is older than a day, or of one sender, is removed for good, raw and read, with a record of it."""

from __future__ import annotations

import getpass
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from core.clock import to_iso
from store.keeping import remove_messages, vacuum
from store.write import Writer
from worker.export import as_json
from worker.learning import forget_examples
from worker.office import Office

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """What is to be removed, and the reason that the record keeps."""

    rows: tuple[Row, ...]
    why: str

    @property
    def digests(self) -> list[str]:
        return [row["sha256"] for row in self.rows]


def older_than(office: Office, day: date) -> Selection:
    """All that arrived before that day began, by the office's clock."""
    before = to_iso(datetime.combine(day, time(), office.consultation.zone))
    with office.reader() as reader:
        rows = reader.rows(f"{_CHOSEN} WHERE received_at < ? ORDER BY received_at", [before])
    return Selection(tuple(rows), f"received before {day}")


def of_sender(office: Office, address: str) -> Selection:
    """All that one address sent, letter case aside."""
    with office.reader() as reader:
        rows = reader.rows(f"{_CHOSEN} WHERE lower(from_address) = lower(?) ORDER BY received_at", [address])
    return Selection(tuple(rows), "removed on a sender's request")


_CHOSEN = """
    SELECT * FROM (
        SELECT sha256, received_at, from_address, subject, state FROM messages
        UNION ALL SELECT sha256, received_at, '', '(held back)', NULL FROM held
    )
"""


def purge(office: Office, writer: Writer, selection: Selection, who: str | None = None) -> int:
    """Remove from database, archive and examples. A crash in between leaves raw files, which the next start removes."""
    count = remove_messages(writer.db, selection.digests, who or getpass.getuser(), selection.why)
    for digest in selection.digests:
        office.archive.remove(digest)
    forget_examples(office, selection.digests)
    vacuum(writer.db)
    writer.note_event("purged", f"{count} messages {selection.why}")
    return count


def export_sender(office: Office, selection: Selection, path: Path) -> int:
    """All that is held on them, as a zip: each raw message, and what was read from it."""
    with office.reader() as reader, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for row in selection.rows:
            archive.writestr(f"{row['sha256']}.eml", office.archive.get(row["sha256"]))
        for name, sql in _HELD_ON.items():
            rows = [found for part in _parts(selection.digests) for found in reader.rows(f"{sql} {_ONLY}", [part])]
            archive.writestr(f"{name}.json", as_json(rows))
    return len(selection.rows)


_HELD_ON = {
    "replies": "SELECT * FROM replies",
    "proposals": "SELECT * FROM proposals",
    "texts": "SELECT sha256, source, origin, text FROM texts JOIN messages ON messages.id = texts.message",
    "decisions": "SELECT sha256, decisions.* FROM decisions JOIN messages ON messages.id = decisions.message",
}
_ONLY = "WHERE sha256 IN (SELECT value FROM json_each(?))"


def _parts(digests: Sequence[str], size: int = 500) -> list[str]:
    return [as_json(list(digests[first : first + size])) for first in range(0, len(digests), size)]
