"""The health endpoint: /livez, /readyz, /status and /metrics over HTTP, for a monitor on the same machine or network.

It says counts, times and mailbox names, never a reply's content. It takes no input but the path.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from core.errors import ConfigError
from worker.health import Snapshot

METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SECONDS: Final = 10.0
"""How long a client may take."""


class Endpoint:
    """Serves in a thread of its own, from start() to close()."""

    def __init__(self, listen: str, snapshot: Callable[[], Snapshot], metrics: Callable[[], bytes]) -> None:
        host, _, port = listen.rpartition(":")
        pages = _pages(snapshot, metrics)
        try:
            self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), _handler(pages))
        except (OSError, OverflowError) as error:
            raise ConfigError(
                f"health.listen: {listen} cannot be listened on ({error})", "Give a free port, or leave it empty"
            ) from None
        self._server.daemon_threads = True

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


Page = Callable[[], tuple[HTTPStatus, str, bytes]]


def _pages(snapshot: Callable[[], Snapshot], metrics: Callable[[], bytes]) -> dict[str, Page]:
    def said(good: bool) -> tuple[HTTPStatus, str, bytes]:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        return status, "application/json", _json({"ok": good, "problems": list(snapshot().problems)})

    return {
        "/livez": lambda: said(snapshot().alive),
        "/readyz": lambda: said(snapshot().ready),
        "/status": lambda: (HTTPStatus.OK, "application/json", _json(snapshot().as_json())),
        "/metrics": lambda: (HTTPStatus.OK, METRICS_TYPE, metrics()),
    }


def _handler(pages: dict[str, Page]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SECONDS
        server_version = "intake"
        sys_version = ""

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            found = page() if page else (HTTPStatus.NOT_FOUND, "application/json", _json({"pages": sorted(pages)}))
            self._answer(*found)

        def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """A monitor asks every few seconds: nobody wants to read that."""

    return Handler


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False) + "\n").encode()
