"""The desk over many replies: server time of each page while mail is taken in, and beside plain Datasette on the same table.

    .venv/bin/python bench/desk.py [REPLIES]

The replies are the demo's, many times over, with other digests, days and States. Needs `intake demo` to have run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from core.model import Message, Outcome, RawMessage, Reading, Text  # noqa: E402
from store.write import Writer  # noqa: E402
from web.accounts import add_account  # noqa: E402

REPLIES = 100_000
ROUNDS = 60
PASSWORD = "for the bench"
PORT, PLAIN_PORT = 8771, 8772
PAGES = (
    "/",
    "/replies",
    "/replies?page=50",
    "/replies?kind=enquiry",
    "/replies?state=KEN",
    "/review",
    "REPLY",
    "/areas",
    "/areas/e",
    "/new-topics",
    "/states",
    "/search?q=victimes",
    "/search?q=%E8%A2%AB%E5%AE%B3%E4%BA%BA",
    "/queries",
    "/live",
)


def multiply(database: Path, replies: int) -> None:
    """Copy all that stands `replies` / n times, with numbers behind those that are taken."""
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.create_function("other_digest", 2, lambda digest, k: hashlib.sha256(f"{digest}{k}".encode()).hexdigest())
    states = [row[0] for row in connection.execute("SELECT code FROM states")]
    connection.create_function("other_state", 2, lambda state, k: state and states[hash((state, k)) % len(states)])
    for (trigger,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'week%'"
    ).fetchall():
        connection.execute(f'DROP TRIGGER "{trigger}"')
    originals = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
    steps = {
        table: connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]
        for table in ("messages", "topics", "assignments")
    }
    for k in range(1, replies // originals + 1):
        _copy(connection, k, steps)
    connection.commit()
    connection.execute("ANALYZE")
    connection.commit()
    connection.close()


def _copy(connection: sqlite3.Connection, k: int, step: dict[str, int]) -> None:
    message, topic, assignment = (k * step[table] for table in ("messages", "topics", "assignments"))
    last = step["messages"]
    changed = {
        "messages": {
            "id": f"id + {message}",
            "sha256": f"other_digest(sha256, {k})",
            "state": f"other_state(state, {k})",
            "received_at": f"strftime('%Y-%m-%dT%H:%M:%SZ', received_at, '+{k * 17} seconds')",
        },
        "texts": {"id": "NULL", "message": f"message + {message}"},
        "attachments": {"id": "NULL", "message": f"message + {message}"},
        "topics": {"id": f"id + {topic}", "message": f"message + {message}"},
        "assignments": {"id": f"id + {assignment}", "topic": f"topic + {topic}"},
        "evidence": {"id": "NULL", "message": f"message + {message}", "assignment": f"assignment + {assignment}"},
        "review_reasons": {"id": "NULL", "message": f"message + {message}"},
        "readings": {"message": f"message + {message}"},
    }
    for table, new in changed.items():
        if table == "review_reasons" and k % 20:
            continue  # one in twenty of what was in doubt still waits
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(new.get(column, f'"{column}"') for column in columns)
        key = {
            "messages": f"id < {last}",
            "assignments": f"topic < {step['topics']}",
            "topics": f"message < {last}",
        }.get(table, f"message < {last}")
        connection.execute(f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {key}")


def keep_importing(database: Path, stop: threading.Event, stored: list[int]) -> None:
    """What the daemon does meanwhile: a group of replies a second."""
    writer = Writer(database)
    number = 0
    while not stop.is_set():
        group = []
        for _ in range(20):
            number += 1
            raw = RawMessage(f"bench {number} {random.random()}".encode(), _now())
            text = f"Topic number {number}"
            group.append(
                Reading(
                    raw,
                    Message(f"<bench{number}@x>", subject="bench"),
                    (Text("body", text),),
                    Outcome("enquiry", language="en"),
                )
            )
        stored.append(writer.save(group))
        stop.wait(1)
    writer.close()


def _now():
    from core.clock import now  # noqa: PLC0415

    return now()


@contextlib.contextmanager
def served(arguments: list[str], port: int, path: str) -> Iterator[None]:
    process = subprocess.Popen(arguments, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{port}{path}", timeout=30).status_code < 500:
                    break
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(20)


def p95(seconds: list[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)] * 1000


def measure(client: httpx.Client, path: str, rounds: int = ROUNDS) -> tuple[float, float]:
    """95th percentile and median, in milliseconds, of whole answers."""
    client.get(path)
    seconds = []
    for _ in range(rounds):
        begun = time.perf_counter()
        answer = client.get(path)
        seconds.append(time.perf_counter() - begun)
        assert answer.status_code == 200, (path, answer.status_code)
    return p95(seconds), sorted(seconds)[len(seconds) // 2] * 1000


def main() -> None:
    replies = int(sys.argv[1]) if len(sys.argv) > 1 else REPLIES
    with tempfile.TemporaryDirectory(dir=REPOSITORY / "var") as folder:
        data = Path(folder)
        shutil.copytree(REPOSITORY / "var" / "demo" / "archive", data / "archive")
        source = sqlite3.connect(REPOSITORY / "var" / "demo" / "intake.db")
        source.backup(sqlite3.connect(data / "intake.db"))
        Writer(data / "intake.db").close()
        begun = time.perf_counter()
        multiply(data / "intake.db", replies)
        print(
            f"{replies} replies made in {time.perf_counter() - begun:.0f} s, {(data / 'intake.db').stat().st_size // 2**20} MiB",
            flush=True,
        )
        add_account(data / "accounts.json", "bench", "administrator", PASSWORD)
        print(json.dumps(run(data), indent=1))


def run(data: Path) -> dict[str, object]:
    database, stop, stored = data / "intake.db", threading.Event(), []
    desk = [sys.executable, "-c", _serve(data)]
    plain = [
        sys.executable,
        "-m",
        "datasette",
        "serve",
        str(database),
        "--port",
        str(PLAIN_PORT),
        "--setting",
        "sql_time_limit_ms",
        "20000",
    ]
    with served(desk, PORT, "/sign-in"), served(plain, PLAIN_PORT, "/-/versions.json"):
        importing = threading.Thread(target=keep_importing, args=(database, stop, stored))
        importing.start()
        pages: dict[str, object] = {}
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", follow_redirects=True, timeout=120) as client:
            client.get("/sign-in")
            client.post(
                "/sign-in", data={"csrftoken": client.cookies["ds_csrftoken"], "name": "bench", "password": PASSWORD}
            )
            digest = (
                sqlite3.connect(database)
                .execute("SELECT sha256 FROM messages WHERE kind = 'proposal' ORDER BY id DESC LIMIT 1 OFFSET 500")
                .fetchone()[0]
            )
            for page in PAGES:
                worst, median = measure(client, f"/reply/{digest}" if page == "REPLY" else page)
                pages[page] = {"p95_ms": round(worst, 1), "median_ms": round(median, 1)}
                print(f"{page:<40} p95 {worst:7.1f} ms   median {median:7.1f} ms", flush=True)
            ours, _ = measure(client, "/replies")
        with httpx.Client(base_url=f"http://127.0.0.1:{PLAIN_PORT}", timeout=120) as client:
            theirs, _ = measure(client, "/intake/replies?_sort_desc=received_at&_size=50", 15)
        stop.set()
        importing.join()
    return {
        "pages": pages,
        "list_of_replies_ms": round(ours, 1),
        "plain_datasette_ms": round(theirs, 1),
        "ratio": round(ours / theirs, 4),
        "stored_meanwhile": sum(stored),
    }


def _serve(data: Path) -> str:
    return (
        "from pathlib import Path; from core.config import load_config; from worker.office import Office; from web.app import serve;"
        f"config = load_config(Path('config.toml'), {{'INTAKE_DATA_DIR': {str(data)!r}, 'INTAKE_WEB_PORT': '{PORT}'}});"
        "serve(config, Office(config).consultation)"
    )


if __name__ == "__main__":
    main()
