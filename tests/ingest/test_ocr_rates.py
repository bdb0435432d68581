"""Character error rates of scans, held: `make bench-ocr` prints them beside plain Tesseract's."""

from __future__ import annotations

import shutil

import pytest

from bench.ocr import CONDITIONS, error_rate, ours
from core.model import LANGUAGES

MOST = {
    "200 dpi": {"ar": 0.03, "zh": 0.03, "en": 0.01, "fr": 0.01, "ru": 0.01, "es": 0.01},
    "fax 204x98": {"en": 0.05, "fr": 0.05, "ru": 0.05, "es": 0.05},
    "two columns": {"ar": 0.05, "zh": 0.03, "en": 0.01, "fr": 0.01, "ru": 0.01, "es": 0.01},
}
AS_UPRIGHT = ("turned 90", "turned 180", "turned 270")
TOLERANCE = 0.003
"""A page turned by program has the same dots, but Tesseract's own division into lines may differ by a character or two."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed"),
]


def measured(condition: str, language: str) -> float:
    text, content = CONDITIONS[condition](language)
    return error_rate(text, ours(content))


@pytest.mark.parametrize(
    ("condition", "language", "most"),
    [(condition, language, most) for condition, rates in MOST.items() for language, most in rates.items()],
)
def test_errors_stay_below(condition: str, language: str, most: float) -> None:
    assert measured(condition, language) <= most


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("condition", AS_UPRIGHT)
def test_a_turned_page_is_read_as_an_upright_one(condition: str, language: str) -> None:
    assert measured(condition, language) <= measured("200 dpi", language) + TOLERANCE
