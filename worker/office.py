"""From configuration to the parts that work together: consultation, archive, database, model, mailbox."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from classify.kept import model_in_use
from classify.pipeline import Classifier, Thresholds
from classify.states import load_states
from classify.train import Progress
from core.config import Config
from core.consultation import Consultation, find_consultation, load_consultation
from core.errors import StoreError
from ingest.account import Account
from ingest.archive import Archive
from ingest.attachments.base import Limits
from ingest.authentication import Trust, dns_resolver
from ingest.extract import Known
from ingest.mime import MimeLimits
from store.read import Reader
from store.write import Writer
from worker.accounts import make_account
from worker.lock import DataFolderLock
from worker.pipeline import Desk
from worker.pool import Bounds, Processes, ReaderPool, make_pool


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
        """The folder of the model in use; without one, of a model that fits this consultation, trained now if need be."""
        return model_in_use(self.consultation, self.config.models_dir, progress)

    @contextmanager
    def readers(self, model: Path) -> Iterator[ReaderPool]:
        pool = make_pool(desk_maker(self.config, model), self.config.processing.workers, self._bounds)
        try:
            yield pool
        finally:
            pool.close()

    @contextmanager
    def guarded_readers(self, model: Path) -> Iterator[Processes]:
        """Readers in processes of their own, even one: what ends a reader does not end the daemon."""
        pool = Processes(desk_maker(self.config, model), self.config.processing.workers, self._bounds)
        try:
            yield pool
        finally:
            pool.close()

    @property
    def _bounds(self) -> Bounds:
        return Bounds(self.config.processing.seconds, self.config.processing.recycle)

    def accounts(self) -> tuple[Account, ...]:
        """Every folder of every mailbox. Raises ConfigError when none is set, or when a sign-in is not."""
        settings = {"mailbox": self.config.mailbox}
        settings |= {f"mailboxes.{name}": mailbox for name, mailbox in self.config.mailboxes.items()}
        if self.config.mailboxes and not self.config.mailbox.host:
            del settings["mailbox"]
        return tuple(
            replace(account, folder=folder)
            for name, mailbox in settings.items()
            for account in [make_account(name, mailbox, self.config.data_dir)]
            for folder in mailbox.folders
        )


def set_up(writer: Writer, consultation: Consultation) -> None:
    states = load_states()
    writer.set_up(
        areas=[{"letter": area.letter, "titles": area.title} for area in consultation.areas],
        states=[
            {"code": state.code, "name": state.short["en"], "names": state.short, "region": state.group}
            for state in states.states
        ],
        meta={
            "reference": consultation.reference,
            "deadline": consultation.deadline.isoformat(),
            "groups": json.dumps({group.code: group.name for group in states.groups}, ensure_ascii=False),
        },
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
        known=Known(
            consultation.notes, tuple(titles), (consultation.mailbox, "@" + consultation.mailbox.rpartition("@")[2])
        ),
        limits=Limits(**attachments.model_dump()),
        mime=MimeLimits(**messages.model_dump(exclude={"max_text"})),
        max_text=messages.max_text,
        trust=_trust(config),
        received_by=config.deadline.received_by,
    )


def _trust(config: Config) -> Trust:
    """Without `authentication.dns` there is no resolver, and nothing is looked up."""
    settings = config.authentication
    return Trust(
        receiving_server=settings.receiving_server,
        sealers=settings.sealers,
        resolver=dns_resolver(settings.nameservers, settings.port, settings.timeout_seconds) if settings.dns else None,
    )
