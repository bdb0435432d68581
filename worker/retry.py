"""Messages that are held back, tried again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.clock import from_iso
from core.errors import ConfigError
from core.model import HeldBack, RawMessage, Reading
from store.write import Writer
from worker.office import Office
from worker.pool import ReaderPool

Row = dict[str, Any]


def held_back(office: Office, digests: Sequence[str] = ()) -> list[Row]:
    """Those that are held back; or of them the ones whose digests begin so. Raises ConfigError for one that is not."""
    with office.reader() as reader:
        rows = reader.held()
    for digest in digests:
        if not any(row["sha256"].startswith(digest) for row in rows):
            raise ConfigError(f"{digest}: no message with that digest is held back", "`intake retry --list` shows them")
    return [row for row in rows if not digests or row["sha256"].startswith(tuple(digests))]


def retry(office: Office, rows: Sequence[Row], readers: ReaderPool, writer: Writer) -> list[HeldBack]:
    """Read each again, alone. Those that end their reader once more stay held back and are returned."""
    still: list[HeldBack] = []
    for row in rows:
        raw = _raw(office, row)
        [result] = readers.read([raw])
        if isinstance(result, Reading):
            writer.save([result], sightings=[raw])
        else:
            item = HeldBack(raw, result.reason, row["attempts"] + result.attempts)
            writer.save([], held=[item])
            still.append(item)
    writer.note_event("retried", f"{len(rows)} tried, {len(still)} still held back")
    return still


def _raw(office: Office, row: Row) -> RawMessage:
    return RawMessage(
        office.archive.get(row["sha256"]),
        from_iso(row["received_at"]),
        mailbox=row["mailbox"],
        uidvalidity=row["uidvalidity"],
        uid=row["uid"],
        channel=row["channel"],
        stated_state=row["stated_state"],
        digest=row["sha256"],
    )
