"""The daemon as it runs: killed, restarted, killed again; the recipients get one mail of the week."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.clock import to_iso
from core.config import load_config
from tests.make import REPOSITORY, make_reading
from tests.servers import Server, running_pymap
from tests.worker.smtp_servers import Post, running_post, wait_until
from worker.office import Office

INTAKE = Path(sys.executable).with_name("intake")


@pytest.fixture
def data(tmp_path: Path, model: Path) -> Path:
    """An office whose daemon was last seen eight days ago, so that a summary is due."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "models").symlink_to(model.parent)
    office = Office(load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(folder)}))
    with office.writer() as writer:
        writer.save([make_reading()])
        long_ago = to_iso(datetime.now(UTC) - timedelta(days=8))
        writer.db.execute("INSERT INTO events (at, name) VALUES (?, 'daemon started')", [long_ago])
    return folder


@contextmanager
def daemon(server: Server, post: Post, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        **server.environment(data),
        "INTAKE_SEND_HOST": "127.0.0.1",
        "INTAKE_SEND_PORT": str(post.port),
        "INTAKE_SEND_TLS": "none",
        "INTAKE_SEND_RECIPIENTS": "head@office.example",
        "INTAKE_REPORT_FORMATS": "text,pdf",
        "INTAKE_MAILBOX_TLS": "none",
    }
    process = subprocess.Popen([INTAKE, "run"], env=settings, cwd=REPOSITORY, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=20)


def log_of(data: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(data / "intake.db") as db:
        return db.execute("SELECT period, state FROM sendings").fetchall()


@pytest.mark.slow
def test_one_mail_over_killed_and_restarted_daemons(data: Path) -> None:
    dice = random.Random(7)
    with running_pymap() as server, running_post() as post:
        post.slow = 0.3
        for _ in range(4):
            with daemon(server, post, data) as process:
                time.sleep(dice.uniform(3, 9))
                process.send_signal(signal.SIGKILL)
        with daemon(server, post, data):
            wait_until(lambda: [state for _, state in log_of(data)] in (["sent"], ["perhaps_sent"]), 60)
        with daemon(server, post, data):
            time.sleep(8)
        ((_, state),) = log_of(data)
        assert len(post.mails) == 1 if state == "sent" else len(post.mails) <= 1
        assert (data / "reports").is_dir()
