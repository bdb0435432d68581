"""Real SMTP servers for tests: aiosmtpd, with faults at chosen moments."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from aiosmtpd.smtp import LoginPassword as Login

from tests.servers import free_port, make_certificate

Fault = Literal["", "busy", "refuses", "hangs up after the mail", "hangs up before the end", "refuses one"]


@dataclass
class Post:
    """Takes mail, and keeps it."""

    port: int = 0
    fault: Fault = ""
    slow: float = 0.0
    """Seconds between the mail's end and the answer."""
    mails: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str | None, tuple[str, ...]]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:  # noqa: N802
        if self.fault == "refuses one" and address.startswith("second"):
            return "550 no such person here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.fault == "busy":
            return "451 come back later"
        if self.fault == "refuses":
            return "554 not wanted"
        self.mails.append(bytes(envelope.original_content or b""))
        self.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        if self.fault == "hangs up after the mail":
            server.transport.close()
            return ""
        if self.slow:
            import asyncio  # noqa: PLC0415

            await asyncio.sleep(self.slow)
        return "250 taken"

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802
        import base64  # noqa: PLC0415

        self.tokens.append(base64.b64decode(words[1]).decode() if len(words) > 1 else "")
        good = self.tokens[-1] == "user=cop\x01auth=Bearer good\x01\x01"
        if not good:
            await server.challenge_auth('{"status":"401"}')
        return AuthResult(success=good)


@contextlib.contextmanager
def running_post(folder: Path | None = None, fault: Fault = "", **options: Any) -> Iterator[Post]:
    """With a folder: STARTTLS by a certificate made there (server.pem), and sign-in required."""
    post = Post(free_port(), fault)
    if folder is not None:
        make_certificate(folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        options = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _knows,
            **options,
        }
    controller = Controller(post, hostname="127.0.0.1", port=post.port, **options)
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


def _knows(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, Login) and data.login == b"cop" and data.password == b"secret"
    return AuthResult(success=good, handled=False)


def wait_until(true: Any, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
