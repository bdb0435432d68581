"""Each figure equals one that SQL gives straight from the tables; all formats carry the same figures."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.config import load_config
from core.consultation import Consultation
from core.model import RawMessage
from ingest.sources import read_mail
from report.bureau import SHEET, bureau_sheet
from report.bureau_page import bureau_page
from report.document import Document
from report.make import Maker
from report.render import render
from report.weekly import SUMMARY, Summary
from report.weeks import Week, weeks_with_mail
from report.words import words_of
from store.figures import Figures, keep_tallies
from store.read import Reader
from tests.make import REPOSITORY, SAMPLES
from tests.report.generated import generated
from tests.report.read_back import csv_rows, docx_tables, html_tables, text_figures, xlsx_sheets
from worker.importing import import_mail
from worker.office import Office

WEEK = Week.parse("2009-W31")
START, END = "2009-07-26T22:00:00Z", "2009-08-02T22:00:00Z"


@pytest.fixture(scope="module", params=["generated", pytest.param("samples", marks=pytest.mark.slow)])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, consultation: Consultation
) -> Path:
    folder = tmp_path_factory.mktemp("golden")
    if request.param == "generated":
        return generated(folder, consultation)
    office = Office(load_config(REPOSITORY / "config.toml", {"INTAKE_DATA_DIR": str(folder)}))
    messages = [message for message in read_mail(SAMPLES / "replies") if isinstance(message, RawMessage)]
    import_mail(office, messages, request.getfixturevalue("model"), lambda count: None)
    return office.config.database


@pytest.fixture(scope="module")
def maker(database: Path, consultation: Consultation) -> Iterator[Maker]:
    with Reader(database) as reader:
        yield Maker(reader, consultation)


@pytest.fixture(scope="module")
def summary(maker: Maker) -> Summary:
    return maker.summary(WEEK)


@pytest.fixture(scope="module")
def page(maker: Maker, summary: Summary) -> Document:
    return maker.weekly_document(summary)


@pytest.fixture
def sql(database: Path) -> Any:
    connection = sqlite3.connect(database)
    yield lambda query: connection.execute(query).fetchall()
    connection.close()


# Every correction of a State replaces what it sent before: reckoned here without the program's own table of it.
STANDING = f"""
    messages.kind IN ('proposal', 'correction') AND messages.received_at < '{END}' AND NOT EXISTS (
        SELECT 1 FROM messages AS later WHERE later.state = messages.state AND later.kind = 'correction'
        AND later.received_at < '{END}' AND (later.received_at, later.id) > (messages.received_at, messages.id))
"""
PROPOSED = f"""
    SELECT area, messages.id AS reply, messages.state, region, received_at, late, quote, rank, method
    FROM messages JOIN topics ON topics.message = messages.id JOIN assignments ON assignments.topic = topics.id
    LEFT JOIN states ON states.code = messages.state WHERE {STANDING}
"""


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("by_kind", "kind"),
        ("by_language", "language"),
        ("by_channel", "channel"),
        ("by_region", "coalesce(region, '')"),
    ],
)
def test_replies_are_counted(sql: Any, summary: Summary, field: str, column: str) -> None:
    rows = sql(
        f"SELECT {column}, sum(received_at >= '{START}'), count(*) FROM messages LEFT JOIN states ON code = state"
        f" WHERE received_at < '{END}' GROUP BY 1"
    )
    assert {(row.value, row.week, row.total) for row in getattr(summary, field)} == set(rows)


def test_days_are_the_offices(sql: Any, summary: Summary) -> None:
    """Vienna is two hours ahead of UTC in summer."""
    rows = dict(sql("SELECT date(received_at, '+2 hours'), count(*) FROM messages GROUP BY 1"))
    assert [row.replies for row in summary.by_day] == [rows.get(row.day.isoformat(), 0) for row in summary.by_day]
    assert sum(row.replies for row in summary.by_day) == summary.replies_week
    assert {row.day.isoformat(): row.replies for row in summary.history} == {
        day: replies for day, replies in rows.items() if day <= "2009-08-02"
    }


def test_areas_are_counted(sql: Any, summary: Summary) -> None:
    rows = sql(
        f"SELECT area, count(DISTINCT reply), count(DISTINCT CASE WHEN received_at >= '{START}' THEN reply END),"
        f" count(DISTINCT CASE WHEN late THEN reply END), count(DISTINCT state), count(DISTINCT region)"
        f" FROM ({PROPOSED}) WHERE area IS NOT NULL GROUP BY area"
    )
    found = [(a.letter, a.replies, a.week, a.late, len(a.states), len(a.regions)) for a in summary.areas]
    assert sorted(found) == sorted(rows)


def test_each_state_has_one_telling_sentence_of_its_own(sql: Any, summary: Summary) -> None:
    quotes = set(sql(f"SELECT area, state, quote FROM ({PROPOSED})"))
    for area in summary.areas:
        voices = [voice.state for voice in area.voices if voice.state]
        assert sorted(voices) == sorted(area.states)
        assert all((area.letter, voice.state, voice.quote) in quotes for voice in area.voices)


def test_new_topics_are_all_there(sql: Any, summary: Summary) -> None:
    rows = sql(f"SELECT DISTINCT coalesce(state, reply), quote FROM ({PROPOSED}) WHERE area IS NULL")
    shown = [(voice.state or voice.reply_id, voice.quote) for topic in summary.new_topics for voice in topic.voices]
    assert Counter(shown) == Counter(rows)


def test_states_that_answered(sql: Any, summary: Summary) -> None:
    kinds = "('proposal', 'correction', 'no_proposal')"
    answered = {
        row[0] for row in sql(f"SELECT DISTINCT state FROM messages WHERE kind IN {kinds} AND received_at < '{END}'")
    }
    everyone = {row[0] for row in sql("SELECT code FROM states")}
    assert {code for row in summary.statuses for code in row.silent} == everyone - answered
    assert summary.states_silent == len(everyone - answered)
    assert summary.states_answered == len(answered - {None})


def test_late_review_and_corrections(sql: Any, summary: Summary) -> None:
    kinds = "('proposal', 'correction', 'no_proposal')"
    late = f"SELECT count(*) FROM messages WHERE late AND kind IN {kinds} AND received_at < '{END}'"
    open_ = f"SELECT code, count(DISTINCT message) FROM (SELECT code, message FROM review_reasons UNION SELECT code, message FROM link_doubts) JOIN messages ON messages.id = message WHERE received_at < '{END}' GROUP BY 1"
    corrections = (
        f"SELECT count(*) FROM messages WHERE kind = 'correction' AND received_at BETWEEN '{START}' AND '{END}'"
    )
    assert summary.late_total == sql(late)[0][0]
    assert {row.reason: sum(row.ages) for row in summary.waiting} == dict(sql(open_))
    assert len(summary.corrections) == sql(corrections)[0][0]


def test_kept_tallies_give_the_same(database: Path, consultation: Consultation, summary: Summary) -> None:
    with Reader(database) as reader:
        figures = Figures(reader)
        bounds = list(weeks_with_mail(figures, consultation, WEEK))
        assert keep_tallies(reader, bounds) == len(bounds)
        assert keep_tallies(reader, bounds) == 0
        again = Maker(reader, consultation).summary(WEEK)
    assert SUMMARY.dump_python(again, exclude={"made_at"}) == SUMMARY.dump_python(summary, exclude={"made_at"})


# --- the Bureau's sheet --------------------------------------------------------------------------


def test_bureau_counts_what_is_in_time(sql: Any, maker: Maker, consultation: Consultation) -> None:
    sheet = bureau_sheet(maker.reader, consultation, date(2009, 8, 2))
    rows = sql(
        f"SELECT area, count(DISTINCT state), count(DISTINCT region) FROM ({PROPOSED}) WHERE area IS NOT NULL AND NOT late GROUP BY 1"
    )
    found = [(each.key, len(each.states), len(each.regions)) for each in sheet.candidates if each.area]
    assert sorted(found) == sorted(rows)
    late = sql(
        f"SELECT area, state FROM ({PROPOSED}) AS late WHERE late AND area IS NOT NULL AND state IS NOT NULL AND NOT EXISTS ("
        f"SELECT 1 FROM ({PROPOSED}) AS timely WHERE timely.area = late.area AND timely.state = late.state AND NOT timely.late) GROUP BY 1, 2"
    )
    assert {(each.key, state) for each in sheet.candidates if each.area for state in each.late_states} == set(late)
    first = sql(
        f"SELECT area, count(DISTINCT state) FROM ({PROPOSED}) WHERE rank = 1 AND NOT late AND area IS NOT NULL GROUP BY 1"
    )
    assert {each.key: each.ranks.get(1, 0) for each in sheet.candidates if each.area and each.ranks.get(1)} == dict(
        first
    )
    assert len(sheet.annex) == sql(f"SELECT count(*) FROM ({PROPOSED})")[0][0]


# --- formats -------------------------------------------------------------------------------------


def expected(page: Document) -> list[list[list[str]]]:
    words = words_of(page.language)
    made = []
    for table in page.tables():
        if not table.only_sheet:
            rows = [[words.show(cell) for cell in row] for row in table.rows]
            made.append([[column.title for column in table.columns], *rows])
    return made


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_html_and_docx_have_the_same_tables(
    maker: Maker, summary: Summary, consultation: Consultation, language: str
) -> None:
    own = Maker(maker.reader, consultation, language).weekly_document(summary)
    assert html_tables(render(own, "html")) == expected(own)
    assert docx_tables(render(own, "docx")) == expected(own)


def test_text_has_the_same_figures(page: Document) -> None:
    tables = text_figures(render(page, "text").decode())
    assert len(tables) == len(expected(page))
    for shown, table in zip(tables, [table for table in page.tables() if not table.only_sheet], strict=True):
        places = [place for place, column in enumerate(table.columns) if column.kind == "number"]
        found = [[row[place] for place in places] for row in shown if any(row[place] for place in places)]
        assert found == [[str(row[place]) for place in places] for row in table.rows if places]


def test_workbook_and_csv_have_the_same_figures(page: Document) -> None:
    sheets, rows = xlsx_sheets(render(page, "xlsx")), csv_rows(render(page, "csv"))
    for table in page.tables():
        found = [tuple(value for value in row if value is not None) for row in sheets[table.sheet][1:]]
        for row in table.rows:
            typed = [datetime.combine(cell, datetime.min.time()) if isinstance(cell, date) else cell for cell in row]
            assert (
                *([table.section] if table.section else []),
                *[cell for cell in typed if cell not in (None, "")],
            ) in found
    numbers = sum(len(row) - 1 for table in page.tables() for row in table.rows)
    assert len(rows) - 1 == numbers
    assert not [row for row in rows for cell in row if cell.startswith(("=", "@", "+"))], "no formula from a subject"


def test_json_reads_back_whole(maker: Maker, summary: Summary, consultation: Consultation) -> None:
    assert SUMMARY.validate_json(maker.weekly(summary, "json")) == summary
    sheet = bureau_sheet(maker.reader, consultation)
    assert SHEET.validate_json(SHEET.dump_json(sheet)) == sheet


def test_bureau_formats_agree(maker: Maker, consultation: Consultation) -> None:
    own = bureau_page(bureau_sheet(maker.reader, consultation, date(2009, 8, 2)), maker.names)
    assert html_tables(render(own, "html")) == expected(own) == docx_tables(render(own, "docx"))
