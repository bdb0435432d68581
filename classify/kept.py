"""The models that are kept, and which of them is in use: the file `current` beside them names it.

Without that file the model is the one of the present examples (train.ensure_model). With it, changed examples change
nothing until `intake train`. A model fits only the program that made it: after an upgrade the model in use is trained
again, with the decisions it had learned.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from classify.train import DECIDED, META, Progress, ensure_model, model_version, program_version
from core.consultation import Consultation
from core.errors import ModelError

CURRENT: Final = "current"


@dataclass(frozen=True, slots=True)
class Kept:
    """A model in the folder of models."""

    name: str
    trained_at: str
    """UTC; empty: not known."""
    examples: int
    decided: int
    """How many of the examples came from people's decisions."""
    fits: bool
    """Whether this version of the program made it, for this consultation."""


def kept_models(consultation: Consultation, folder: Path) -> list[Kept]:
    """All of them, the newest first."""
    found = [_kept(consultation, path.parent) for path in folder.glob(f"[!.]*/{META}")]
    return sorted(found, key=lambda kept: (kept.trained_at, kept.name), reverse=True)


def in_use(consultation: Consultation, folder: Path) -> Path | None:
    """The model that `current` names, if it is there and fits."""
    model = _named(folder)
    return model if model and _kept(consultation, model).fits else None


def model_there(consultation: Consultation, folder: Path) -> str | None:
    """The name of the model that a command would use now; None: it would train one first."""
    model = in_use(consultation, folder) or folder / model_version(consultation, _learned(consultation, folder))
    return model.name if (model / META).is_file() else None


def model_in_use(consultation: Consultation, folder: Path, progress: Progress | None = None) -> Path:
    """The model in use; one that no longer fits is trained again, from today's examples and the decisions it had learned."""
    model = in_use(consultation, folder)
    return model or ensure_model(consultation, folder, progress, _learned(consultation, folder))


def use(consultation: Consultation, folder: Path, name: str) -> Path:
    """Put a kept model in use. Raises ModelError: it is not there, or another version of the program made it."""
    kept = {model.name: model for model in kept_models(consultation, folder)}
    if name not in kept:
        raise ModelError(f"no model {name} is kept in {folder}", "See `intake models`")
    if not kept[name].fits:
        raise ModelError(
            f"model {name} was made by another version of the program, or for another consultation",
            "Run `intake train`, which makes one that fits",
        )
    scratch = folder / f".{CURRENT}-{os.getpid()}"
    scratch.write_text(f"{name}\n", encoding="utf-8")
    os.replace(scratch, folder / CURRENT)
    return folder / name


def _learned(consultation: Consultation, folder: Path) -> Path | None:
    """The examples from decisions that the model named by `current` learned, whichever version of the program made it."""
    model = _named(folder)
    own = model is not None and _kept(consultation, model).examples > 0
    return model / DECIDED if model and own and (model / DECIDED).is_dir() else None


def _named(folder: Path) -> Path | None:
    """What `current` names, whatever it is."""
    path = folder / CURRENT
    name = path.read_text(encoding="utf-8").strip() if path.is_file() else ""
    return folder / name if name and Path(name).name == name else None


def _kept(consultation: Consultation, model: Path) -> Kept:
    try:
        meta: dict[str, Any] = json.loads((model / META).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        meta = {}
    own = meta.get("reference") == consultation.reference
    return Kept(
        model.name,
        meta.get("trained_at", ""),
        sum(meta.get("examples", {}).values()) if own else 0,
        meta.get("decided", 0),
        own and meta.get("program") == program_version() and any(model.glob("*/config.cfg")),
    )
