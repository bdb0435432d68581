"""Whether a mail comes from the domain that it names: DKIM (RFC 6376) and ARC (RFC 8617) verified here, or what the
receiving server found (Authentication-Results, RFC 8601: SPF, DKIM, DMARC).

Keys are asked of a resolver that is given; without one nothing is looked up. Results that another server than the named one
wrote are not believed, nor any that stand below the receiving server's own Received header.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any, Final

import authres
import authres.dmarc
import dkim
import dns.exception
import dns.resolver
from authheaders.dmarc_lookup import get_org_domain

from core.model import Authentication

Resolver = Callable[[str], str | None]
"""A TXT record's text, or None where there is none. Raises LookupFailed when that cannot be told now."""

MOST_SIGNATURES: Final = 8
RESULTS: Final[Any] = authres.FeatureContext(authres.dmarc)
"""RFC 8601 with the DMARC method of RFC 7489."""
NO_RESULT: Final = Authentication("none")
SILENT: Final = logging.getLogger("intake.dkim")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


class LookupFailed(Exception):
    """The name server did not answer."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose word is taken."""

    receiving_server: str = ""
    """The authserv-id that the office's own server writes into Authentication-Results; empty: none is believed."""
    sealers: tuple[str, ...] = ()
    """Domains whose ARC seals are believed: a forwarder or list that the office uses."""
    resolver: Resolver | None = None


def authenticate(
    content: bytes, headers: Sequence[tuple[str, str]], received_at: datetime, trust: Trust
) -> Authentication:
    """The surest result there is: a signature verified here, then the receiving server's word.

    `content`: the raw message. `headers`: all of them in their order, names in small letters, values unfolded.
    """
    senders = [value for name, value in headers if name == "from"]
    if len(senders) > 1:
        return Authentication("fail", method="headers", detail=f"{len(senders)} From headers (RFC 5322, section 3.6)")
    domain = parseaddr(senders[0])[1].rpartition("@")[2].lower() if senders else ""
    found = [*_signatures(content, headers, received_at, trust), *_server_results(headers, trust)]
    if not found and any(name == "dkim-signature" for name, _ in headers):
        return Authentication("none", detail="signed, and not verified: look-ups are switched off")
    return _surest(found, domain)


def dns_resolver(nameservers: Sequence[str], port: int = 53, timeout: float = 5.0) -> Resolver:
    """A resolver that asks these name servers, or the system's where none is named."""
    resolver = dns.resolver.Resolver(configure=not nameservers)
    if nameservers:
        resolver.nameservers = list(nameservers)
        resolver.port = port
    resolver.lifetime = timeout

    def ask(name: str) -> str | None:
        try:
            answer = resolver.resolve(name.rstrip("."), "TXT")
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return None
        except dns.exception.DNSException as error:
            raise LookupFailed(f"{name}: {type(error).__name__}") from error
        return next((b"".join(record.strings).decode("ascii", "replace") for record in answer), None)

    return ask


# --- choosing among results ----------------------------------------------------------------------


def _surest(found: Sequence[Authentication], domain: str) -> Authentication:
    """A pass for the From domain, a failure of it, a pass for another domain, any failure, else nothing."""
    ranked = sorted(found, key=lambda item: _rank(item, domain))
    return ranked[0] if ranked else NO_RESULT


def _rank(item: Authentication, domain: str) -> int:
    aligned = bool(item.domain) and _organisation(item.domain) == _organisation(domain)
    order = (("pass", True), ("fail", True), ("pass", False), ("fail", False), ("none", True), ("none", False))
    return order.index((item.result, aligned))


def _organisation(domain: str) -> str:
    """The organizational domain: alignment is relaxed (RFC 7489, section 3.1.1)."""
    try:
        return str(get_org_domain(domain)) if domain else ""
    except (UnicodeError, ValueError, IndexError):
        return domain


# --- signatures ----------------------------------------------------------------------------------


def _signatures(
    content: bytes, headers: Sequence[tuple[str, str]], received_at: datetime, trust: Trust
) -> Iterator[Authentication]:
    if trust.resolver is None:
        return
    signed = [_tags(value) for name, value in headers if name == "dkim-signature"]
    for place, tags in enumerate(signed[:MOST_SIGNATURES]):
        yield _verified(content, place, tags, received_at, trust.resolver)
    if trust.sealers and any(name == "arc-seal" for name, _ in headers):
        yield from _sealed(content, headers, trust)


def _tags(value: str) -> dict[str, str]:
    """tag=value pairs (RFC 6376, section 3.2)."""
    pairs = (item.partition("=") for item in value.split(";"))
    return {name.strip(): re.sub(r"\s+", "", text) for name, _, text in pairs if name.strip()}


def _verified(
    content: bytes, place: int, tags: dict[str, str], received_at: datetime, resolver: Resolver
) -> Authentication:
    domain = tags.get("d", "").lower()
    if tags.get("x", "").isdigit() and int(tags["x"]) < received_at.timestamp():
        return Authentication("fail", domain, "dkim", detail="the signature had expired when the mail arrived")
    if "l" in tags:
        return Authentication("none", domain, "dkim", detail="the signature covers a part of the body only")
    asked = _Asked(resolver)
    fault = _fault(content, place, asked)
    if fault is None:
        return Authentication("pass", domain, "dkim")
    if asked.missing or "x= value is past" in fault:
        return Authentication("none", domain, "dkim", detail=asked.missing or "the signature has expired since")
    return Authentication("fail", domain, "dkim", detail=fault[:200])


def _fault(content: bytes, place: int, asked: _Asked) -> str | None:
    """What is wrong with a signature; None: it holds."""
    try:
        holds = dkim.DKIM(content, logger=SILENT).verify(place, dnsfunc=asked)
    except (dkim.DKIMException, ValueError, TypeError, KeyError, IndexError) as error:
        return str(error) or type(error).__name__  # the last four: malformed bytes that dkimpy did not expect
    return None if holds else "the signature does not fit the mail"


class _Asked:
    """dkimpy's way to ask for a key, with a note of why there was none."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.missing = ""

    def __call__(self, name: bytes | str, timeout: float = 5) -> bytes | None:
        asked = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        try:
            found = self.resolver(asked)
        except LookupFailed as error:
            self.missing = f"the key could not be looked up ({error})"
            return None
        if found is None:
            self.missing = f"there is no key at {asked.rstrip('.')}"
            return None
        return found.encode()


def _sealed(content: bytes, headers: Sequence[tuple[str, str]], trust: Trust) -> Iterator[Authentication]:
    """What a forwarder that is believed found before it forwarded."""
    asked = _Asked(trust.resolver) if trust.resolver else None
    seals = {tags.get("i", ""): tags for name, value in headers if name == "arc-seal" for tags in [_tags(value)]}
    last = max((number for number in seals if number.isdigit()), key=int, default="")
    sealer = seals.get(last, {}).get("d", "").lower()
    if sealer not in trust.sealers:
        return
    verdict, _, why = dkim.ARC(content, logger=SILENT).verify(dnsfunc=asked)
    if verdict != dkim.CV_Pass:
        yield Authentication("fail", sealer, "arc", detail=str(why)[:200])
        return
    for name, value in headers:
        if name == "arc-authentication-results" and re.match(rf"\s*i\s*=\s*{last}\s*;", value):
            yield from _results(value.partition(";")[2], "arc")


# --- the receiving server's word -----------------------------------------------------------------


def _server_results(headers: Sequence[tuple[str, str]], trust: Trust) -> Iterator[Authentication]:
    if not trust.receiving_server:
        return
    for value in _above_relays(headers):
        name = re.split(r"[\s;]", value.strip(), maxsplit=1)[0]
        if name.lower() == trust.receiving_server.lower():
            yield from _results(value, "server")


def _above_relays(headers: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Authentication-Results above the second Received header: what stands lower came with the mail."""
    relays = 0
    for name, value in headers:
        relays += name == "received"
        if relays > 1:
            return
        if name == "authentication-results":
            yield value


def _results(value: str, method: str) -> Iterator[Authentication]:
    try:
        parsed: Any = RESULTS.parse(f"Authentication-Results: {value}")
    except (authres.AuthResError, ValueError):
        return
    for item in parsed.results:
        result = {"pass": "pass", "fail": "fail", "permerror": "fail", "softfail": "fail"}.get(str(item.result).lower())
        domain = _result_domain(item)
        if item.method not in ("dkim", "spf", "dmarc") or result is None or not domain:
            continue
        if item.method == "spf" and result == "fail":
            continue  # a forwarder breaks it, and a signature may hold; DMARC has weighed it
        yield Authentication(
            "pass" if result == "pass" else "fail", domain, method, detail=f"{item.method}={item.result}"
        )


def _result_domain(item: Any) -> str:
    names = ("header_d", "header_from", "smtp_mailfrom", "smtp_helo")
    found: Iterable[str] = (str(value) for name in names if (value := getattr(item, name, None)))
    return next((value.rpartition("@")[2].lower().strip(".") for value in found), "")
