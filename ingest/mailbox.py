"""One folder of a mailbox on its IMAP server.

Read-only unless something is to be done after the commit: the folder is opened with EXAMINE and messages are fetched
with BODY.PEEK[], so that nothing changes on the server (RFC 9051, sections 6.3.3 and 6.4.5).
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from core.errors import MailboxError, NotGiven
from core.model import Cursor, RawMessage
from ingest.account import Account
from ingest.pieces import LARGE, in_pieces
from ingest.settling import settle, unsettled
from ingest.signin import connect, mended, sign_in
from ingest.waiting import Stop, wait_for_mail

__all__ = ["Account", "Mailbox", "Stop"]

BODY: Final = b"BODY[]"
WINDOW: Final = 50_000
"""UIDs asked for in one SEARCH: its answer is one line, and longer ones than this fills are not read."""
SIZES: Final = 500
"""Messages whose sizes are asked for at a time."""


class Mailbox:
    """One signed-in session; a context manager.

    Raises LoginRefused when the server refuses the password, MailboxError for all else that goes wrong
    between here and the server; both say what to do.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._client: IMAPClient | None = None
        self.uidvalidity = 0
        self._uidnext = 0
        self._permanent: tuple[bytes, ...] = ()

    def __enter__(self) -> Mailbox:
        with mended(self.account):
            self._client = connect(self.account)
            try:
                sign_in(self._client, self.account)
                self._client.capabilities()  # they may change with the sign-in (RFC 9051, section 6.2.3)
                self.open()
            except BaseException:
                self._client.shutdown()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._client is None:
            return
        with contextlib.suppress(IMAPClientError, OSError, ValueError):
            if kind is None:
                self._client.logout()
            else:
                self._client.shutdown()  # who is not heard is not asked to say goodbye

    def open(self) -> None:
        """Open the folder, or look at it again: its UIDVALIDITY may be another one now."""
        with mended(self.account):
            chosen = self._session.select_folder(
                self.account.folder, readonly=not self.account.after.changes_the_server
            )
            self.uidvalidity = int(chosen[b"UIDVALIDITY"])
            self._permanent = tuple(chosen.get(b"PERMANENTFLAGS", ()))
            self._uidnext = int(chosen.get(b"UIDNEXT", 0))

    def count(self) -> int:
        """How many messages the folder holds."""
        with mended(self.account):
            return int(self._session.folder_status(self.account.folder, ["MESSAGES"])[b"MESSAGES"])

    def fetch(
        self, cursor: Cursor | None, alone: Container[int] = (), later: Container[int] = ()
    ) -> Iterator[list[RawMessage]]:
        """Batches of messages behind the cursor, in the order of their UIDs, bounded in number and size.

        UIDs in `alone` are asked for one by one, those in `later` not at all: they have made trouble.
        Raises NotGiven for messages that the server lists and does not give.

        A cursor of another UIDVALIDITY says nothing about this folder: all of it is fetched again, and the
        store knows by digest what it has (RFC 9051, section 2.3.1.1). A message removed meanwhile is passed over.
        """
        known = cursor is not None and cursor.uidvalidity == self.uidvalidity
        last = cursor.last_uid if cursor is not None and known else 0
        for listed in self.uids_after(last):
            uids = [uid for uid in listed if uid not in later]
            for first in range(0, len(uids), SIZES):
                for batch in self._bounded(uids[first : first + SIZES], alone):
                    yield self._fetch(batch)

    def fetch_one(self, uid: int) -> RawMessage | None:
        """One message; None when it is not in the folder any more. Raises NotGiven as `fetch` does."""
        return next((raw for batch in self._bounded([uid], ()) for raw in self._fetch(batch)), None)

    def uids_after(self, last: int) -> Iterator[list[int]]:
        """The UIDs above `last`, ascending, in lists of bounded length."""
        start = last + 1
        while start + WINDOW < self._uidnext:
            yield self._search(f"{start}:{start + WINDOW - 1}")
            start += WINDOW
        # "n:*" always names the last message, even when its UID is below n (RFC 9051, section 9, seq-range).
        yield [uid for uid in self._search(f"{start}:*") if uid >= start]

    def wait(self, seconds: float, stop: Stop) -> bool:
        """Wait for news, nine minutes at most, until `seconds` are over or `stop` is set. True: there is mail."""
        with mended(self.account):
            return wait_for_mail(self._session, seconds, self.account.timeout_seconds, stop)

    def settle(self, uids: Sequence[int]) -> None:
        """Do with stored messages what account.after says."""
        with mended(self.account):
            settle(self._session, self.account, uids, self._permanent)

    def unsettled(self, last_uid: int) -> list[int]:
        """UIDs up to `last_uid` with which that was not done."""
        with mended(self.account):
            return unsettled(self._session, self.account, last_uid)

    def __repr__(self) -> str:
        return f"Mailbox({self.account.name})"

    def _search(self, uids: str) -> list[int]:
        with mended(self.account):
            return sorted(int(uid) for uid in self._session.search(["UID", uids]))

    def _bounded(self, uids: Sequence[int], alone: Container[int]) -> Iterator[dict[int, int]]:
        """Cut to batches by number and by the sizes that the server names: UID -> size."""
        with mended(self.account):
            sizes = {uid: int(fields.get(b"RFC822.SIZE", 0)) for uid, fields in self._ask(uids, "RFC822.SIZE").items()}
        batch: dict[int, int] = {}
        by_itself = False
        for uid in uids:
            size = sizes.get(uid, 0)
            full = len(batch) == self.account.batch or sum(batch.values()) + size > self.account.batch_mib * 2**20
            unlike = size >= LARGE or uid in alone
            if batch and (full or by_itself or unlike):
                yield batch
                batch = {}
            batch[uid], by_itself = size, unlike
        if batch:
            yield batch

    def _fetch(self, sizes: Mapping[int, int]) -> list[RawMessage]:
        try:
            with mended(self.account):
                answer = self._given(sizes)
                messages = [self._raw(uid, fields) for uid, fields in sorted(answer.items()) if BODY in fields]
            self._see_that_the_rest_is_gone(sorted(set(sizes) - {raw.uid for raw in messages}))
        except NotGiven:
            raise
        except MailboxError as error:  # perhaps over one of these; the next session finds out which
            raise NotGiven(error.what, error.mend, tuple(sizes)) from error
        return messages

    def _given(self, sizes: Mapping[int, int]) -> dict[int, dict[bytes, Any]]:
        [uid, *others] = sizes
        if others or sizes[uid] < LARGE:
            return self._ask(list(sizes), "INTERNALDATE", "BODY.PEEK[]")
        fields = in_pieces(lambda *items: self._ask([uid], *items).get(uid), sizes[uid])
        return {uid: fields} if fields else {}

    def _see_that_the_rest_is_gone(self, missing: Sequence[int]) -> None:
        """What was not given must have been removed; else the cursor would step over it for good."""
        if not missing:
            return
        held_back = set(missing) & set(self._search(",".join(map(str, missing))))
        if held_back:
            raise NotGiven(
                f"{self.account.where} lists message UID {min(held_back)} of {self.account.folder} and does not give it",
                "It is tried again; if this goes on, open that message in a mail program, or move it away",
                tuple(sorted(held_back)),
            )

    def _ask(self, uids: Sequence[int], *items: str) -> dict[int, dict[bytes, Any]]:
        """FETCH, without what the server says of messages that it was not asked about."""
        answer = self._session.fetch(list(uids), list(items))
        return {uid: answer[uid] for uid in uids if uid in answer}

    def _raw(self, uid: int, fields: dict[bytes, Any]) -> RawMessage:
        arrived = fields.get(b"INTERNALDATE")
        received_at = arrived.astimezone(UTC) if isinstance(arrived, datetime) else datetime.now(UTC)
        return RawMessage(
            content=fields[BODY] or b"",
            received_at=received_at,
            mailbox=self.account.name,
            uidvalidity=self.uidvalidity,
            uid=uid,
        )

    @property
    def _session(self) -> IMAPClient:
        if self._client is None:
            raise RuntimeError("the mailbox is not open: use it in a with statement")
        return self._client
