"""The commands of docs/desk.md, as a person types them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from core.errors import ConfigError
from store.read import Reader
from tests.make import REPOSITORY
from tests.servers import free_port
from web.accounts import add_account
from worker.cli import app

INTAKE = Path(sys.executable).with_name("intake")


@pytest.fixture
def data(tmp_path: Path, samples_data: Path) -> Path:
    copy = tmp_path / "data"
    shutil.copytree(samples_data, copy, ignore=shutil.ignore_patterns("intake.lock", "models", "accounts.json"))
    (copy / "models").symlink_to(REPOSITORY / "var" / "models")
    return copy


def intake(*arguments: str, data: Path, typed: str = "") -> Any:
    """In this process: `main` shows errors as two lines, and that is tested with real processes elsewhere."""
    return CliRunner().invoke(app, ["--data-dir", str(data), *arguments], input=typed)


def test_people(data: Path) -> None:
    with pytest.raises(ConfigError, match="nobody may use the desk"):
        raise intake("serve", data=data).exception
    assert intake("users", "add", "ana", "--role", "administrator", data=data, typed="a long password\n").exit_code == 0
    for wrong in (("--role", "king"), ()):
        assert isinstance(intake("users", "add", "ben", *wrong, data=data, typed="short\n").exception, ConfigError)
    assert intake("users", "add", "ben", "--by-proxy", data=data).exit_code == 0
    assert intake("users", "list", data=data).stdout == "ana\tadministrator\nben\tviewer (by the proxy)\n"
    assert (data / "accounts.json").stat().st_mode & 0o077 == 0
    assert "a long password" not in (data / "accounts.json").read_text(encoding="utf-8")
    assert intake("users", "remove", "ben", data=data).exit_code == 0
    assert isinstance(intake("users", "remove", "ben", data=data).exception, ConfigError)


def test_serving_and_stopping(data: Path) -> None:
    add_account(data / "accounts.json", "ana", "viewer", "a long password")
    _serve_and_stop(data)


def _serve_and_stop(data: Path) -> None:
    port = free_port()
    environment = {**os.environ, "INTAKE_DATA_DIR": str(data), "INTAKE_WEB_PORT": str(port)}
    process = subprocess.Popen([INTAKE, "serve"], env=environment, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(300):
            try:
                answer = httpx.get(f"http://127.0.0.1:{port}/sign-in", timeout=5)
                break
            except httpx.HTTPError:
                time.sleep(0.1)
        assert answer.status_code == 200
        assert (data / "desk.secret").stat().st_mode & 0o077 == 0
    finally:
        process.send_signal(signal.SIGTERM)
    assert process.wait(20) in (0, -signal.SIGTERM)
    assert "Traceback" not in (process.stderr.read() if process.stderr else "")


def test_the_queue_in_a_terminal(data: Path) -> None:
    with Reader(data / "intake.db") as reader:
        queue = reader.rows("SELECT reply_id, kind FROM review_queue")
    done = intake("review", "--by", "ana", data=data, typed="?\nnonsense\nkind spam\nu\n\ns\nq\n")
    assert done.exit_code == 0, done.output
    assert "is no command" in done.stdout
    assert f"{len(queue)} to review" in done.stdout
    with Reader(data / "intake.db") as reader:
        first = reader.rows(
            "SELECT kind, reviewed_by, needs_review FROM replies WHERE reply_id = ?", [queue[0]["reply_id"]]
        )
        log = [(row["field"], row["decided_by"]) for row in reader.rows("SELECT * FROM decision_log")]
    assert first == [{"kind": queue[0]["kind"], "reviewed_by": "ana", "needs_review": 0}]
    assert log == [("kind", "ana"), ("undo", "ana"), ("settled", "ana")]


@pytest.mark.parametrize(
    ("typed", "field", "value"),
    [
        ("", "settled", None),
        ("2 e,h", "topic_areas", ["e", "h"]),
        ("1 new", "topic_areas", [None]),
        ("1 -", "topic_rejected", True),
        ("1+2", "topic_merged", [12]),
        ("state none", "state", None),
        ("state ken", "state", "KEN"),
        ("group", "group", None),
        ("note look again", "note", "look again"),
    ],
)
def test_commands_of_the_terminal(typed: str, field: str, value: object) -> None:
    from worker.reviewing import parse  # noqa: PLC0415

    change = parse(typed, [11, 12])
    assert (change.field, change.value) == (field, value)


def test_every_command_of_the_page_is_one() -> None:
    """docs/desk.md shows no command or option that the program does not have."""
    page = (REPOSITORY / "docs" / "desk.md").read_text(encoding="utf-8")
    commands = re.findall(
        r"\.venv/bin/intake (?:--data-dir \S+ )?([a-z ]+?)(?= --| [A-Z]|\s*$| ana)", page, re.MULTILINE
    )
    assert {"serve", "users add", "users list", "users remove", "review", "reprocess"} <= set(commands)
    for command in set(commands):
        assert subprocess.run([INTAKE, *command.split(), "--help"], capture_output=True, check=False).returncode == 0, (
            command
        )
