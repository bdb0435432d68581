"""Large messages come piece by piece, are what the server has, and stand in memory once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest import mailbox as mailbox_module
from ingest import pieces
from ingest.mailbox import Mailbox
from tests.faults import Fault, proxy, rewrite
from tests.make import REPOSITORY
from tests.servers import Server, dovecot_program, running_dovecot, running_pymap

MAIL = b"From: a@b.example\r\nSubject: large\r\n\r\n" + b"".join(b"line %d\r\n" % number for number in range(700))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_pymap() as running:
        running.deliver(MAIL)
        running.deliver(MAIL[:90])
        yield running


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox_module, "LARGE", 1000)
    monkeypatch.setattr(pieces, "PIECE", 999)


def fetched(server: Server, port: int) -> list[bytes]:
    with Mailbox(replace(server.account(), port=port)) as mailbox:
        return [raw.content for batch in mailbox.fetch(None) for raw in batch]


def test_a_large_message_is_the_same_in_pieces(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fetched(server, server.port) == [MAIL, MAIL[:90]]
    monkeypatch.setattr(pieces, "PIECE", len(MAIL) // 2)  # the last piece ends where the message does
    assert fetched(server, server.port) == [MAIL, MAIL[:90]]


@pytest.mark.parametrize(
    "fault",
    [
        rewrite("size too small", b"RFC822.SIZE %d" % len(MAIL), b"RFC822.SIZE 1998"),
        rewrite("size too large", b"RFC822.SIZE %d" % len(MAIL), b"RFC822.SIZE 99999"),
        rewrite("another origin", rb"BODY\[\]<1998>", b"BODY[]<0>"),
    ],
    ids=repr,
)
def test_what_does_not_come_to_its_size_is_fetched_whole(server: Server, fault: Fault) -> None:
    with proxy(server.port, fault) as between:
        assert fetched(server, between.port) == [MAIL, MAIL[:90]]


MEASURE = """
import resource, sys
from pathlib import Path
from ingest.mailbox import Mailbox
from ingest.account import Account
account = Account("localhost", int(sys.argv[1]), "cop", "secret", ca_file=Path(sys.argv[2]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with Mailbox(account) as mailbox:
    [size] = [len(raw.content) for batch in mailbox.fetch(None) for raw in batch]
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / size, size)
"""


@pytest.mark.skipif(dovecot_program() is None, reason="needs Dovecot, as root")
def test_a_large_message_stands_in_memory_once(tmp_path: Path) -> None:
    content = b"From: a@b.example\r\n\r\n" + (b"x" * 76 + b"\r\n") * (32 * 2**20 // 78)
    with running_dovecot(tmp_path) as dovecot:
        dovecot.deliver(content)
        arguments = [sys.executable, "-c", MEASURE, str(dovecot.port), str(dovecot.ca_file)]
        done = subprocess.run(
            arguments, capture_output=True, text=True, check=True, cwd=REPOSITORY, env={**os.environ}, timeout=60
        )
    times, size = done.stdout.split()
    assert int(size) == len(content)
    assert float(times) < 1.4
