"""The tokenizers of the six pipelines, and the forms of each token that the matchers compare."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

import spacy
from spacy.lang.punctuation import TOKENIZER_INFIXES
from spacy.lang.tokenizer_exceptions import BASE_EXCEPTIONS
from spacy.language import BaseDefaults, Language
from spacy.tokens import Doc
from spacy.util import compile_infix_regex, compile_prefix_regex, compile_suffix_regex

from classify.normal import fold, stem

INFIXES: Final = [r"[()（）\[\]«»“”„:;/،؛,]", r"(?<=[^\W\d_])[-–—](?=[^\W\d_])", r"(?<=[)）])[-–—]"]
ELISION: Final = [r"(?<=[ldnjmtscLDNJMTSC]['’])(?=[^\W\d_])", r"(?<=[Qq]u['’])(?=[^\W\d_])"]
PREFIXES: Final = [r"[-–—•*·«»“”„،؛]", r"№"]
SUFFIXES: Final = [r"[-–—•*·«»“”„،؛:]"]


@spacy.registry.languages("fr")
class French(Language):
    """French without spaCy's list of words with hyphens, whose one expression takes seconds to compile at each start."""

    lang = "fr"

    class Defaults(BaseDefaults):
        infixes = (*TOKENIZER_INFIXES, *ELISION)
        tokenizer_exceptions: ClassVar[dict[str, Any]] = {**BASE_EXCEPTIONS, **{n: [{"ORTH": n}] for n in ("n°", "N°")}}


@Language.factory("intake_forms", assigns=["token.norm", "token.lemma"])
class Forms:
    """Sets token.norm_ (for names: Russian lemma, Arabic without clitics, else folded) and token.lemma_ (a stem, for titles)."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.language = nlp.lang

    def __call__(self, doc: Doc) -> Doc:
        for token in doc:
            token.lemma_ = stem(token.text, self.language)
            token.norm_ = name_form(token.text, self.language)
        return doc


def name_form(word: str, language: str) -> str:
    """The form under which a State's name is looked up: whole words, since Niger is not Nigeria."""
    return stem(word, language) if language in ("ru", "ar") else fold(word)


def blank(language: str) -> Language:
    """An empty pipeline whose tokenizer parts brackets, dashes and commas from letters: "(b),(d)" is six tokens."""
    config: dict[str, Any] = {}
    if language == "zh":
        config = {"nlp": {"tokenizer": {"@tokenizers": "spacy.zh.ChineseTokenizer", "segmenter": "char"}}}
        return spacy.blank("zh", config=config)
    nlp = spacy.blank(language)
    defaults = nlp.Defaults
    nlp.tokenizer.prefix_search = compile_prefix_regex([*defaults.prefixes, *PREFIXES]).search
    nlp.tokenizer.suffix_search = compile_suffix_regex([*defaults.suffixes, *SUFFIXES]).search
    nlp.tokenizer.infix_finditer = compile_infix_regex([*defaults.infixes, *INFIXES]).finditer
    # Exceptions such as "b)" as one emoticon would hide letters.
    nlp.tokenizer.rules = {word: rule for word, rule in nlp.tokenizer.rules.items() if not re.search(r"[()]", word)}
    return nlp
