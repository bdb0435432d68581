"""One message's way, start to end.

    fetch -> archive -> parse -> extract -> classify -> save

What breaks on the way costs the message nothing but its certainty: it is kept raw, stored with its problem and
handed to a person. A store or archive that fails stops the run, with the cursor where it was.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from classify.pipeline import Classifier
from classify.senders import domain_of
from core.consultation import Consultation
from core.model import Authentication, Cursor, HeldBack, Message, Outcome, RawMessage, Reading, ReviewReason, Text
from ingest.archive import Archive
from ingest.attachments.base import Limits
from ingest.authentication import Trust, authenticate
from ingest.dates import arrival_at
from ingest.extract import Known, extract
from ingest.mime import MimeLimits
from ingest.parse import parse
from store.write import Writer
from worker.pool import ReaderPool

log = logging.getLogger("intake.pipeline")


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes one message from bytes to a Reading; each worker process has one."""

    consultation: Consultation
    classifier: Classifier
    known: Known
    limits: Limits
    mime: MimeLimits = field(default_factory=MimeLimits)
    max_text: int = 4_000_000
    trust: Trust = field(default_factory=Trust)
    received_by: str = ""
    """The office's own server in Received headers; empty: INTERNALDATE is the arrival."""

    def read(self, raw: RawMessage) -> Reading:
        started = time.perf_counter()
        message = parse(raw.content, self.mime)
        raw = self._arrived(raw, message)
        parsed = time.perf_counter()
        texts, broken = self._extract(message)
        extracted = time.perf_counter()
        outcome = broken or self._classify(raw, message, texts)
        authentication = self._authenticate(raw, message)
        finished = time.perf_counter()
        return Reading(
            raw=raw,
            message=message,
            texts=texts,
            outcome=_doubted(outcome, authentication),
            authentication=authentication,
            late=self.consultation.is_late(raw.received_at),
            timings={"parse": parsed - started, "extract": extracted - parsed, "classify": finished - extracted},
        )

    def _extract(self, message: Message) -> tuple[tuple[Text, ...], Outcome | None]:
        try:
            return extract(message, self.known, self.limits, self.max_text), None
        except Exception as error:  # noqa: BLE001 - the failure policy: kept, flagged, and the next one goes on
            return (Text("body", message.body),), _failed("extraction-failed", error)

    def _classify(self, raw: RawMessage, message: Message, texts: tuple[Text, ...]) -> Outcome:
        try:
            return self.classifier.classify(message, texts, raw.stated_state)
        except Exception as error:  # noqa: BLE001 - as above
            return _failed("classification-failed", error)

    def _arrived(self, raw: RawMessage, message: Message) -> RawMessage:
        """With the moment at which the office's own server took the mail, which may then have waited within the house."""
        if not self.received_by or raw.channel != "mail":
            return raw
        moment = arrival_at(list(message.headers), self.received_by)
        return replace(raw, received_at=moment) if moment is not None and moment <= raw.received_at else raw

    def _authenticate(self, raw: RawMessage, message: Message) -> Authentication | None:
        if raw.channel != "mail":
            return None
        found = authenticate(raw.content, message.headers, raw.received_at, self.trust)
        return replace(found, state=domain_of(f"@{found.domain}").code if found.domain else None)


def _doubted(outcome: Outcome, authentication: Authentication | None) -> Outcome:
    """A sender that fails goes to a person, never to the bin."""
    if authentication is None or authentication.result != "fail" or outcome.kind in ("bounce", "auto_reply"):
        return outcome
    detail = ": ".join(part for part in (authentication.domain, authentication.detail) if part)
    return replace(outcome, review=(*outcome.review, ReviewReason("sender-failed", detail)))


@dataclass(frozen=True, slots=True)
class Tally:
    """What a run did."""

    seen: int = 0
    new: int = 0
    held: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.seen + other.seen, self.new + other.new, self.held + other.held)


def take_in(
    batches: Iterable[list[RawMessage]], archive: Archive, readers: ReaderPool, writer: Writer
) -> Iterable[Tally]:
    """Store every message of every batch; yields after each commit. Batches come in the order of their UIDs."""
    for batch in batches:
        yield take_in_batch(batch, archive, readers, writer)


def take_in_batch(batch: Sequence[RawMessage], archive: Archive, readers: ReaderPool, writer: Writer) -> Tally:
    """Keep raw, read what is not known, and store it with the cursor in one transaction."""
    digests = [raw.digest for raw in batch]
    removed, known = writer.removed(digests), writer.known(digests)
    for raw in batch:
        if raw.digest not in removed:
            archive.put(raw)
    results = readers.read([raw for raw in batch if raw.digest not in known])
    readings = [result for result in results if isinstance(result, Reading)]
    held = [result for result in results if isinstance(result, HeldBack)]
    new = writer.save(readings, sightings=batch, cursor=_last_cursor(batch), held=held)
    for reading in readings:
        _log(reading)
    for item in held:
        log.error("held back", extra={"digest": item.raw.digest, "why": item.reason})
    return Tally(len(batch), new, len(held))


def _last_cursor(batch: Sequence[RawMessage]) -> Cursor | None:
    return batch[-1].cursor if batch else None


def _failed(code: str, error: Exception) -> Outcome:
    log.error("message could not be read", extra={"fault": code, "error": f"{type(error).__name__}: {error}"})
    reason = ReviewReason(code, "the program could not read this message; its raw text is kept")
    return Outcome(kind="unrelated", kind_confidence=0.0, review=(reason,))


def _log(reading: Reading) -> None:
    outcome = reading.outcome
    log.info(
        "stored",
        extra={
            "digest": reading.raw.digest,
            "kind": outcome.kind,
            "state": outcome.state,
            "topics": len(outcome.topics),
            "review": [reason.code for reason in outcome.review],
            "seconds": round(sum(reading.timings.values()), 3),
        },
    )
