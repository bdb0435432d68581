"""Every case, bombs too, goes the whole way into the database: all stored, none lost, the cursor at the last."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.consultation import Consultation
from ingest.archive import Archive
from store.read import Reader
from store.write import Writer
from tests.make import make_raw
from tests.torture.cases import cases
from worker.office import set_up
from worker.pipeline import Desk, take_in
from worker.pool import InProcess


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_all_are_stored(desk: Desk, consultation: Consultation, writer: Writer, tmp_path: Path) -> None:
    set_up(writer, consultation)
    archive = Archive(tmp_path / "archive")
    raws = [
        make_raw(content=case.content, mailbox="imap://torture", uidvalidity=1, uid=uid)
        for uid, case in enumerate(cases(), 1)
    ]
    batches = [raws[at : at + 20] for at in range(0, len(raws), 20)]
    tallies = list(take_in(batches, archive, InProcess(lambda: replace(desk, max_text=20_000)), writer))
    different = {raw.digest: raw.content for raw in raws}
    assert sum(tally.new for tally in tallies) == len(different)
    assert all(archive.get(digest) == content for digest, content in different.items())
    with Reader(writer.path) as reader:
        assert reader.cursor("imap://torture") == raws[-1].cursor
