"""`make bench`: this program beside known ones on the same files in the same run; what counts are the ratios.

First table: import of 2,000 generated text replies, beside mail-parser only parsing the same files, and beside
`notmuch new`, which indexes them. CPU seconds are of the process and its children; memory is the peak resident set.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

REPLIES = int(os.environ.get("BENCH_REPLIES", "2000"))
TOPICS = (
    "compensation of victims",
    "discouraging demand",
    "training of border guards to recognise victims",
    "the danger to witnesses during an investigation",
    "recruitment on the Internet",
)
STATES = ("Kenya", "Peru", "Japan", "Norway", "Ghana", "Jamaica", "Latvia", "Thailand")


@dataclass(frozen=True)
class Cost:
    name: str
    wall: float
    cpu: float
    memory_mib: float


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="intake-bench-") as scratch:
        folder = Path(scratch)
        mail = folder / "mail"
        make_replies(mail)
        costs = list(measure(folder, mail))
    print(f"{REPLIES} text replies, {os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print(f"{'':<34}{'wall s':>8}{'CPU s':>8}{'peak MiB':>10}{'a second':>10}{'CPU ratio':>11}{'memory ratio':>14}")
    base = costs[0]
    for cost in costs:
        ratios = f"{base.cpu / cost.cpu:>11.2f}{base.memory_mib / cost.memory_mib:>14.2f}"
        print(
            f"{cost.name:<34}{cost.wall:>8.1f}{cost.cpu:>8.1f}{cost.memory_mib:>10.0f}{REPLIES / cost.wall:>10.0f}{ratios}"
        )
    print("\nratio: intake's figure divided by that program's")


def measure(folder: Path, mail: Path) -> Iterator[Cost]:
    data = folder / "data"
    environment = {**os.environ, "INTAKE_DATA_DIR": str(data), "INTAKE_LOG_LEVEL": "warning"}
    intake = str(Path(sys.executable).with_name("intake"))
    data.mkdir()
    shared = REPOSITORY / "var" / "models"
    shared.mkdir(parents=True, exist_ok=True)
    (data / "models").symlink_to(shared)
    subprocess.run([intake, "--data-dir", str(REPOSITORY / "var"), "train"], check=True, stdout=subprocess.DEVNULL)
    yield cost_of("intake import", [intake, "import", str(mail)], environment)
    parse_only = "import sys, pathlib, mailparser\nfor p in sorted(pathlib.Path(sys.argv[1]).iterdir()): mailparser.parse_from_file(str(p)).mail"
    yield cost_of("mail-parser, parsing only", [sys.executable, "-c", parse_only, str(mail)], environment)
    if shutil.which("notmuch"):
        config = folder / "notmuch"
        config.write_text(
            f"[database]\npath={folder}\nmail_root={mail}\n[user]\nname=x\nprimary_email=x@x.example\n[new]\ntags=new\n"
        )
        yield cost_of("notmuch new", ["notmuch", "new", "--quiet"], {**environment, "NOTMUCH_CONFIG": str(config)})


def cost_of(name: str, command: list[str], environment: dict[str, str]) -> Cost:
    """Run a program to its end and weigh it, with its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"{name} failed with status {status}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    return Cost(name, wall, cpu, usage.ru_maxrss / 1024)


def make_replies(folder: Path) -> None:
    folder.mkdir()
    dice = random.Random(2009)
    start = datetime(2009, 7, 9, 8, tzinfo=UTC)
    for number in range(REPLIES):
        state, topics = dice.choice(STATES), dice.sample(TOPICS, 2)
        mail = EmailMessage()
        mail["From"] = f"Permanent Mission of {state} <mission@{state.lower()}-mission.example>"
        mail["To"] = "untoc.cop@unodc.org"
        mail["Date"] = format_datetime(start + timedelta(minutes=15 * number))
        mail["Subject"] = f"Reply {number} to CU 2009/92 (A)"
        mail["Message-ID"] = f"<{number}@bench.example>"
        mail.set_content(
            f"The Permanent Mission of {state} presents its compliments to the Secretariat and has the honour to propose:\n\n"
            f"1. {topics[0].capitalize()}. Our experts have dealt with the matter for years.\n2. {topics[1].capitalize()}.\n\n"
            "The Permanent Mission avails itself of this opportunity to renew the assurances of its highest consideration.\n"
        )
        (folder / f"{number:05}.eml").write_bytes(mail.as_bytes())


if __name__ == "__main__":
    main()
