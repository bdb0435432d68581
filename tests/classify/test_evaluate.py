"""The figures of an evaluation, worked out by hand."""

from __future__ import annotations

import pytest
from rich.console import Console

from classify.baseline import Baseline, Decisions, compare, has_words
from classify.calibration import Reliability
from classify.evaluate import Evaluation, RightAnswer, RightTopic, evaluate
from core.model import BODY, Assignment, Outcome, ReviewReason, Topic
from worker.evaluating import show, show_comparison

PAY = "compensation of victims by the State"
SHIP = "safety of ships at sea"
LAW = "principles of Islamic law in codes"


def _answer(language: str, *topics: tuple[str, tuple[str, ...]]) -> RightAnswer:
    right = tuple(RightTopic(words, areas) for words, areas in topics)
    return RightAnswer(f"<{language}>", language, "proposal", "KEN", None, right)


def _outcome(*topics: tuple[str, str | None, float], in_review: bool = False) -> Outcome:
    made = tuple(Topic(words, BODY, 0, len(words), (Assignment(area, sure, "model"),)) for words, area, sure in topics)
    review = (ReviewReason("area-uncertain"),) if in_review else ()
    return Outcome("proposal", state="KEN", topics=made, review=review)


@pytest.fixture
def evaluation() -> Evaluation:
    english = _answer("en", (PAY, ("e",)), (SHIP, ()), (LAW, ("a",)))
    french = _answer("fr", (PAY, ("e",)))
    return evaluate(
        [
            (english, _outcome((PAY, "e", 0.95), (SHIP, "a", 0.55), in_review=True)),
            (french, _outcome((PAY, "e", 0.85))),
        ]
    )


def test_macro_f1_by_language(evaluation: Evaluation) -> None:
    # English: (e) is right; (a) is read for the ships and stands in the answer too, as the law that was not read.
    assert evaluation.macro_f1_in("fr") == 1.0
    assert evaluation.macro_f1_in("en") == 1.0
    missed = evaluate([(_answer("en", (PAY, ("e",)), (LAW, ("a",))), _outcome((PAY, "e", 0.9)))])
    assert missed.macro_f1_in("en") == missed.macro_f1 == 0.5


def test_what_is_read_for_what(evaluation: Evaluation) -> None:
    assert dict(evaluation.confusion) == {("new", "a"): 1, ("a", "nothing"): 1}
    invented = evaluate([(_answer("en"), _outcome((SHIP, None, 0.9)))])
    assert dict(invented.confusion) == {("nothing", "new"): 1}


def test_certainties_are_held_against_the_words_and_the_area(evaluation: Evaluation) -> None:
    assert [(item.low, item.count, item.right) for item in evaluation.reliability.bins()] == [
        (0.5, 1, 0.0),  # the ships, read as (a): right in the reply, not for these words
        (0.8, 1, 1.0),
        (0.9, 1, 1.0),
    ]
    assert evaluation.reliability.error == pytest.approx((0.55 + 0.15 + 0.05) / 3)


def test_no_review_and_right(evaluation: Evaluation) -> None:
    found = evaluation.as_json()
    assert (found["coverage"], found["unreviewed"]) == (0.5, {"share": 1.0, "of": 1})
    assert found["calibration"]["expected_error"] == 0.25
    assert found["by_language"]["fr"]["macro_f1"] == 1.0


def test_a_believable_certainty_has_no_calibration_error() -> None:
    told = Reliability()
    assert told.error == 0.0
    for at in range(10):
        told.add(0.8, at < 8)
    assert told.error == pytest.approx(0.0)
    told.add(1.0, True)
    assert [(item.low, item.high) for item in told.bins()] == [(0.8, 0.9), (0.9, 1.0)]


def test_both_readers_are_asked_the_same() -> None:
    all_but = "every topic except the first"
    answers = [
        _answer("en", (PAY, ("e", "f")), (SHIP, ()), ("topic (b)", ("b",)), (all_but, ("c",)), (all_but, ("d",)))
    ]
    result = compare(answers, lambda words, _: "e" if words == PAY else "new", lambda *_: "f")
    assert (result.ours.all.right, result.ours.all.total) == (2, 2)
    assert (result.baseline.all.right, result.baseline.all.total) == (1, 2)
    assert result.as_json()["ours"]["by_language"] == {"en": {"accuracy": 1.0, "macro_f1": 1.0}}


def test_macro_f1_of_decisions() -> None:
    told = Decisions()
    told.add("en", frozenset({"e"}), "e")
    told.add("en", frozenset({"a"}), "e")
    assert told.macro_f1 == pytest.approx((2 / 3 + 0) / 2)


@pytest.mark.parametrize(
    ("quote", "there"),
    [(PAY, True), ("topics (b) and (d)", False), ("(هـ)", False), ("议题（一）", False), ("被害人的赔偿", True)],
)
def test_a_letter_alone_has_no_words(quote: str, there: bool) -> None:
    assert has_words(quote) is there


def test_baseline_learns() -> None:
    little = Baseline()
    little.learn("en", [(PAY, "e"), ("paying victims", "e"), (LAW, "a"), ("Islamic law and courts", "a")])
    assert (little.area_of("compensation for victims", "en"), little.area_of("Islamic principles", "en")) == ("e", "a")


def test_all_of_it_is_printed(evaluation: Evaluation) -> None:
    console = Console(record=True, width=120)
    show(evaluation, console)
    show_comparison(compare([_answer("fr", (PAY, ("e",)))], lambda *_: "e", lambda *_: "new"), console)
    printed = console.export_text()
    for words in (
        "expected calibration error 0.250",
        "need no review           0.500  (1 of 2)",
        "Topics read otherwise",
        "<en> [in review]",
        "over 1 topics",
    ):
        assert words in printed
    accuracy = next(line for line in printed.splitlines() if "accuracy" in line)
    assert accuracy.replace("│", "").split() == ["accuracy", "1.000", "0.000"]
