"""Each format as other programs open it, and pictures that show no missing glyph, nothing cut, and Arabic from the right."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pypdf
import pytest
from PIL import Image
from pydantic import TypeAdapter

from core.consultation import Consultation
from core.errors import ConfigError, IntakeError
from core.model import LANGUAGES
from report.bureau import SHEET
from report.document import Document
from report.make import Maker
from report.render import render
from report.render.typ import chart_png, compiled, preamble
from report.style import PLAIN, load_style
from report.weekly import SUMMARY, Summary
from report.weeks import Week
from report.words import words_of
from store.read import Reader
from tests.make import REPOSITORY
from tests.report.generated import generated

WEEK = Week.parse("2009-W31")
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils")
needs_office = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice")
needs_chromium = pytest.mark.skipif(not shutil.which("chromium"), reason="chromium")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory, consultation: Consultation) -> Iterator[Reader]:
    with Reader(generated(tmp_path_factory.mktemp("formats"), consultation)) as opened:
        yield opened


@pytest.fixture(scope="module")
def summary(reader: Reader, consultation: Consultation) -> Summary:
    return Maker(reader, consultation).summary(WEEK)


def page(reader: Reader, consultation: Consultation, summary: Summary, language: str) -> Document:
    return Maker(reader, consultation, language).weekly_document(summary)


def text_of_pdf(content: bytes, folder: Path) -> str:
    (folder / "page.pdf").write_bytes(content)
    done = subprocess.run(
        ["pdftotext", "-layout", folder / "page.pdf", "-"], capture_output=True, text=True, check=True
    )
    return done.stdout


@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_is_tagged_and_says_the_figures(
    reader: Reader, consultation: Consultation, summary: Summary, tmp_path: Path, language: str
) -> None:
    document, words = page(reader, consultation, summary, language), words_of(language)
    content = render(document, "pdf")
    root = pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith(language)
    assert b"pdfuaid" in content, "PDF/UA-1: Typst checked headings, tables and alternative texts"
    shown = text_of_pdf(content, tmp_path)
    for figure in (summary.replies_week, summary.replies_total, summary.states_silent):
        assert words.number(figure) in shown
    assert "\ufffd" not in shown
    fonts = subprocess.run(["pdffonts", tmp_path / "page.pdf"], capture_output=True, text=True, check=True).stdout
    names = {line.split()[0].partition("+")[2] for line in fonts.splitlines()[2:]}
    assert all(name.startswith("NotoSans") for name in names), names


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_has_a_glyph(reader: Reader, consultation: Consultation, summary: Summary, language: str) -> None:
    """Set without the last resort, Typst would put boxes; it warns of fonts it lacks, and PDF/UA forbids .notdef."""
    document = page(reader, consultation, summary, language)
    source = preamble(words_of(language), PLAIN) + "\n".join(
        f"#text({json.dumps(block.text, ensure_ascii=False)})" for block in document.blocks if hasattr(block, "text")
    )
    assert compiled(source + '\n#set document(title: "x")\n', "pdf", PLAIN)


@pytest.mark.parametrize("language", ["en", "ar", "zh"])
def test_charts_are_black_and_white_and_not_cut(
    reader: Reader, consultation: Consultation, summary: Summary, language: str
) -> None:
    for chart in page(reader, consultation, summary, language).charts():
        picture = Image.open(io.BytesIO(chart_png(chart, language, PLAIN))).convert("RGB")
        colours = picture.getcolors(maxcolors=2**20) or []
        assert all(max(colour) - min(colour) < 8 for _, colour in colours), "greys and patterns only"
        grey = picture.convert("L")
        edges = [grey.crop((0, 0, 4, grey.height)), grey.crop((grey.width - 4, 0, grey.width, grey.height))]
        assert all(min(edge.tobytes()) > 250 for edge in edges), "ink at the edge: something is cut"
        assert chart.alternative.count(" ") > 3


def test_arabic_charts_run_from_the_right(reader: Reader, consultation: Consultation, summary: Summary) -> None:
    """Bars begin behind the labels' column: in the middle, and grow to the right in English, to the left in Arabic."""
    middle = {}
    for language in ("en", "ar"):
        charts = {chart.name: chart for chart in page(reader, consultation, summary, language).charts()}
        grey = Image.open(io.BytesIO(chart_png(charts["areas"], language, PLAIN))).convert("L")
        content, width = grey.tobytes(), grey.width
        dark = [
            re.finditer(rb"[\x00-\x40]{40,}", content[place : place + width]) for place in range(0, len(content), width)
        ]
        centres = [(run.start() + run.end()) / 2 / width for runs in dark for run in runs]
        middle[language] = sum(centres) / len(centres)
    assert middle["ar"] < 0.5 < middle["en"]


@pytest.mark.slow
@needs_office
@needs_poppler
@pytest.mark.parametrize("language", LANGUAGES)
def test_word_files_open_in_libreoffice(
    reader: Reader, consultation: Consultation, summary: Summary, tmp_path: Path, language: str
) -> None:
    document, words = page(reader, consultation, summary, language), words_of(language)
    (tmp_path / "week.docx").write_bytes(render(document, "docx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "week.docx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    shown = text_of_pdf((tmp_path / "week.pdf").read_bytes(), tmp_path)
    for figure in (summary.replies_week, summary.replies_total, summary.states_silent):
        assert words.number(figure) in shown


@pytest.mark.slow
@needs_office
@pytest.mark.parametrize("language", ["en", "ar"])
def test_workbooks_open_in_libreoffice(
    reader: Reader, consultation: Consultation, summary: Summary, tmp_path: Path, language: str
) -> None:
    (tmp_path / "week.xlsx").write_bytes(render(page(reader, consultation, summary, language), "xlsx"))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "csv", "--outdir", tmp_path, tmp_path / "week.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert str(summary.replies_total) in (tmp_path / "week.csv").read_text(encoding="utf-8")


@needs_chromium
@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ar"])
def test_html_in_a_browser(
    reader: Reader, consultation: Consultation, summary: Summary, tmp_path: Path, language: str
) -> None:
    (tmp_path / "week.html").write_bytes(render(page(reader, consultation, summary, language), "html"))
    base = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}/profile"]
    command = [*base, "--dump-dom", f"file://{tmp_path}/week.html"]
    dom = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    assert words_of(language).number(summary.replies_total) in dom
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in dom


def test_html_is_fit_for_mail(reader: Reader, consultation: Consultation, summary: Summary) -> None:
    content = render(page(reader, consultation, summary, "ar"), "html").decode()
    assert not re.search(r"<(script|style|link|svg|form|iframe)\b", content)
    assert not re.search(r'(src|href)="(?!data:image/png;base64,)', content)
    assert not re.search(r"(flex|grid|position|var\()", content)
    assert content.count("<img ") == content.count(' alt="') == 3
    for data in re.findall(r"base64,([^\"]+)", content):
        Image.open(io.BytesIO(base64.b64decode(data))).verify()


def test_word_files_have_real_styles(reader: Reader, consultation: Consultation, summary: Summary) -> None:
    import docx  # noqa: PLC0415

    file = docx.Document(io.BytesIO(render(page(reader, consultation, summary, "ar"), "docx")))
    used = {paragraph.style.name for paragraph in file.paragraphs if paragraph.style}
    assert {"Title", "Subtitle", "Heading 1", "Heading 2", "Quote", "Caption"} <= used
    for table in file.tables:
        assert "w:tblHeader" in table.rows[0]._tr.xml, "a header row that repeats"
        assert "w:bidiVisual" in table._tbl.xml
    alternatives = [element.get("descr") for element in file.element.body.iter() if element.tag.endswith("}docPr")]
    assert len(alternatives) == 3
    assert all(alternatives)


def test_workbooks_are_right_to_left_in_arabic(reader: Reader, consultation: Consultation, summary: Summary) -> None:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.load_workbook(io.BytesIO(render(page(reader, consultation, summary, "ar"), "xlsx")))
    for sheet in book:
        assert sheet.sheet_view.rightToLeft
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref


# --- the office's style --------------------------------------------------------------------------


def test_an_office_has_its_letterhead(
    reader: Reader, consultation: Consultation, summary: Summary, tmp_path: Path
) -> None:
    folder = tmp_path / "style"
    folder.mkdir()
    Image.new("RGB", (60, 60), "black").save(folder / "logo.png")
    (folder / "style.toml").write_text(
        'logo_file = "logo.png"\ncolour = "#101010"\npaper = "us-letter"\n'
        '[letterhead]\nen = ["Office of Examples", "Vienna"]\n[signature]\nen = ["A. Sample", "Secretary"]\n',
        encoding="utf-8",
    )
    style = load_style(folder)
    document = page(reader, consultation, summary, "en")
    assert render(document, "text", style).decode().startswith("Office of Examples\nVienna\n")
    assert render(document, "text", style).decode().rstrip().endswith("A. Sample\nSecretary")
    pdf = pypdf.PdfReader(io.BytesIO(render(document, "pdf", style)))
    assert pdf.pages[0].mediabox.width == 612
    assert "Office of Examples" in pdf.pages[0].extract_text()
    assert "Secretary" in pdf.pages[-1].extract_text()
    assert b"Office of Examples" in render(document, "html", style)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('colour = "blue"', "colour"),
        ("logo_file = 'none.png'", "no such logo"),
        ("letterhaed = 1", "letterhaed"),
        ("=", "TOML"),
    ],
)
def test_wrong_styles_are_named(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "style.toml").write_text(content)
    with pytest.raises(ConfigError, match=words):
        load_style(tmp_path)


def test_a_broken_logo_is_named(reader: Reader, consultation: Consultation, summary: Summary, tmp_path: Path) -> None:
    (tmp_path / "style.toml").write_text('logo_file = "logo.png"')
    (tmp_path / "logo.png").write_bytes(b"no picture")
    with pytest.raises(IntakeError, match="could not be set"):
        render(page(reader, consultation, summary, "en"), "pdf", load_style(tmp_path))


@pytest.mark.parametrize(("name", "adapter"), [("weekly", SUMMARY), ("bureau", SHEET)])
def test_the_schema_on_the_page_is_the_programs(name: str, adapter: TypeAdapter[object]) -> None:
    file = REPOSITORY / "docs" / "schemas" / f"{name}.json"
    assert json.loads(file.read_text(encoding="utf-8")) == adapter.json_schema()


def test_weeks_of_the_deadline(reader: Reader, consultation: Consultation, summary: Summary) -> None:
    assert summary.deadline == date(2009, 7, 31)
