from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import StoreError
from core.model import Cursor, ReviewReason
from store.read import Reader
from store.schema import open_database
from store.write import Writer
from tests.make import NOON, fresh_db, make_email, make_raw, make_reading, make_topic


def rows(writer: Writer, sql: str) -> list[dict[str, object]]:
    return list(writer.db.query(sql))


def test_a_reply_is_stored_once(writer: Writer) -> None:
    reading = make_reading()
    assert writer.save([reading, reading]) == 1
    assert writer.save([reading]) == 0
    [reply] = rows(writer, "SELECT * FROM replies")
    assert (reply["message_id"], reply["kind"], reply["state"]) == ("<one@test.example>", "proposal", "KEN")
    assert reply["received_at"] == "2009-07-20T12:00:00Z"
    assert reply["review_reasons"] == "[]"


def test_two_messages_with_one_message_id_are_two_replies(writer: Writer) -> None:
    first, second = make_reading(text="a"), make_reading(text="b")
    assert writer.save([first, second]) == 2


def test_cursor_moves_with_the_replies_or_not_at_all(writer: Writer, tmp_path: Path) -> None:
    cursor = Cursor("imap://x", 7, 3)
    writer.db.execute("CREATE TRIGGER broken BEFORE INSERT ON assignments BEGIN SELECT raise(ABORT, 'broken'); END")
    broken = make_reading(topics=(make_topic(),))
    with pytest.raises(StoreError):
        writer.save([make_reading(text="good"), broken], cursor=cursor)
    writer.db.execute("DROP TRIGGER broken")
    assert rows(writer, "SELECT * FROM messages") == []
    assert rows(writer, "SELECT * FROM cursors") == []
    writer.save([make_reading(text="good")], cursor=cursor)
    with Reader(writer.path) as reader:
        assert reader.cursor("imap://x") == cursor


def test_sightings_of_the_same_bytes(writer: Writer) -> None:
    content = make_email()
    first = make_raw(content, mailbox="imap://x", uidvalidity=1, uid=5)
    again = make_raw(content, mailbox="imap://x", uidvalidity=2, uid=1)
    writer.save([make_reading(raw=first)], sightings=[first])
    assert writer.known([first.digest]) == {first.digest}
    writer.save([], sightings=[again])
    assert rows(writer, "SELECT uidvalidity, uid FROM sightings") == [
        {"uidvalidity": 1, "uid": 5},
        {"uidvalidity": 2, "uid": 1},
    ]
    assert len(rows(writer, "SELECT * FROM replies")) == 1


def test_correction_supersedes_whatever_order_they_come_in(tmp_path: Path) -> None:
    first = make_reading("<first@x>", text="first")
    later = make_reading("<later@x>", text="later", kind="correction", received_at=NOON + timedelta(days=1))
    for order, folder in (([first, later], "a"), ([later, first], "b")):
        (tmp_path / folder).mkdir()
        writer = fresh_db(tmp_path / folder)
        for reading in order:
            writer.save([reading])
        found = {
            row["message_id"]: (row["superseded"], row["replaced_by"]) for row in rows(writer, "SELECT * FROM replies")
        }
        assert found == {"<first@x>": (1, "<later@x>"), "<later@x>": (0, None)}
        statuses = {row["message_id"]: row["status"] for row in rows(writer, "SELECT * FROM proposals")}
        assert statuses == {"<first@x>": "superseded", "<later@x>": "current"}
        writer.close()


def test_correction_of_another_state_replaces_nothing(writer: Writer) -> None:
    writer.save([make_reading("<a@x>", text="a")])
    writer.save([make_reading("<b@x>", text="b", kind="correction", state="SEN", received_at=NOON + timedelta(days=1))])
    assert [row["superseded"] for row in rows(writer, "SELECT superseded FROM replies")] == [0, 0]


def test_tally_counts_replies_states_and_regions(writer: Writer) -> None:
    two = (make_topic("b"), make_topic("c", "Demand"))
    writer.save([make_reading("<a@x>", text="a", topics=two)])
    writer.save([make_reading("<b@x>", text="b", state="PHL", topics=(make_topic("b"), make_topic(None, "Children")))])
    writer.save([make_reading("<c@x>", text="c", state="SEN", topics=(make_topic("b"),))])
    tally = [tuple(row.values()) for row in rows(writer, "SELECT * FROM area_tally")]
    assert tally == [("b", 3, 3, 2), ("c", 1, 1, 1), (None, 1, 1, 1)]


def test_review_queue_and_reasons(writer: Writer) -> None:
    writer.save([make_reading(review=(ReviewReason("state-unknown", "no State"), ReviewReason("x")))])
    [waiting] = rows(writer, "SELECT * FROM review_queue")
    assert json.loads(str(waiting["review_reasons"])) == ["state-unknown: no State", "x"]
    assert rows(writer, "SELECT needs_review FROM replies") == [{"needs_review": 1}]


def test_state_status_lists_every_state(writer: Writer) -> None:
    writer.save([make_reading("<a@x>", text="a", late=True)])
    writer.save([make_reading("<b@x>", text="b", kind="no_proposal", state="PHL")])
    writer.save([make_reading("<c@x>", text="c", kind="enquiry", state="SEN")])
    found = {row["state"]: (row["status"], row["late"]) for row in rows(writer, "SELECT * FROM state_status")}
    assert found == {"KEN": ("replied", 1), "PHL": ("no_proposal", 0), "SEN": ("silent", 0)}


@pytest.mark.parametrize(
    ("moment", "week"),
    [("2009-07-20T00:00:00Z", "2009-W30"), ("2009-07-26T23:00:00Z", "2009-W30"), ("2010-01-03T12:00:00Z", "2009-W53")],
)
def test_weeks_are_iso_weeks(writer: Writer, moment: str, week: str) -> None:
    from core.clock import from_iso  # noqa: PLC0415

    writer.save([make_reading(received_at=from_iso(moment))])
    [row] = rows(writer, "SELECT * FROM replies_by_week")
    assert row["week"] == week


@pytest.mark.parametrize(
    ("text", "word", "table"),
    [
        ("Définition des notions", "definition", "texts_fts"),
        ("تعويض الضحايا", "الضحايا", "texts_fts"),
        ("我们建议讨论赔偿被害人问题", "赔偿被害人", "texts_trigrams"),
        ("Ведение дел", "дел", "texts_fts"),
    ],
)
def test_full_text(writer: Writer, text: str, word: str, table: str) -> None:
    writer.save([make_reading(text=text)])
    assert rows(writer, f"SELECT rowid FROM {table} WHERE {table} MATCH '\"{word}\"'") != []


def test_decisions_are_never_changed(writer: Writer) -> None:
    writer.save([make_reading()])
    writer.db.execute(
        "INSERT INTO decisions (decided_at, decided_by, message, field, after, batch) VALUES ('t', 'me', 1, 'kind', 'x', 1)"
    )
    for sql in ("UPDATE decisions SET after = 'y'", "DELETE FROM decisions"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            writer.db.execute(sql)


def test_evidence_stands_where_it_says(writer: Writer) -> None:
    writer.save([make_reading()])
    sql = """
        SELECT words, substr(text, start + 1, end - start) AS there
        FROM evidence JOIN texts ON texts.message = evidence.message AND texts.source = evidence.source
    """
    assert all(row["words"] == row["there"] for row in rows(writer, sql))


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    writer = fresh_db(tmp_path)
    writer.db.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('untoc-intake', '9999_future', 'then')"
    )
    writer.close()
    with pytest.raises(StoreError, match=r"newer version.*9999_future"):
        open_database(tmp_path / "intake.db")


def test_no_database_and_no_folder_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="intake init"):
        Reader(tmp_path / "none.db")
    with pytest.raises(StoreError, match="folder exists"):
        open_database(tmp_path / "none" / "intake.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "intake.db").write_bytes(b"hello" * 500)
    with pytest.raises(StoreError, match="damaged or no database"):
        open_database(tmp_path / "intake.db")


def test_a_full_disk_is_told_and_nothing_is_stored(writer: Writer) -> None:
    pages = writer.db.execute("PRAGMA page_count").fetchone()[0]
    writer.db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="Free some space"):
        writer.save([make_reading(text="x" * 3_000_000)])
    writer.db.execute("PRAGMA max_page_count = 1000000")
    assert rows(writer, "SELECT * FROM messages") == []


def test_readers_see_while_a_writer_writes(writer: Writer) -> None:
    writer.save([make_reading()])
    writer.db.execute("BEGIN IMMEDIATE")
    with Reader(writer.path) as reader:
        assert reader.counts()["replies"] == 1
    writer.db.execute("ROLLBACK")
