from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from classify.examples import load_marked_replies, load_messages, load_passages
from classify.teaching import Examples, Teacher
from classify.train import ensure_model, model_version
from core.consultation import Consultation, load_consultation
from core.errors import ModelError
from core.model import KINDS, LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_corpus_is_large_enough(consultation: Consultation, language: str) -> None:
    passages = load_passages(consultation, language)
    areas = Counter(area for item in passages if item.stance == "propose" for area in item.areas)
    assert min(areas[letter] for letter in consultation.letters) >= 80
    assert sum(item.stance == "propose" and not item.areas for item in passages) >= 300
    assert sum(item.stance != "propose" for item in passages) >= 300
    assert len(load_marked_replies(consultation, language)) >= 100
    assert {item.kind for item in load_messages(consultation, language)} == set(KINDS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_example_stands_twice(consultation: Consultation, language: str) -> None:
    texts = Counter(item.text.strip().lower() for item in load_passages(consultation, language))
    assert [text for text, count in texts.items() if count > 1] == []


def test_training_twice_gives_the_same_probabilities(consultation: Consultation) -> None:
    examples = Examples(load_passages(consultation, "fr")[:120], load_messages(consultation, "fr"), ())
    answers = []
    for _ in range(2):
        nlp = Teacher("fr", consultation, examples).taught()
        answers.append(nlp.get_pipe("intake_areas").scores(["indemnisation des victimes"]))
    assert answers[0] == answers[1]


def test_model_is_found_again_and_depends_on_the_examples(consultation: Consultation, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    (folder / "training" / "kinds").mkdir(parents=True)
    shutil.copy(consultation.folder / "consultation.toml", folder)
    lines = (consultation.folder / "training" / "en.jsonl").read_text(encoding="utf-8").splitlines()[:30]
    kinds = (consultation.folder / "training" / "kinds" / "en.jsonl").read_text(encoding="utf-8")
    (folder / "training" / "en.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "training" / "kinds" / "en.jsonl").write_text(kinds, encoding="utf-8")
    small = load_consultation(folder)
    first = ensure_model(small, tmp_path / "models")
    assert json.loads((first / "meta.json").read_text())["examples"] == {"en": 30}
    made = (first / "meta.json").stat().st_mtime_ns
    assert ensure_model(small, tmp_path / "models") == first
    assert (first / "meta.json").stat().st_mtime_ns == made
    (folder / "training" / "en.jsonl").write_text("\n".join(lines[:-1]), encoding="utf-8")
    assert model_version(small) != first.name


def test_a_wrong_example_is_named(consultation: Consultation, tmp_path: Path) -> None:
    (tmp_path / "training").mkdir()
    shutil.copy(consultation.folder / "consultation.toml", tmp_path)
    (tmp_path / "training" / "en.jsonl").write_text(
        '{"text": "x", "stance": "propose", "areas": ["z"]}\n', encoding="utf-8"
    )
    with pytest.raises(ModelError, match=r"en\.jsonl:1"):
        load_passages(load_consultation(tmp_path), "en")
