from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core.consultation import Consultation, find_consultation, load_consultation
from core.errors import ConsultationError
from core.model import LANGUAGES


def test_eight_areas_with_titles_and_the_note_in_six_languages(consultation: Consultation) -> None:
    assert "".join(consultation.letters) == "abcdefgh"
    assert consultation.languages == LANGUAGES
    assert set(consultation.notes) == set(LANGUAGES)


def test_every_title_stands_in_its_note(consultation: Consultation) -> None:
    def joined(text: str) -> str:
        return "".join(text.lower().split())

    for area in consultation.areas:
        for language, title in area.title.items():
            assert joined(title) in joined(consultation.notes[language]), (area.letter, language)


@pytest.mark.parametrize(
    ("moment", "late"),
    [
        (datetime(2009, 7, 31, 21, 59, 59, tzinfo=UTC), False),  # 23:59:59 in Vienna, summer time
        (datetime(2009, 7, 31, 22, 0, 0, tzinfo=UTC), True),
    ],
)
def test_the_whole_last_day_in_vienna_is_in_time(consultation: Consultation, moment: datetime, late: bool) -> None:
    assert consultation.is_late(moment) is late


def test_days_left(consultation: Consultation) -> None:
    assert consultation.days_left(date(2009, 7, 26)) == 5
    assert consultation.days_left(date(2009, 8, 1)) == -1


def test_missing_folder_and_broken_key_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConsultationError, match="no consultation 'none'"):
        find_consultation("none", tmp_path)
    (tmp_path / "consultation.toml").write_text('reference = "X"\nmistake = 1\n', encoding="utf-8")
    with pytest.raises(ConsultationError, match=r"consultation\.toml"):
        load_consultation(tmp_path)
