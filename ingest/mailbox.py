"""The mailbox on its IMAP server; the only sockets of the program.

Read-only: the folder is opened with EXAMINE and messages are fetched with BODY.PEEK[], so that nothing changes
on the server (RFC 9051, sections 6.3.3 and 6.4.5).
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from core.errors import LoginRefused, MailboxError
from core.model import Cursor, RawMessage

BODY = b"BODY[]"


@dataclass(frozen=True, slots=True)
class Account:
    """Where the mailbox is and how to sign in."""

    host: str
    port: int
    username: str
    password: str
    folder: str = "INBOX"
    tls: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    timeout_seconds: float = 60
    batch: int = 50

    @property
    def name(self) -> str:
        """How cursors and sightings name the mailbox (the form of RFC 5092, without secrets)."""
        return f"imap://{self.username}@{self.host}/{self.folder}"

    def __repr__(self) -> str:
        return f"Account({self.name})"


class Mailbox:
    """One signed-in session; a context manager.

    Raises LoginRefused when the server refuses the password, MailboxError for all else that goes wrong
    between here and the server; both say what to do.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self._client: IMAPClient | None = None
        self.uidvalidity = 0

    def __enter__(self) -> Mailbox:
        with _mended(self.account):
            self._client = _connect(self.account)
            try:
                _sign_in(self._client, self.account)
                chosen = self._client.select_folder(self.account.folder, readonly=True)
            except BaseException:
                self._client.shutdown()
                raise
        self.uidvalidity = int(chosen[b"UIDVALIDITY"])
        return self

    def __exit__(self, *_: object) -> None:
        if self._client is not None:
            with contextlib.suppress(IMAPClientError, OSError):
                self._client.logout()

    def count(self) -> int:
        """How many messages the folder holds."""
        with _mended(self.account):
            return int(self._session.folder_status(self.account.folder, ["MESSAGES"])[b"MESSAGES"])

    def fetch(self, cursor: Cursor | None) -> Iterator[list[RawMessage]]:
        """Batches of messages behind the cursor, in the order of their UIDs.

        A cursor of another UIDVALIDITY says nothing about this folder: all of it is fetched again, and the
        store knows by digest what it has (RFC 9051, section 2.3.1.1). A message removed meanwhile is passed over.
        """
        known = cursor is not None and cursor.uidvalidity == self.uidvalidity
        last = cursor.last_uid if cursor is not None and known else 0
        with _mended(self.account):
            # "n:*" always names the last message, even when its UID is below n (RFC 9051, section 9, seq-range).
            waiting = sorted(uid for uid in self._session.search(["UID", f"{last + 1}:*"]) if uid > last)
        for first in range(0, len(waiting), self.account.batch):
            with _mended(self.account):
                answer = self._session.fetch(
                    waiting[first : first + self.account.batch], ["INTERNALDATE", "BODY.PEEK[]"]
                )
            yield [self._raw(uid, fields) for uid, fields in sorted(answer.items()) if BODY in fields]

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


def _connect(account: Account) -> IMAPClient:
    context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)
    client = IMAPClient(
        account.host,
        port=account.port,
        ssl=account.tls == "tls",
        ssl_context=context if account.tls == "tls" else None,
        timeout=account.timeout_seconds,
    )
    client.normalise_times = False  # INTERNALDATE with its own offset, not this machine's
    if account.tls == "starttls":
        client.starttls(context)
    return client


def _sign_in(client: IMAPClient, account: Account) -> None:
    try:
        client.login(account.username, account.password)
    except LoginError as error:
        if "unavailable" in str(error).lower():  # RFC 5530: the server's own trouble, not the password's
            raise
        raise LoginRefused(
            f"{account.host} refuses the sign-in of {account.username}",
            "See that mailbox.username and the password are right; some servers want an app password",
        ) from None


@contextlib.contextmanager
def _mended(account: Account) -> Iterator[None]:
    where = f"{account.host}:{account.port}"
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(
            f"the certificate of {where} cannot be verified ({error.verify_message})",
            "See that mailbox.host is the name on the certificate; for an office's own authority set mailbox.ca_file",
        ) from error
    except ssl.SSLError as error:
        raise MailboxError(
            f"no TLS with {where} ({error.reason or error})",
            'See mailbox.port and mailbox.tls: 993 goes with "tls", 143 with "starttls"',
        ) from error
    except socket.gaierror as error:
        raise MailboxError(
            f"no host is called {account.host}", "See mailbox.host, and that the network is up"
        ) from error
    except TimeoutError as error:
        raise MailboxError(
            f"{where} does not answer within {account.timeout_seconds:g} s",
            "It is tried again at the next poll; see mailbox.host, mailbox.port and the firewall",
        ) from error
    except OSError as error:
        raise MailboxError(
            f"no connection with {where} ({error.strerror or error})",
            "It is tried again at the next poll; see that the server is up and mailbox.port is right",
        ) from error
    except IMAPClientError as error:
        raise MailboxError(
            f"{where} answers: {error}",
            f"See that mailbox.folder ({account.folder}) exists; it is tried again at the next poll",
        ) from error
