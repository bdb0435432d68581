"""A text cut into passages: list items, and the sentences of paragraphs. Each may propose a topic, or not.

A passage knows the marker in front of it and the sentence that leads up to its list, since "(c) Compensation of
victims" proposes or rejects as its lead-in does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from classify.lexicon import DISCUSS, PROPOSE
from classify.normal import fold

MARKER: Final = re.compile(
    r"""[ \t\u200e\u200f]*(?:
        (?P<bullet>[-–—•*·●▪◦○■□➢►‣o](?=[ \t]))
      | (?P<number>[(（]?(?:\d{1,2}|[٠-٩]{1,2}|[ivxIVX]{1,5})[.)）、\-–](?!\d)|\d{1,2}[.]?[ºª°][.)–-]?(?=[ ])|\d{1,2}[ ]?/(?=[ ])|\d{1,2},(?=[ ](?-i:[^\W\d_a-zа-яà-ÿ])))
      | (?P<letter>[(（]?(?:[A-Za-z]|[а-зА-З]|[أابجدهوزحط]ـ?|[一二三四五六七八九十]{1,2})(?:[.)）、](?=\s|[^\x00-\x7f])|/(?=[ ])))
      | (?P<letter2>[(（](?:[A-Za-z]|[а-зА-З]|[أابجدهوزحط]ـ?|[一二三四五六七八九十]{1,2})[)）])
      | (?P<word>(?:primo|secundo|tertio|quarto|first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth(?:ly)?|one|two|three
          |premi[eè]rement|deuxi[eè]mement|troisi[eè]mement|quatri[eè]mement|primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|uno|dos|tres
          |во-первых|во-вторых|в-третьих|перв(?:ое|ая|ый)|втор(?:ое|ая|ой)|треть?(?:е|я|ий)|topic\s+\w{1,2}|th[eè]me\s+\w{1,2}|tema\s+\w{1,2}|тема\s+\w{1,2}|أولا|ثانيا|ثالثا|أولاً|ثانياً|ثالثاً|رابعا|الأول|الثاني|الثالث)\s*[:.,–—-]{1,2}(?=\s))
      | (?P<han>(?:第[一二三四五六七八]个?(?:议题|专题|主题)?|(?:议题|专题|主题)[一二三四五六七八\d]|其[一二三四])[、，,：:]|[一二三四]是(?=\S{4}))
    )[ \t]*""",
    re.VERBOSE | re.IGNORECASE,
)
ANOTHER_LETTER: Final = re.compile(r"\W*(?:\w{1,3}\s+)?[(（]?\w[)）]")
"""What follows a letter that is one of several: "(b) and (d)"."""
SENTENCE_END: Final = re.compile(
    r"(?:[.!?؟](?:[\"'»”)]{0,2})(?=\s+[\"'«“(]?[^\sa-zа-яё0-9])|[.!?؟]+(?=\s*\n)|[。！？；]|[;؛](?=\s)|(?<=\s)STOP(?=\s))[\"'»”’」)]{0,2}\s*"
)
ABBREVIATION: Final = re.compile(
    r"(?:\b(?:no|nos|art|arts|mr|mrs|ms|dr|st|e\.g|i\.e|cf|vol|p|pp|para|paras|sec|inc|ltd|h\.e|s\.e|sr|sra|mme|núm|num|n°|ст|г|гг|т\.е|п|пп|им|др|res|doc|ref|tel|fax|ext|etc|p\.ej|ej|vs|u\.s|u\.n)|\b[A-ZА-Я])\.$",
    re.IGNORECASE,
)
NARROWEST: Final = 50
NARROWEST_HAN: Final = 25
WIDEST: Final = 100
"""Characters of a line: shorter ones were not broken by a program, and longer ones not at all."""
LEAD_END: Final = re.compile(r"[:：]\s*[-–—]?\s*$")


@dataclass(frozen=True, slots=True)
class Passage:
    """Characters [start, end) of the text, without its marker and the space around it."""

    start: int
    end: int
    block: int
    item: bool
    marker: str = ""
    lead: int | None = None
    """Index of the passage that introduces the list this item is in."""
    first: bool = True
    """False for a sentence behind the first of its block."""


@dataclass(frozen=True, slots=True)
class _Block:
    start: int
    end: int
    marker: str
    item: bool
    led: bool = False
    """Its first line stands below a line that ends in a colon: each line may be an item."""


def passages_of(text: str, start: int = 0, end: int | None = None) -> list[Passage]:
    """The passages of text[start:end], in their order; offsets are those of `text`."""
    passages: list[Passage] = []
    lead: int | None = None
    in_list = False
    for number, block in enumerate(_blocks(text, start, len(text) if end is None else end)):
        if block.item and not in_list:
            lead = len(passages) - 1 if passages else None
        in_list = block.item
        for order, (low, high) in enumerate(_sentences(text, block.start, block.end)):
            passages.append(
                Passage(
                    low,
                    high,
                    number,
                    block.item,
                    block.marker if order == 0 else "",
                    lead if block.item else None,
                    order == 0,
                )
            )
    return passages


def _blocks(text: str, start: int, end: int) -> Iterator[_Block]:
    """Paragraphs and list items; lines that a mail client or a page has broken are one block."""
    current: _Block | None = None
    above: _Block | None = None
    width = _width(text[start:end])
    for low, high in _lines(text, start, end):
        line = text[low:high]
        if not line.strip():
            if current:
                yield current
                above = current
            current = None
            continue
        marker = _marker_of(line)
        if current and current.led and not marker and _broken_on_purpose(text, current, line, width):
            yield replace(current, item=True)
            current = _Block(low, high, "", item=True, led=True)
            continue
        if current and marker is None and not _stands_alone(text, current, line):
            current = replace(current, end=high)
            continue
        if current:
            yield current
            above = current
        if marker:
            current = _Block(low + marker.end(), high, marker.group().strip(), item=True)
        else:
            led = above is not None and LEAD_END.search(text[above.start : above.end]) is not None
            current = _Block(low, high, "", item=False, led=led)
    if current:
        yield current


def _width(text: str) -> int:
    """Where lines were broken by a program, by the longest of them; where none was, no line is too long."""
    longest = max((len(line.strip()) for line in text.splitlines()), default=0)
    han = re.search(r"[\u3400-\u9fff]{8}", text)
    return min(max(longest, NARROWEST_HAN if han else NARROWEST), WIDEST)


def _broken_on_purpose(text: str, block: _Block, line: str, width: int) -> bool:
    """Whether a line's first word had room at the end of the line above: then its writer broke it there."""
    above = text[block.start : block.end].rstrip().rsplit("\n", 1)[-1]
    first = line.split(maxsplit=1)[0]
    room = 1 if re.match(r"[\u3400-\u9fff]", first) else len(first) + 1
    return len(above.strip()) + room <= width and not re.search(
        r"[.。!?؟,،，、(]$|\b(?:and|et|y|и|of|de|du|в|о)$", above
    )


def _marker_of(line: str) -> re.Match[str] | None:
    """What stands before a list item's words: of "1º) c) Compensation" the letter, behind the sender's count."""
    marker = MARKER.match(line)
    if marker is None or not re.search(r"\w", line[marker.end() :]):
        return None  # a letter alone on its line is what is said, not a marker of it
    inner = MARKER.match(line, marker.end()) if marker.lastgroup in ("bullet", "number") else None
    if inner is None or inner.lastgroup not in ("letter", "letter2"):
        return marker
    words = line[inner.end() :]
    return inner if re.search(r"\w{2}|[\u3400-\u9fff]", words) and not ANOTHER_LETTER.match(words) else marker


def _stands_alone(text: str, block: _Block, line: str) -> bool:
    """Whether a line begins something new: what is above it ended, or is so short that nobody broke it there."""
    above = text[block.start : block.end].rstrip()
    last = above.rsplit("\n", 1)[-1]
    if LEAD_END.search(above):
        return True
    width = 18 if re.search(r"[\u3400-\u9fff]", last) else 45
    ended = bool(re.search(r"[.!?。！？؟;；؛]$", above))
    starts_new = not re.match(r"\s*[a-zа-яёà-ÿ]", line)
    return len(last) < width and (ended or starts_new)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        yield at, stop
        at = stop + 1


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for match in SENTENCE_END.finditer(text, start, end):
        if match.group().startswith(".") and ABBREVIATION.search(text[at : match.start() + 1]):
            continue
        yield from _trimmed(text, at, match.end())
        at = match.end()
    yield from _trimmed(text, at, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start and re.search(r"\w", text[start:end]):
        yield start, end


CLAUSE_BREAK: Final = {
    "en": r"(?:,\s*(?:and\s+)?(?:also|as well as|secondly|thirdly|second|third|finally)\b|\bas well as\b|,\s*and\b|;|\band\b|,\s)",
    "fr": r"(?:,?\s*\b(?:ainsi que|de meme que|et enfin|puis)\b|,\s*et\b|;|\bet\b|,\s)",
    "es": r"(?:,?\s*\b(?:asi como|al igual que|y por ultimo|ademas de)\b|,\s*[ye]\b|;|\b[ye]\b|,\s)",
    "ru": r"(?:,?\s*\b(?:а также|равно как и|и наконец)\b|,\s*и\b|;|\bи\b|,\s)",
    "ar": r"(?:،?\s*(?:وكذلك|فضلا عن|بالاضافه الي|وايضا|كما)\s|؛|،|\sو(?=\S{3}))",
    "zh": r"(?:[；;]|[，,]?(?:以及|并且|同时|还有|其次|再次|最后)|、|[，,]|和|及)",
}


LINK: Final = re.compile(
    r"^(?:[\s,:;–—-]|that\b|the\b|of\b|on\b|que\b|qu['’]|de la\b|du\b|des\b|de\b|d['’]|sur\b|sobre\b|del\b|тему\b|темы\b|о\b|об\b|вопрос\w*\b|في\b|بشان\b|ان\b|[：，、])+",
    re.IGNORECASE,
)
MIN_CORE_WORDS: Final = 2
MIN_CORE_HAN: Final = 4


def core_start(text: str, start: int, end: int, language: str) -> int:
    """Where in a passage the topic's own words begin: behind "we propose that the group discuss"."""
    folded = fold_same_length(text[start:end]).replace("\n", " ")
    at = 0
    for table in (PROPOSE, DISCUSS):
        found = re.compile(table[language]).search(folded, at)
        # The second verb must follow close behind the first: later ones belong to the topic.
        if found and (found.start() - at <= 90 or at == 0) and _enough(folded[found.end() :]):
            at = found.end()
        if at == 0:
            return start
    if (link := LINK.match(folded[at:])) and _enough(folded[at + link.end() :]):
        at += link.end()
    return start + at


def _enough(rest: str) -> bool:
    return (
        len(re.findall(r"[^\W\d_]{2,}", rest)) >= MIN_CORE_WORDS
        or len(re.findall(r"[\u3400-\u9fff]", rest)) >= MIN_CORE_HAN
    )


def clauses_of(text: str, start: int, end: int, language: str) -> list[tuple[int, int]]:
    """Where a sentence may be cut into topics: (start, end) of each piece, cut at words that join."""
    piece = text[start:end]
    folded = fold_same_length(piece)
    cuts = [
        (match.start(), match.end()) for match in re.finditer(CLAUSE_BREAK.get(language, CLAUSE_BREAK["en"]), folded)
    ]
    pieces: list[tuple[int, int]] = []
    at = 0
    for low, high in cuts:
        pieces.extend(_trimmed(text, start + at, start + low))
        at = high
    pieces.extend(_trimmed(text, start + at, end))
    return pieces


def fold_same_length(text: str) -> str:
    """Folded character by character, so that offsets stay."""
    return "".join(map(_fold_character, text))


@lru_cache(maxsize=10_000)
def _fold_character(character: str) -> str:
    return (fold(character) or character)[0]
