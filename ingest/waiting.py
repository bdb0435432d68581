"""Waiting for new mail: IDLE where the server has it (RFC 2177), else until the time is up.

The library's own idle_check() does not see what came in one packet with the answer before it, and takes a message
that is announced before "+ idling" for an error. Here lines are read one by one, whole, and nothing is passed over.
"""

from __future__ import annotations

import os
import select
import ssl
import threading
import time
from typing import Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError

IDLE_SECONDS: Final = 9 * 60.0
"""IDLE is renewed before ten minutes: many firewalls forget a silent connection soon after, servers after thirty."""
TAG: Final = b"IDLE0"


class Stop:
    """An event that a thread waiting in select() sees as well."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._read, self._write = os.pipe()

    def set(self) -> None:
        if not self._event.is_set():
            self._event.set()
            os.write(self._write, b"x")

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float | None = None) -> bool:
        return self._event.wait(seconds)

    def fileno(self) -> int:
        """Readable once set, and from then on."""
        return self._read


def wait_for_mail(client: IMAPClient, seconds: float, timeout: float, stop: Stop) -> bool:
    """Wait until the server announces mail, `seconds` (nine minutes at most) are over or `stop` is set.

    True: there is mail.

    `timeout`: how many seconds the server may take for an answer it owes. Raises what the library raises when the
    connection is gone; TimeoutError when the server fell silent.
    """
    if not client.has_capability("IDLE"):
        stop.wait(min(seconds, IDLE_SECONDS))
        return False
    idle = _Idle(client, timeout)
    idle.begin()
    idle.wait(min(seconds, IDLE_SECONDS), stop)
    idle.end()
    return idle.news


class _Idle:
    def __init__(self, client: IMAPClient, timeout: float) -> None:
        self._imap = client._imap
        self._socket = client.socket()
        self._timeout = timeout
        self.news = False

    def begin(self) -> None:
        self._imap.send(TAG + b" IDLE\r\n")
        self._until(b"+")

    def wait(self, seconds: float, stop: Stop) -> None:
        until = time.monotonic() + seconds
        while not self.news and not stop.is_set():
            left = until - time.monotonic()
            if left <= 0:
                return
            if self._has_input() or self._socket in select.select([self._socket, stop], [], [], left)[0]:
                self._line()

    def end(self) -> None:
        self._imap.send(b"DONE\r\n")
        self._until(TAG)

    def _until(self, start: bytes) -> None:
        until = time.monotonic() + self._timeout
        while not self._line().startswith(start):
            if time.monotonic() > until:
                raise TimeoutError

    def _line(self) -> bytes:
        line: bytes = self._imap.readline()
        if not line.endswith(b"\n"):
            raise IMAPClientAbortError("the connection was closed")
        words = line.upper().split()
        if words[:2] == [b"*", b"BYE"]:
            raise IMAPClientAbortError(line.decode("ascii", "replace").strip())
        if words[:1] == [TAG] and words[1:2] != [b"OK"]:
            raise IMAPClientAbortError(line.decode("ascii", "replace").strip())
        self.news = self.news or (words[:1] == [b"*"] and words[2:3] == [b"EXISTS"])
        return line

    def _has_input(self) -> bool:
        """Whether bytes wait in the reader's buffer or in TLS, where select() does not see them."""
        self._socket.setblocking(False)
        try:
            return bool(self._imap.file.peek(1))
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self._socket.settimeout(self._timeout)
