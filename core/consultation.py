"""One consultation: a folder of data, and no code. Another consultation is another folder."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from core.errors import ConsultationError
from core.model import LANGUAGES

SHIPPED = Path(__file__).resolve().parent.parent / "consultations"


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(_Data):
    """One of the areas that the note suggests."""

    letter: str = Field(pattern=r"^[a-z]$")
    title: dict[str, str]
    """By language. The note's own words in its original language, working translations in the others."""
    variants: dict[str, tuple[str, ...]] = {}
    """Other official or usual wordings of the title, by language."""


class Consultation(_Data):
    """What consultation.toml says, and the note's text beside it."""

    reference: str
    title: dict[str, str]
    mailbox: str
    original_language: str
    time_zone: str
    sent: date
    deadline: date
    """The last day on which a reply is in time, the whole of it."""
    meeting_starts: date
    meeting_ends: date
    topics_to_pick: int = Field(ge=1)
    working_translations: tuple[str, ...] = ()
    areas: tuple[Area, ...] = Field(min_length=1)
    notes: dict[str, str] = {}
    manner_from: str = ""
    """The folder beside this one whose examples show how replies are written, where this one has few of its own."""
    folder: Path

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            raise ValueError("a zone of the IANA time zone database, such as Europe/Vienna") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def manner_folder(self) -> Path | None:
        """Where manner_from points; None where nothing is borrowed."""
        return self.folder.parent / self.manner_from if self.manner_from else None

    @property
    def letters(self) -> tuple[str, ...]:
        return tuple(area.letter for area in self.areas)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that every area has a title in, in the order of core.model.LANGUAGES."""
        return tuple(code for code in LANGUAGES if all(code in area.title for area in self.areas))

    @property
    def closes_at(self) -> datetime:
        """The first moment (UTC) that is late: midnight after the deadline in the office's zone."""
        return datetime.combine(self.deadline + timedelta(days=1), time(), self.zone).astimezone(UTC)

    def is_late(self, received_at: datetime) -> bool:
        return received_at >= self.closes_at

    def days_left(self, on: date) -> int:
        """Whole days from `on` to the deadline; 0 on the last day, negative afterwards."""
        return (self.deadline - on).days

    def area_title(self, letter: str, language: str) -> str:
        """The title in that language, else English, else the original."""
        titles = next(area.title for area in self.areas if area.letter == letter)
        return titles.get(language) or titles.get("en") or titles[self.original_language]


def find_consultation(name: str, base_dir: Path) -> Path:
    """The folder a consultation's name or path means: as a path, beside config.toml, or as shipped."""
    for folder in (base_dir / Path(name).expanduser(), base_dir / "consultations" / name, SHIPPED / name):
        if (folder / "consultation.toml").is_file():
            return folder
    raise ConsultationError(
        f"no consultation '{name}': there is no {name}/consultation.toml in {base_dir / 'consultations'} or {SHIPPED}",
        "Set `consultation` in config.toml to a folder that holds a consultation.toml",
    )


def load_consultation(folder: Path) -> Consultation:
    """Read consultation.toml and note.<lang>.txt. Raises ConsultationError with the key that is wrong."""
    file = folder / "consultation.toml"
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConsultationError(f"{file} cannot be read: {error.strerror}", "Mend its access rights") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConsultationError(f"{file} is not valid TOML: {error}", "Mend the line that is named") from None
    notes = {path.suffixes[0][1:]: path.read_text(encoding="utf-8") for path in sorted(folder.glob("note.*.txt"))}
    try:
        return Consultation.model_validate({**values, "notes": notes, "folder": folder})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        raise ConsultationError(f"{file}: {key}: {first['msg']}", "Mend that key") from None
