"""Handing one mail to an SMTP server, so that it is known at each moment whether the server has it.

smtplib speaks; this module cuts its DATA in two: all but the last line, then the line with the dot. Until the dot is out, the
server has no mail to deliver (RFC 5321, section 4.1.1.4), and any failure is harmless.
"""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from core.errors import IntakeError

CRLF: Final = b"\r\n"


class NotSent(IntakeError):
    """The server has not taken the mail, for certain; worth another try later."""


class Refused(NotSent):
    """The server will not take it (5xx): trying again would end the same."""


class PerhapsSent(IntakeError):
    """The whole mail went out, and no answer came."""


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    tls: Literal["tls", "starttls", "none"] = "starttls"
    ca_file: Path | None = None
    username: str = ""
    secret: Callable[[], str] = field(default=lambda: "", repr=False)
    """Gives the password, or an OAuth 2.0 access token."""
    auth: Literal["password", "xoauth2"] = "password"
    timeout_seconds: float = 60

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"


def hand_over(
    server: Server, sender: str, recipients: Sequence[str], content: bytes, before_the_last_line: Callable[[], None]
) -> list[str]:
    """Hand a mail over; returns the recipients that the server refused, each with its answer.

    Raises Refused when it takes none of them, or not this mail; NotSent when it cannot be reached or asks to come
    back; PerhapsSent when the mail was handed over whole and no answer came.
    """
    with _session(server) as session:
        with _mended(server):
            refused = _envelope(session, server, sender, recipients)
            _expect(session.docmd("DATA"), 354, server)
            lines = _dotted(content)
            session.send(lines)
            before_the_last_line()
        with _uncertain(server):
            session.send(b"." + CRLF)
            code, words = session.getreply()
        if code != 250:
            raise _answer(server, code, words)
    return refused


def look(server: Server) -> None:
    """Connect and sign in, and send nothing. Raises as hand_over() does."""
    with _session(server) as session, _mended(server):
        session.noop()


@contextlib.contextmanager
def _session(server: Server) -> Iterator[smtplib.SMTP]:
    with _mended(server):
        session = _connected(server)
    try:
        with _mended(server):
            _sign_in(session, server)
        yield session
    finally:
        with contextlib.suppress(smtplib.SMTPException, OSError):
            session.quit()
        session.close()


def _connected(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if server.tls == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_seconds, context=context)
    session = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
    if server.tls == "starttls":
        session.starttls(context=context)
    return session


def _sign_in(session: smtplib.SMTP, server: Server) -> None:
    session.ehlo_or_helo_if_needed()
    if not server.username:
        return
    secret = server.secret()
    if server.auth == "xoauth2":
        first = f"user={server.username}\x01auth=Bearer {secret}\x01\x01"
        # A refusal comes as a challenge, which is answered by an empty line before the server says 535.
        session.auth("XOAUTH2", lambda challenge=None: "" if challenge else first)
    else:
        session.login(server.username, secret)


def _envelope(session: smtplib.SMTP, server: Server, sender: str, recipients: Sequence[str]) -> list[str]:
    _expect(session.mail(sender), 250, server)
    answers = {recipient: session.rcpt(recipient) for recipient in recipients}
    refused = [f"{to}: {code} {_said(words)}" for to, (code, words) in answers.items() if code not in (250, 251)]
    if len(refused) == len(recipients):
        codes = {code for code, _ in answers.values()}
        kind = Refused if min(codes, default=550) >= 500 else NotSent
        raise kind(f"{server.where} takes none of the recipients ({'; '.join(refused)})", "Look at send.recipients")
    return refused


def _dotted(content: bytes) -> bytes:
    """Lines with CRLF, and a dot doubled where a line begins with one (RFC 5321, section 4.5.2)."""
    lines = content.replace(b"\r\n", b"\n").split(b"\n")
    if lines and lines[-1] == b"":
        lines.pop()
    return b"".join((b"." + line if line.startswith(b".") else line) + CRLF for line in lines)


def _expect(answer: tuple[int, bytes], code: int, server: Server) -> None:
    if answer[0] != code:
        raise _answer(server, *answer)


def _answer(server: Server, code: int, words: bytes) -> NotSent:
    kind = Refused if code >= 500 else NotSent
    return kind(f"{server.where} does not take the mail: {code} {_said(words)}", "Ask who runs the SMTP server")


def _said(words: bytes) -> str:
    return " ".join(words.decode("utf-8", "replace").split())[:200]


@contextlib.contextmanager
def _mended(server: Server) -> Iterator[None]:
    """Errors before the last line: the mail is not sent."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(
            f"{server.where} refuses the sign-in: {error.smtp_code} {_said(_bytes(error.smtp_error))}",
            "Look at send.username, its password or token, and send.auth",
        ) from None
    except smtplib.SMTPNotSupportedError as error:
        raise NotSent(f"{server.where}: {error}", "Set send.tls and send.auth to what the server offers") from None
    except ssl.SSLCertVerificationError as error:
        raise NotSent(
            f"the certificate of {server.where} is not accepted: {error.verify_message}",
            "Set send.ca_file to your office's certification authority, or mend send.host",
        ) from None
    except smtplib.SMTPResponseException as error:
        raise _answer(server, error.smtp_code, _bytes(error.smtp_error)) from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(f"no connection with {server.where}: {error}", "Look at send.host, send.port, send.tls") from None


@contextlib.contextmanager
def _uncertain(server: Server) -> Iterator[None]:
    """Errors behind the last line: the server may have the mail."""
    try:
        yield
    except (smtplib.SMTPException, OSError) as error:
        raise PerhapsSent(
            f"{server.where} fell silent after the whole mail ({error})",
            "Ask a recipient; then `intake send --again PERIOD` or `intake send --settled PERIOD`",
        ) from None


def _bytes(words: bytes | str) -> bytes:
    return words if isinstance(words, bytes) else words.encode()
