"""What the child that reads attachments cannot do, tried by a child that does its worst; and what ends when."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from core.model import Attachment
from ingest.attachments.base import Limits
from ingest.attachments.sandbox import Keeper, read_all
from tests.make import REPOSITORY

EVIL = """
import os, resource, select, signal, socket, subprocess, sys, time
from ingest.attachments import child, guard
from ingest.attachments.base import Limits

def answer(request, answers, line):
    child.limit(Limits(message_seconds=1, memory_mib=512, processes=8, max_mib=1, unpacked_mib=1))
    try:
{code}
    except BaseException as error:
        say(type(error).__name__)

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

child.answer = answer
if os.getuid() == 0:  # the superuser is not held to all limits
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
say("ended", guard.watch(0, 1, {line}))
"""


def evil(code: str, *, hang_up: bool = False) -> list[str]:
    """What a child prints that runs `code` instead of reading files, and how it ended."""
    near, far = socket.socketpair()
    with near, far:
        script = EVIL.format(code=textwrap.indent(textwrap.dedent(code), " " * 8), line=far.fileno())
        with subprocess.Popen(
            [sys.executable, "-c", script],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[far.fileno()],
        ) as program:
            assert program.stdout is not None
            said = [program.stdout.readline()] if hang_up else []
            far.close()
            if hang_up:
                near.close()
            return [line.strip() for line in (*said, *program.stdout)]


@cache
def allowed() -> frozenset[str]:
    """What the kernel lets an ordinary program leave behind, by util-linux's own program: containers often forbid it."""
    flags = {"network": ["--user", "--net"], "processes": ["--user", "--net", "--ipc", "--pid", "--fork"]}
    return frozenset(
        what
        for what, options in flags.items()
        if subprocess.run(["unshare", *options, "true"], capture_output=True, check=False).returncode == 0
    )


def need(what: str) -> None:
    if what not in allowed():
        pytest.skip(f"the kernel does not let a program leave its {what}")


def file(name: str = "a.txt", content: bytes = b"words") -> Attachment:
    return Attachment(name, "application/octet-stream", content, "2")


def eventually(true: Callable[[], bool], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.02)
    return False


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def is_running(*arguments: str) -> bool:
    wanted = b"\0".join(argument.encode() for argument in arguments) + b"\0"
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and (folder / "cmdline").read_bytes() == wanted:
                return True
    return False


# --- limits --------------------------------------------------------------------------------------


def test_memory_is_limited() -> None:
    assert evil("bytearray(1 << 30)") == ["MemoryError", "ended 0"]


def test_processor_time_is_limited() -> None:
    [ended] = evil("while True: pass")
    assert ended == f"ended {-signal.SIGKILL & 0xFF}"


def test_size_of_files_is_limited() -> None:
    written = evil("""
        with open("/tmp/intake-test-large", "wb") as file:
            os.unlink(file.name)
            for _ in range(100):
                file.write(bytes(1 << 20))
                file.flush()
    """)
    assert written == ["OSError", "ended 0"]


def test_number_of_processes_is_limited() -> None:
    made = evil("""
        for number in range(5000):
            if os.fork() == 0:
                time.sleep(30)
    """)
    assert made == ["BlockingIOError", "ended 0"]


def test_no_memory_image_is_written_and_few_files_are_open() -> None:
    limits = evil("say(resource.getrlimit(resource.RLIMIT_CORE)[1], resource.getrlimit(resource.RLIMIT_NOFILE)[1])")
    assert limits == ["0 256", "ended 0"]


def test_there_is_no_network() -> None:
    need("network")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert evil(f"socket.socket().connect(('127.0.0.1', {port})); say('connected')") == ["OSError", "ended 0"]


def test_other_processes_cannot_be_seen() -> None:
    need("processes")
    assert evil(f"os.kill({os.getpid()}, 0)") == ["ProcessLookupError", "ended 0"]


def test_privileges_cannot_be_gained() -> None:
    assert evil("say(open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0])") == ["1", "ended 0"]


# --- the end -------------------------------------------------------------------------------------


@pytest.mark.parametrize("session", ["False", "True"], ids=["in its group", "in a session of its own"])
def test_what_a_child_has_started_ends_with_it(session: str) -> None:
    if session == "True":
        need("processes")
    mark = f"{time.time_ns() % 10**9}.5"  # sleep's argument finds it again
    said = evil(f"subprocess.Popen(['sleep', '{mark}'], start_new_session={session}); say('started')")
    assert said == ["started", "ended 0"]
    assert eventually(lambda: not is_running("sleep", mark))


def test_a_child_ends_when_the_asker_hangs_up() -> None:
    said = evil("say('at work'); time.sleep(100)", hang_up=True)
    assert said == ["at work", f"ended {-signal.SIGKILL & 0xFF}"]


def test_a_file_that_takes_too_long_costs_only_itself() -> None:
    files = [file(content=b"before"), file("slow.png", slow_picture()), file(content=b"after")]
    started = time.monotonic()
    found = read_all(files, Limits(seconds=1))
    assert [found[0].text, found[2].text] == ["before", "after"]
    assert time.monotonic() - started < 8


def test_the_time_of_a_message_is_shared_by_its_files() -> None:
    started = time.monotonic()
    found = read_all([file("slow.png", slow_picture())] * 10, Limits(seconds=1, message_seconds=2))
    assert time.monotonic() - started < 8
    assert [problem.code for problem in found[-1].problems] == ["attachment-timeout"]


@cache
def slow_picture() -> bytes:
    """Noise, over which Tesseract works for long."""
    import io  # noqa: PLC0415

    from PIL import Image  # noqa: PLC0415

    buffer = io.BytesIO()
    Image.effect_noise((3000, 3000), 80).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


# --- the keeper ----------------------------------------------------------------------------------


def test_many_threads_ask_at_once() -> None:
    with ThreadPoolExecutor(8) as threads:
        texts = list(
            threads.map(lambda n: read_all([file(content=f"words {n}".encode())], Limits())[0].text, range(24))
        )
    assert texts == [f"words {n}" for n in range(24)]


def test_the_keeper_outlives_the_thread_that_started_it(keeper: Keeper) -> None:
    thread = threading.Thread(target=lambda: ask(keeper))
    thread.start()
    thread.join()
    first = keeper.pid
    ask(keeper)
    assert keeper.pid == first is not None


def test_a_keeper_that_was_killed_is_replaced(keeper: Keeper) -> None:
    ask(keeper)
    first = keeper.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: not is_alive(first))
    ask(keeper)
    assert keeper.pid != first


def test_a_fork_has_a_keeper_of_its_own() -> None:
    read_all([file()], Limits())
    pid = os.fork()
    if pid == 0:  # no assertion here: it would run the parent's tests again
        code = 1
        with contextlib.suppress(BaseException):
            code = 0 if read_all([file(content=b"in the fork")], Limits())[0].text == "in the fork" else 1
        os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert read_all([file(content=b"still")], Limits())[0].text == "still"


def test_all_end_with_the_program_even_when_it_is_killed() -> None:
    code = """
import sys
from ingest.attachments import sandbox
from tests.ingest.test_sandbox import file, slow_picture
print(sandbox.keeper().pid, flush=True)
sandbox.read_all([file("slow.png", slow_picture())], sandbox.Limits())
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        keeper = int(program.stdout.readline())
        assert eventually(lambda: len(descendants(keeper)) >= 2, 20)
        family = [keeper, *descendants(keeper)]
        program.kill()
    assert eventually(lambda: not any(map(is_alive, family)))


def test_no_secret_of_the_program_reaches_the_keeper(monkeypatch: pytest.MonkeyPatch, keeper: Keeper) -> None:
    monkeypatch.setenv("INTAKE_MAILBOX_PASSWORD", "secret")
    ask(keeper)
    with open(f"/proc/{keeper.pid}/environ", "rb") as environ:
        assert b"secret" not in environ.read()


@pytest.fixture
def keeper():  # type: ignore[no-untyped-def]
    made = Keeper()
    yield made
    made.close()


def ask(keeper: Keeper) -> None:
    """Have the keeper start a child, which ends at once: its request is empty."""
    with open(os.devnull, "r+b") as nothing, keeper.ask(nothing, nothing) as line:
        assert line.recv(1) == b""


def descendants(pid: int) -> list[int]:
    found = []
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        for child in map(int, children.read().split()):
            found += [child, *descendants(child)]
    return found
