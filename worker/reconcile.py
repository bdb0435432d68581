"""At start: the archive and the database, compared. What a crash left between the two is put right."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from typing import get_args

from core.model import Channel, RawMessage
from ingest.archive import Archive
from ingest.sources import CHANNEL_HEADER
from store.write import Writer
from worker.office import Office
from worker.pipeline import take_in_batch
from worker.pool import ReaderPool

log = logging.getLogger("intake.reconcile")


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`recovered`: raw without a row, read now. `missing`: rows whose raw message is gone."""

    recovered: int = 0
    missing: tuple[str, ...] = ()
    cleared: int = 0
    """Half-written files that were removed."""


def reconcile(office: Office, writer: Writer, readers: ReaderPool) -> Reconciled:
    """Compare and mend; the caller holds the data folder's lock."""
    archive = office.archive
    cleared = archive.clear_away()
    kept = set(archive.digests())
    stored, removed = _digests(office)
    for digest in kept & removed:  # a removal that was cut short after its commit
        archive.remove(digest)
        cleared += 1
    missing = tuple(sorted(stored - kept))
    recovered = 0
    for batch in _batches(archive, sorted(kept - stored - removed), office.config.processing.group):
        recovered += take_in_batch(batch, archive, readers, writer).new
    _tell(Reconciled(recovered, missing, cleared), writer)
    return Reconciled(recovered, missing, cleared)


def read_the_rest(office: Office) -> int:
    """Bring a restored database up to date and read what has no row in it: mail that came while its backup was made.

    Returns how many. The model is loaded, or trained, only if there are any.
    """
    with office.writer() as writer:
        unread, _ = compare(office)
        if not unread:
            return 0
        with office.guarded_readers(office.model()) as readers:
            return reconcile(office, writer, readers).recovered


def compare(office: Office) -> tuple[set[str], set[str]]:
    """Digests of raw messages without a row, and of rows without a raw message. Changes nothing."""
    stored, removed = _digests(office)
    kept = set(office.archive.digests())
    return kept - stored - removed, stored - kept


def _digests(office: Office) -> tuple[set[str], set[str]]:
    with office.reader() as reader:
        stored = reader.rows("SELECT sha256 FROM messages UNION SELECT sha256 FROM held")
        removed = reader.rows("SELECT sha256 FROM removals")
    return {row["sha256"] for row in stored}, {row["sha256"] for row in removed}


def _batches(archive: Archive, digests: Sequence[str], size: int) -> Iterator[list[RawMessage]]:
    for first in range(0, len(digests), size):
        yield [_raw(archive, digest) for digest in digests[first : first + size]]


def _raw(archive: Archive, digest: str) -> RawMessage:
    content = archive.get(digest)
    named = message_from_bytes(content[:65536]).get(CHANNEL_HEADER, "mail").strip()
    channel: Channel = named if named in get_args(Channel) else "mail"  # type: ignore[assignment]
    return RawMessage(content, archive.arrived_at(digest), channel=channel, digest=digest)


def _tell(done: Reconciled, writer: Writer) -> None:
    if done.recovered:
        log.warning("raw messages without a row were read", extra={"count": done.recovered})
        writer.note_event("recovered", f"{done.recovered} raw messages without a row")
    for digest in done.missing[:20]:
        log.error("the raw message of a row is gone: restore it from a backup", extra={"digest": digest})
    if done.missing:
        writer.note_event("raw missing", f"{len(done.missing)} rows without their raw message")
