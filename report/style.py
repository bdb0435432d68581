"""The office's style: letterhead, logo, fonts, colour and signature from a folder, without code.

The folder holds style.toml, and beside it the logo and any fonts it names. Without one, pages are plain.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, Literal

import typst
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.errors import ConfigError

LATIN: Final = ("Noto Sans",)
ARABIC: Final = ("Noto Sans Arabic", "Noto Naskh Arabic")
LAST: Final = ("DejaVu Sans", "Libertinus Serif")
"""Where none of the usual fonts has a letter."""
CHINESE: Final = ("Noto Sans CJK SC", "Noto Serif CJK SC")


class Style(BaseModel):
    """What style.toml may say."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    letterhead: dict[str, tuple[str, ...]] = {}
    """Lines at the head of the first page, by language."""
    signature: dict[str, tuple[str, ...]] = {}
    """Lines at the end: the sender's name and title, by language."""
    logo_file: str = ""
    colour: str = Field(default="#1a3c5e", pattern=r"^#[0-9a-fA-F]{6}$")
    paper: Literal["a4", "us-letter"] = "a4"
    latin: str = ""
    arabic: str = ""
    chinese: str = ""
    folder: Path | None = None

    @property
    def logo(self) -> Path | None:
        return self.folder / self.logo_file if self.folder and self.logo_file else None

    def fonts(self, language: str) -> tuple[str, ...]:
        """Families in the order in which they are tried."""
        latin, arabic, chinese = (
            tuple(dict.fromkeys(filter(None, (own, *usual))))
            for own, usual in ((self.latin, LATIN), (self.arabic, ARABIC), (self.chinese, CHINESE))
        )
        if language == "zh":
            return (*chinese, *latin, *arabic, *LAST)
        return (*arabic, *latin, *chinese, *LAST) if language == "ar" else (*latin, *arabic, *chinese, *LAST)

    def letterhead_of(self, language: str) -> tuple[str, ...]:
        return self.letterhead.get(language) or self.letterhead.get("en", ())

    def signature_of(self, language: str) -> tuple[str, ...]:
        return self.signature.get(language) or self.signature.get("en", ())


PLAIN: Final = Style()


def load_style(folder: Path | None) -> Style:
    """Raises ConfigError with the key that is wrong, or the file that is missing."""
    if folder is None:
        return PLAIN
    file = folder / "style.toml"
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
        style = Style.model_validate({**values, "folder": folder})
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read ({error.strerror})",
            "Set report.style to a folder with a style.toml, or leave it out",
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} is not valid TOML: {error}", "Mend the line that is named") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise ConfigError(f"{file}: {key}: {first['msg']}", f"Known are: {', '.join(_keys())}") from None
    if style.logo is not None and not style.logo.is_file():
        raise ConfigError(f"{style.logo}: there is no such logo", f"Mend logo_file in {file}")
    return style


def missing_fonts() -> list[str]:
    """Scripts for which this machine has none of the usual fonts."""
    families = set(typst.Fonts().families())
    scripts = {"Latin and Cyrillic": LATIN, "Arabic": ARABIC, "Chinese": CHINESE}
    return [script for script, names in scripts.items() if not families & set(names)]


def _keys() -> list[str]:
    return [key for key in Style.model_fields if key != "folder"]
