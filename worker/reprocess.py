"""Reading the archive again with the present model and parser. What people decided stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.clock import from_iso
from core.errors import ArchiveError
from core.model import HeldBack, RawMessage, Reading
from store.standing import Difference
from store.write import Writer
from worker.office import Office


@dataclass(frozen=True, slots=True)
class Reread:
    """One reply's new reading: what stands otherwise, or why it could not be read again."""

    sha256: str
    message_id: str
    state: str | None
    differences: tuple[Difference, ...] = ()
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def reprocess(
    office: Office, model: Path, *, dry_run: bool, advance: Callable[[int], None] = lambda _: None
) -> Iterator[Reread]:
    """Read every stored reply anew, oldest first. The daemon and the desk may work meanwhile.

    Each reply is one transaction; `dry_run` compares and changes nothing.
    """
    writer = Writer(office.config.database)
    try:
        put = writer.compare if dry_run else writer.replace
        with office.readers(model) as readers:
            for rows in _groups(_stored(office), office.config.processing.group):
                raws, faults = _from_archive(office, rows)
                yield from faults
                for row, reading in zip(
                    (row for row in rows if row["sha256"] in raws), readers.read(list(raws.values())), strict=True
                ):
                    yield _put(put, row, reading)
                advance(len(rows))
    finally:
        writer.close()


def stored_count(office: Office) -> int:
    with office.reader() as reader:
        return int(reader.value("SELECT count(*) FROM messages"))


def _put(put: Callable[[Reading], tuple[Difference, ...]], row: dict[str, Any], reading: Reading | HeldBack) -> Reread:
    if isinstance(reading, HeldBack):
        return Reread(row["sha256"], row["message_id"], row["state"], fault=reading.reason)
    return Reread(row["sha256"], row["message_id"], row["state"], put(reading))


def _stored(office: Office) -> list[dict[str, Any]]:
    with office.reader() as reader:
        return reader.rows(
            "SELECT sha256, message_id, state, received_at, channel, stated_state FROM messages ORDER BY received_at, id"
        )


def _from_archive(office: Office, rows: Sequence[dict[str, Any]]) -> tuple[dict[str, RawMessage], list[Reread]]:
    raws: dict[str, RawMessage] = {}
    faults: list[Reread] = []
    for row in rows:
        try:
            raws[row["sha256"]] = RawMessage(
                office.archive.get(row["sha256"]),
                from_iso(row["received_at"]),
                channel=row["channel"],
                stated_state=row["stated_state"],
                digest=row["sha256"],
            )
        except ArchiveError as error:
            faults.append(Reread(row["sha256"], row["message_id"], row["state"], fault=str(error)))
    return raws, faults


def _groups(rows: Sequence[dict[str, Any]], size: int) -> Iterator[Sequence[dict[str, Any]]]:
    for first in range(0, len(rows), size):
        yield rows[first : first + size]
