"""Fixtures shared by all rooms."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from classify.pipeline import Classifier, Thresholds
from classify.train import ensure_model
from core.config import load_config
from core.consultation import Consultation, find_consultation, load_consultation
from store.write import Writer
from tests.make import REPOSITORY, fresh_db
from worker.office import Office, desk_maker
from worker.pipeline import Desk


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("INTAKE_"):
            monkeypatch.delenv(name)


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    made = fresh_db(tmp_path)
    yield made
    made.close()


@pytest.fixture(scope="session")
def consultation() -> Consultation:
    return load_consultation(find_consultation("cu-2009-92", REPOSITORY))


@pytest.fixture(scope="session")
def model(consultation: Consultation) -> Path:
    """The trained model, made once for all test processes."""
    folder = REPOSITORY / "var" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "tests.lock"):
        return ensure_model(consultation, folder)


@pytest.fixture(scope="session")
def classifier(model: Path, consultation: Consultation) -> Classifier:
    return Classifier.load(model, consultation, Thresholds())


@pytest.fixture(scope="session")
def desk(model: Path) -> Desk:
    return desk_maker(load_config(REPOSITORY / "config.toml", {}), model)()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    config = load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(tmp_path / "data")})
    return Office(config)
