"""Spreadsheets (xls, xlsx, ods), through calamine: a line for a row, tabs between cells."""

from __future__ import annotations

import datetime
import io
from typing import Final

from python_calamine import CalamineWorkbook, PasswordError, SheetTypeEnum

from core.model import Attachment, Problem
from ingest.attachments.base import Extracted, Limits, Unreadable

MAX_COLUMNS: Final = 200


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The cells' values, sheet by sheet, empty rows and columns left out. Raises Unreadable behind a password."""
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(attachment.content))
    except PasswordError:
        raise Unreadable("attachment-encrypted", "spreadsheet with a password") from None
    lines: list[str] = []
    length = 0
    sheets = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    for name in sheets:
        if len(sheets) > 1:
            lines.append(f"\n{name}")
        for row in book.get_sheet_by_name(name).iter_rows():
            line = "\t".join(shown for cell in row[:MAX_COLUMNS] if (shown := _shown(cell)))
            length += len(line) + 1
            if length > limits.max_text:
                problem = Problem("text-too-long", attachment.name, f"cut at {limits.max_text} characters")
                return Extracted("\n".join(lines).strip(), problems=(problem,))
            if line:
                lines.append(line)
    return Extracted("\n".join(lines).strip())


def _shown(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, (datetime.datetime, datetime.date, datetime.time)):
        return cell.isoformat()
    return str(cell).strip()
