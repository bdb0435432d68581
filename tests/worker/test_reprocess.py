"""Reading the archive again: another model changes readings, and no decision."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from classify.train import train
from core.consultation import Consultation, find_consultation, load_consultation
from core.model import RawMessage, Reading
from ingest.sources import read_mail
from store.decide import Change, Decider
from tests.make import REPOSITORY, SAMPLES
from worker.importing import import_mail
from worker.office import Office
from worker.pipeline import Desk
from worker.reprocess import reprocess


class Perverse:
    """A model that reads everything otherwise: another State, another area, another kind."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def read(self, batch: list[RawMessage]) -> list[Reading]:
        return [self._other(self.desk.read(raw)) for raw in batch]

    def close(self) -> None:
        pass

    def _other(self, reading: Reading) -> Reading:
        topics = tuple(
            replace(topic, assignments=(replace(topic.assignments[0], area="a", method="model"),))
            for topic in reading.outcome.topics
        )
        return replace(reading, outcome=replace(reading.outcome, state="TUV", kind="correction", topics=topics[1:]))


class OtherModel(Office):
    def __init__(self, office: Office, desk: Desk) -> None:
        super().__init__(office.config)
        object.__setattr__(self, "desk", desk)

    @contextmanager
    def readers(self, model: Path) -> Iterator[Any]:
        yield Perverse(self.desk)  # type: ignore[attr-defined]


def proposals(office: Office) -> dict[int, list[tuple[Any, ...]]]:
    with office.reader() as reader:
        found: dict[int, list[tuple[Any, ...]]] = {}
        for row in reader.rows("SELECT * FROM proposals ORDER BY reply_id, topic_id, area"):
            found.setdefault(row["topic_id"], []).append((row["quote"], row["area"], row["method"], row["state"]))
        return found


def test_decisions_outlive_another_reading(office: Office, model: Path, desk: Desk) -> None:
    samples = [item for item in read_mail(SAMPLES / "replies") if isinstance(item, RawMessage)][6:10]
    import_mail(office, samples, model)
    before = proposals(office)
    decided = sorted(before)[:3]
    with Decider(office.config.database) as decider, office.reader() as reader:
        for topic in decided:
            reply = reader.value("SELECT reply_id FROM proposals WHERE topic_id = ?", [topic])
            decider.decide(reply, [Change("topic_areas", ["h"], topic), Change("state", "FJI")], by="ana")
    expected = proposals(office)
    dry = list(reprocess(OtherModel(office, desk), model, dry_run=True))
    assert proposals(office) == expected
    done = list(reprocess(OtherModel(office, desk), model, dry_run=False))
    assert [item.differences for item in dry] == [item.differences for item in done]
    after = proposals(office)
    for topic in decided:
        assert [(area, method, state) for _, area, method, state in after[topic]] == [("h", "human", "FJI")]
        assert after[topic][0][0] == expected[topic][0][0]
    assert any(row[3] == "TUV" and row[1] == "a" for rows in after.values() for row in rows)


def test_a_message_that_left_the_archive_is_told(office: Office, model: Path, desk: Desk) -> None:
    [sample] = [item for item in read_mail(SAMPLES / "replies") if isinstance(item, RawMessage)][:1]
    import_mail(office, [sample], model)
    office.archive.path_of(sample.digest).unlink()
    [item] = reprocess(OtherModel(office, desk), model, dry_run=False)
    assert "cannot be read" in item.fault


@pytest.mark.slow
def test_all_samples_with_another_model(office: Office, model: Path, tmp_path: Path) -> None:
    """Given every sample with a decision on each topic, when a model trained on half the examples reads them anew,
    then each decision is where it was."""
    import_mail(office, [item for item in read_mail(SAMPLES / "replies") if isinstance(item, RawMessage)], model)
    with Decider(office.config.database) as decider, office.reader() as reader:
        for row in reader.rows("SELECT DISTINCT reply_id, topic_id FROM proposals"):
            decider.decide(row["reply_id"], [Change("topic_areas", ["d", None], row["topic_id"])], by="ana")
        for row in reader.rows("SELECT reply_id, kind FROM replies"):
            decider.decide(row["reply_id"], [Change("kind", row["kind"]), Change("state", "FJI")], by="ana")
    before = proposals(office)
    other = half_trained(tmp_path)
    done = list(reprocess(office, train(other, office.config.models_dir), dry_run=False))
    assert not any(item.fault for item in done)
    after = proposals(office)
    for topic, rows in before.items():
        assert after[topic] == rows


def half_trained(folder: Path) -> Consultation:
    """The same consultation with every second training example."""
    shipped = find_consultation("cu-2009-92", REPOSITORY)
    copy = folder / "half"
    shutil.copytree(shipped, copy)
    for file in (copy / "training").glob("*.jsonl"):
        lines = file.read_text(encoding="utf-8").splitlines()
        file.write_text("\n".join(lines[::2]) + "\n", encoding="utf-8")
    return load_consultation(copy)
