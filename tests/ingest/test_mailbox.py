"""Against pymap, a real IMAP server in memory."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from core.errors import LoginRefused, MailboxError
from core.model import Cursor, RawMessage
from ingest.mailbox import Mailbox
from tests.make import make_email
from tests.servers import Server, free_port, running_pymap


@pytest.fixture
def server() -> Iterator[Server]:
    with running_pymap() as running:
        yield running


def fetched(server: Server, cursor: Cursor | None = None, **changes: object) -> list[RawMessage]:
    with Mailbox(server.account(**changes)) as mailbox:
        return [raw for batch in mailbox.fetch(cursor) for raw in batch]


def test_all_then_only_what_is_new(server: Server) -> None:
    for number in range(3):
        server.deliver(make_email(f"mail {number}"))
    first = fetched(server)
    assert [raw.uid for raw in first] == sorted(raw.uid or 0 for raw in first)
    assert len(first) == 3
    # "n:*" names the last message even when it was seen: it must not come again.
    assert fetched(server, first[-1].cursor) == []
    server.deliver(make_email("mail 3"))
    [new] = fetched(server, first[-1].cursor)
    assert b"mail 3" in new.content


def test_batches_keep_the_order(server: Server) -> None:
    for number in range(5):
        server.deliver(make_email(f"mail {number}"))
    with Mailbox(server.account(batch=2)) as mailbox:
        sizes = [len(batch) for batch in mailbox.fetch(None)]
    assert sizes == [2, 2, 1]


def test_another_uidvalidity_fetches_everything(server: Server) -> None:
    server.deliver(make_email())
    [raw] = fetched(server)
    assert raw.uidvalidity is not None
    assert len(fetched(server, Cursor(raw.mailbox, raw.uidvalidity + 1, 999))) == 1


def test_arrival_is_the_servers_internal_date(server: Server) -> None:
    arrived = datetime(2009, 7, 31, 21, 59, 30, tzinfo=UTC)
    server.deliver(make_email(), at=arrived)
    [raw] = fetched(server)
    assert raw.received_at == arrived


def test_reading_changes_nothing_on_the_server(server: Server) -> None:
    server.deliver(make_email())
    fetched(server)
    with server.client() as client:
        client.select_folder("INBOX", readonly=True)
        flags = client.get_flags(client.search())
    assert all(b"\\Seen" not in each for each in flags.values())


def test_wrong_password_is_refused_and_not_shown(server: Server) -> None:
    with pytest.raises(LoginRefused) as caught:
        fetched(server, password="a-wrong-secret")
    assert "a-wrong-secret" not in str(caught.value)
    assert "username and the password" in caught.value.mend


def test_no_such_folder(server: Server) -> None:
    with pytest.raises(MailboxError, match="Nowhere"):
        fetched(server, folder="Nowhere")


def test_nobody_listens() -> None:
    server = Server(free_port(), "a", "b", host="127.0.0.1")
    with pytest.raises(MailboxError, match="no connection"):
        fetched(server)


def test_no_such_host() -> None:
    with pytest.raises(MailboxError, match="no host is called"):
        fetched(Server(993, "a", "b", host="imap.invalid"))


def test_tls_against_a_server_without_it(server: Server) -> None:
    with pytest.raises(MailboxError, match="TLS"):
        fetched(server, tls="tls")
