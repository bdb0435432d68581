"""A Document as a Word file: real styles and headings, header rows that repeat, pictures with alternative text."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any, Final

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from report.document import Block, Chart, Column, Document, Heading, Paragraph, Table, Voice, Voices
from report.render.text import shown
from report.render.typ import direction, pictures
from report.style import PLAIN, Style
from report.words import words_of

WIDTH: Final = Cm(16)
TAGS: Final = {"ar": "ar-SA", "zh": "zh-CN", "en": "en-GB", "fr": "fr-FR", "ru": "ru-RU", "es": "es-ES"}
"""Word's language tags, for spelling and hyphenation."""


def to_docx(document: Document, style: Style = PLAIN) -> bytes:
    return _Writer(document, style).content()


class _Writer:
    def __init__(self, document: Document, style: Style) -> None:
        self.document = document
        self.style = style
        self.words = words_of(document.language)
        self.pictures = pictures(document, style)
        self.file: Any = docx.Document()

    def content(self) -> bytes:
        document = self.document
        self._set_up()
        for line in self.style.letterhead_of(document.language):
            self._paragraph(line, "Header")
        if self.style.logo is not None:
            self._picture(self.style.logo.read_bytes(), document.title, Cm(3))
        self._paragraph(document.title, "Title")
        self._paragraph(f"{document.reference}. {document.subtitle}", "Subtitle")
        for block in document.blocks:
            self._block(block)
        for line in self.style.signature_of(document.language):
            self._paragraph(line)
        made = io.BytesIO()
        self.file.save(made)
        return made.getvalue()

    def _set_up(self) -> None:
        document, core = self.document, self.file.core_properties
        core.title, core.subject, core.language = document.title, document.reference, document.language
        core.author, core.comments, core.created = "", document.made, datetime.now(UTC).replace(tzinfo=None)
        section = self.file.sections[0]
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2.5)
        foot = section.footer.paragraphs[0]
        self._run(foot, f"{document.reference} · {document.made} · ")
        _add_page_number(foot)
        self._aligned(foot)
        self._set_styles()

    def _set_styles(self) -> None:
        latin, *_ = self.style.fonts("en")
        for name in ("Normal", "Title", "Subtitle", "Heading 1", "Heading 2", "Quote", "Caption", "Header"):
            properties = self.file.styles[name].element.get_or_add_rPr()
            fonts = properties.get_or_add_rFonts()
            for key in list(fonts.attrib):
                del fonts.attrib[key]
            fonts.set(qn("w:ascii"), latin)
            fonts.set(qn("w:hAnsi"), latin)
            fonts.set(qn("w:cs"), self.style.fonts("ar")[0])
            fonts.set(qn("w:eastAsia"), self.style.fonts("zh")[0])
        self.file.styles["Normal"].font.size = Pt(10)
        for name in ("Title", "Subtitle", "Quote"):
            self._make_plain(name)
        for name in ("Title", "Heading 1", "Heading 2"):
            self.file.styles[name].font.color.rgb = RGBColor.from_string(self.style.colour[1:].upper())
        tag = _element("w:lang", val=TAGS[self.document.language], eastAsia="zh-CN", bidi="ar-SA")
        self.file.styles["Normal"].element.get_or_add_rPr().append(tag)

    def _make_plain(self, name: str) -> None:
        """Without slant and letter spacing, which tear Arabic words and mean nothing in Chinese."""
        properties = self.file.styles[name].element.rPr
        for tag in ("w:i", "w:iCs", "w:spacing"):
            for found in properties.findall(qn(tag)):
                properties.remove(found)

    def _block(self, block: Block) -> None:
        match block:
            case Heading(text, level):
                self._paragraph(text, f"Heading {level}")
            case Paragraph(text, small):
                self._paragraph(text, "Normal", Pt(9) if small else None)
            case Table():
                if not block.only_sheet:
                    self._table(block)
            case Voices(items):
                for item in items:
                    self._voice(item)
            case Chart():
                self._paragraph(block.title, "Caption").paragraph_format.keep_with_next = True
                self._picture(self.pictures[block.name], block.alternative, WIDTH)

    def _paragraph(self, text: str, style: str = "Normal", size: Any = None) -> Any:
        paragraph = self.file.add_paragraph(style=style)
        self._run(paragraph, text, size=size)
        self._aligned(paragraph)
        return paragraph

    def _run(self, paragraph: Any, text: str, *, language: str = "", bold: bool = False, size: Any = None) -> None:
        """Words in a language; those of right-to-left scripts are marked as such, or Word takes the wrong font."""
        run = paragraph.add_run(_clean(text))
        run.bold = bold or None
        run.font.size = size
        own = language or self.document.language
        properties = run._r.get_or_add_rPr()
        _for_complex_scripts_too(properties)
        if own == "ar":
            properties.append(_element("w:rtl"))
        if own != self.document.language:
            tag = TAGS.get(own, own)
            properties.append(_element("w:lang", val=tag, eastAsia=tag, bidi=tag))

    def _aligned(self, paragraph: Any, language: str = "") -> None:
        if direction(language or self.document.language) == "rtl":
            _make_right_to_left(paragraph)

    def _picture(self, content: bytes, alternative: str, width: Any) -> None:
        paragraph = self.file.add_paragraph()
        self._aligned(paragraph)
        paragraph.add_run().add_picture(io.BytesIO(content), width=width)
        properties = paragraph._p.xpath(".//wp:docPr")[0]
        properties.set("descr", _clean(alternative))

    def _voice(self, voice: Voice) -> None:
        who = self.file.add_paragraph()
        self._run(who, voice.who + (" *" if voice.new else ""), bold=True)
        self._run(who, f"  {voice.note}", size=Pt(8))
        self._aligned(who)
        who.paragraph_format.keep_with_next = True
        who.paragraph_format.space_after = Pt(0)
        quote = self.file.add_paragraph(style="Quote")
        self._run(quote, voice.quote, language=voice.language)
        self._aligned(quote, voice.language or "en")

    def _table(self, table: Table) -> None:
        made = self.file.add_table(rows=1, cols=len(table.columns))
        made.autofit = False
        properties = made._tbl.tblPr
        if self.words.right_to_left:
            properties.insert(0, _element("w:bidiVisual"))
        properties.find(qn("w:tblLayout")).addprevious(_rules())
        made.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader"))
        for cell, column in zip(made.rows[0].cells, table.columns, strict=True):
            self._fill(cell, column.title, column, bold=True)
        for row in table.rows:
            added = made.add_row()
            added._tr.get_or_add_trPr().append(_element("w:cantSplit"))
            for cell, value, column in zip(added.cells, row, table.columns, strict=True):
                self._fill(cell, shown(value, column, self.words), column, bold=False)
        for column, width in zip(made.columns, widths(table), strict=True):
            column.width = width
            for cell in column.cells:
                cell.width = width
        self.file.add_paragraph().paragraph_format.space_after = Pt(2)

    def _fill(self, cell: Any, text: str, column: Column, *, bold: bool) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(0)
        self._run(paragraph, text, bold=bold, size=Pt(9))
        self._aligned(paragraph)
        if column.kind in ("number", "percent"):
            # In a right-to-left paragraph Word mirrors left and right: "right" is always where the line ends.
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _make_right_to_left(paragraph: Any) -> None:
    paragraph._p.get_or_add_pPr().insert_element_before(_element("w:bidi"), *_AFTER_BIDI)


_AFTER_BIDI: Final = ("w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr")
"""Word wants elements in the order of the standard (ISO/IEC 29500-1, CT_PPrBase)."""


def _for_complex_scripts_too(properties: Any) -> None:
    """Weight and size count for Arabic only in elements of their own."""
    for tag in ("w:b", "w:sz"):
        found = properties.find(qn(tag))
        if found is not None:
            twin = _element(f"{tag}Cs")
            twin.attrib.update(found.attrib)
            found.addnext(twin)


def _add_page_number(paragraph: Any) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _element(name: str, **attributes: str) -> Any:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _clean(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(char for char in text if char >= " " or char in "\n\t")


def widths(table: Table) -> list[int]:
    """Of the page's width: figures get what a number needs, words share the rest by how long they are."""
    words = max((len(word) for column in table.columns[1:] for word in column.title.split()), default=4)
    wanted = Cm(min(3.0, max(1.8, 0.2 * words + 0.7))) if len(table.columns) > 3 else Cm(3)
    figure = min(int(wanted), int(Cm(12)) // max(1, len(table.columns) - 1))
    narrow = [column.kind in ("number", "percent", "day") for column in table.columns]
    longest = [max([4, *(len(str(row[place] or "")) for row in table.rows)]) for place in range(len(table.columns))]
    shares = [
        0 if thin else min(40 if place else 80, max(12, length))
        for place, (thin, length) in enumerate(zip(narrow, longest, strict=True))
    ]
    rest = max(int(WIDTH) - figure * sum(narrow), int(WIDTH) // 4)
    scale = 1 if sum(shares) else int(WIDTH) / (figure * len(narrow))
    return [
        int(figure * scale) if thin else int(rest * share / sum(shares))
        for thin, share in zip(narrow, shares, strict=True)
    ]


def _rules() -> Any:
    """Thin lines between rows."""
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        borders.append(_element(f"w:{side}", val="single", sz="4", space="0", color="808080"))
    return borders
