"""The examples: enough of each sort in each language, and none that says again what another says."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import pytest

from classify.examples import load_marked_replies, load_passages
from classify.normal import fold
from core.consultation import Consultation, find_consultation, load_consultation
from core.model import LANGUAGES
from tests.make import REPOSITORY

SHINGLE = 5
TOO_ALIKE = 0.85
SHORTEST = 40
"""Characters of a text that could have been said otherwise; titles, letters and courtesies come again."""


@pytest.fixture(scope="module")
def own() -> Consultation:
    return load_consultation(find_consultation("cu-2009-92", REPOSITORY))


def shingles(text: str) -> frozenset[str]:
    plain = re.sub(r"\W+", " ", fold(text))
    return frozenset(plain[at : at + SHINGLE] for at in range(max(1, len(plain) - SHINGLE + 1)))


def near_duplicates(texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs that share most of their runs of characters (Jaccard similarity; Broder 1997)."""
    known = [shingles(text) for text in texts]
    common = Counter(item for own in known for item in own)
    holders: dict[str, list[int]] = defaultdict(list)
    for at, mine in enumerate(known):
        # Two sets that share 85 % have one of the rarest 16 % in common.
        rarest = sorted(mine, key=lambda item: (common[item], item))[: len(mine) - int(TOO_ALIKE * len(mine)) + 1]
        for other in {other for item in rarest for other in holders[item]}:
            theirs = known[other]
            if len(mine & theirs) >= TOO_ALIKE * len(mine | theirs):
                yield texts[other], texts[at]
        for item in rarest:
            holders[item].append(at)


def test_the_same_in_other_dress_is_found() -> None:
    texts = [
        "How inspectors recognise a victim on a farm",
        "HOW INSPECTORS RECOGNISE A VICTIM, ON A FARM",
        "Something else",
    ]
    assert list(near_duplicates(texts)) == [(texts[0], texts[1])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_is_enough_of_each_sort(own: Consultation, language: str) -> None:
    passages = load_passages(own, language)
    proposing = [item for item in passages if item.stance == "propose"]
    by_area = {letter: sum(letter in item.areas for item in proposing) for letter in own.letters}
    marked = [topic for reply in load_marked_replies(own, language) for topic in reply.topics]
    by_area = {letter: count + sum(letter in topic.areas for topic in marked) for letter, count in by_area.items()}
    outside = sum(not item.areas for item in proposing) + sum(not topic.areas for topic in marked)
    assert min(by_area.values()) >= 80, by_area
    assert outside >= 300
    assert len(passages) - len(proposing) >= 300


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_passage_says_again_what_another_says(own: Consultation, language: str) -> None:
    texts = [item.text for item in load_passages(own, language) if len(item.text) >= SHORTEST]
    assert list(near_duplicates(texts)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reply_says_again_what_another_says(own: Consultation, language: str) -> None:
    replies = load_marked_replies(own, language)
    assert list(near_duplicates([reply.text for reply in replies])) == []
    titles = [shingles(title) for area in own.areas for title in area.title.values()]
    topics = [reply.text[topic.start : topic.end] for reply in replies for topic in reply.topics]
    long = [words for words in topics if len(words) >= SHORTEST and not _is_title(shingles(words), titles)]
    again = list(near_duplicates(long))
    assert len(again) <= 0.02 * len(long), again


def _is_title(words: frozenset[str], titles: Sequence[frozenset[str]]) -> bool:
    """A title, or part of one: what Governments say again and again."""
    return any(len(words & title) >= 0.4 * min(len(words), len(title)) for title in titles)
