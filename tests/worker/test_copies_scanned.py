"""Copies and corrections through the whole way: letters typed, faxed and posted, read by OCR, in six languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.consultation import Consultation
from core.model import Channel, RawMessage
from ingest.sources import read_letter
from samples.make import as_docx, as_picture, as_scan_pdf
from store.write import Writer
from tests.make import make_email
from worker.office import set_up
from worker.pipeline import Desk

DAY = datetime(2009, 7, 13, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Words:
    """A letter's frame in one language, two States with their names in it, and the sentence of a correction."""

    frame: str
    states: dict[str, str]
    corrects: str


WORDS = {
    "en": Words(
        "PERMANENT MISSION OF {state}\nVIENNA\n\nNo. {number}/2009\n\n{corrects}The Permanent Mission of {state} presents its compliments to the Secretariat and, with reference to note verbale CU 2009/92 (A), has the honour to propose the following topics:\n\n{topics}\n\nThe Permanent Mission avails itself of this opportunity to renew the assurances of its highest consideration.",
        {"KEN": "Kenya", "NPL": "Nepal"},
        "The present note replaces note No. {old}/2009.\n\n",
    ),
    "fr": Words(
        "MISSION PERMANENTE DE {state}\nVIENNE\n\nNo. {number}/2009\n\n{corrects}La Mission permanente de {state} présente ses compliments au Secrétariat et, se référant à la note verbale CU 2009/92 (A), a l'honneur de proposer les thèmes suivants :\n\n{topics}\n\nLa Mission permanente saisit cette occasion pour renouveler les assurances de sa très haute considération.",
        {"MDG": "Madagascar", "DJI": "Djibouti"},
        "La présente note annule et remplace la note No. {old}/2009.\n\n",
    ),
    "es": Words(
        "MISIÓN PERMANENTE DE {state}\nVIENA\n\nNo. {number}/2009\n\n{corrects}La Misión Permanente de {state} saluda atentamente a la Secretaría y, con referencia a la nota verbal CU 2009/92 (A), tiene el honor de proponer los temas siguientes:\n\n{topics}\n\nLa Misión Permanente aprovecha la oportunidad para reiterar las seguridades de su más alta consideración.",
        {"CRI": "Costa Rica", "COL": "Colombia"},
        "La presente nota sustituye a la nota No. {old}/2009.\n\n",
    ),
    "ru": Words(
        "ПОСТОЯННОЕ ПРЕДСТАВИТЕЛЬСТВО {state}\nВЕНА\n\n№ {number}/2009\n\n{corrects}Постоянное представительство {state} свидетельствует свое уважение Секретариату и, ссылаясь на вербальную ноту CU 2009/92 (A), имеет честь предложить следующие темы:\n\n{topics}\n\nПостоянное представительство пользуется случаем, чтобы возобновить уверения в своем весьма высоком уважении.",
        {"UZB": "Республики Узбекистан", "AZE": "Азербайджанской Республики"},
        "Настоящая нота направляется взамен ноты № {old}/2009.\n\n",
    ),
    "ar": Words(
        "البعثة الدائمة ل{state}\nفيينا\n\nالرقم {number}/2009\n\n{corrects}تهدي البعثة الدائمة ل{state} أطيب تحياتها إلى الأمانة، وبالإشارة إلى المذكرة الشفوية CU 2009/92 (A)، تتشرف باقتراح المواضيع التالية:\n\n{topics}\n\nوتغتنم البعثة الدائمة هذه الفرصة لتعرب عن فائق تقديرها.",
        {"LBN": "لبنان", "TUN": "تونس"},
        "تحل هذه المذكرة محل المذكرة رقم {old}/2009.\n\n",
    ),
    "zh": Words(
        "{state}常驻维也纳代表团\n\n第{number}/2009号\n\n{corrects}{state}常驻代表团向秘书处致意，并就CU 2009/92 (A)号普通照会谨建议下列议题：\n\n{topics}\n\n{state}常驻代表团借此机会再次表示最崇高的敬意。",
        {"MNG": "蒙古", "THA": "泰国"},
        "本照会取代第{old}/2009号照会。\n\n",
    ),
}


def letter(
    consultation: Consultation, language: str, state: str, number: int, areas: str, *, old: int | None = None
) -> str:
    words = WORDS[language]
    titles = {area.letter: area.title[language] for area in consultation.areas}
    topics = "\n".join(f"{place}. {titles[area]}" for place, area in enumerate(areas, 1))
    corrects = words.corrects.format(old=old) if old else ""
    return words.frame.format(state=words.states[state], number=number, topics=topics, corrects=corrects)


def on_paper(folder: Path, name: str, content: bytes, via: Channel, day: int) -> RawMessage:
    path = folder / name
    path.write_bytes(content)
    return read_letter(path, via, DAY + timedelta(days=day), None)


def by_mail(text: str, language: str, code: str, day: int) -> RawMessage:
    name = f"{code}-{day}"
    docx = (
        "note.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        as_docx(text, language, name),
    )
    content = make_email(
        "", sender=f"mission@{code.lower()}.mail.example", message_id=f"<{name}@x>", attachments=[docx]
    )
    return RawMessage(content, DAY + timedelta(days=day))


def replies(
    consultation: Consultation, folder: Path, language: str, code: str
) -> Iterator[tuple[RawMessage, str, str | None, str | None]]:
    """(raw, name, copy of, replaced by): a letter by mail, fax and post; a second one; a correction of the first, and its copy."""
    first = letter(consultation, language, code, 118, "be")
    second = letter(consultation, language, code, 131, "ch")
    correction = letter(consultation, language, code, 150, "dg", old=118)
    tiff, jpeg = as_picture("TIFF"), as_picture("JPEG")
    yield by_mail(first, language, code, 0), "first", None, "correction"
    yield on_paper(folder, f"{code}-fax.tif", tiff(first, language, f"{code}f"), "fax", 1), "fax", "first", None
    yield (
        on_paper(folder, f"{code}-post.pdf", as_scan_pdf(first, language, f"{code}p"), "post", 5),
        "post",
        "first",
        None,
    )
    yield by_mail(second, language, code, 6), "second", None, None
    yield by_mail(correction, language, code, 9), "correction", None, None
    yield (
        on_paper(folder, f"{code}-again.jpg", jpeg(correction, language, f"{code}a"), "post", 12),
        "again",
        "correction",
        None,
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_copies_and_corrections_in_six_languages(
    desk: Desk, consultation: Consultation, writer: Writer, tmp_path: Path
) -> None:
    set_up(writer, consultation)
    wrong, total = [], 0
    for language, words in WORDS.items():
        for code in words.states:
            cases = list(replies(consultation, tmp_path, language, code))
            names = {raw.digest: name for raw, name, _, _ in cases}
            writer.save([desk.read(raw) for raw, *_ in cases])
            found = {
                names[row["sha256"]]: (names.get(row["copy"]), names.get(row["replacing"]))
                for row in writer.db.query(LINKS, [code])
            }
            for _, name, copy_of, replaced_by in cases:
                total += 1
                if found.get(name) != (copy_of, replaced_by):
                    wrong.append((code, name, found.get(name)))
    assert len(wrong) <= 0.05 * total, (total, wrong)


LINKS = """
    SELECT messages.sha256, original.sha256 AS copy, newer.sha256 AS replacing FROM messages
    LEFT JOIN messages AS original ON original.id = messages.duplicate_of
    LEFT JOIN supersessions ON supersessions.message = messages.id
    LEFT JOIN messages AS newer ON newer.id = supersessions.replaced_by
    WHERE messages.state = ?
"""
