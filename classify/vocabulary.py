"""spaCy's vocabulary, kept from growing with what is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from spacy.language import Language
from spacy.vocab import Vocab

MOST_PASSED: Final = 50_000
"""Words that may come and go before the tables are made anew: some 3 MiB in each language."""
REST: Final = ("vectors", "lookups")
"""What our vocabularies do not have."""


@contextmanager
def passing_words(nlp: Language) -> Iterator[None]:
    """Within it, spaCy's words go with the Docs that are made; the Docs mean nothing afterwards."""
    with nlp.memory_zone():
        yield
    if len(nlp.vocab) > MOST_PASSED:
        _make_anew(nlp.vocab)


def _make_anew(vocab: Vocab) -> None:
    """A memory zone frees its words and not their places in the hash tables (preshed marks them as deleted), so that these
    double for ever. A vocabulary that reads itself back has new ones, with the words that it had at first;
    its length, which counts all that came, begins anew with them."""
    vocab.from_bytes(vocab.to_bytes(exclude=REST), exclude=REST)
