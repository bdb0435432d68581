from __future__ import annotations

import json
from datetime import date, timedelta
from html.parser import HTMLParser

import pytest

from core.consultation import Consultation
from core.errors import ConfigError, IntakeError
from core.model import ReviewReason
from report.make import Maker
from report.weekly import SUMMARY, Summary, summary_as_of, to_json, weekly_summary
from report.weekly_page import shortened
from report.weeks import Week, weeks_with_mail
from store.figures import Figures, keep_summary, keep_tallies
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
    kinds = {row.value: (row.week, row.total) for row in summary.by_kind}
    assert kinds == {"proposal": (2, 3), "correction": (1, 1), "spam": (1, 1)}
    assert summary.days_left == 5


def test_areas_count_what_stood_at_the_weeks_end(summary: Summary) -> None:
    areas = {area.letter: (area.week, area.replies, len(area.states)) for area in summary.areas}
    assert areas["b"] == (1, 2, 2)
    assert areas["e"] == (0, 1, 1)
    assert areas["h"] == (0, 0, 0), "Senegal's first reply is superseded"
    assert len(areas) == 8


def test_review_new_topics_late_and_silent(summary: Summary) -> None:
    assert [row.state for row in summary.review] == ["PHL"]
    assert [topic.name for topic in summary.new_topics] == ["<b>Children</b> & organs"]
    assert summary.late == ()
    assert summary.states_silent == 0
    assert [row.replaces for row in summary.corrections] == [1]


def test_a_week_gives_the_same_figures_again(writer: Writer, consultation: Consultation, summary: Summary) -> None:
    writer.save([make_reading("<next@x>", text="next", received_at=NOON + timedelta(days=8))])
    with Reader(writer.path) as reader:
        again = weekly_summary(reader, consultation, Week.parse("2009-W30"))
    assert SUMMARY.dump_python(again, exclude={"made_at"}) == SUMMARY.dump_python(summary, exclude={"made_at"})


def given(writer: Writer, consultation: Consultation, summary: Summary, form: str) -> str:
    with Reader(writer.path) as reader:
        return Maker(reader, consultation).weekly(summary, form).decode()


def test_text_shows_what_a_person_asks_for(writer: Writer, consultation: Consultation, summary: Summary) -> None:
    text = given(writer, consultation, summary, "text")
    for words in ("CU 2009/92 (A)", "Week 30 of 2009", "5 days left", "Kenya", "Philippines", "Area uncertain"):
        assert words in text


def test_html_escapes_words_of_replies(writer: Writer, consultation: Consultation, summary: Summary) -> None:
    page = given(writer, consultation, summary, "html")
    assert "<b>Children" not in page
    assert "&lt;b&gt;Children&lt;/b&gt; &amp; organs" in page
    HTMLParser().feed(page)
    assert "http" not in page


def test_json_holds_the_same(writer: Writer, consultation: Consultation, summary: Summary) -> None:
    fields = json.loads(given(writer, consultation, summary, "json"))
    assert fields["week"] == "2009-W30"
    assert fields["replies_total"] == 5
    assert [area["letter"] for area in fields["areas"]] == list("abcdefgh")


def test_what_changed_since_the_last_summary(writer: Writer, consultation: Consultation, summary: Summary) -> None:
    keep_summary(writer.path, summary.week, "2009-07-27T05:00:00Z", to_json(summary))
    writer.save(
        [
            make_reading(
                "<sen3@x>",
                text="sen3",
                state="SEN",
                kind="correction",
                topics=(make_topic("a"),),
                received_at=NOON + timedelta(hours=3),
            )
        ]
    )
    with Reader(writer.path) as reader:
        later = weekly_summary(reader, consultation, Week.parse("2009-W31"))
        assert summary_as_of(reader, Week.parse("2009-W30"), NOON + timedelta(days=8)).replies_total == 5
        with pytest.raises(IntakeError, match="no summary of 2009-W30"):
            summary_as_of(reader, Week.parse("2009-W30"), NOON)
    assert later.since_last is not None
    changes = {change.figure: (change.given, change.now) for change in later.since_last.changes}
    assert changes == {"replies": (5, 6), "kind:correction": (1, 2), "area:a": (0, 1), "area:b": (2, 1)}


def test_a_kept_week_is_dropped_when_anything_of_it_changes(
    writer: Writer, consultation: Consultation, summary: Summary
) -> None:
    def kept() -> list[str]:
        return [row["start"] for row in writer.db.query("SELECT start FROM week_tallies ORDER BY start")]

    with Reader(writer.path) as reader:
        bounds = list(weeks_with_mail(Figures(reader), consultation, Week.parse("2009-W30")))
        for change in (
            lambda: writer.save([make_reading("<more@x>", text="more")]),
            lambda: writer.save(
                [make_reading("<k2@x>", text="k2", kind="correction", received_at=NOON + timedelta(days=40))]
            ),
            lambda: writer.db.execute("UPDATE assignments SET area = 'c' WHERE topic = 1"),
            lambda: writer.db.execute("UPDATE topics SET rejected = 1 WHERE id = 1"),
            lambda: writer.db.execute("UPDATE messages SET state = 'PHL' WHERE id = 1"),
            lambda: writer.db.execute(
                "INSERT INTO decisions (decided_at, decided_by, message, field, batch) VALUES ('2009-08-01T00:00:00Z', 'x', 1, 'kind', 1)"
            ),
        ):
            keep_tallies(reader, bounds)
            assert len(kept()) == 2
            change()
            assert len(kept()) < 2


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
