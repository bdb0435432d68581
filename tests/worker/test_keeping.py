"""What is kept: verified, backed up, restored, exported, removed; and put right after a crash."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.errors import ArchiveError, ConfigError, IntakeError
from core.model import HeldBack, digest_of
from store.read import Reader
from store.write import Writer
from tests.make import AREAS, STATES, make_email, make_raw
from tests.worker.test_pipeline import Scripted
from worker.backup import back_up, check, restore
from worker.export import export
from worker.lock import DataFolderLock
from worker.office import Office
from worker.pipeline import take_in_batch
from worker.purge import export_sender, of_sender, older_than, purge
from worker.reconcile import reconcile
from worker.retry import held_back, retry
from worker.verify import verify


def at(day: int) -> datetime:
    return datetime(2009, 7, day, 12, tzinfo=UTC)


RAWS = [
    make_raw(
        make_email(f"mail {day}", message_id=f"<{day}@x>"), received_at=at(day), mailbox="m", uidvalidity=1, uid=day
    )
    for day in range(1, 7)
]


@pytest.fixture
def kept(office: Office) -> Iterator[Writer]:
    """An office with six replies and one message that is held back."""
    office.prepare()
    writer = Writer(office.config.database)
    writer.set_up(AREAS, STATES, {"reference": "CU 2009/92 (A)"})
    take_in_batch(RAWS, office.archive, Scripted(), writer)
    held = make_raw(make_email("bad"), received_at=at(7), mailbox="m", uidvalidity=1, uid=7)
    office.archive.put(held)
    writer.save([], held=[HeldBack(held, "signal SIGSEGV", 2)])
    yield writer
    writer.close()


def bad(office: Office) -> dict[str, str]:
    return {finding.what: finding.detail for finding in verify(office) if finding.status == "bad"}


# --- verify ---


def test_all_is_well(office: Office, kept: Writer) -> None:
    assert bad(office) == {}


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE evidence SET words = 'other' WHERE id = 1", "evidence"),
        (
            "INSERT INTO texts_fts (texts_fts, rowid, text) VALUES ('delete', 1, 'Definition of key concepts')",
            "full text",
        ),
        ("DELETE FROM states", "references"),
        ("INSERT INTO texts_fts (texts_fts, rowid, text) VALUES ('delete', 2, 'something else')", "full text"),
    ],
)
def test_damage_in_the_database_is_found(office: Office, kept: Writer, damage: str, what: str) -> None:
    with sqlite3.connect(office.config.database) as db:
        db.execute(damage)
    assert list(bad(office)) == [what]


def test_a_damaged_page_is_found(office: Office, kept: Writer) -> None:
    kept.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    [root] = kept.db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'messages_by_arrival'").fetchone()
    with office.config.database.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    assert bad(office).keys() & {"pages and indexes", "database"}


def test_damage_in_the_archive_is_found(office: Office, kept: Writer) -> None:
    office.archive.path_of(RAWS[0].digest).write_bytes(b"other")
    office.archive.path_of(RAWS[1].digest).unlink()
    office.archive.put(make_raw(make_email("new")))
    assert list(bad(office)) == ["archive", "rows with their raw message", "raw messages with their row"]


# --- after a crash ---


def test_raw_without_a_row_is_read_and_keeps_its_arrival(office: Office, kept: Writer) -> None:
    lost = make_raw(make_email("came just before the crash"), received_at=at(9))
    path = office.archive.put(lost)
    (path.parent / ".incoming-half").write_bytes(b"half")
    done = reconcile(office, kept, Scripted())
    assert (done.recovered, done.missing, done.cleared) == (1, (), 1)
    assert bad(office) == {}
    with Reader(kept.path) as reader:
        assert reader.value("SELECT received_at FROM replies WHERE sha256 = ?", [lost.digest]) == "2009-07-09T12:00:00Z"
    assert reconcile(office, kept, Scripted()).recovered == 0


def test_a_row_without_raw_is_said_loudly(office: Office, kept: Writer, caplog: pytest.LogCaptureFixture) -> None:
    office.archive.path_of(RAWS[0].digest).unlink()
    assert reconcile(office, kept, Scripted()).missing == (RAWS[0].digest,)
    assert "restore it from a backup" in caplog.text


def test_what_is_being_read_is_no_fault(office: Office, kept: Writer) -> None:
    office.archive.put(make_raw(make_email("from before")))
    assert list(bad(office)) == ["raw messages with their row"]
    with DataFolderLock(office.config.data_dir):
        assert list(bad(office)) == ["raw messages with their row"], "older than the run that works now"
    office.archive.remove(digest_of(make_email("from before")))
    with DataFolderLock(office.config.data_dir):
        office.archive.put(make_raw(make_email("just now")))
        [row] = [finding for finding in verify(office) if finding.what == "raw messages with their row"]
        assert (row.status, row.detail) == ("ok", "whole; 1 are being read")
    assert list(bad(office)) == ["raw messages with their row"], "nobody reads it any more"


# --- held back ---


def test_retry_stores_what_can_be_read_now(office: Office, kept: Writer) -> None:
    [row] = held_back(office)
    assert retry(office, [row], Scripted(), kept) == []
    assert held_back(office) == []
    with Reader(kept.path) as reader:
        assert reader.counts()["replies"] == 7
        assert reader.sighted("m", 1, [7]) == {7}
    with pytest.raises(ConfigError, match="no message with that digest"):
        held_back(office, ["abc"])


# --- backup and restore ---


def test_backup_is_read_back_and_restored(office: Office, kept: Writer, tmp_path: Path) -> None:
    made = back_up(office, tmp_path / "backups", keep=2)
    assert check(made.path)["reference"] == "CU 2009/92 (A)"
    assert made.path.stat().st_mode & 0o077 == 0
    shutil.rmtree(office.config.archive_dir)
    office.config.database.unlink()
    for path in office.config.data_dir.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    with made.path.open("rb") as file:
        restore(file, office.config.data_dir)
    assert bad(office) == {}
    with Reader(office.config.database) as reader:
        assert reader.counts()["replies"] == 6
    assert office.archive.arrived_at(RAWS[2].digest) == RAWS[2].received_at
    assert (office.config.data_dir / "restored" / "config.toml").is_file()


def test_backup_while_mail_is_taken_in_is_whole(office: Office, kept: Writer, tmp_path: Path) -> None:
    stop = threading.Event()
    taken = [0]

    def take() -> None:
        while not stop.is_set():
            raw = make_raw(make_email(f"meanwhile {taken[0]}", message_id=f"<m{taken[0]}@x>"))
            take_in_batch([raw], office.archive, Scripted(), kept)
            taken[0] += 1

    thread = threading.Thread(target=take)
    thread.start()
    try:
        made = [back_up(office, tmp_path / "backups", keep=9).path]
        while taken[0] < 10 and thread.is_alive():
            made.append(back_up(office, tmp_path / "backups", keep=99).path)
    finally:
        stop.set()
        thread.join()
    assert taken[0] >= 10
    for number, path in enumerate(made[-3:]):
        other = Office(office.config.model_copy(update={"data_dir": tmp_path / f"restored-{number}"}))
        with path.open("rb") as file:
            restore(file, other.config.data_dir)
        found = bad(other)
        assert set(found) <= {"raw messages with their row"}, "raw that came after the copy is read at the next start"
        writer = Writer(other.config.database)
        reconcile(other, writer, Scripted())
        writer.close()
        assert bad(other) == {}


def test_the_oldest_backups_go(office: Office, kept: Writer, tmp_path: Path) -> None:
    made = [back_up(office, tmp_path, keep=2).path for _ in range(4)]
    assert sorted(path for path in tmp_path.glob("intake-*")) == made[2:]


@pytest.mark.parametrize("damage", ["cut", "altered", "left out"])
def test_a_backup_that_is_not_whole_is_refused(office: Office, kept: Writer, tmp_path: Path, damage: str) -> None:
    path = back_up(office, tmp_path, keep=2).path
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "altered":
        path.write_bytes(content.replace(b"mail 3", b"mail 4", 1))
    else:
        without_one(path)
    with path.open("rb") as file, pytest.raises(ArchiveError):
        restore(file, tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []


def without_one(path: Path) -> None:
    with tarfile.open(path) as old, tarfile.open(path.with_suffix(".new"), "w") as new:
        for number, member in enumerate(old):
            if number != 3:
                new.addfile(member, old.extractfile(member))
    path.with_suffix(".new").replace(path)


def test_restore_only_into_an_empty_folder(office: Office, kept: Writer, tmp_path: Path) -> None:
    path = back_up(office, tmp_path, keep=2).path
    with path.open("rb") as file, pytest.raises(IntakeError, match="is not empty"):
        restore(file, office.config.data_dir)


@pytest.mark.skipif(shutil.which("age") is None, reason="age needs Debian's age")
def test_backup_by_age_is_read_by_its_key_alone(office: Office, kept: Writer, tmp_path: Path) -> None:
    key = tmp_path / "key.txt"
    subprocess.run(["age-keygen", "-o", key], check=True, capture_output=True)
    [recipient] = [line.split(": ")[1] for line in key.read_text().splitlines() if line.startswith("# public key")]
    made = back_up(office, tmp_path / "backups", keep=2, encrypt_to=f"age:{recipient}")
    assert made.path.name.endswith(".tar.age")
    assert b"mail 3" not in made.path.read_bytes()
    plain = subprocess.run(["age", "-d", "-i", key, made.path], check=True, capture_output=True).stdout
    (tmp_path / "plain.tar").write_bytes(plain)
    assert len(check(tmp_path / "plain.tar")["files"]) == made.files
    with pytest.raises(IntakeError, match="could not be encrypted"):
        back_up(office, tmp_path / "backups", keep=2, encrypt_to="age:nobody")
    assert len(list((tmp_path / "backups").iterdir())) == 1, "nothing half made is left"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg needs Debian's gnupg")
def test_backup_by_gpg(office: Office, kept: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path("/tmp") / f"intake-gpg-{os.getpid()}"
    home.mkdir(mode=0o700)
    monkeypatch.setenv("GNUPGHOME", str(home))
    try:
        quick = [
            "gpg",
            "--batch",
            "--passphrase",
            "",
            "--quick-generate-key",
            "office@x.example",
            "default",
            "default",
            "never",
        ]
        subprocess.run(quick, check=True, capture_output=True)
        made = back_up(office, tmp_path / "backups", keep=2, encrypt_to="gpg:office@x.example")
        plain = subprocess.run(["gpg", "--batch", "-d", made.path], check=True, capture_output=True).stdout
        (tmp_path / "plain.tar").write_bytes(plain)
        assert len(check(tmp_path / "plain.tar")["files"]) == made.files
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], check=False)
        shutil.rmtree(home)


# --- removal and export ---


def test_purge_removes_what_is_older_and_keeps_a_record(office: Office, kept: Writer) -> None:
    chosen = older_than(office, date(2009, 7, 4))
    assert len(chosen.rows) == 3
    assert purge(office, kept, chosen, who="records") == 3
    assert bad(office) == {}
    with Reader(kept.path) as reader:
        assert reader.counts()["replies"] == 3
        assert {row["why"] for row in reader.rows("SELECT why FROM removals")} == {"received before 2009-07-04"}
        assert reader.value("SELECT count(*) FROM texts_fts WHERE texts_fts MATCH 'concepts'") == 3
    assert b"<1@x>" not in office.config.database.read_bytes()
    assert not office.archive.path_of(RAWS[0].digest).exists()


def test_what_was_removed_does_not_come_back(office: Office, kept: Writer) -> None:
    purge(office, kept, older_than(office, date(2009, 7, 4)), who="records")
    tally = take_in_batch(RAWS, office.archive, Scripted(), kept)
    assert (tally.seen, tally.new) == (6, 0)
    assert not office.archive.path_of(RAWS[0].digest).exists()


def test_decisions_go_with_their_reply_and_stay_guarded_otherwise(office: Office, kept: Writer) -> None:
    for message in (1, 6):
        kept.db.execute(
            "INSERT INTO decisions (decided_at, decided_by, message, field, before, after, batch)"
            " VALUES ('2009-07-20T00:00:00Z', 'a', ?, 'kind', 'x', 'y', 1)",
            [message],
        )
    purge(office, kept, older_than(office, date(2009, 7, 4)), who="records")
    assert [row["message"] for row in kept.db.query("SELECT message FROM decisions")] == [6]
    with pytest.raises(sqlite3.IntegrityError, match="never removed"):
        kept.db.execute("DELETE FROM decisions")


def test_a_removal_cut_short_is_ended_at_the_next_start(office: Office, kept: Writer) -> None:
    purge(office, kept, older_than(office, date(2009, 7, 4)), who="records")
    office.archive.put(RAWS[0])  # as if the process had died between the commit and the file
    reconcile(office, kept, Scripted())
    assert not office.archive.path_of(RAWS[0].digest).exists()


def test_all_that_is_held_on_one_sender(office: Office, kept: Writer, tmp_path: Path) -> None:
    chosen = of_sender(office, "Mission@Kenya.example")
    assert export_sender(office, chosen, tmp_path / "sender.zip") == 6
    with zipfile.ZipFile(tmp_path / "sender.zip") as archive:
        names = set(archive.namelist())
        assert len(json.loads(archive.read("replies.json"))) == 6
        assert archive.read(f"{RAWS[0].digest}.eml") == RAWS[0].content
    assert {"replies.json", "proposals.json", "texts.json", "decisions.json"} < names
    assert purge(office, kept, chosen) == 6
    assert of_sender(office, "mission@kenya.example").rows == ()


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_views_as_files(office: Office, kept: Writer, tmp_path: Path, form: str) -> None:
    paths = export(office, form, tmp_path / "out")
    assert {path.suffix for path in paths} == {f".{form}"}
    assert len(rows_of(tmp_path / "out" / f"replies.{form}")) == 6


def rows_of(path: Path) -> list[dict[str, object]]:
    if path.suffix == ".json":
        return list(json.loads(path.read_text(encoding="utf-8")))
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))
    from pyarrow import parquet  # noqa: PLC0415

    return list(parquet.read_table(path).to_pylist())


def test_no_formula_reaches_a_spreadsheet(office: Office, kept: Writer, tmp_path: Path) -> None:
    kept.db.execute("UPDATE messages SET subject = '=HYPERLINK(1)' WHERE id = 1")
    kept.db.conn.commit()
    export(office, "csv", tmp_path, ["replies"])
    assert "'=HYPERLINK(1)" in {row["subject"] for row in rows_of(tmp_path / "replies.csv")}


def test_unknown_form_or_view_is_named(office: Office, kept: Writer, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--format xml"):
        export(office, "xml", tmp_path)
    with pytest.raises(ConfigError, match="--view tables"):
        export(office, "csv", tmp_path, ["tables"])
