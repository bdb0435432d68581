"""Connection, TLS and sign-in; and what goes wrong between here and the server, said so that a person can mend it."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from core.errors import ConfigError, LoginRefused, MailboxError
from ingest.account import Account

VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
KEEP_ALIVE: Final = ((socket.TCP_KEEPIDLE, 60), (socket.TCP_KEEPINTVL, 30), (socket.TCP_KEEPCNT, 4))
"""A peer that is gone without a word is noticed after three minutes, also while nothing is sent."""
TEMPORARY: Final = ("unavailable", "[inuse]", "[limit]", "too many", "try again")
"""Refusals that are the server's own trouble, not the password's (RFC 5530, section 3)."""


def connect(account: Account) -> IMAPClient:
    """A connection, verified and encrypted as the account says, not yet signed in."""
    context = tls_context(account)
    client = IMAPClient(
        account.host,
        port=account.port,
        ssl=account.tls == "tls",
        ssl_context=context if account.tls == "tls" else None,
        timeout=account.timeout_seconds,
    )
    client.normalise_times = False  # INTERNALDATE with its own offset, not this machine's
    try:
        _keep_alive(client.socket())
        if account.tls == "starttls":
            _start_tls(client, context, account)
    except BaseException:
        client.shutdown()
        raise
    return client


def tls_context(account: Account) -> ssl.SSLContext:
    """Names and chains are always verified; there is no setting that turns this off."""
    try:
        context = ssl.create_default_context(cafile=str(account.ca_file) if account.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"mailbox.ca_file {account.ca_file} cannot be used ({error.strerror or error})",
            "Expected: a readable file with certificates in PEM form",
        ) from None
    context.minimum_version = VERSIONS[account.min_tls]
    return context


def sign_in(client: IMAPClient, account: Account) -> None:
    """Raises LoginRefused: trying again soon would lock the account on many servers."""
    if account.tokens is None:
        _attempt(lambda: client.login(account.username, account.password), account, _PASSWORD_MEND)
        return
    try:
        _attempt(lambda: _bearer(client, account.username, account.tokens.token()), account, _TOKEN_MEND)  # type: ignore[union-attr]
    except LoginRefused:
        # The token in memory may have been withdrawn; one fresh one, and no more.
        _attempt(lambda: _bearer(client, account.username, account.tokens.renew()), account, _TOKEN_MEND)  # type: ignore[union-attr]


_PASSWORD_MEND: Final = "See that mailbox.username and the password are right; some servers want an app password"  # noqa: S105
_TOKEN_MEND: Final = (
    "See mailbox.oauth_*, and that this application may read the mailbox (scope, consent, mailbox policy)"  # noqa: S105
)


def _attempt(action: Callable[[], object], account: Account, mend: str) -> None:
    try:
        action()
    except LoginError as error:
        # A connection that ends in the middle of a sign-in refuses nothing; the library reports both alike.
        if isinstance(error.__context__, IMAPClientAbortError) or any(word in str(error).lower() for word in TEMPORARY):
            raise
        raise LoginRefused(f"{account.host} refuses the sign-in of {account.username}", mend) from None


def _bearer(client: IMAPClient, username: str, token: str) -> None:
    """SASL XOAUTH2. A server that refuses sends a challenge with its reason, to be answered by nothing."""
    answers = iter([f"user={username}\1auth=Bearer {token}\1\1"])
    client.sasl_login("XOAUTH2", lambda _: next(answers, ""))


def _start_tls(client: IMAPClient, context: ssl.SSLContext, account: Account) -> None:
    if not client.has_capability("STARTTLS"):
        raise MailboxError(
            f"{account.where} does not offer STARTTLS, so nothing was sent to it",
            'Somebody may stand in between; else set mailbox.tls = "tls" with port 993',
        )
    client.starttls(context)


def _keep_alive(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in KEEP_ALIVE:
        connection.setsockopt(socket.IPPROTO_TCP, option, value)


@contextlib.contextmanager
def mended(account: Account) -> Iterator[None]:
    """Turn what the network and the server do wrong into a MailboxError with its mend."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise MailboxError(
            f"the certificate of {account.where} cannot be verified ({error.verify_message})",
            "See that mailbox.host is the name on the certificate; for an office's own authority set mailbox.ca_file",
        ) from error
    except ssl.SSLError as error:
        raise MailboxError(
            f"no TLS with {account.where} ({error.reason or error})",
            'See mailbox.port and mailbox.tls: 993 goes with "tls", 143 with "starttls"; '
            f"TLS {account.min_tls} is the least that is accepted (mailbox.min_tls)",
        ) from error
    except socket.gaierror as error:
        raise MailboxError(
            f"no host is called {account.host}", "See mailbox.host, and that the network is up"
        ) from error
    except TimeoutError as error:
        raise MailboxError(
            f"{account.where} does not answer within {account.timeout_seconds:g} s",
            "It is tried again at the next poll; see mailbox.host, mailbox.port and the firewall",
        ) from error
    except OSError as error:
        raise MailboxError(
            f"no connection with {account.where} ({error.strerror or error})",
            "It is tried again at the next poll; see that the server is up and mailbox.port is right",
        ) from error
    except IMAPClientError as error:
        raise MailboxError(
            f"{account.where} answers: {error}",
            f"See that mailbox.folder ({account.folder}) exists; it is tried again at the next poll",
        ) from error
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        # The client library stumbles in its own ways over an answer that is no IMAP.
        raise MailboxError(
            f"{account.where} answers what is no IMAP ({type(error).__name__}: {str(error)[:80]})",
            "It is tried again at the next poll; see that mailbox.port is an IMAP server's",
        ) from error
