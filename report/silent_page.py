"""The list of silent States as a Document in one language."""

from __future__ import annotations

from core.clock import from_iso
from report.document import Document, Paragraph
from report.names import Names
from report.weekly import Summary
from report.weekly_page import days_left, state_blocks


def silent_page(summary: Summary, names: Names) -> Document:
    """Who has not answered, by regional group, out of a weekly summary's figures."""
    words = names.words
    made = words.moment(from_iso(summary.made_at), names.consultation.zone)
    silent = words.count("{n} State is silent.", "{n} States are silent.", summary.states_silent)
    return Document(
        title=words("Silent States"),
        subtitle=words("Replies received until {day}", day=summary.sunday),
        language=words.language,
        reference=summary.reference,
        made=words("Made on {moment}", moment=made),
        blocks=(
            Paragraph(silent),
            Paragraph(days_left(words, summary.days_left, summary.deadline)),
            *state_blocks(summary, names),
        ),
    )
