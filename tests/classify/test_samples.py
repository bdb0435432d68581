"""The samples, read through the whole way, against their right answers: the floor below which nothing may fall."""

from __future__ import annotations

import pytest

from classify.evaluate import Evaluation
from tests.make import SAMPLES
from worker.evaluating import evaluate_folder
from worker.pipeline import Desk


class _OneDesk:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def read(self, batch):  # type: ignore[no-untyped-def]
        return [self.desk.read(raw) for raw in batch]

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def evaluation(desk: Desk) -> Evaluation:
    return evaluate_folder(SAMPLES, _OneDesk(desk), desk.consultation.letters)


def test_kinds_and_states(evaluation: Evaluation) -> None:
    assert evaluation.replies >= 36
    assert evaluation.kinds.value >= 0.9
    assert evaluation.states.value >= 0.9


def test_areas(evaluation: Evaluation) -> None:
    assert evaluation.areas.f1 >= 0.8
    assert evaluation.new_topics.value >= 0.8


def test_what_needs_no_review_is_right(evaluation: Evaluation) -> None:
    assert evaluation.unreviewed.value >= 0.9


def test_nothing_of_a_quoted_note_counts(desk: Desk) -> None:
    from core.model import RawMessage  # noqa: PLC0415
    from tests.make import NOON  # noqa: PLC0415

    for name, areas in (("en-04", []), ("es-01", ["d", "e", "h"])):
        raw = RawMessage((SAMPLES / "replies" / f"{name}.eml").read_bytes(), NOON)
        topics = desk.read(raw).outcome.topics
        assert [item.area for topic in topics for item in topic.assignments if item.area] == areas


def test_corrections_are_linked(evaluation: Evaluation) -> None:
    assert (evaluation.links.right, evaluation.links.total) == (2, 2)
    assert evaluation.wrong_states_unseen == 0
    assert evaluation.kind_macro_f1 >= 0.9
