"""When a reply arrived, and whether that was in time: the office's midnight, whatever the sender's clock says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.consultation import Consultation
from core.model import Outcome, RawMessage
from ingest.dates import arrival_at
from tests.make import make_email, make_raw
from worker.pipeline import Desk

OURS = "mx.unodc.example"
LAST_SECOND = datetime(2009, 7, 31, 21, 59, 59, tzinfo=UTC)
"""23:59:59 in Vienna, in summer time."""


def with_relays(*relays: tuple[str, datetime], **fields: object) -> bytes:
    """A mail with Received headers, the newest first."""
    lines = "".join(
        f"Received: from x by {host} with ESMTP; {moment:%a, %d %b %Y %H:%M:%S} +0000\r\n" for host, moment in relays
    )
    return lines.encode() + make_email(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("deadline", "moment", "late"),
    [
        ("2009-07-31", datetime(2009, 7, 31, 21, 59, 59, tzinfo=UTC), False),
        ("2009-07-31", datetime(2009, 7, 31, 22, 0, 0, tzinfo=UTC), True),
        ("2009-12-31", datetime(2009, 12, 31, 22, 59, 59, tzinfo=UTC), False),  # winter time
        ("2009-12-31", datetime(2009, 12, 31, 23, 0, 0, tzinfo=UTC), True),
        ("2009-03-28", datetime(2009, 3, 28, 22, 59, 59, tzinfo=UTC), False),  # the night the clocks go forward
        ("2009-03-28", datetime(2009, 3, 28, 23, 0, 0, tzinfo=UTC), True),
        ("2009-03-29", datetime(2009, 3, 29, 21, 59, 59, tzinfo=UTC), False),  # that day has 23 hours
        ("2009-03-29", datetime(2009, 3, 29, 22, 0, 0, tzinfo=UTC), True),
        ("2009-10-24", datetime(2009, 10, 24, 21, 59, 59, tzinfo=UTC), False),  # the night they go back
        ("2009-10-25", datetime(2009, 10, 25, 22, 59, 59, tzinfo=UTC), False),  # that day has 25 hours
        ("2009-10-25", datetime(2009, 10, 25, 23, 0, 0, tzinfo=UTC), True),
    ],
)
def test_the_whole_last_day_in_vienna(consultation: Consultation, deadline: str, moment: datetime, late: bool) -> None:
    asked = consultation.model_copy(update={"deadline": datetime.fromisoformat(deadline).date()})
    assert asked.is_late(moment) is late


@pytest.fixture
def reader(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk without its classifier: arrival is told by headers and the server alone."""
    monkeypatch.setattr(Desk, "_classify", lambda *_: Outcome("proposal"))
    return desk


def test_a_senders_wrong_clock_changes_nothing(reader: Desk) -> None:
    for sent in (LAST_SECOND - timedelta(days=300), LAST_SECOND + timedelta(days=300)):
        raw = make_raw(make_email(date=sent), received_at=LAST_SECOND)
        assert reader.read(raw).late is False
        assert reader.read(replace(raw, received_at=LAST_SECOND + timedelta(seconds=1))).late is True


def test_a_relay_that_is_slow_is_the_senders_risk(reader: Desk) -> None:
    content = with_relays(
        (OURS, LAST_SECOND + timedelta(hours=3)), ("out.mfa.example", LAST_SECOND - timedelta(hours=5))
    )
    assert reader.read(make_raw(content, received_at=LAST_SECOND + timedelta(hours=3))).late is True


def test_what_waited_within_the_house_came_in_time(reader: Desk) -> None:
    content = with_relays(
        ("store.unodc.example", LAST_SECOND + timedelta(hours=3)), (OURS, LAST_SECOND - timedelta(minutes=5))
    )
    raw = make_raw(content, received_at=LAST_SECOND + timedelta(hours=3))
    assert reader.read(raw).late is True
    trusting = replace(reader, received_by=OURS)
    reading = trusting.read(raw)
    assert (reading.late, reading.raw.received_at) == (False, LAST_SECOND - timedelta(minutes=5))
    assert reading.raw.digest == raw.digest


def test_a_forged_header_below_ours_is_not_believed(reader: Desk) -> None:
    after = LAST_SECOND + timedelta(hours=1)
    content = with_relays((OURS, after), (OURS, LAST_SECOND - timedelta(days=2)))
    assert replace(reader, received_by=OURS).read(make_raw(content, received_at=after)).late is True


def test_a_header_of_ours_with_an_impossible_time_is_passed_over(reader: Desk) -> None:
    content = with_relays((OURS, LAST_SECOND + timedelta(days=9)))
    assert replace(reader, received_by=OURS).read(make_raw(content, received_at=LAST_SECOND)).late is False


@pytest.mark.parametrize("host", ["mx.unodc.example.evil.example", "amx.unodc.example", "mx-unodc.example"])
def test_only_our_servers_name_counts(host: str) -> None:
    assert arrival_at([("received", f"from x by {host}; Fri, 31 Jul 2009 12:00:00 +0000")], OURS) is None


def test_a_letter_on_paper_arrives_when_it_is_said_to(reader: Desk) -> None:
    raw = RawMessage(make_email(), LAST_SECOND, channel="post")
    assert replace(reader, received_by=OURS).read(raw).late is False
