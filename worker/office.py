"""From configuration to the parts that work together: consultation, archive, database, model, mailbox."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from classify.pipeline import Classifier, Thresholds
from classify.states import load_states
from classify.train import Progress, ensure_model
from core.config import Config, mailbox_password
from core.consultation import Consultation, find_consultation, load_consultation
from core.errors import ConfigError, StoreError
from ingest.archive import Archive
from ingest.attachments.base import Limits
from ingest.extract import Known
from ingest.mailbox import Account
from ingest.mime import MimeLimits
from store.read import Reader
from store.write import Writer
from worker.lock import DataFolderLock
from worker.pipeline import Desk
from worker.pool import ReaderPool, make_pool


@dataclass(frozen=True)
class Office:
    """One consultation with its settings; everything else is made from it."""

    config: Config

    @functools.cached_property
    def consultation(self) -> Consultation:
        return load_consultation(find_consultation(self.config.consultation, self.config.base_dir))

    @functools.cached_property
    def archive(self) -> Archive:
        return Archive(self.config.archive_dir)

    def prepare(self) -> None:
        """Make the data folder. Raises StoreError when it cannot be made."""
        for folder in (self.config.data_dir, self.config.archive_dir, self.config.models_dir, self.config.reports_dir):
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            except OSError as error:
                raise StoreError(
                    f"{folder} cannot be made ({error.strerror})",
                    "Set data_dir in config.toml, or INTAKE_DATA_DIR, to a folder this user may write to",
                ) from None

    @contextmanager
    def writer(self) -> Iterator[Writer]:
        """The database for writing, by this process alone, with areas and States laid down."""
        self.prepare()
        with DataFolderLock(self.config.data_dir):
            writer = Writer(self.config.database)
            try:
                set_up(writer, self.consultation)
                yield writer
            finally:
                writer.close()

    def reader(self) -> Reader:
        return Reader(self.config.database)

    def model(self, progress: Progress | None = None) -> Path:
        """The folder of a model that fits this consultation, trained now if there is none."""
        return ensure_model(self.consultation, self.config.models_dir, progress)

    @contextmanager
    def readers(self, model: Path) -> Iterator[ReaderPool]:
        pool = make_pool(desk_maker(self.config, model), self.config.processing.workers)
        try:
            yield pool
        finally:
            pool.close()

    def account(self) -> Account:
        """Raises ConfigError when the mailbox is not set."""
        mailbox = self.config.mailbox
        for key in ("host", "username"):
            if not getattr(mailbox, key):
                raise ConfigError(
                    f"no mailbox is set: mailbox.{key} is empty",
                    f"Set mailbox.{key} in config.toml, or INTAKE_MAILBOX_{key.upper()}; the README says how",
                )
        return Account(
            host=mailbox.host,
            port=mailbox.effective_port,
            username=mailbox.username,
            password=mailbox_password(self.config),
            folder=mailbox.folder,
            tls=mailbox.tls,
            ca_file=mailbox.ca_file,
            timeout_seconds=mailbox.timeout_seconds,
            batch=mailbox.batch,
        )


def set_up(writer: Writer, consultation: Consultation) -> None:
    states = load_states()
    writer.set_up(
        areas=[{"letter": area.letter, "titles": area.title} for area in consultation.areas],
        states=[
            {"code": state.code, "name": state.short["en"], "names": state.short, "region": state.group}
            for state in states.states
        ],
        meta={"reference": consultation.reference, "deadline": consultation.deadline.isoformat()},
    )


def desk_maker(config: Config, model: Path) -> Callable[[], Desk]:
    """What a worker process calls to make its desk; picklable."""
    return functools.partial(_make_desk, config, model)


def _make_desk(config: Config, model: Path) -> Desk:
    consultation = load_consultation(find_consultation(config.consultation, config.base_dir))
    thresholds = Thresholds(
        area=config.classify.threshold,
        kind=config.classify.kind_threshold,
        state=config.classify.state_threshold,
        ocr=config.classify.ocr_threshold,
    )
    titles = [title for area in consultation.areas for title in area.title.values()]
    attachments, messages = config.attachments, config.messages
    return Desk(
        consultation=consultation,
        classifier=Classifier.load(model, consultation, thresholds),
        known=Known(consultation.notes, tuple(titles), (consultation.mailbox,)),
        limits=Limits(**attachments.model_dump()),
        mime=MimeLimits(**messages.model_dump(exclude={"max_text"})),
        max_text=messages.max_text,
    )
