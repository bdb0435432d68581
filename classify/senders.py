"""What the sender's address and display name say: a State's domain, an organization, a look-alike."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from classify.diplomacy import INTERNATIONAL, MISSION_TO_THEM, OFFICE, ORGANISATION
from classify.names import find_names
from classify.normal import fold, listed
from classify.roles import plain
from classify.states import load_states

GOVERNMENT_LABELS: Final = listed(
    """gov gob gouv gub go gv govt government govern mil admin mfa mofa mofat mfat mfaic mae maec mre rree mirex minrel minex cancilleria exteriores esteri
    foreign foreignaffairs diplo diplomatie diplomacy auswaertiges-amt minbuza um formin mzv msz mvep urm mvnrb fco fcdo dfa dfat dfait state gk kormany gouvernement
    embassy mission embassies consulate ambassade embajada botschaft embaixada bmeia emb permrep permanentmission missionun"""
)
"""Labels of a host name that under a country's domain mean its government or a mission."""
WEBMAIL: Final = listed(
    """gmail.com googlemail.com yahoo.com hotmail.com outlook.com live.com msn.com aol.com icloud.com me.com gmx.net gmx.at gmx.de gmx.ch web.de mail.ru
    bk.ru list.ru inbox.ru yandex.ru rambler.ru 163.com 126.com qq.com sina.com sohu.com wanadoo.fr orange.fr free.fr laposte.net sfr.fr aon.at chello.at
    a1.net utanet.at inode.at bluewin.ch sunrise.ch skynet.be telenet.be t-online.de terra.es telefonica.net libero.it tiscali.it"""
)
"""Mail for anybody: the domain says nothing of who writes."""
WEBMAIL_BRANDS: Final = re.compile(r"^(?:yahoo|hotmail|live|outlook|gmx|webmail|freemail)\.")
SEATS: Final = frozenset({"AUT", "CHE", "BEL", "USA", "NLD", "FRA", "ITA", "KEN"})
"""Hosts of international organizations: missions of other States have addresses under their domains."""
COMMERCIAL: Final = frozenset({"tv", "me", "co", "io", "ai", "to", "ws", "fm", "la", "cc", "nu", "ac", "cd", "sc"})
"""Country domains that are sold to anybody."""
GENERIC: Final = frozenset({"int", "org", "com", "net", "example", "invalid", "test", "info", "edu", "eu", "biz"})
MISSION_WORDS: Final = listed(
    """mission missions permanentmission embassy embassies ambassade embajada botschaft consulate permrep permanent un onu vienna vienne viena wien geneva geneve
    of the government gov mfa high commission"""
)
OFFICIAL: Final = re.compile(OFFICE)

DomainKind = Literal["government", "mission", "country", "none"]


@dataclass(frozen=True, slots=True)
class Domain:
    """What a host name says: whose, and as what."""

    code: str | None
    kind: DomainKind
    host: str


def domain_of(address: str) -> Domain:
    """The State that the host of an address belongs to, and how sure that is: its government's, a mission's, a country's domain."""
    host = address.rpartition("@")[2].lower().rstrip(".")
    labels = host.split(".")
    if len(labels) < 2 or is_webmail(host):
        return Domain(None, "none", host)
    words = [word for label in labels[:-1] for word in (label, *label.split("-"))]
    if labels[-1] in ("gov", "mil"):
        return Domain("USA", "government", host)
    code = _by_country_domain().get(labels[-1])
    if code and labels[-1] not in COMMERCIAL | GENERIC:
        official = any(word in GOVERNMENT_LABELS for word in words)
        return Domain(code, "government" if official else "country", host)
    named = _named_host(labels[:-1])
    if named:
        return Domain(named, "mission" if any(word in MISSION_WORDS for word in words) else "country", host)
    if code and any(word in GOVERNMENT_LABELS for word in words):
        return Domain(code, "government", host)
    return Domain(None, "none", host)


def is_webmail(host: str) -> bool:
    return host in WEBMAIL or bool(WEBMAIL_BRANDS.match(host))


@lru_cache(maxsize=1)
def _by_country_domain() -> dict[str, str]:
    return {domain: state.code for state in load_states().states for domain in state.domains}


def _named_host(labels: list[str]) -> str | None:
    """A State's name among the labels: kenya-mission, missionofkenya, new-zealand."""
    names = _host_names()
    for label in labels:
        kept = [word for word in label.split("-") if word not in MISSION_WORDS]
        for candidate in ("".join(kept), *kept, label):
            bare = re.sub(
                r"^(?:embassyof|missionof|permanentmissionof|the)|(?:embassy|mission|vienna|un)$", "", candidate
            )
            if code := names.get(candidate) or names.get(bare):
                return code
    return None


@lru_cache(maxsize=1)
def _host_names() -> dict[str, str]:
    """A State's name as it stands in a host name ("newzealand") -> its code."""
    return {
        word: state.code
        for state in load_states().states
        for language in ("en", "fr", "es")
        for name in state.names[language]
        if len(word := re.sub(r"[^a-z]", "", fold(name))) > 3
    }


def is_organisation(words: str) -> bool:
    """Whether a display name, letterhead or signature is an organization's and not a Government's."""
    folded = plain(words)
    if INTERNATIONAL.search(folded):
        return not MISSION_TO_THEM.search(folded)
    return bool(ORGANISATION.search(folded)) and not OFFICIAL.search(folded)


def is_look_alike(address: str) -> bool:
    """Whether the host mixes scripts to look like another (a homograph), also when it is written in Punycode (RFC 3492)."""
    host = address.rpartition("@")[2]
    try:
        shown = ".".join(
            label.encode("ascii").decode("idna") if label.startswith("xn--") else label for label in host.split(".")
        )
    except UnicodeError:
        return True
    return any(_mixes_scripts(label) for label in shown.split(".")) or _near_government(host)


def _mixes_scripts(label: str) -> bool:
    scripts = {name for char in label if (name := _script(char))}
    return len(scripts) > 1


def _script(char: str) -> str:
    if "a" <= char.lower() <= "z":
        return "latin"
    if "\u0400" <= char <= "\u04ff":
        return "cyrillic"
    if "\u0370" <= char <= "\u03ff":
        return "greek"
    return "" if char.isascii() else "other"


def _near_government(host: str) -> bool:
    """A government's label with digits for letters ("g0v"), or glued to the country's code ("mfa-gov-ke.example")."""
    return bool(
        re.search(r"(?:^|[.-])(?:g0v|g0b|rnfa|m0fa|g0uv)(?:[.-]|$)", host)
        or re.search(r"(?:^|[.-])(?:gov|gob|gouv)-[a-z]{2}\.(?!gov)[a-z]{3,}$", host)
    )


def mission_on_webmail(name: str, address: str, language: str = "en") -> bool:
    """Whether the display name is a State's mission or ministry and the address is anybody's webmail."""
    host = address.rpartition("@")[2].lower()
    return is_webmail(host) and bool(OFFICIAL.search(plain(name))) and bool(find_names(name, language))
