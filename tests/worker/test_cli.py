"""The command line as a person uses it: a real process, its exit code and its words."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.config import load_config
from tests.make import REPOSITORY, SAMPLES, make_email
from tests.servers import free_port, running_pymap
from worker.backup import back_up
from worker.office import Office

INTAKE = Path(sys.executable).with_name("intake")


def intake(*arguments: str | Path, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    settings = {**os.environ, "INTAKE_DATA_DIR": str(data), "COLUMNS": "200", **environment}
    done = subprocess.run(
        [INTAKE, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=settings,
        cwd=REPOSITORY,
        timeout=240,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def data(tmp_path: Path, model: Path) -> Path:
    """A data folder that has the model already."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "models").symlink_to(model.parent)
    return folder


def test_init_import_status_report(data: Path, tmp_path: Path) -> None:
    assert intake("init", data=data).returncode == 0
    (tmp_path / "a.eml").write_bytes(make_email())
    done = intake("import", tmp_path / "a.eml", data=data)
    assert (done.returncode, done.stdout) == (0, "1 messages looked at, 1 new.\n")
    assert intake("import", tmp_path / "a.eml", data=data).stdout == "1 messages looked at, 0 new.\n"
    status = json.loads(intake("status", "--json", data=data).stdout)
    assert (status["replies"], status["states_answered"]) == (1, 1)
    assert "Kenya" in intake("report", "weekly", "--week", "2009-W30", data=data).stdout
    page = tmp_path / "week.html"
    done = intake("report", "weekly", "--week", "2009-W30", "--format", "html", "--output", page, data=data)
    assert done.returncode == 0
    assert "Kenya" in page.read_text(encoding="utf-8")


def test_letter_by_post(data: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("The Government proposes topics (c) and (h).", encoding="utf-8")
    done = intake(
        "import", tmp_path / "letter.txt", "--via", "post", "--received", "2009-07-28", "--state", "JPN", data=data
    )
    assert done.returncode == 0, done.stderr
    rows = (
        sqlite3.connect(data / "intake.db").execute("SELECT state, channel, received_at, kind FROM replies").fetchall()
    )
    assert rows == [("JPN", "post", "2009-07-28T10:00:00Z", "proposal")]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run"], 2, ["no mailbox is set", "INTAKE_MAILBOX_HOST"]),
        (["import", "nothing.eml"], 1, ["no such file", "Give the path"]),
        (["import", "README.md"], 1, ["is no mail", "--via post"]),
        (["import", "README.md", "--via", "pigeon"], 2, ["--via pigeon", "mail, post, fax"]),
        (["import", "README.md", "--via", "post"], 2, ["--received is missing", "2009-07-28"]),
        (["import", "README.md", "--via", "fax", "--received", "yesterday"], 2, ["no such day"]),
        (["import", "README.md", "--state", "XXX"], 2, ["no State has that code", "JPN"]),
        (["report", "weekly", "--week", "soon"], 2, ["no week", "2009-W29"]),
        (["report", "weekly", "--format", "doc"], 2, ["--format doc", "text, html, docx"]),
        (["report", "weekly", "--lang", "de"], 2, ["--lang de", "ar, zh, en"]),
        (["status"], 1, ["no database yet", "intake init"]),
        (["--config", "none.toml", "status"], 2, ["no such configuration file"]),
        (["fly"], 2, ["No such command"]),
    ],
)
def test_wrong_use_says_what_to_do(tmp_path: Path, arguments: list[str], code: int, words: list[str]) -> None:
    done = intake(*arguments, data=tmp_path / "data")
    assert done.returncode == code, done.stderr
    for word in words:
        assert word in done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"INTAKE_CONSULTATION": "none"}, ["no consultation 'none'", "consultation.toml"]),
        ({"INTAKE_MAILBOX_PROT": "1"}, ["INTAKE_MAILBOX_PROT", "INTAKE_MAILBOX_PORT"]),
        ({"INTAKE_LOG_LEVEL": "loud"}, ["INTAKE_LOG_LEVEL", "'debug'"]),
    ],
)
def test_wrong_settings_say_what_to_do(tmp_path: Path, settings: dict[str, str], words: list[str]) -> None:
    done = intake("init", data=tmp_path / "data", **settings)
    assert done.returncode == 2
    for word in words:
        assert word in done.stderr


def test_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = intake("init", data=tmp_path / "file" / "data")
    assert done.returncode == 1
    assert "cannot be made" in done.stderr


def test_wrong_password_and_host_down(data: Path) -> None:
    with running_pymap() as server:
        account = {
            "INTAKE_MAILBOX_HOST": server.host,
            "INTAKE_MAILBOX_PORT": str(server.port),
            "INTAKE_MAILBOX_USERNAME": server.username,
            "INTAKE_MAILBOX_TLS": "none",
        }
        done = intake("run", "--once", data=data, INTAKE_MAILBOX_PASSWORD="hunter2-wrong", **account)
        assert (done.returncode, "refuses the sign-in" in done.stderr) == (1, True)
        assert "hunter2" not in done.stderr + done.stdout
        done = intake("run", "--once", data=data, **account)
        assert (done.returncode, "no password" in done.stderr) == (2, True)
    account["INTAKE_MAILBOX_PORT"] = str(free_port())
    done = intake("run", "--once", data=data, INTAKE_MAILBOX_PASSWORD="x", **account)
    assert (done.returncode, "no connection" in done.stderr) == (1, True)


def test_check_tells_each_thing(data: Path) -> None:
    done = intake("check", "--json", data=data)
    findings = {finding["what"]: finding["status"] for finding in json.loads(done.stdout)}
    assert findings["consultation"] == "ok"
    assert findings["model"] == "ok"
    assert findings["mailbox"] == "off"
    assert done.returncode == 0


def test_help_of_every_command(tmp_path: Path) -> None:
    listed = intake("--help", data=tmp_path).stdout
    for command in ("init", "check", "run", "import", "status", "report", "train", "evaluate", "demo"):
        assert command in listed
        assert intake(command, "--help", data=tmp_path).returncode == 0


def test_readme_commands_exist(tmp_path: Path) -> None:
    """Every `intake …` and `make …` that README and docs show is one that there is."""
    pages = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(), re.MULTILINE))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\bmake ([a-z-]+)\b`|^\s*make ([a-z-]+)", text, re.MULTILINE):
            assert (target[0] or target[1]) in targets, (page.name, target)
        for line in re.findall(r"(?:^|`)(?:\.venv/bin/)?intake ((?!is|and)[a-z][^`\n]*)", text, re.MULTILINE):
            words = line.split("#")[0].split()
            command = words[:2] if words[0] in ("report", "users", "drafts") else words[:1]
            shown = intake(*command, "--help", data=tmp_path).stdout
            for option in re.findall(r"--[a-z-]+", line.split("#")[0]):
                assert option in shown or option in ("--config", "--data-dir"), (page.name, line)


def test_samples_are_what_their_sources_say() -> None:
    ids = {path.stem for path in (SAMPLES / "replies").glob("*.eml")}
    gold = [json.loads(line) for line in (SAMPLES / "gold.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["message_id"] for row in gold} == {f"<{name}@samples.example>" for name in ids}
    assert len(gold) >= 36


@pytest.mark.slow
def test_evaluation_beside_the_baseline(data: Path, tmp_path: Path) -> None:
    replies = tmp_path / "set" / "replies"
    replies.mkdir(parents=True)
    answers = (REPOSITORY / "samples" / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    (tmp_path / "set" / "gold.jsonl").write_text(next(line for line in answers if "<zh-03@" in line), encoding="utf-8")
    shutil.copy(REPOSITORY / "samples" / "replies" / "zh-03.eml", replies)
    done = intake("evaluate", tmp_path / "set", "--baseline", "--json", data=data)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["replies"] == 1
    assert found["calibration"]["bins"]
    assert found["baseline"]["topics"] == 2
    assert found["baseline"]["ours"]["by_language"]["zh"]["accuracy"] == 1.0
    assert found["baseline"]["tfidf_logistic_regression"]["by_language"].keys() == {"zh"}
    assert "baseline" in intake("evaluate", tmp_path / "set", "--baseline", data=data).stdout


def test_a_backup_made_in_the_middle_of_an_import_is_restored_clean(data: Path, tmp_path: Path, model: Path) -> None:
    mails = tmp_path / "mails"
    mails.mkdir()
    for number in range(12):
        (mails / f"{number}.eml").write_bytes(make_email(f"Kenya proposes topic (b), mail {number}."))
    assert intake("init", data=data).returncode == 0
    environment = {**os.environ, "INTAKE_DATA_DIR": str(data)}
    importing = subprocess.Popen([INTAKE, "import", mails], env=environment, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    while len(list(data.glob("archive/??/??/*.eml"))) < 12 and importing.poll() is None:
        time.sleep(0.01)
    config = load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(data)})
    made = back_up(Office(config), tmp_path / "backups", keep=1)  # raw messages are kept, their rows are not there yet
    assert importing.wait(120) == 0

    other = tmp_path / "restored"
    other.mkdir()
    (other / "models").symlink_to(model.parent)
    done = intake("restore", made.path, data=other)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 messages that came while the backup was made: read now." in done.stdout
    assert intake("verify", data=other).returncode == 0
    assert json.loads(intake("status", "--json", data=other).stdout)["replies"] == 12
