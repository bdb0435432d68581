"""Which drafts were written: one acknowledgement a reply, one reminder a State."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from core.clock import to_iso
from store.read import Reader, Row
from store.schema import mended, open_database


def written(reader: Reader, kind: str) -> frozenset[str]:
    """Subjects of drafts of that kind: digests of replies, or codes of States."""
    return frozenset(row["subject"] for row in reader.rows("SELECT subject FROM drafts WHERE kind = ?", [kind]))


def note_written(path: Path, kind: str, subjects: Iterable[str], place: str, at: datetime) -> None:
    db = open_database(path)
    try:
        with mended(path), db.atomic():
            for subject in subjects:
                db.execute(
                    "INSERT OR REPLACE INTO drafts (kind, subject, made_at, place) VALUES (?, ?, ?, ?)",
                    [kind, subject, to_iso(at), place],
                )
    finally:
        db.close()


def replies_to_acknowledge(reader: Reader, kinds: Iterable[str]) -> list[Row]:
    """sha256, reply_id, message_id, received_at, state, subject, from_address, language, channel; the oldest first."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return reader.rows(
        f"""
        SELECT sha256, reply_id, message_id, received_at, state, subject, from_address, language, channel
        FROM replies WHERE kind IN ({listed}) AND duplicate_of IS NULL ORDER BY received_at, reply_id
        """  # noqa: S608 - kinds are ours
    )


def proposed_in(reader: Reader, reply_id: int) -> list[Row]:
    """area and quote of a reply's topics, in its order."""
    return reader.rows(
        "SELECT area, quote FROM proposals WHERE reply_id = ? AND status <> 'rejected' ORDER BY position, area",
        [reply_id],
    )


def last_address(reader: Reader, state: str) -> Row | None:
    """Where a State last wrote from, and in which language."""
    rows = reader.rows(
        "SELECT from_address, language FROM replies WHERE state = ? AND from_address <> '' AND kind <> 'bounce'"
        " ORDER BY received_at DESC LIMIT 1",
        [state],
    )
    return rows[0] if rows else None
