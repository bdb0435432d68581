"""How the daemon says how it is: to a monitor, to systemd, by mail, and whether it knows itself."""

from __future__ import annotations

import json
import logging
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from core.config import LogConfig
from core.errors import IntakeError, MailboxError
from worker.alarm import Alarm
from worker.endpoint import Endpoint
from worker.health import STUCK_SECONDS, Health
from worker.logs import set_up_logging
from worker.metrics import make_metrics
from worker.notify import notify, watchdog_seconds
from worker.pipeline import Tally
from worker.sbom import bill_of_materials

FAULT = MailboxError("no connection with imap.example:993", "See that the server is up")


class Clock:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2009, 7, 20, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def go_on(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    made = Health(timedelta(minutes=30), clock, clock.monotonic)
    made.watch("inbox")
    return made


def test_ready_once_every_mailbox_was_read(health: Health) -> None:
    assert (health.snapshot().well, health.snapshot().ready) == (True, False)
    health.polled("inbox")
    assert health.snapshot().ready
    health.watch("junk")
    assert not health.snapshot().ready


def test_unwell_when_the_last_good_look_is_too_old(health: Health, clock: Clock) -> None:
    health.polled("inbox")
    clock.go_on(20)
    health.failed("inbox", FAULT, 60)
    assert health.snapshot().well, "one failure is weather"
    clock.go_on(11)
    [problem] = health.snapshot().problems
    assert problem == "inbox was last read 31 minutes ago: no connection with imap.example:993"
    health.polled("inbox")
    assert health.snapshot().problems == ()


def test_not_alive_when_a_thread_stands_still(health: Health, clock: Clock) -> None:
    clock.go_on(STUCK_SECONDS / 60 - 1)
    assert health.snapshot().alive
    clock.go_on(2)
    assert not health.snapshot().alive
    health.beat("inbox")
    assert health.snapshot().alive


def test_what_stands_in_the_way_until_it_is_cleared(health: Health) -> None:
    health.polled("inbox")
    health.set("disk", "10 MiB are left")
    assert health.snapshot().problems == ("10 MiB are left",)
    health.clear("disk")
    assert health.snapshot().well


def test_one_mail_when_unwell_and_one_when_well_again(health: Health, clock: Clock) -> None:
    sent: list[str] = []
    alarm = Alarm(lambda subject, _: sent.append(subject), timedelta(minutes=15))
    health.polled("inbox")
    for _ in range(120):
        clock.go_on(1)
        health.beat("inbox")
        alarm.look(health.snapshot())
    assert sent == ["intake is unwell"]
    health.polled("inbox")
    alarm.look(health.snapshot())
    alarm.look(health.snapshot())
    assert sent == ["intake is unwell", "intake is well again"]


def test_an_alert_that_cannot_be_sent_is_tried_again(health: Health) -> None:
    tries: list[str] = []

    def send(subject: str, _: str) -> None:
        tries.append(subject)
        if len(tries) < 3:
            raise IntakeError("no connection", "later")

    alarm = Alarm(send, timedelta())
    health.set("disk", "full")
    for _ in range(5):
        alarm.look(health.snapshot())
    assert len(tries) == 3


def test_pages_for_a_monitor(health: Health) -> None:
    health.polled("inbox")
    health.took(Tally(5, 3, 1))
    metrics = make_metrics(health.snapshot, lambda: {"replies": 3})
    endpoint = Endpoint("127.0.0.1:0", health.snapshot, metrics)
    endpoint.start()
    try:
        at = f"http://127.0.0.1:{endpoint.port}"
        assert urlopen(f"{at}/livez", timeout=5).status == 200
        assert json.loads(urlopen(f"{at}/status", timeout=5).read())["counters"]["new"] == 3
        text = urlopen(f"{at}/metrics", timeout=5).read().decode()
        assert "intake_messages_stored_total 3.0" in text
        assert "intake_replies 3.0" in text
        health.set("disk", "full")
        with pytest.raises(HTTPError, match="503"):
            urlopen(f"{at}/readyz", timeout=5)
    finally:
        endpoint.close()


def test_systemd_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "notify")})
        assert manager.recv(100) == b"READY=1"
    notify("READY=1", {})
    notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    assert watchdog_seconds({"WATCHDOG_USEC": "120000000"}) == 60
    assert watchdog_seconds({"WATCHDOG_USEC": "120000000", "WATCHDOG_PID": str(os.getpid() + 1)}) is None
    assert watchdog_seconds({}) is None


def test_log_lines_are_json_with_their_digest(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        set_up_logging(LogConfig(format="json"))
        logging.getLogger("intake.test").error("held back", extra={"digest": "ab" * 32})
    finally:
        logging.getLogger().handlers[:] = before
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["digest"], line["level"]) == ("held back", "ab" * 32, "error")


def test_bill_of_materials_names_what_is_installed() -> None:
    names = {part["name"].lower() for part in bill_of_materials()["components"]}
    assert {"spacy", "imapclient", "sqlite-utils"} <= names
