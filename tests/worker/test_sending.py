"""One mail a week, whatever fails or dies: against real SMTP servers."""

from __future__ import annotations

import email
import email.policy
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.config import load_config
from report.weeks import Week
from store.outbox import Outbox, Sending, sendings
from tests.make import NOON, REPOSITORY, make_reading
from tests.servers import make_certificate
from tests.worker.smtp_servers import Fault, Post, running_post
from worker.office import Office
from worker.reporting import write_weekly
from worker.sending import outbox_file, pause, plan_weekly, send_alert, send_due, settle

WEEK = Week.parse("2009-W30")
MakeOffice = Callable[..., Office]


@pytest.fixture
def make_office(tmp_path: Path) -> MakeOffice:
    """An office with one reply, and its week's mail planned for a server on that port."""

    def make(port: int, **settings: str) -> Office:
        environment = {
            "INTAKE_DATA_DIR": str(tmp_path / "data"),
            "INTAKE_SEND_HOST": "localhost" if "INTAKE_SEND_CA_FILE" in settings else "127.0.0.1",
            "INTAKE_SEND_PORT": str(port),
            "INTAKE_SEND_TLS": "none",
            "INTAKE_SEND_SENDER": "Secretariat <cop@office.example>",
            "INTAKE_SEND_RECIPIENTS": "Head <head@office.example>, second@office.example",
            "INTAKE_REPORT_FORMATS": "text",
            "INTAKE_SEND_RETRY_MINUTES": "0.0001",
            "INTAKE_SEND_TIMEOUT_SECONDS": "5",
            **settings,
        }
        office = Office(load_config(REPOSITORY / "config.toml", environment))
        with office.writer() as writer:
            writer.save([make_reading(received_at=NOON)])
        plan_weekly(office, write_weekly(office, WEEK))
        return office

    return make


def log_of(office: Office) -> list[Sending]:
    with office.reader() as reader:
        return sendings(reader)


def states(office: Office) -> list[str]:
    return [sending.state for sending in log_of(office)]


def lint(content: bytes) -> EmailMessage:
    """What mail servers and DKIM are touchy about (RFC 5322, RFC 2045, RFC 6376 section 5.3)."""
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 100 for line in content.split(b"\r\n")), "far under 998: no server wraps a line"
    mail = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    names = [name.lower() for name in mail]
    for name in ("from", "to", "subject", "date", "message-id", "mime-version", "content-type"):
        assert names.count(name) == 1, name
    for part in mail.walk():
        assert not part.defects, part.defects
        assert (part["Content-Transfer-Encoding"] or "7bit") in ("7bit", "base64", "quoted-printable")
    return mail


def test_the_mail_is_whole(make_office: MakeOffice) -> None:
    with running_post() as post:
        office = make_office(post.port)
        assert [state for _, state in send_due(office)] == ["sent"]
        assert send_due(office) == []
    mail = lint(post.mails[0])
    assert post.envelopes == [("cop@office.example", ("head@office.example", "second@office.example"))]
    assert mail["Subject"].startswith("CU 2009/92 (A): Weekly intake summary. Week 30 of 2009")
    assert mail["Auto-Submitted"] == "auto-generated"
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Kenya" in text.get_content()
    assert "Kenya" in page.get_content()
    shown = set(re.findall(r'src="cid:([^"]+)"', page.get_content()))
    inline = {part["Content-ID"].strip("<>") for part in mail.walk() if part.get_content_type() == "image/png"}
    assert shown == inline
    assert len(shown) == 3
    files = {part.get_filename(): part.get_content()[:4] for part in mail.iter_attachments()}
    assert files == {"weekly-2009-W30.pdf": b"%PDF", "weekly-2009-W30.docx": b"PK\x03\x04"}


@pytest.mark.parametrize("language", ["ar", "zh", "ru"])
def test_the_mail_is_whole_in_other_scripts(make_office: MakeOffice, language: str) -> None:
    with running_post() as post:
        office = make_office(post.port, INTAKE_SEND_LANGUAGE=language, INTAKE_SEND_ATTACH="")
        send_due(office)
    mail = lint(post.mails[0])
    page = mail.get_body(("html",))
    assert page is not None
    assert f'lang="{language}"' in page.get_content()
    assert mail["Content-Language"] == language


def test_planned_once_however_often_it_is_made(make_office: MakeOffice) -> None:
    with running_post() as post:
        office = make_office(post.port)
        assert not plan_weekly(office, write_weekly(office, WEEK))
        send_due(office)
        assert not plan_weekly(office, write_weekly(office, WEEK))
        send_due(office)
    assert len(post.mails) == 1


@pytest.mark.parametrize(
    ("fault", "state", "taken"),
    [
        ("busy", "planned", 0),
        ("refuses", "failed", 0),
        ("hangs up after the mail", "perhaps_sent", 1),
        ("refuses one", "sent", 1),
    ],
)
def test_what_the_server_says_decides(make_office: MakeOffice, fault: Fault, state: str, taken: int) -> None:
    with running_post(fault=fault) as post:
        office = make_office(post.port)
        send_due(office)
        assert states(office) == [state]
        assert len(post.mails) == taken
        assert bool(log_of(office)[0].detail)
        post.fault = ""
        time.sleep(0.05)
        send_due(office)
        assert len(post.mails) == 1 if state in ("planned", "sent", "perhaps_sent") else not post.mails


def test_server_that_is_down_is_tried_again_later(make_office: MakeOffice) -> None:
    with running_post() as post:
        port = post.port
    office = make_office(port)
    send_due(office)
    assert "no connection" in log_of(office)[0].detail
    assert log_of(office)[0].attempts == 1
    with running_post() as post:
        office = make_office(post.port)
        time.sleep(0.05)
        send_due(office)
        assert (states(office), len(post.mails)) == (["sent"], 1)


def test_a_server_that_hangs_up_before_the_end_has_no_mail(make_office: MakeOffice) -> None:
    """It reads half of the mail and closes: sent again, for the server cannot have it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def half_a_server() -> None:
        connection, _ = listener.accept()
        connection.sendall(b"220 half\r\n")
        for line in connection.makefile("rb"):
            if line.upper().startswith(b"DATA"):
                connection.sendall(b"354 go on\r\n")
                connection.recv(100)
                break
            connection.sendall(b"250 OK\r\n")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        connection.close()

    thread = threading.Thread(target=half_a_server)
    thread.start()
    office = make_office(listener.getsockname()[1])
    # A mail that is larger than what the kernel takes without the server's reading it.
    outbox_file(office, "weekly", "2009-W30").write_bytes(b"Subject: x\r\n\r\n" + b"words\r\n" * 3_000_000)
    send_due(office)
    thread.join()
    listener.close()
    assert states(office) == ["planned"]


def test_pauses_grow(make_office: MakeOffice) -> None:
    assert pause(10, 0) < timedelta(minutes=13)
    assert pause(10, 3) > timedelta(minutes=60)
    assert pause(10, 50) <= timedelta(hours=7.2)


def test_given_up_after_days(make_office: MakeOffice) -> None:
    with running_post(fault="busy") as post:
        office = make_office(post.port)
        with Outbox(office.config.database) as outbox:
            outbox.db.execute("UPDATE sendings SET planned_at = '2009-01-01T00:00:00Z'")
        send_due(office)
    assert states(office) == ["failed"]


# --- signing in ----------------------------------------------------------------------------------


def test_starttls_is_verified_and_signed_in(make_office: MakeOffice, tmp_path: Path) -> None:
    with running_post(tmp_path) as post:
        secure = {
            "INTAKE_SEND_TLS": "starttls",
            "INTAKE_SEND_USERNAME": "cop",
            "INTAKE_SEND_CA_FILE": str(tmp_path / "server.pem"),
        }
        office = make_office(post.port, **secure)
        os.environ["INTAKE_SEND_PASSWORD"] = "secret"
        try:
            send_due(office)
            assert states(office) == ["sent"]
        finally:
            del os.environ["INTAKE_SEND_PASSWORD"]


@pytest.mark.parametrize(
    ("password", "words"),
    [("wrong", "refuses the sign-in"), ("secret", "is not accepted")],
    ids=["password", "certificate"],
)
def test_wrong_password_and_wrong_certificate(
    make_office: MakeOffice, tmp_path: Path, password: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_SEND_PASSWORD", password)
    (tmp_path / "other").mkdir()
    make_certificate(tmp_path / "other")
    with running_post(tmp_path) as post:
        trusted = tmp_path / ("server.pem" if password == "wrong" else "other/server.pem")
        office = make_office(
            post.port, INTAKE_SEND_TLS="starttls", INTAKE_SEND_USERNAME="cop", INTAKE_SEND_CA_FILE=str(trusted)
        )
        send_due(office)
    (sending,) = log_of(office)
    assert (sending.state, post.mails) == ("planned", [])
    assert words in sending.detail
    assert "secret" not in sending.detail


@pytest.mark.parametrize(("token", "state"), [("good", "sent"), ("stale", "planned")])
def test_xoauth2(
    make_office: MakeOffice, tmp_path: Path, token: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTAKE_SEND_PASSWORD", token)
    with running_post(tmp_path) as post:
        office = make_office(
            post.port,
            INTAKE_SEND_TLS="starttls",
            INTAKE_SEND_AUTH="xoauth2",
            INTAKE_SEND_USERNAME="cop",
            INTAKE_SEND_CA_FILE=str(tmp_path / "server.pem"),
        )
        send_due(office)
    assert states(office) == [state]
    assert len(post.mails) == (state == "sent")


# --- dying ---------------------------------------------------------------------------------------


def killed_while_sending(office: Office, after: float) -> None:
    """A child sends; it is killed by SIGKILL after so many seconds."""
    child = os.fork()
    if child == 0:
        try:
            send_due(office)
        finally:
            os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def settled(office: Office, post: Post) -> str:
    """Runs on like a daemon after a restart, until nothing is planned any more."""
    for _ in range(20):
        send_due(office)
        if states(office) != ["planned"]:
            break
        time.sleep(0.02)
    return states(office)[0]


def test_killed_at_any_moment_it_sends_once(make_office: MakeOffice) -> None:
    """Never twice; and none only where the log says that a person must look."""
    dice = random.Random(2)
    outcomes = []
    with running_post() as post:
        office = make_office(post.port)
        for _ in range(40):
            post.mails.clear()
            post.slow = dice.choice([0, 0.05])
            with Outbox(office.config.database) as outbox:
                outbox.db.execute("UPDATE sendings SET state = 'planned', next_try_at = '2009-01-01T00:00:00Z'")
            killed_while_sending(office, dice.uniform(0, 0.12))
            state = settled(office, post)
            time.sleep(post.slow)
            outcomes.append((state, len(post.mails)))
    assert {outcome for outcome in outcomes} <= {("sent", 1), ("perhaps_sent", 1), ("perhaps_sent", 0)}
    assert ("sent", 1) in outcomes
    assert ("perhaps_sent", 1) in outcomes, "some died between the last line and the answer"


def test_two_senders_at_once_send_once(make_office: MakeOffice) -> None:
    with running_post() as post:
        post.slow = 0.2
        office = make_office(post.port)
        threads = [threading.Thread(target=send_due, args=(office,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(post.mails) == 1


def test_a_persons_word_on_what_was_perhaps_sent(make_office: MakeOffice) -> None:
    with running_post(fault="hangs up after the mail") as post:
        office = make_office(post.port)
        send_due(office)
        post.fault = ""
        settle(office, "2009-W30", "planned")
        send_due(office)
        assert (states(office), len(post.mails)) == (["sent"], 2)


def test_alert_goes_by_the_same_server(make_office: MakeOffice) -> None:
    with running_post() as post:
        office = make_office(post.port, INTAKE_ALERTS_RECIPIENTS="it@office.example")
        send_alert(office, "intake is unwell", "The mailbox cannot be read.\n")
    assert post.envelopes[0][1] == ("it@office.example",)
    assert datetime.now(UTC) - email.utils.parsedate_to_datetime(lint(post.mails[0])["Date"]) < timedelta(minutes=1)


# --- the command ---------------------------------------------------------------------------------


def intake(office: Office, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {
        **os.environ,
        "INTAKE_DATA_DIR": str(office.config.data_dir),
        "INTAKE_SEND_HOST": "127.0.0.1",
        "INTAKE_SEND_PORT": str(port),
        "INTAKE_SEND_TLS": "none",
        "INTAKE_SEND_RECIPIENTS": "head@office.example",
        "INTAKE_REPORT_FORMATS": "text",
        "COLUMNS": "200",
    }
    program = Path(sys.executable).with_name("intake")
    return subprocess.run(
        [program, *arguments], env=settings, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


def test_the_command_shows_sends_and_logs(make_office: MakeOffice) -> None:
    with running_post() as post:
        office = make_office(post.port)
        shown = intake(office, post.port, "send", "--week", "2009-W31", "--dry-run")
        assert (shown.returncode, post.mails) == (0, [])
        assert "Subject: CU 2009/92 (A): Weekly intake summary" in shown.stdout
        assert "weekly-2009-W31.pdf" in shown.stdout
        sent = intake(office, post.port, "send")
        assert (sent.returncode, sent.stdout) == (0, "weekly 2009-W30: sent\n"), sent.stderr
        assert intake(office, post.port, "send").stdout == "Nothing is due.\n"
        log = json.loads(intake(office, post.port, "send", "--log", "--json").stdout)
        assert [(row["period"], row["state"]) for row in log] == [("2009-W30", "sent")]
        wrong = intake(office, post.port, "send", "--again", "2009-W30")
        assert (wrong.returncode, "waits for a person's word" in wrong.stderr) == (1, True)
    figures = json.loads(intake(office, post.port, "status", "--json").stdout)
    assert (figures["mail_to_send"], figures["mail_needs_a_person"]) == (0, 0)
