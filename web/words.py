"""The words of the pages: gettext catalogues, dates in the office's time zone, and names for the codes of the database."""

from __future__ import annotations

import functools
import gettext
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from core.clock import from_iso

CATALOGUES: Final = Path(__file__).with_name("locale")
OFFERED: Final = {"en": "English", "fr": "Français"}
"""The languages whose catalogue is complete. Those of ar, es, ru and zh are prepared: to be translated."""


def N_(text: str) -> str:  # noqa: N802 - gettext's usual name: marks words to be translated later
    return text


KINDS: Final = {
    "proposal": N_("Proposal"),
    "correction": N_("Correction"),
    "no_proposal": N_("No proposal"),
    "enquiry": N_("Enquiry"),
    "auto_reply": N_("Automatic reply"),
    "bounce": N_("Delivery report"),
    "spam": N_("Spam"),
    "unrelated": N_("Unrelated"),
}
STATUSES: Final = {
    "replied": N_("Replied"),
    "no_proposal": N_("No proposal"),
    "silent": N_("Silent"),
    "current": N_("Current"),
    "superseded": N_("Superseded"),
    "rejected": N_("Rejected"),
}
METHODS: Final = {
    "letter": N_("by its letter"),
    "title": N_("by the title’s words"),
    "model": N_("by the model"),
    "human": N_("decided by a person"),
}
LANGUAGES: Final = {
    "ar": N_("Arabic"),
    "zh": N_("Chinese"),
    "en": N_("English"),
    "fr": N_("French"),
    "ru": N_("Russian"),
    "es": N_("Spanish"),
}
REGIONS: Final = {
    "African": N_("African States"),
    "Asian": N_("Asian States"),
    "EEG": N_("Eastern European States"),
    "GRULAC": N_("Latin American and Caribbean States"),
    "WEOG": N_("Western European and other States"),
    "none": N_("No regional group"),
}
ROLES: Final = {
    "viewer": N_("viewer"),
    "reviewer": N_("reviewer"),
    "administrator": N_("administrator"),
}
GENUINE: Final = {
    "state": N_("Verified for the State’s own domain"),
    "other": N_("Verified for another domain"),
    "none": N_("Not signed; cannot be verified"),
    "failed": N_("Verification failed"),
}
CHANNELS: Final = {"mail": N_("E-mail"), "post": N_("Post"), "fax": N_("Fax")}
LABELS: Final = {
    "quoted": N_("Quoted text"),
    "forwarded": N_("Head of a forwarded message"),
    "signature": N_("Signature"),
    "disclaimer": N_("Disclaimer"),
    "note": N_("The note itself"),
}
FIELDS: Final = {
    "kind": N_("Kind"),
    "state": N_("State"),
    "group": N_("On behalf of"),
    "late": N_("Late"),
    "duplicate_of": N_("Copy of"),
    "replaces": N_("Replaces"),
    "assignee": N_("Assigned to"),
    "note": N_("Note"),
    "flagged": N_("Put up for review"),
    "settled": N_("Found right as it stands"),
    "topic_areas": N_("Area"),
    "topic_text": N_("Words of a topic"),
    "topic_rejected": N_("Not a topic"),
    "topic_added": N_("Topic added"),
    "topic_split": N_("Topic split"),
    "topic_merged": N_("Topics merged"),
    "area_accepted": N_("New area"),
    "undo": N_("Undone"),
}
DOUBTS: Final = {
    "kind-uncertain": N_("Kind not sure"),
    "no-topic-found": N_("No topic found"),
    "not-a-state": N_("Seems to come from an organization"),
    "state-unknown": N_("State not known"),
    "state-uncertain": N_("State not sure"),
    "area-uncertain": N_("Area not sure"),
    "letter-and-words-disagree": N_("Letter and words disagree"),
    "may-propose": N_("May propose a topic"),
    "may-be-two-topics": N_("One topic may be two"),
    "beside-rejection": N_("Stands beside a rejection or an exception"),
    "list-as-in-note": N_("May be the note’s own list"),
    "text-not-read-whole": N_("Text too long to be read whole"),
    "sender-failed": N_("Sender not authenticated"),
    "scan-hard-to-read": N_("Scan hard to read"),
    "attachment-not-read": N_("Attachment not read"),
    "message-not-read-whole": N_("Message not read whole"),
    "classification-failed": N_("Could not be classified"),
    "extraction-failed": N_("Attachments could not be read"),
    "sender-look-alike": N_("The sender’s address looks like another’s"),
    "sender-webmail": N_("A mission’s name on a webmail address"),
    "perhaps-a-copy": N_("Perhaps a copy of another reply"),
    "correction-of-nothing": N_("Corrects a reply that is not here"),
    "correction-unclear": N_("Not clear what it corrects"),
    "flagged": N_("Put up for review by a person"),
}
_NAMES: Final = {
    "kind": KINDS,
    "status": STATUSES,
    "method": METHODS,
    "language": LANGUAGES,
    "region": REGIONS,
    "role": ROLES,
    "channel": CHANNELS,
    "genuine": GENUINE,
    "label": LABELS,
    "field": FIELDS,
    "doubt": DOUBTS,
}


@functools.lru_cache
def catalogue(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is what stands in the source."""
    file = CATALOGUES / language / "desk.po"
    if not file.is_file():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def chosen_language(asked: str, cookie: str, accept: str, default: str) -> str:
    """What the person chose now, chose before, or what the browser asks for (RFC 9110, section 12.5.4)."""
    for choice in (asked, cookie):
        if choice in OFFERED:
            return choice
    weighed = []
    for item in accept.split(","):
        tag, _, parameter = item.strip().partition(";")
        found = re.search(r"q\s*=\s*([0-9.]+)", parameter)
        weight = float(found[1]) if found and found[1].count(".") < 2 and found[1] != "." else 1.0
        weighed.append((-weight, tag.partition("-")[0].lower()))
    return next((tag for _, tag in sorted(weighed, key=lambda pair: pair[0]) if tag in OFFERED), default)


@dataclass(frozen=True)
class Words:
    """One language and one time zone, as templates use them."""

    language: str
    zone: ZoneInfo

    @property
    def gettext(self) -> Callable[[str], str]:
        return catalogue(self.language).gettext

    @property
    def ngettext(self) -> Callable[[str, str, int], str]:
        return catalogue(self.language).ngettext

    @property
    def locale(self) -> Locale:
        return Locale.parse("en_GB" if self.language == "en" else self.language)

    def name(self, what: str, code: str | None) -> str:
        """The name of a code of the database: name("kind", "enquiry")."""
        if not code:
            return "–"
        known = _NAMES[what].get(code)
        return self.gettext(known) if known else code.replace("-", " ").replace("_", " ")

    def moment(self, text: str | None) -> str:
        if not text:
            return "–"
        return str(format_datetime(from_iso(text).astimezone(self.zone), "d MMM y, HH:mm", locale=self.locale))

    def day(self, value: str | date | None) -> str:
        if not value:
            return "–"
        moment = from_iso(value).astimezone(self.zone) if isinstance(value, str) and "T" in value else None
        day = moment.date() if moment else date.fromisoformat(value) if isinstance(value, str) else value
        return str(format_date(day, "d MMM y", locale=self.locale))

    def today(self) -> date:
        return datetime.now(self.zone).date()

    def doubt(self, reason: str) -> str:
        """A reason for review, "code: detail", as a sentence in this language."""
        code, _, detail = reason.partition(": ")
        named = self.name("doubt", code)
        if not detail or detail in SAID_BY_THE_NAME:
            return named
        return self.gettext("{name}: {detail}").format(name=named, detail=self._detail(detail))

    def _detail(self, detail: str) -> str:
        """Details are the program's English; their fixed words are put into this language, the rest stands as it is."""
        _ = self.gettext
        if found := re.fullmatch(r"“(.*)”: (?:\((\w)\)|a new topic) at (\d+)%", detail, re.DOTALL):
            area = f"({found[2]})" if found[2] else _("a new topic")
            return _("“{words}”: {area}, {sure} % sure").format(words=isolated(found[1]), area=area, sure=found[3])
        if found := re.fullmatch(r"(\w+) at (\d+)%", detail):
            name = self.name("kind", found[1]) if found[1] in KINDS else found[1]
            return _("{name}, {sure} % sure").format(name=name, sure=found[2])
        if found := re.fullmatch(r"(\w{3}) or (\w{3})", detail):
            return _("{one} or {other}").format(one=found[1], other=found[2])
        if found := re.fullmatch(r"“(.*)” is marked \((\w)\) and reads as (?:\((\w)\)|a new topic)", detail, re.DOTALL):
            area = f"({found[3]})" if found[3] else _("a new topic")
            return _("“{words}” is marked ({letter}) and reads as {area}").format(
                words=isolated(found[1]), letter=found[2], area=area
            )
        return detail


def isolated(text: str) -> str:
    """Words of another direction leave the sentence around them in its order (FSI and PDI; Unicode Annex 9)."""
    return f"\u2068{text}\u2069"


SAID_BY_THE_NAME: Final = frozenset(
    {
        "it seems to propose, but no topic was found",
        "the sender seems to be an organization",
        "no State is named in letterhead, text, signature or address",
        "the program could not read this message; its raw text is kept",
    }
)
"""Details that say no more than the reason's name."""
