from __future__ import annotations

import json
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest

from core.consultation import Consultation
from core.errors import ConfigError
from core.model import ReviewReason
from report.render import render, shortened
from report.weekly import Summary, Week, weekly_summary
from store.read import Reader
from store.write import Writer
from tests.make import NOON, make_reading, make_topic


@pytest.fixture
def summary(writer: Writer, consultation: Consultation) -> Summary:
    """Two weeks: Kenya, then the Philippines (a new topic), Senegal's correction, spam, and one that comes after."""
    new = make_topic(None, "<b>Children</b> & organs", confidence=0.5)
    writer.save(
        [
            make_reading(
                "<old@x>", text="old", received_at=NOON - timedelta(days=7), topics=(make_topic("b"), make_topic("e"))
            ),
            make_reading(
                "<phl@x>", text="phl", state="PHL", topics=(new,), review=(ReviewReason("area-uncertain", "why"),)
            ),
            make_reading("<sen1@x>", text="sen1", state="SEN", topics=(make_topic("h"),)),
            make_reading(
                "<sen2@x>", text="sen2", state="SEN", kind="correction", received_at=NOON + timedelta(hours=2)
            ),
            make_reading("<spam@x>", text="spam", kind="spam", state=None),
            make_reading("<future@x>", text="future", received_at=NOON + timedelta(days=10), late=True),
        ]
    )
    with Reader(writer.path) as reader:
        return weekly_summary(reader, consultation, Week.parse("2009-W30"))


def test_figures_of_the_week_and_in_all(summary: Summary) -> None:
    assert (summary.replies_week, summary.replies_total) == (4, 5)
    kinds = {row["value"]: (row["week"], row["total"]) for row in summary.by_kind}
    assert kinds == {"proposal": (2, 3), "correction": (1, 1), "spam": (1, 1)}
    assert summary.days_left == 5


def test_areas_count_what_stood_at_the_weeks_end(summary: Summary) -> None:
    areas = {area["letter"]: (area["week"], area["replies"], area["states"]) for area in summary.areas}
    assert areas["b"] == (1, 2, 2)
    assert areas["e"] == (0, 1, 1)
    assert areas["h"] == (0, 0, 0), "Senegal's first reply is superseded"
    assert len(areas) == 8


def test_review_new_topics_late_and_silent(summary: Summary) -> None:
    assert [row["state"] for row in summary.review] == ["PHL"]
    assert [row["quote"] for row in summary.new_topics] == ["<b>Children</b> & organs"]
    assert summary.late == []
    assert summary.silent == []
    assert [row["replaces"] for row in summary.corrections] == [1]


def test_a_week_gives_the_same_figures_again(writer: Writer, consultation: Consultation, summary: Summary) -> None:
    writer.save([make_reading("<next@x>", text="next", received_at=NOON + timedelta(days=8))])
    with Reader(writer.path) as reader:
        assert weekly_summary(reader, consultation, Week.parse("2009-W30")) == summary


def test_text_shows_what_a_person_asks_for(summary: Summary) -> None:
    text = render(summary, "text")
    for words in (
        "CU 2009/92 (A)",
        "2009-W30",
        "5 days left",
        "Kenya",
        "Philippines",
        "Awaiting review (1)",
        "area-uncertain",
    ):
        assert words in text


def test_html_escapes_words_of_replies(summary: Summary) -> None:
    page = render(summary, "html")
    assert "<b>Children" not in page
    assert "&lt;b&gt;Children&lt;/b&gt; &amp; organs" in page
    HTMLParser().feed(page)
    assert "http" not in page.replace("http-equiv", "")


def test_json_holds_the_same(summary: Summary) -> None:
    fields = json.loads(render(summary, "json"))
    assert fields["week"] == "2009-W30"
    assert fields["replies_total"] == 5
    assert [area["letter"] for area in fields["areas"]] == list("abcdefgh")


@pytest.mark.parametrize(("text", "monday"), [("2009-W29", date(2009, 7, 13)), ("2009-w01", date(2008, 12, 29))])
def test_week_names(text: str, monday: date) -> None:
    assert Week.parse(text).monday == monday
    assert Week.parse(Week.parse(text).name) == Week.parse(text)


@pytest.mark.parametrize("text", ["2009", "W29", "2009-W54", "2009-29", "next"])
def test_wrong_weeks(text: str) -> None:
    with pytest.raises(ConfigError, match="2009-W29"):
        Week.parse(text)


def test_shortened_cuts_between_words_and_characters() -> None:
    assert shortened("one two three four", 10) == "one two…"
    assert shortened("我们建议讨论赔偿被害人问题", 5) == "我们建议…"
