"""The demonstration: the invented samples, through the same pipeline, into a database of their own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from classify.train import Progress
from core.clock import from_iso
from core.errors import SourceError
from core.model import RawMessage
from ingest.sources import read_mail
from report.make import Maker
from report.weeks import Week
from worker.importing import import_mail
from worker.office import Office

SAMPLES: Final = Path(__file__).resolve().parent.parent / "samples" / "replies"
FOLDER: Final = "demo"
"""Below data_dir: invented replies never come near an office's own database."""
MODEL_MARK: Final = "demo-model"


@dataclass(frozen=True, slots=True)
class Shown:
    """The summary as text, and the database it came from."""

    summary: str
    database: Path


def run_demo(
    office: Office, training: Progress, reading: Callable[[int], Callable[[int], None]], samples: Path = SAMPLES
) -> Shown:
    """Load the samples and summarise the last week in which one arrived. A second run finds them stored."""
    if not samples.is_dir():
        raise SourceError(f"{samples}: the samples are not there", "Run it from a clone of the project")
    office.prepare()
    model = office.model(training)
    own = Office(office.config.model_copy(update={"data_dir": office.config.data_dir / FOLDER}))
    _start_anew_after_training(own, model)
    messages = [message for message in read_mail(samples) if isinstance(message, RawMessage)]
    import_mail(own, messages, model, reading(len(messages)))
    (own.config.data_dir / MODEL_MARK).write_text(model.name, encoding="utf-8")
    with own.reader() as reader:
        last = from_iso(str(reader.value("SELECT max(received_at) FROM replies")))
        week = Week.of(last.astimezone(own.consultation.zone).date())
        maker = Maker(reader, own.consultation)
        return Shown(maker.weekly(maker.summary(week), "text").decode(), own.config.database)


def _start_anew_after_training(own: Office, model: Path) -> None:
    """Samples read by another model are read again."""
    mark = own.config.data_dir / MODEL_MARK
    if own.config.data_dir.is_dir() and (not mark.is_file() or mark.read_text(encoding="utf-8") != model.name):
        shutil.rmtree(own.config.data_dir)
