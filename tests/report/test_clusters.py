"""New topics that say nearly the same stand together, whatever language each is written in."""

from __future__ import annotations

from report.clusters import MAX_COMPARED, gather


def grouped(*wordings: tuple[str, str]) -> list[list[str]]:
    return [[row["quote"] for row in rows] for rows in gather([{"quote": q, "language": code} for q, code in wordings])]


def test_one_matter_in_four_languages_is_one_group() -> None:
    organs = [
        ("Trafficking in organs", "en"),
        ("Торговля органами", "ru"),
        ("تجارة الأعضاء البشرية", "ar"),
        ("贩运器官", "zh"),
    ]
    others = [("Mutual legal assistance", "en"), ("качество переводов", "ru")]
    assert grouped(*organs, *others) == [[quote for quote, _ in organs], *([quote] for quote, _ in others)]


def test_one_wording_with_another_ending_is_one_group() -> None:
    alike = [("Corruption of officials", "en"), ("The corruption of border officials", "en")]
    others = [("World cup", "en"), ("Mutual legal assistance", "en"), ("Data collection", "en")]
    assert grouped(*alike, *others)[0] == [quote for quote, _ in alike]


def test_words_without_a_known_meaning_stand_alone() -> None:
    assert len(grouped(("Xyzzy", "en"), ("Plugh", "fr"))) == 2


def test_very_many_wordings_are_gathered_only_where_they_are_equal() -> None:
    many = [(f"Topic number {number} of organs", "en") for number in range(MAX_COMPARED + 1)]
    assert len(grouped(*many, many[0])) == MAX_COMPARED + 1
