"""`intake verify`: whether everything that is kept is whole, and agrees with each other and with the server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from core.errors import ArchiveError, IntakeError
from ingest.account import Account
from ingest.mailbox import Mailbox
from store.integrity import SHOWN, evidence_faults, full_text_faults, page_faults, reference_faults
from worker.checks import Finding
from worker.lock import LOCK, is_held
from worker.office import Office
from worker.reconcile import compare

RESTORE: Final = "Restore a backup (docs/operations.md)"
REPROCESS: Final = "Run `intake reprocess`; if that does not help, restore a backup"
ASK: Final = "Open it in a mail program, or move it away; `intake retry` asks for it again"
READ: Final = "Run `intake run --once`: it is read at the start"


def verify(office: Office, accounts: Sequence[Account] = ()) -> list[Finding]:
    """All checks; the daemon may run meanwhile. Changes nothing."""
    findings = [finding for check in CHECKS for finding in _guarded(check, office)]
    return findings + [_against_server(office, account) for account in accounts]


def _guarded(check: Callable[[Office], Iterator[Finding]], office: Office) -> Iterator[Finding]:
    try:
        yield from check(office)
    except IntakeError as error:
        yield Finding(check.__name__.strip("_").replace("_", " "), "bad", error.what, error.mend)


def _database(office: Office) -> Iterator[Finding]:
    path = office.config.database
    yield _finding("pages and indexes", page_faults(path), RESTORE)
    yield _finding("references", reference_faults(path), RESTORE)
    yield _finding("full text", full_text_faults(path), REPROCESS)
    yield _finding("evidence", evidence_faults(path), REPROCESS)


def _archive(office: Office) -> Iterator[Finding]:
    faults: list[str] = []
    count = 0
    for digest in office.archive.digests():
        count += 1
        try:
            office.archive.get(digest)
        except ArchiveError as error:
            faults.append(error.what)
    yield _finding("archive", faults, RESTORE, f"{count} raw messages, each with its digest")


def _archive_and_database(office: Office) -> Iterator[Finding]:
    unread, missing = compare(office)
    on_its_way = _on_its_way(office, unread)
    yield _finding("rows with their raw message", [f"{digest} is gone" for digest in sorted(missing)], RESTORE)
    yield _finding(
        "raw messages with their row",
        [f"{digest} was not read" for digest in sorted(unread - on_its_way)],
        READ,
        f"whole; {len(on_its_way)} are being read" if on_its_way else "",
    )


def _on_its_way(office: Office, unread: set[str]) -> set[str]:
    """Those that a process which works on the data folder now has kept since it began: raw first, rows after."""
    folder = office.config.data_dir
    if not unread or not is_held(folder):
        return set()
    began = (folder / LOCK).stat().st_mtime_ns
    found = set()
    for digest in unread:
        with contextlib.suppress(FileNotFoundError):
            if office.archive.path_of(digest).stat().st_ctime_ns >= began:
                found.add(digest)
    return found


CHECKS: Final = (_database, _archive, _archive_and_database)


def _against_server(office: Office, account: Account) -> Finding:
    """Every message up to the cursor must be stored, held back or removed; newer ones are not due yet."""
    what = f"{account.name}"
    try:
        with office.reader() as reader, Mailbox(account) as mailbox:
            cursor = reader.cursor(account.name)
            if cursor is None or cursor.uidvalidity != mailbox.uidvalidity:
                return Finding(what, "off", "not read yet under the server's present UIDVALIDITY", READ)
            uids = [uid for part in mailbox.uids_after(0) for uid in part if uid <= cursor.last_uid]
            missing = set(uids) - reader.sighted(account.name, mailbox.uidvalidity, uids)
            missing -= {row["uid"] for row in reader.held() if row["mailbox"] == account.name}
            not_given = {row.uid for row in reader.not_given() if row.mailbox == account.name} & missing
            missing -= not_given
            removed = int(reader.value("SELECT count(*) FROM removals"))
    except IntakeError as error:
        return Finding(what, "bad", error.what, error.mend)
    if len(missing) > removed:
        return Finding(
            what, "bad", f"{len(missing)} of {len(uids)} messages are not stored: UID {min(missing)} …", READ
        )
    if not_given:
        return Finding(
            what, "bad", f"the server lists UID {min(not_given)} … ({len(not_given)}) and does not give it", ASK
        )
    return Finding(what, "ok", f"{len(uids)} messages on the server, all stored")


def _finding(what: str, faults: Sequence[str], mend: str, good: str = "") -> Finding:
    if not faults:
        return Finding(what, "ok", good or "whole")
    more = f" … and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return Finding(what, "bad", "; ".join(faults[:SHOWN]) + more, mend)
