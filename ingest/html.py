"""HTML to text: lists, tables and paragraph breaks kept; hidden text, scripts and trackers dropped; nothing fetched."""

from __future__ import annotations

import itertools
import re
from typing import Final

import lxml.html
from inscriptis.css_profiles import RELAXED_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.css import HtmlElement
from lxml import etree

from core.model import Problem

QUOTE_MARK: Final = "> "
HIDDEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?!\.?[0-9])|mso-hide\s*:\s*all", re.IGNORECASE
)
DROPPED: Final = (
    "script",
    "style",
    "head",
    "title",
    "noscript",
    "template",
    "object",
    "embed",
    "iframe",
    "svg",
    "form",
)
QUOTE_BAR: Final = re.compile(r"border-left\s*:\s*(?!\s*(?:none|0(?:px)?\s*(?:;|$)))", re.IGNORECASE)
INTRODUCED: Final = re.compile(r"\d{1,2}:\d{2}.*[:：]$", re.DOTALL)
"""A line with the time of day and a colon at its end, such as Yandex sets above."""
QUOTE_CLASSES: Final = frozenset({"gmail_quote", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote"})


MAX_MARKUP: Final = 8_000_000
MAX_ELEMENTS: Final = 100_000


def html_to_text(markup: str) -> str:
    """The text a reader of that page sees; blockquotes come out with "> " before each line."""
    return page_text(markup, "")[0]


def page_text(markup: str, where: str, most: int = MAX_ELEMENTS) -> tuple[str, tuple[Problem, ...]]:
    """(that text, a Problem where the page is so large that only its first `most` elements are read)."""
    tree = _parse(markup[:MAX_MARKUP])
    if tree is None:
        return "", ()
    cut = _cut(tree, most) or len(markup) > MAX_MARKUP
    problems = (Problem("html-too-large", where, f"first {most} elements read"),) if cut else ()
    return _laid_out(tree), problems


def _cut(tree: lxml.html.HtmlElement, most: int) -> bool:
    """Take out what stands behind the first `most` elements, in place; whether there was any."""
    beyond = next(itertools.islice(tree.iter(), most, None), None)
    if beyond is None:
        return False
    kept = beyond.getparent()
    del kept[kept.index(beyond) :]
    for ancestor in kept.iterancestors():
        del ancestor[ancestor.index(kept) + 1 :]
        kept = ancestor
    return True


def _laid_out(tree: lxml.html.HtmlElement) -> str:
    _drop_hidden(tree)
    _mark_quotes(tree)
    css = {
        **RELAXED_CSS_PROFILE,
        "div": HtmlElement(display=Display.block),
        "blockquote": HtmlElement(display=Display.block),
    }
    text = Inscriptis(tree, ParserConfig(css=css, display_links=False, display_images=False)).get_text()
    return _tidy(_unmark_quotes(text))


def _parse(markup: str) -> lxml.html.HtmlElement | None:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    try:
        return lxml.html.document_fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None  # an empty document has nothing to read


def _drop_hidden(tree: lxml.html.HtmlElement) -> None:
    for element in list(tree.iter(etree.Element)):
        if element.getparent() is None or element.tag == "body":
            continue
        hidden = element.tag in DROPPED or "hidden" in element.attrib or HIDDEN.search(element.get("style", ""))
        if hidden:
            element.drop_tree()


# Private-use characters stand for the quotation marks while the text is laid out.
_OPEN, _CLOSE = "\ue000", "\ue001"


def _mark_quotes(tree: lxml.html.HtmlElement) -> None:
    for quote in tree.iter("blockquote"):
        if not _is_quoted(quote):
            continue
        opening = _line(_OPEN)
        opening.tail, quote.text = quote.text, None
        quote.insert(0, opening)
        quote.append(_line(_CLOSE))


def _is_quoted(quote: lxml.html.HtmlElement) -> bool:
    """Whether a mail client made that blockquote: a writer's own indents a paragraph."""
    if quote.get("type") == "cite" or quote.get("id") == "isReplyContent":
        return True
    if QUOTE_CLASSES & set(quote.get("class", "").split()) or QUOTE_BAR.search(quote.get("style", "")):
        return True
    above = quote.getprevious()
    said = "".join(above.itertext()).strip() if above is not None else ""
    return bool(INTRODUCED.search(said[-200:]))


def _line(text: str) -> lxml.html.HtmlElement:
    line = lxml.html.Element("div")
    line.text = text
    return line


def _unmark_quotes(text: str) -> str:
    depth = 0
    lines = []
    for line in text.split("\n"):
        mark = line.strip()
        if mark == _OPEN:
            depth += 1
        elif mark == _CLOSE:
            depth = max(0, depth - 1)
        else:
            lines.append(QUOTE_MARK * depth + line)
    return "\n".join(lines)


def _tidy(text: str) -> str:
    text = text.replace("\u00a0", " ").replace(_OPEN, "").replace(_CLOSE, "")
    lines = [line.rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
