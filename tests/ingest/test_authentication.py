"""Signatures made in the test, their keys served by a local name server; and the receiving server's word."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from dnslib import QTYPE, RR, TXT, DNSRecord
from dnslib.server import BaseResolver, DNSServer

from core.model import Authentication
from ingest.authentication import Resolver, Trust, authenticate, dns_resolver
from ingest.parse import parse
from tests.make import make_email

ARRIVED = datetime.now(UTC)
OURS = "mx.office.example"


class Zone(BaseResolver):
    """TXT records by name; counts what it is asked."""

    def __init__(self) -> None:
        self.records: dict[str, str] = {}
        self.asked: list[str] = []

    def resolve(self, request: DNSRecord, handler: object) -> DNSRecord:
        name = str(request.q.qname).rstrip(".")
        self.asked.append(name)
        reply = request.reply()
        if name in self.records:
            text = self.records[name]
            pieces = [text[at : at + 200] for at in range(0, len(text), 200)]
            reply.add_answer(RR(request.q.qname, QTYPE.TXT, rdata=TXT(pieces)))
        else:
            reply.header.rcode = 3
        return reply


@pytest.fixture(scope="module")
def keys() -> tuple[bytes, str]:
    """A private key (PEM), and its DNS record."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    import base64  # noqa: PLC0415

    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, "v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode()


@pytest.fixture(scope="module")
def zone(keys: tuple[bytes, str]) -> Iterator[tuple[Zone, int]]:
    zone = Zone()
    for domain in ("mfa.gov.ke", "list.example", "relay.example"):
        zone.records[f"s1._domainkey.{domain}"] = keys[1]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = DNSServer(zone, address="127.0.0.1", port=port)
    server.start_thread()
    yield zone, port
    server.stop()
    server.server.server_close()


@pytest.fixture
def resolver(zone: tuple[Zone, int]) -> Resolver:
    return dns_resolver(["127.0.0.1"], zone[1], 2)


def mail(sender: str = "Registry <registry@mfa.gov.ke>", **fields: object) -> bytes:
    return make_email(sender=sender, **fields).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")  # type: ignore[arg-type]


def signed(content: bytes, keys: tuple[bytes, str], domain: str = "mfa.gov.ke", extra: bytes = b"") -> bytes:
    header = dkim.sign(content, b"s1", domain.encode(), keys[0], canonicalize=(b"relaxed", b"relaxed"))
    return bytes(header) + extra + content


def expiring(content: bytes, keys: tuple[bytes, str], moment: int) -> bytes:
    """Signed with x= (dkimpy does not write it): the tag goes in before the signature is made."""
    signer = dkim.DKIM(content)
    original = signer.gen_header

    def with_expiry(fields: list[tuple[bytes, bytes]], *rest: object) -> bytes:
        if not any(name == b"x" for name, _ in fields):
            fields.insert(1, (b"x", str(moment).encode()))
        return original(fields, *rest)  # type: ignore[no-any-return]

    signer.gen_header = with_expiry
    header = signer.sign(b"s1", b"mfa.gov.ke", keys[0], canonicalize=(b"relaxed", b"relaxed"))
    return bytes(header) + content


def check(content: bytes, trust: Trust, arrived: datetime = ARRIVED) -> Authentication:
    return authenticate(content, parse(content).headers, arrived, trust)


def outcome(found: Authentication) -> tuple[str, str]:
    return found.result, found.domain


def test_a_good_signature_passes(keys: tuple[bytes, str], resolver: Resolver) -> None:
    assert outcome(check(signed(mail(), keys), Trust(resolver=resolver))) == ("pass", "mfa.gov.ke")


@pytest.mark.parametrize(("old", "new"), [(b"topic (b)", b"topic (c)"), (b"Subject: CU", b"Subject: UC")])
def test_an_altered_mail_fails(keys: tuple[bytes, str], resolver: Resolver, old: bytes, new: bytes) -> None:
    content = signed(mail(), keys).replace(old, new)
    assert outcome(check(content, Trust(resolver=resolver))) == ("fail", "mfa.gov.ke")


def test_an_expired_signature_fails_by_the_time_of_arrival(keys: tuple[bytes, str], resolver: Resolver) -> None:
    content = expiring(mail(), keys, int(time.time()) + 3600)
    assert check(content, Trust(resolver=resolver)).result == "pass"
    late = check(content, Trust(resolver=resolver), ARRIVED + timedelta(hours=2))
    assert (late.result, "expired" in late.detail) == ("fail", True)


def test_another_domain_vouches(keys: tuple[bytes, str], resolver: Resolver) -> None:
    content = signed(mail(), keys, "list.example")
    assert outcome(check(content, Trust(resolver=resolver))) == ("pass", "list.example")


def test_the_senders_own_signature_outranks_a_lists(keys: tuple[bytes, str], resolver: Resolver) -> None:
    content = signed(signed(mail(), keys), keys, "list.example")
    assert outcome(check(content, Trust(resolver=resolver))) == ("pass", "mfa.gov.ke")
    broken = signed(signed(mail(), keys).replace(b"topic (b)", b"topic (c)"), keys, "list.example")
    assert outcome(check(broken, Trust(resolver=resolver))) == ("fail", "mfa.gov.ke")


def test_a_subdomain_is_the_same_organization(keys: tuple[bytes, str], resolver: Resolver) -> None:
    content = signed(mail("a@vienna.mfa.gov.ke"), keys)
    assert outcome(check(content, Trust(resolver=resolver))) == ("pass", "mfa.gov.ke")


def test_no_key_is_no_failure(keys: tuple[bytes, str], resolver: Resolver) -> None:
    found = check(signed(mail("a@nokey.example"), keys, "nokey.example"), Trust(resolver=resolver))
    assert (found.result, "no key" in found.detail) == ("none", True)


def test_a_silent_name_server_is_no_failure(keys: tuple[bytes, str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        found = check(signed(mail(), keys), Trust(resolver=dns_resolver(["127.0.0.1"], deaf.getsockname()[1], 0.3)))
    assert (found.result, "looked up" in found.detail) == ("none", True)


def test_nothing_is_looked_up_unless_switched_on(
    keys: tuple[bytes, str], zone: tuple[Zone, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", forbidden)
    asked = len(zone[0].asked)
    found = check(signed(mail(), keys), Trust(receiving_server=OURS))
    assert (found.result, "switched off" in found.detail) == ("none", True)
    assert len(zone[0].asked) == asked


def test_an_unsigned_mail_says_nothing(resolver: Resolver) -> None:
    assert check(mail(), Trust(resolver=resolver)) == Authentication("none")


def test_a_part_of_the_body_is_not_enough(keys: tuple[bytes, str], resolver: Resolver) -> None:
    header = dkim.sign(mail(), b"s1", b"mfa.gov.ke", keys[0], length=True)
    found = check(bytes(header) + mail() + b"and topic (g)\r\n", Trust(resolver=resolver))
    assert (found.result, "part" in found.detail) == ("none", True)


def test_two_from_headers_fail(keys: tuple[bytes, str], resolver: Resolver) -> None:
    content = b"From: forged@mfa.gov.ng\r\n" + signed(mail(), keys)
    assert check(content, Trust(resolver=resolver)).result == "fail"


@pytest.mark.parametrize("damage", [b"b=AAAA", b"v=2", b"a=none"])
def test_a_malformed_signature_does_not_break(resolver: Resolver, damage: bytes) -> None:
    content = b"DKIM-Signature: " + damage + b"; d=mfa.gov.ke; s=s1; h=from; bh=x; b=y\r\n" + mail()
    assert check(content, Trust(resolver=resolver)).result == "fail"


# --- the receiving server's word ------------------------------------------------------------------


def with_results(results: str, *, above: bool = True) -> bytes:
    line = f"Authentication-Results: {results}\r\n".encode()
    relays = b"Received: from out.mfa.gov.ke by mx.office.example; Mon, 20 Jul 2009 12:00:00 +0000\r\n"
    older = b"Received: from pc by out.mfa.gov.ke; Mon, 20 Jul 2009 11:59:00 +0000\r\n"
    return (line + relays + older if above else relays + older + line) + mail()


@pytest.mark.parametrize(
    ("results", "found"),
    [
        (f"{OURS}; dkim=pass header.d=mfa.gov.ke", ("pass", "mfa.gov.ke")),
        (f"{OURS}; dmarc=pass header.from=mfa.gov.ke", ("pass", "mfa.gov.ke")),
        (f"{OURS}; spf=pass smtp.mailfrom=a@mfa.gov.ke", ("pass", "mfa.gov.ke")),
        (f"{OURS}; dmarc=fail header.from=mfa.gov.ke", ("fail", "mfa.gov.ke")),
        (f"{OURS}; dkim=fail header.d=mfa.gov.ke; spf=pass smtp.mailfrom=list.example", ("fail", "mfa.gov.ke")),
        (f"{OURS}; spf=fail smtp.mailfrom=mfa.gov.ke; dkim=pass header.d=mfa.gov.ke", ("pass", "mfa.gov.ke")),
        (f"{OURS}; spf=pass smtp.mailfrom=webmail.example", ("pass", "webmail.example")),
        (f"{OURS}; none", ("none", "")),
        ("mx.elsewhere.example; dkim=pass header.d=mfa.gov.ke", ("none", "")),
        ("mx.office.example.evil.example; dkim=pass header.d=mfa.gov.ke", ("none", "")),
        ("; ; ;", ("none", "")),
    ],
)
def test_only_our_servers_word_is_taken(results: str, found: tuple[str, str]) -> None:
    assert outcome(check(with_results(results), Trust(receiving_server=OURS))) == found


def test_a_result_that_came_with_the_mail_is_not_believed() -> None:
    forged = with_results(f"{OURS}; dkim=pass header.d=mfa.gov.ke", above=False)
    assert check(forged, Trust(receiving_server=OURS)).result == "none"


def test_nobodys_word_is_taken_by_default() -> None:
    assert check(with_results(f"{OURS}; dkim=pass header.d=mfa.gov.ke"), Trust()).result == "none"


# --- ARC -----------------------------------------------------------------------------------------


def sealed(keys: tuple[bytes, str]) -> bytes:
    results = b"Authentication-Results: relay.example; dkim=pass header.d=mfa.gov.ke\r\n"
    content = results + mail()
    lines = dkim.arc_sign(content, b"s1", b"relay.example", keys[0], b"relay.example")
    return b"".join(lines) + content


def test_a_forwarders_seal_is_believed_when_it_is_named(keys: tuple[bytes, str], resolver: Resolver) -> None:
    content = sealed(keys)
    named = check(content, Trust(sealers=("relay.example",), resolver=resolver))
    assert (outcome(named), named.method) == (("pass", "mfa.gov.ke"), "arc")
    assert check(content, Trust(resolver=resolver)).result == "none"


def test_a_broken_seal_fails(keys: tuple[bytes, str], resolver: Resolver) -> None:
    content = sealed(keys).replace(b"topic (b)", b"topic (c)")
    assert check(content, Trust(sealers=("relay.example",), resolver=resolver)).result == "fail"
