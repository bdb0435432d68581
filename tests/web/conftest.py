"""A real desk: the samples through the pipeline, a real server, and Debian's Chromium before it."""

from __future__ import annotations

import hashlib
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, sync_playwright

from core.config import Config, load_config
from core.model import RawMessage
from ingest.sources import read_mail
from store.read import Reader
from tests.make import REPOSITORY, SAMPLES
from tests.servers import free_port
from web.accounts import add_account
from web.app import make_desk, make_server
from worker.office import Office
from worker.pipeline import Desk as ReadingDesk
from worker.pipeline import take_in
from worker.pool import InProcess

PASSWORD = "correct horse battery"
CHROMIUM = "/usr/bin/chromium"


@dataclass
class Running:
    """A desk that answers at `url`."""

    url: str
    config: Config
    server: Any

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with Reader(self.config.database) as reader:
            return reader.rows(sql)

    @contextmanager
    def client(self, name: str = "") -> Iterator[httpx.Client]:
        """A browser without a script: keeps cookies, follows redirects; signed in where a name is given."""
        with httpx.Client(base_url=self.url, follow_redirects=True, timeout=60) as client:
            if name:
                answer = post(client, "/sign-in", name=name, password=PASSWORD)
                assert "/sign-in" not in str(answer.url), answer.text
            yield client


def post(client: httpx.Client, path: str, **fields: Any) -> httpx.Response:
    """Send a form as a page of the desk would, with its token."""
    token = client.cookies.get("ds_csrftoken")
    if token is None:
        client.get("/sign-in")
        token = client.cookies.get("ds_csrftoken")
    return client.post(path, data={"csrftoken": token, **fields})


def import_into(data: Path, raws: Sequence[RawMessage], reading: ReadingDesk) -> Config:
    """Take messages in through the pipeline, with the model that is loaded already."""
    config = load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(data)})
    office = Office(config)
    with office.writer() as writer:
        for _ in take_in([list(raws)], office.archive, InProcess(lambda: reading), writer):
            pass
    return config


@pytest.fixture(scope="session")
def samples_data(model: Path, request: pytest.FixtureRequest) -> Path:
    """A data folder with all samples, and four people; read once for the same program, model and samples."""
    data = REPOSITORY / "var" / "tests" / f"desk-{_mark()}-{model.name}"
    data.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(data.with_suffix(".lock")):
        if not data.exists():
            scratch = data.with_suffix(".new")
            shutil.rmtree(scratch, ignore_errors=True)
            raws = [raw for raw in read_mail(SAMPLES / "replies") if isinstance(raw, RawMessage)]
            config = import_into(scratch, raws, request.getfixturevalue("desk"))
            for name, role in (("ana", "reviewer"), ("ben", "reviewer"), ("vic", "viewer"), ("root", "administrator")):
                add_account(config.accounts_file, name, role, PASSWORD)
            scratch.rename(data)
    return data


def _mark() -> str:
    """Changes with whatever decides how samples are read and stored."""
    files = [
        file
        for room in ("core", "ingest", "classify", "store", "samples/replies")
        for file in (REPOSITORY / room).rglob("*")
    ]
    digest = hashlib.sha256()
    for file in sorted(file for file in files if file.is_file() and "__pycache__" not in file.parts):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """start(data, key=value…): serve a copy of that data folder, with settings of [web]."""
    running: list[Running] = []

    def serve(data: Path, **settings: Any) -> Running:
        copy = tmp_path / f"desk{len(running)}"
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns("intake.lock", "models"))
        environment = {"INTAKE_DATA_DIR": str(copy)}
        config = load_config(REPOSITORY / "config.toml", environment)
        web = config.web.model_copy(update={"port": free_port(), "sign_in_tries": 50, **settings})
        config = config.model_copy(update={"web": web})
        server = make_server(make_desk(config, Office(config).consultation))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.02)
        running.append(Running(f"http://127.0.0.1:{config.web.port}", config, server))
        return running[-1]

    yield serve
    for desk in running:
        desk.server.should_exit = True


@pytest.fixture
def desk_web(start: Callable[..., Running], samples_data: Path) -> Running:
    return start(samples_data)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """sign_in(desk, name, …): a browser page in which that person is signed in; faults of scripts fail the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def signed_in(desk: Running, name: str, **options: Any) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
        with desk.client(name) as client:
            for cookie in ("desk_session", "ds_csrftoken"):
                context.add_cookies([{"name": cookie, "value": client.cookies[cookie], "url": desk.url}])
        return page

    yield signed_in
    for context in contexts:
        context.close()
    assert faults == []
