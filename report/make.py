"""Reports by name: from the database to a document, or to JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import date, datetime

from core.consultation import Consultation
from report.bureau import bureau_sheet
from report.bureau import to_json as sheet_json
from report.bureau_page import bureau_page
from report.document import Document
from report.names import Names
from report.render import render
from report.silent_page import silent_page
from report.style import PLAIN, Style
from report.weekly import Summary, summary_as_of, to_json, weekly_summary
from report.weekly_page import weekly_page
from report.weeks import Week
from store.read import Reader


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes reports of one consultation, in one language and style."""

    reader: Reader
    consultation: Consultation
    language: str = "en"
    style: Style = PLAIN

    @property
    def names(self) -> Names:
        return Names(self.reader, self.consultation, self.language)

    def summary(self, week: Week, as_of: datetime | None = None) -> Summary:
        """As it is known now, or as it was given at a moment."""
        if as_of is not None:
            return summary_as_of(self.reader, week, as_of)
        return weekly_summary(self.reader, self.consultation, week)

    def weekly(self, summary: Summary, form: str) -> bytes:
        if form == "json":
            return to_json(summary).encode() + b"\n"
        return render(self.weekly_document(summary), form, self.style)

    def bureau(self, form: str, until: date | None = None) -> bytes:
        sheet = bureau_sheet(self.reader, self.consultation, until)
        if form == "json":
            return sheet_json(sheet).encode() + b"\n"
        return render(bureau_page(sheet, self.names), form, self.style)

    def silent(self, summary: Summary, form: str) -> bytes:
        """The silent States of a summary's week. In JSON: its `statuses`."""
        if form == "json":
            rows = [dataclasses.asdict(row) for row in summary.statuses]
            return json.dumps(rows, ensure_ascii=False, indent=2).encode() + b"\n"
        return render(silent_page(summary, self.names), form, self.style)

    def weekly_document(self, summary: Summary) -> Document:
        return weekly_page(summary, self.names)
