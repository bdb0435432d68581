"""A proxy before an IMAP server that makes faults: one a connection, from a list, and none after its end."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Filter = Callable[[bytes], bytes | None]
"""Takes what the server sends, gives what the client gets; None: the connection ends here."""


@dataclass
class Fault:
    """Named, so that a test that fails says which it was."""

    name: str
    make: Callable[[], Filter]

    def __repr__(self) -> str:
        return self.name


def none() -> Filter:
    return lambda chunk: chunk


def drop_after(octets: int) -> Fault:
    """The connection is gone after so many bytes, wherever that is: in a greeting, a literal, a line."""

    def make() -> Filter:
        left = octets

        def cut(chunk: bytes) -> bytes | None:
            nonlocal left
            if left <= 0:
                return None
            chunk, left = chunk[:left], left - len(chunk)
            return chunk

        return cut

    return Fault(f"drop after {octets}", make)


def stall_after(octets: int) -> Fault:
    """Nothing comes any more after so many bytes, and the connection stays open."""

    def make() -> Filter:
        left = octets

        def cut(chunk: bytes) -> bytes:
            nonlocal left
            chunk, left = chunk[: max(0, left)], left - len(chunk)
            return chunk

        return cut

    return Fault(f"stall after {octets}", make)


def rewrite(name: str, pattern: bytes, by: bytes) -> Fault:
    return Fault(name, lambda: in_lines(lambda lines: re.sub(pattern, by, lines)))


def drop_at(name: str, pattern: bytes) -> Fault:
    """The connection is gone in the place of a line with that pattern, each time."""
    return Fault(name, lambda: in_lines(lambda lines: None if re.search(pattern, lines) else lines))


def in_lines(change: Filter) -> Filter:
    """What the server says, whole lines at a time: it may write a few bytes of one, and the rest later."""
    kept = b""

    def cut(chunk: bytes) -> bytes | None:
        nonlocal kept
        kept += chunk
        if not kept.endswith(b"\r\n"):
            return b""
        lines, kept = kept, b""
        return change(lines)

    return cut


def bye_at(number: int) -> Fault:
    """A BYE in the place of the n-th piece of what the server says."""

    def make() -> Filter:
        seen = 0

        def cut(chunk: bytes) -> bytes | None:
            nonlocal seen
            seen += 1
            if seen < number:
                return chunk
            return b"* BYE server shutting down\r\n" if seen == number else None

        return cut

    return Fault(f"BYE at {number}", make)


def slowly(seconds: float, piece: int = 7) -> Fault:
    """All of it, a few bytes at a time. (The proxy sends what it gets; this one waits before each chunk.)"""

    def make() -> Filter:
        def wait(chunk: bytes) -> bytes:
            time.sleep(seconds)
            return chunk

        return wait

    return Fault(f"slow by {seconds}", make)


class Proxy:
    """Listens on a free port and connects each client to the server behind it."""

    def __init__(self, behind: int, faults: list[Fault]) -> None:
        self._behind = behind
        self._faults = list(faults)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        for each in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                fault = self._faults.pop(0).make() if self._faults else none()
                self.connections += 1
                server = socket.create_connection(("127.0.0.1", self._behind))
                self._open += [client, server]
                threading.Thread(target=_pump, args=(client, server, none()), daemon=True).start()
                threading.Thread(target=_pump, args=(server, client, fault), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, fault: Filter) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(65536):
            changed = fault(chunk)
            if changed is None:
                break
            target.sendall(changed)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy(behind: int, *faults: Fault) -> Iterator[Proxy]:
    made = Proxy(behind, list(faults))
    try:
        yield made
    finally:
        made.close()
