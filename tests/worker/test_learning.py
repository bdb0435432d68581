"""Decisions become examples; a worse model does not replace the one in use; an older one is taken back."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from classify.accepted import load_accepted
from classify.evaluate import Evaluation, Share
from classify.examples import Passage, load_decided
from classify.kept import CURRENT, kept_models, model_in_use, model_there, use
from classify.train import DECIDED, META, model_version
from core.config import load_config
from core.consultation import Consultation, find_consultation, load_consultation
from core.errors import ModelError
from core.model import Reading
from store.decide import Change, Decider
from store.read import Reader
from store.write import Writer
from tests.make import REPOSITORY, SAMPLES, fresh_db, make_reading, make_topic
from worker.cli import app
from worker.learning import (
    ModelChange,
    accepted_areas,
    decided_examples,
    forget_examples,
    train_new,
    write_examples,
)
from worker.office import Office

WORDS = "Training of judges and prosecutors in rural districts"


@pytest.fixture
def decider(tmp_path: Path) -> Iterator[Decider]:
    folder = tmp_path / "data"
    folder.mkdir()
    writer = fresh_db(folder)
    writer.save([reply()])
    writer.close()
    with Decider(folder / "intake.db") as made:
        yield made


def reply(message_id: str = "<one@test.example>") -> Reading:
    topics = (make_topic("b", WORDS), make_topic("c", "Care for children who were sold"), make_topic("d", "(d)"))
    return make_reading(message_id, topics=topics, text=f"{WORDS} for {message_id}")


def learned(decider: Decider, consultation: Consultation, without: tuple[str, ...] = ()) -> dict[str, list[Any]]:
    with Reader(decider.path) as reader:
        return decided_examples(reader, consultation, without)


def test_only_what_a_person_decided_is_an_example(decider: Decider, consultation: Consultation) -> None:
    assert learned(decider, consultation) == {}
    first = decider.decide(1, [Change("topic_areas", ["g", "a"], 1)], by="ana")
    decider.decide(1, [Change("topic_rejected", True, 2)], by="ana")
    decider.decide(1, [Change("topic_areas", ["e"], 3)], by="ana")
    with Reader(decider.path) as reader:
        digest = reader.value("SELECT sha256 FROM replies")
    [decided, rejected] = learned(decider, consultation)["en"]
    assert decided == {
        "text": WORDS,
        "stance": "propose",
        "areas": ["a", "g"],
        "subject": "",
        "from": {"sha256": digest, "decision": first.batch},
    }
    assert (rejected["stance"], rejected["areas"]) == ("other", [])


def test_an_undone_decision_teaches_nothing(decider: Decider, consultation: Consultation) -> None:
    decider.undo(decider.decide(1, [Change("topic_areas", ["g"], 1)], by="ana").batch, by="ana")
    assert learned(decider, consultation) == {}


def test_areas_that_the_machine_gave_teach_nothing(decider: Decider, consultation: Consultation) -> None:
    decider.decide(1, [Change("topic_text", WORDS[:20], 1)], by="ana")
    assert learned(decider, consultation) == {}


def test_an_example_comes_from_the_last_decision_that_stands(decider: Decider, consultation: Consultation) -> None:
    first = decider.decide(1, [Change("topic_areas", ["g"], 1)], by="ana")
    second = decider.decide(1, [Change("topic_areas", ["h"], 1)], by="ben")
    assert learned(decider, consultation)["en"][0]["from"]["decision"] == second.batch
    decider.undo(second.batch, by="ben")
    [row] = learned(decider, consultation)["en"]
    assert (row["areas"], row["from"]["decision"]) == (["g"], first.batch)


def test_new_topics_and_those_that_people_added(decider: Decider, consultation: Consultation) -> None:
    decider.decide(1, [Change("topic_areas", [None], 1)], by="ana")
    added = decider.decide(1, [Change("topic_added", ("Organ removal by deceit", ["e"]))], by="ana")
    [new, other] = learned(decider, consultation)["en"]
    assert (new["stance"], new["areas"]) == ("propose", [])
    assert (other["text"], other["areas"], other["from"]["decision"]) == (
        "Organ removal by deceit",
        ["e"],
        added.batch,
    )


def test_topics_of_an_accepted_area_are_its_examples(decider: Decider, consultation: Consultation) -> None:
    decider.accept_area({"en": "Children"}, [2], by="ana")
    [row] = learned(decider, consultation)["en"]
    assert (row["text"], row["areas"]) == ("Care for children who were sold", ["c", "i"])
    with Reader(decider.path) as reader:
        assert accepted_areas(reader) == {"i": {"en": "Children"}}


def test_the_replies_of_the_comparison_teach_nothing(decider: Decider, consultation: Consultation) -> None:
    decider.decide(1, [Change("topic_areas", ["g"], 1)], by="ana")
    assert learned(decider, consultation, ("<one@test.example>",)) == {}


def test_the_same_words_decided_twice_are_one_example(decider: Decider, consultation: Consultation) -> None:
    writer = Writer(decider.path)
    writer.save([reply("<two@test.example>")])
    writer.close()
    decider.decide(1, [Change("topic_areas", ["g"], 1)], by="ana")
    decider.decide(2, [Change("topic_areas", ["h"], 4)], by="ana")
    assert [row["areas"] for row in learned(decider, consultation)["en"]] == [["h"]]


def test_the_model_depends_on_decisions(consultation: Consultation, tmp_path: Path) -> None:
    row = {"text": WORDS, "stance": "other", "areas": [], "subject": "", "from": {"sha256": "0", "decision": 1}}
    assert model_version(consultation, tmp_path) == model_version(consultation)
    assert write_examples(tmp_path, {"en": [row]}) == 1
    assert load_decided(tmp_path, consultation, "en") == [Passage(WORDS, "other", ())]
    assert model_version(consultation, tmp_path) != model_version(consultation)
    write_examples(tmp_path, {})
    assert model_version(consultation, tmp_path) == model_version(consultation)


def test_a_comparison_names_what_is_worse_and_what_changed() -> None:
    present = Evaluation(replies=2, kinds=Share(2, 2), states=Share(1, 2), errors=["<b> [UNSEEN]: State"])
    new = Evaluation(replies=2, kinds=Share(1, 2), states=Share(2, 2), errors=["<a> [UNSEEN]: kind"])
    compared = ModelChange(present, new)
    assert compared.worse == ["kinds right"]
    assert compared.changed == {"<a>": ("", "[UNSEEN]: kind"), "<b>": ("[UNSEEN]: State", "")}
    assert ModelChange(present, present).worse == []


# --- with models, each of a few English examples ---------------------------------------------------


@pytest.fixture
def small(tmp_path: Path, decider: Decider) -> Office:
    shipped = find_consultation("cu-2009-92", REPOSITORY)
    folder = tmp_path / "small"
    (folder / "training" / "kinds").mkdir(parents=True)
    shutil.copy(shipped / "consultation.toml", folder)
    shutil.copy(shipped / "training" / "kinds" / "en.jsonl", folder / "training" / "kinds")
    lines = (shipped / "training" / "en.jsonl").read_text(encoding="utf-8").splitlines()
    (folder / "training" / "en.jsonl").write_text("\n".join(lines[:30]), encoding="utf-8")
    settings = {"INTAKE_DATA_DIR": str(decider.path.parent), "INTAKE_CONSULTATION": str(folder)}
    return Office(load_config(REPOSITORY / "config.toml", settings))


def run(office: Office, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    monkeypatch.setenv("INTAKE_DATA_DIR", str(office.config.data_dir))
    monkeypatch.setenv("INTAKE_CONSULTATION", str(office.consultation.folder))
    return CliRunner().invoke(app, arguments)


def two_samples(folder: Path) -> Path:
    (folder / "replies").mkdir(parents=True)
    lines = (SAMPLES / "gold.jsonl").read_text(encoding="utf-8").splitlines()
    chosen = [line for line in lines if '"<en-01@' in line or '"<en-02@' in line]
    (folder / "gold.jsonl").write_text("\n".join(chosen), encoding="utf-8")
    for number in ("01", "02"):
        shutil.copy(SAMPLES / "replies" / f"en-{number}.eml", folder / "replies")
    return folder


def test_train_compares_refuses_and_rolls_back(
    small: Office, decider: Decider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, on = small.config.models_dir, str(two_samples(tmp_path / "on"))
    first = run(small, monkeypatch, "train", "--on", on)
    assert first.exit_code == 0, first.output
    old = (models / CURRENT).read_text().strip()

    (models / CURRENT).unlink()  # as before the first training: the model of the present examples is found
    assert "nothing new" in run(small, monkeypatch, "train", "--on", on).output
    assert (models / CURRENT).read_text().strip() == old

    decider.decide(1, [Change("topic_areas", ["g"], 1)], by="ana")
    assert small.model().name == old  # a decision alone changes no model
    monkeypatch.setattr(ModelChange, "worse", property(lambda _: ["kinds right"]))
    refused = run(small, monkeypatch, "train", "--on", on)
    assert isinstance(refused.exception, ModelError)
    assert "area micro-F1" in refused.output
    assert small.model().name == old

    forced = run(small, monkeypatch, "train", "--on", on, "--force")
    assert forced.exit_code == 0, forced.output
    new = (models / CURRENT).read_text().strip()
    listed = {row["name"]: row for row in json.loads(run(small, monkeypatch, "models", "--json").output)}
    assert {name: (row["in_use"], row["decided"]) for name, row in listed.items()} == {old: (False, 0), new: (True, 1)}
    assert "nothing new" in run(small, monkeypatch, "train", "--on", on).output

    assert f"{old}" in run(small, monkeypatch, "models", "--use", old).output
    assert small.model().name == old
    assert isinstance(run(small, monkeypatch, "models", "--use", "nothing").exception, ModelError)


def test_a_model_of_another_version_is_trained_again_with_its_decisions(small: Office, decider: Decider) -> None:
    decider.decide(1, [Change("topic_areas", ["g"], 1)], by="ana")
    small.prepare()
    trained = train_new(small, ())
    models, consultation = small.config.models_dir, small.consultation
    assert (trained.present, trained.decided) == (None, 1)
    use(consultation, models, trained.new.name)
    older = models / "0123456789ab"
    os.replace(trained.new, older)
    meta = json.loads((older / META).read_text())
    (older / META).write_text(json.dumps({**meta, "program": "another"}))
    (models / CURRENT).write_text(f"{older.name}\n")

    assert model_there(consultation, models) is None
    with pytest.raises(ModelError, match="another version"):
        use(consultation, models, older.name)
    again = model_in_use(consultation, models)
    assert again.name == trained.new.name
    assert len(load_decided(again / DECIDED, consultation, "en")) == 1
    assert [(kept.name, kept.fits) for kept in kept_models(consultation, models) if kept.fits] == [(again.name, True)]

    with small.reader() as reader:
        digest = reader.value("SELECT sha256 FROM replies")
    forget_examples(small, [digest])
    assert load_decided(again / DECIDED, consultation, "en") == []


def test_an_accepted_area_is_learned_and_forgotten(small: Office, decider: Decider) -> None:
    decider.decide(1, [Change("topic_areas", [None], 2)], by="ana")
    letter, batch = decider.accept_area({"en": "Children who were sold"}, [2], by="ana")
    small.prepare()
    trained = train_new(small, ())
    assert load_accepted(trained.new).nearest("Children sold by their families", "en") is not None
    decider.undo(batch, by="ana")
    assert letter == "i"
    assert load_accepted(train_new(small, ()).new).nearest("Children sold by their families", "en") is None


def test_a_current_file_that_names_nothing_is_passed_over(consultation: Consultation, tmp_path: Path) -> None:
    for content in ("", "gone\n", "../elsewhere\n"):
        (tmp_path / CURRENT).write_text(content)
        assert model_there(load_consultation(consultation.folder), tmp_path) is None
