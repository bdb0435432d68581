"""What was put into a document comes out of it, every word and in order, whichever program wrote the file."""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

from core.model import LANGUAGES, Attachment
from ingest.attachments.base import Limits
from ingest.attachments.sandbox import read_all
from samples.make import MAKERS, note_text

needs_writer = pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")


def words(text: str, language: str) -> list[str]:
    """Words, in Chinese characters, as Unicode's compatibility forms tell them apart."""
    plain = unicodedata.normalize("NFKC", text)
    return [char for char in plain if not char.isspace()] if language == "zh" else plain.split()


def found(content: bytes, language: str) -> list[str]:
    [answer] = read_all([Attachment("letter.bin", "application/octet-stream", content, "2")], Limits())
    assert answer.problems == ()
    return words(answer.text, language)


@pytest.mark.parametrize("form", ["docx", "odt", "rtf", "pdf", "html"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_in_order(language: str, form: str) -> None:
    text = note_text(language)
    assert found(MAKERS[form][0](text, language, "seed"), language) == words(text, language)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    for language in LANGUAGES:
        (folder / f"{language}.docx").write_bytes(MAKERS["docx"][0](note_text(language), language, "seed"))
    return folder


def saved_as(form: str, office: Path) -> Path:
    """The letters of all languages, saved by LibreOffice: one start of it for a format."""
    if not list(office.glob(f"*.{form}")):
        letters = [str(office / f"{language}.docx") for language in LANGUAGES]
        profile = f"-env:UserInstallation=file://{office}/profile"
        arguments = ["soffice", "--headless", profile, "--convert-to", form, "--outdir", str(office), *letters]
        subprocess.run(arguments, check=True, capture_output=True, timeout=240)
    return office


@needs_writer
@pytest.mark.slow
@pytest.mark.parametrize("form", ["doc", "odt", "rtf", "pdf"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_in_order_as_an_office_saves_it(language: str, form: str, office: Path) -> None:
    content = (saved_as(form, office) / f"{language}.{form}").read_bytes()
    assert found(content, language) == words(note_text(language), language)


@needs_writer
def test_every_word_of_word_97_in_order(office: Path) -> None:
    for language in LANGUAGES:
        content = (saved_as("doc", office) / f"{language}.doc").read_bytes()
        assert found(content, language) == words(note_text(language), language)
