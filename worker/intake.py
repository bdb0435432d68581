"""All that takes messages in, whichever folder they come from."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

from core.model import RawMessage
from store.write import Writer
from worker.disk import see_that_there_is_room
from worker.office import Office
from worker.pipeline import Tally, take_in_batch
from worker.pool import ReaderPool


@dataclass(frozen=True)
class Intake:
    """One batch at a time."""

    office: Office
    readers: ReaderPool
    writer: Writer
    lock: threading.Lock

    def take(self, batch: Sequence[RawMessage]) -> Tally:
        config = self.office.config
        see_that_there_is_room(config.data_dir, config.storage.min_free_mib)
        with self.lock:
            return take_in_batch(batch, self.office.archive, self.readers, self.writer)
