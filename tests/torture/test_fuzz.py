"""Mutated messages, texts and files: nothing may escape as an exception, and nothing may take longer than its limit.

A short form runs with the tests. `make fuzz` tries ten thousand inputs (FUZZ_INPUTS says how many).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.model import Attachment
from ingest.attachments.base import Limits
from ingest.attachments.detect import family_of
from ingest.attachments.registry import READERS
from ingest.attachments.sandbox import read_all
from ingest.extract import Known
from ingest.parse import parse
from ingest.quotes import split_text
from samples.make import MAKERS, note_text
from tests.ingest.threads import ADDRESS, threads
from tests.torture import files
from tests.torture.cases import WORDS, cases, page, typed

INPUTS = int(os.environ.get("FUZZ_INPUTS", "120"))
THOROUGH = INPUTS > 1000
AT_ONCE = 10
"""Files that one child reads."""
SECONDS = 10.0
unhurried = settings(
    deadline=None, derandomize=not THOROUGH, database=None, suppress_health_check=list(HealthCheck), print_blob=True
)


def of_all(share: float) -> settings:
    return settings(unhurried, max_examples=max(1, round(INPUTS * share)))


# --- mutations -----------------------------------------------------------------------------------

PLACES = st.floats(0, 1, exclude_max=True)
SPLINTERS = st.one_of(
    st.binary(min_size=1, max_size=8),
    st.sampled_from(
        [b"\r\n", b"\r\n\r\n", b"\n--edge\r\n", b"=?utf-8?B?", b"?=", b"\x00" * 20, b"\xff" * 9, b"%PDF-1.7\n", b"PK\x03\x04",
         b"{\\rtf1", b"<div>", b"> ", b"Content-Type: multipart/mixed; boundary=edge\r\n", b"\x1b$)A", b"\x7f\xff\xff\xff", b"endobj", b"stream\n"]
    ),
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, seeds: st.SearchStrategy[bytes]) -> bytes:
    """A few cuts, doublings, overwritings and splinters, anywhere."""
    content = draw(seeds)
    for _ in range(draw(st.integers(1, 6))):
        at, length = int(draw(PLACES) * len(content)), draw(st.sampled_from([1, 2, 4, 16, 128, 1024, 65536]))
        match draw(st.sampled_from(["insert", "overwrite", "cut", "double", "truncate", "flip"])):
            case "insert":
                content = content[:at] + draw(SPLINTERS) + content[at:]
            case "overwrite":
                splinter = draw(SPLINTERS)
                content = content[:at] + splinter + content[at + len(splinter) :]
            case "cut":
                content = content[:at] + content[at + length :]
            case "double":
                content = content[: at + length] + content[at:]
            case "truncate":
                content = content[:at]
            case "flip" if content:
                content = content[:at] + bytes([content[at] ^ (1 << draw(st.integers(0, 7)))]) + content[at + 1 :]
    return content


# --- seeds ---------------------------------------------------------------------------------------


@cache
def messages() -> list[bytes]:
    return [case.content for case in cases() if not case.bomb and len(case.content) < 200_000]


@cache
def texts() -> list[str]:
    return [
        *(thread.body for thread in threads()),
        *(f"{WORDS['en']}\n\n{note_text(language)}" for language in ("en", "ar", "zh")),
    ]


@cache
def documents() -> dict[str, list[bytes]]:
    """Files of every family that a reader is registered for."""
    made = {form: MAKERS[form][0](f"{WORDS['ru']}\n\n{WORDS['ar']}\n\n{WORDS['zh']}", "ru", "fuzz") for form in ("docx", "odt", "rtf", "pdf", "html")}  # fmt: skip
    small = page().crop((100, 100, 500, 420))
    letter = WORDS["en"].encode()
    seeds = {
        **{form: [content] for form, content in made.items()},
        "pdf": [made["pdf"], MAKERS["pdf"][0](note_text("ar"), "ar", "fuzz"), files.pdf_form(WORDS["en"])],
        "text": [WORDS["ru"].encode("koi8-r"), WORDS["zh"].encode("gb18030"), WORDS["ar"].encode("utf-16"), letter],
        "sheet": [files.xlsx([["1", WORDS["fr"]], ["2", WORDS["ar"]]])],
        "pptx": [files.pptx(WORDS["es"])],
        "calendar": [files.ics(WORDS["fr"])],
        "image": [files.picture(small.convert(mode), form) for form, mode in (("PNG", "L"), ("JPEG", "L"), ("TIFF", "1"), ("GIF", "L"), ("BMP", "L"))],
        "message": [typed(WORDS["fr"])],
        "msg": [files.msg("Subject", WORDS["ru"], "letter.txt", letter)],
        "tnef": [files.tnef("Our body.", "letter.txt", letter)],
        "bundle": [files.archive(kind, {"a.txt": letter, "b.docx": made["docx"]}) for kind in ("zip", "7zip", "gnutar")],
        "gzip": [__import__("gzip").compress(letter * 50)],
        "heic": [files.heic(small)] if THOROUGH and shutil.which("heif-enc") else [],
        "doc": [_word_97(made["docx"])] if THOROUGH and shutil.which("soffice") else [],
    }  # fmt: skip
    return {family: contents for family, contents in seeds.items() if contents}


def _word_97(content: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.docx").write_bytes(content)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        subprocess.run(
            ["soffice", "--headless", profile, "--convert-to", "doc", "--outdir", folder, f"{folder}/a.docx"],
            check=True,
            capture_output=True,
        )
        return Path(folder, "a.doc").read_bytes()


SUFFIXES = {"text": "txt", "html": "html", "calendar": "ics", "message": "eml"}


@st.composite
def mutated_files(draw: st.DrawFn) -> Attachment:
    family = draw(st.sampled_from(sorted(documents())))
    content = draw(mutated(st.sampled_from(documents()[family])))
    return Attachment(f"file.{SUFFIXES.get(family, 'bin')}", "application/octet-stream", content, "2")


# --- what must hold ------------------------------------------------------------------------------


@of_all(0.4)
@given(content=mutated(st.deferred(lambda: st.sampled_from(messages()))))
def test_any_message_is_parsed(content: bytes) -> None:
    started = time.monotonic()
    message = parse(content)
    assert time.monotonic() - started < SECONDS
    assert "parse-failed" not in {problem.code for problem in message.problems}
    assert message.message_id.startswith("<")
    message.body.encode("utf-8")


@of_all(0.2)
@given(content=mutated(st.deferred(lambda: st.sampled_from([text.encode() for text in texts()]))), mail=st.booleans())
def test_any_text_is_split_from_end_to_end(content: bytes, mail: bool) -> None:
    text = content.decode("utf-8", "replace")
    started = time.monotonic()
    known = Known({language: note_text(language) for language in ("en", "ar", "zh")}, (), (ADDRESS,))
    spans = split_text(text, known.notes, known.titles, known.own_addresses, mail=mail)
    assert time.monotonic() - started < SECONDS
    edges = [0, *(span.end for span in spans)]
    assert [span.start for span in spans] == edges[:-1]
    assert edges[-1] == len(text)


@of_all(0.4 / AT_ONCE)
@given(batch=st.lists(mutated_files(), min_size=AT_ONCE, max_size=AT_ONCE))
def test_any_file_is_read_or_said_to_be_unreadable(batch: list[Attachment]) -> None:
    limits = Limits(seconds=SECONDS, message_seconds=SECONDS * AT_ONCE, max_pages=2, memory_mib=768)
    started = time.monotonic()
    found = read_all(batch, limits)
    assert time.monotonic() - started < limits.message_seconds + 5
    assert len(found) == len(batch)
    for answer in found:
        answer.text.encode("utf-8", "surrogatepass")
        assert len(answer.text) <= limits.max_text


def test_every_reader_has_seeds() -> None:
    later = {"heic", "doc"}
    assert set(READERS) - later <= set(documents()) <= set(READERS)
    for family, contents in documents().items():
        for content in contents:
            name = f"file.{SUFFIXES.get(family, 'bin')}"
            assert family_of(Attachment(name, "application/octet-stream", content, "2")) == family
