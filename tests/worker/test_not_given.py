"""A message that the server lists and never gives: the rest goes on, it is remembered, and at last set aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.model import Cursor
from store import not_given as rules
from store.figures import Figures
from store.write import Writer
from tests.faults import Fault, drop_at, proxy, rewrite
from tests.servers import Server
from tests.worker.test_cli import data, intake
from tests.worker.test_watcher import (
    MAILS,
    Watching,
    account_of,
    assert_same_database,
    running_with_mails,
    short_pauses,
)
from worker.not_given import retry_set_aside, set_aside
from worker.office import Office
from worker.standing import lines, standing
from worker.verify import verify

__all__ = ["data", "short_pauses"]


@pytest.fixture
def server() -> Iterator[Server]:
    with running_with_mails() as running:
        yield running


def bad_uid(server: Server) -> int:
    """Its third message."""
    with server.client() as client:
        client.select_folder("INBOX", readonly=True)
        return sorted(client.search())[2]


def behind_literal(uid: int) -> bytes:
    """Not behind a size, which is given."""
    return rb"(?<!\d) UID %d\)" % uid


def ends_over(uid: int) -> Fault:
    return drop_at("ends over it", behind_literal(uid))


def left_out(uid: int) -> Fault:
    return rewrite("left out", behind_literal(uid), b" UID %d)" % (uid + 9000))


FAULTS = [left_out, ends_over]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_rest_is_stored_and_it_is_set_aside_and_asked_for_by_command(
    server: Server, office: Office, fault: Callable[[int], Fault], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "PATIENCE", timedelta(0))
    uid = bad_uid(server)
    with proxy(server.port, *[fault(uid)] * 500) as between:
        account = account_of(server, between.port)
        with Watching(office, account) as watching:
            watching.until(lambda: bool(set_aside(office)))
            [row] = set_aside(office)
            assert (row.uid, row.tries) == (uid, rules.TRIES)
            watching.until(lambda: watching.count() == len(MAILS) - 1 and watching.polls() > 1)
            with pytest.raises(ConfigError, match="no message with that UID"):
                set_aside(office, [uid + 1])
            assert any(f"UID {uid}" in line and "intake retry" in line for line in lines(standing(office)))
            [found] = [finding for finding in verify(office, [account]) if finding.what == account.name]
            assert (found.status, f"lists UID {uid}" in found.detail) == ("bad", True)

            taking = watching.watcher._intake
            assert [item.uid for item, _ in retry_set_aside([row], [account], taking)] == [uid]
            assert held_back(office) == 1
            with office.reader() as reader:
                assert Figures(reader).held_back() == 1, "the weekly summary says it"
            assert retry_set_aside([row], [replace(account, port=server.port)], taking) == []
            assert held_back(office) == 0
    assert_same_database(office.config.database)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_given_after_all_is_stored_without_a_command(
    server: Server, office: Office, fault: Callable[[int], Fault]
) -> None:
    uid = bad_uid(server)
    with (
        proxy(server.port, *[fault(uid)] * 4) as between,
        Watching(office, account_of(server, between.port)) as watching,
    ):
        watching.until(lambda: watching.count() == len(MAILS) - 1)
        assert cursor_of(office, watching) > uid, "it was stepped over"
        watching.until(lambda: watching.count() == len(MAILS) and watching.polls() > 0)
        assert set_aside(office) == []
        assert cursor_of(office, watching) == max_uid(server), "and the cursor did not go back to it"
    assert_same_database(office.config.database)
    with office.reader() as reader:
        assert reader.not_given() == []


def test_what_is_gone_from_the_server_is_forgotten(server: Server, office: Office) -> None:
    uid = bad_uid(server)
    with (
        proxy(server.port, *[left_out(uid)] * 3) as between,
        Watching(office, account_of(server, between.port)) as watching,
    ):
        watching.until(lambda: watching.count() == len(MAILS) - 1)
        with server.client() as client:
            client.select_folder("INBOX")
            client.delete_messages([uid])
            client.expunge()
        watching.until(lambda: watching.polls() > 0)
        assert watching.office.reader().not_given() == []


def test_a_folder_that_is_numbered_anew_begins_anew(office: Office) -> None:
    office.prepare()
    writer = Writer(office.config.database)
    writer.note_not_given("m", 1, [7], "why")
    writer.save([], cursor=Cursor("m", 1, 9))
    writer.save([], cursor=Cursor("m", 1, 7))
    with office.reader() as reader:
        assert [row.uid for row in reader.not_given()] == [7]
        assert reader.cursor("m") == Cursor("m", 1, 9)
    writer.save([], cursor=Cursor("m", 2, 3))
    with office.reader() as reader:
        assert reader.not_given() == []
        assert reader.cursor("m") == Cursor("m", 2, 3)
    writer.close()


def test_it_is_set_aside_only_after_hours(office: Office) -> None:
    office.prepare()
    writer = Writer(office.config.database)
    assert not any(writer.note_not_given("m", 1, [7], "why") for _ in range(rules.TRIES + 1))
    writer.db.execute("UPDATE not_given SET first_at = '2009-07-01T00:00:00Z'")
    writer.db.conn.commit()
    assert not writer.note_not_given("m", 1, [6, 7], "asked for with another: no try of its own")
    assert writer.note_not_given("m", 1, [7], "why")
    assert not writer.note_not_given("m", 1, [7], "why")
    writer.close()


def test_the_command_lists_and_retries(data: Path, server: Server) -> None:
    settings = {key: value for key, value in server.environment(data).items() if key.startswith("INTAKE_")}
    uid = bad_uid(server)
    with server.client() as client:
        validity = client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"]
    writer = Writer(data / "intake.db")
    writer.note_not_given(server.account().name, validity, [uid], "it did not come")
    writer.db.execute("UPDATE not_given SET set_aside_at = '2009-07-20T00:00:00Z'")
    writer.db.conn.commit()
    writer.close()
    assert f"uid:{uid} of imap://" in intake("retry", "--list", data=data, **settings).stdout
    assert intake("retry", "uid:x", data=data, **settings).returncode == 2
    done = intake("retry", f"uid:{uid}", data=data, **settings)
    assert (done.returncode, done.stdout) == (0, "1 tried, 1 stored, 0 still held back.\n"), done.stderr
    status = json.loads(intake("status", "--json", data=data).stdout)
    assert (status["held_back"], status["replies"]) == (0, 1)


def held_back(office: Office) -> int:
    with office.reader() as reader:
        return int(reader.counts()["held_back"])


def cursor_of(office: Office, watching: Watching) -> int:
    with office.reader() as reader:
        cursor = reader.cursor(watching.watcher.account.name)
        return cursor.last_uid if cursor else 0


def max_uid(server: Server) -> int:
    with server.client() as client:
        client.select_folder("INBOX", readonly=True)
        return int(max(client.search()))
