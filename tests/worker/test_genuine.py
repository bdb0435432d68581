"""Whether a reply is genuine, from its headers to the view."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.model import Outcome
from ingest.authentication import Trust
from store.decide import Change, Decider
from store.write import Writer
from tests.make import make_email, make_raw
from worker.pipeline import Desk

OURS = "mx.office.example"


def read(
    desk: Desk, writer: Writer, results: str, sender: str = "Registry <a@mfa.gov.ke>", **outcome: object
) -> dict[str, object]:
    content = f"Authentication-Results: {OURS}; {results}\r\n".encode() + make_email(sender=sender)
    trusting = replace(desk, trust=Trust(receiving_server=OURS))
    writer.save([trusting.read(make_raw(content))])
    return next(iter(writer.db.query("SELECT genuine, genuine_domain, review_reasons, reply_id FROM replies")))


@pytest.fixture
def kenya(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Desk, "_classify", lambda *_: Outcome("proposal", state="KEN"))
    return desk


@pytest.mark.parametrize(
    ("results", "genuine", "domain"),
    [
        ("dkim=pass header.d=mfa.gov.ke", "state", "mfa.gov.ke"),
        ("dmarc=pass header.from=kenya-mission.example", "state", "kenya-mission.example"),
        ("spf=pass smtp.mailfrom=webmail.example", "other", "webmail.example"),
        ("dkim=pass header.d=mfa.gov.sn", "other", "mfa.gov.sn"),
        ("dkim=fail header.d=mfa.gov.ke", "failed", "mfa.gov.ke"),
        ("none", "none", ""),
    ],
)
def test_the_result_of_a_reply(kenya: Desk, writer: Writer, results: str, genuine: str, domain: str) -> None:
    row = read(kenya, writer, results)
    assert (row["genuine"], row["genuine_domain"]) == (genuine, domain)
    assert ("sender-failed" in str(row["review_reasons"])) is (genuine == "failed")


def test_it_follows_the_state_that_a_person_decides(kenya: Desk, writer: Writer) -> None:
    row = read(kenya, writer, "dkim=pass header.d=mfa.gov.sn")
    assert row["genuine"] == "other"
    with Decider(writer.path) as decider:
        decider.decide(int(str(row["reply_id"])), [Change("state", "SEN")], by="ana")
    assert next(iter(writer.db.query("SELECT genuine FROM replies")))["genuine"] == "state"


def test_paper_has_no_sender_to_verify(kenya: Desk) -> None:
    assert kenya.read(make_raw(make_email(), channel="post")).authentication is None
