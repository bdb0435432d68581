"""Who replies: every name of a State in a message is weighed by where and how it stands, and the sums are compared.

A letter's own words outweigh the mail that covers it, an opening formula outweighs a letterhead, and an address a mere
mention. Two States that both seem to be the sender are both named to a person.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from classify.blurred import blurred_names
from classify.diplomacy import OWN_CITY
from classify.language import language_of
from classify.names import Name, find_names
from classify.normal import fold
from classify.roles import STRONG, WEIGHTS, Region, plain, role_of
from classify.senders import SEATS, Domain, domain_of, is_organisation
from classify.states import Group, load_states
from core.model import BODY, Evidence, Message, Span, Text

LETTER: Final = 1.15
"""A letter that is attached or forwarded outweighs the words that cover it."""
SMALL: Final = 0.6
"""A name without a capital may be another word."""
FOR_ANOTHER: Final = 20.0
"""A mission that writes on behalf of another Government is that Government's."""
LEAST: Final = 1.0
"""Mere mentions make no sender."""
CLEAR: Final = frozenset({"opening formula", "behalf", "transmitted", "office", "sender office"})
"""With one of these nothing blurred is looked for."""
BLURRED: Final = 2.0
BLURRED_TWICE: Final = 3.0
ON_A_LINE: Final = frozenset({"letterhead", "signature"})
AGAIN: Final = 0.1
"""What the second clue of the same kind adds."""
DOMAIN_WEIGHTS: Final = {"government": 4.0, "mission": 4.0, "country": 1.0, "none": 0.0}
CONFIDENCE: Final = ((7.0, 0.97), (4.0, 0.92), (STRONG, 0.75), (0.0, 0.5))
"""The strongest clue's weight -> how sure the State is when no other is claimed."""
FORWARDED_FROM: Final = re.compile(
    r"(?im)^[ \t>*]*(?:from|de|von|от(?:\s+кого)?|من|发件人|寄件者)[ \t*]*[:：][ \t*]*(?P<name>[^\n<\[]{2,120}?)[ \t]*(?:[<\[](?:mailto:)?(?P<address>[^>\]\s]+@[^>\]\s]+)[>\]])?[ \t]*$"
)
AMMAN: Final = re.compile(r"^[وبل]?(?:عم\u0651ان|ع\u064eم)")

BEHALF: Final = re.compile(
    r"(?:on behalf of|in (?:its|his|her|their) capacity as|as (?:the )?(?:current )?(?:chair\w*|president|presidency|coordinator)|presidency of|holding the (?:rotating )?presidency|chair(?:manship|person|man|ing)?\b|coordinat\w+|speaking for|for and on behalf"
    r"|au nom d\w*|presidence|en (?:sa )?qualite|president\w* d\w*|assur\w+ la presidence|coordonn\w+|coordinat\w+"
    r"|en nombre d\w*|presidencia|en representacion d\w*|en su (?:calidad|caracter)|coordinador\w*|президент|preside"
    r"|от имени|председател\w*|в качестве|координатор\w*|باسم|نيابه عن|بالنيابه عن|ر[ئي]اسه|ر[ئي]يس\w*|بصف(?:ه|ته|تها)|منسق\w*|تتراس|代表|以)[^.;]{0,75}$"
)
PRESIDES_AFTER: Final = re.compile(
    r"^['’]?s?[\s,()-]*(?:presidency|chair|coordinator|member states (?:propose|would)|主席|轮值|协调员|提出|提议|建议|谨)"
)
GROUP_SPEAKS: Final = re.compile(
    r"^(?: \([^)]{2,20}\))?,?\s*(?:propos\w+|suggest\w*|would (?:like|propose|suggest|wish)|wish\w* to|recommends?|has the honour|presents its|souhaite\w*|recommande|a l'honneur|desea\w*|propone|recomienda|tiene el honor|предлага\w+|хотел\w*|рекоменду\w+|имеет честь)"
)
GROUP_SPEAKS_BEFORE: Final = re.compile(r"(?:تقترح|يقترح|تود|يود|توصي|تهدي)\s$")
JOINS: Final = re.compile(
    r"(?:align\w*|associat\w* (?:itself|themselves|ourselves)|joins?|endorses?|supports?|s'associe\w*|s'aligne|se suma|se adhiere|apoya|se asocia|присоединя\w*|поддерж\w*|تنضم|تؤيد|赞同|支持)[^.;]{0,120}$"
)


@dataclass(frozen=True, slots=True)
class Clue:
    """One reason to think of a State, and what it weighs."""

    state: str
    weight: float
    evidence: Evidence
    what: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who replies: the State, how sure that is (0..1), what it rests on, and who else it might be."""

    state: str | None
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    rival: str | None = None
    on_behalf_of: str | None = None
    organisation: bool = False


def who_replies(message: Message, texts: Sequence[Text], language: str) -> Verdict:
    """The State whose Government replies, by all that the message says of it."""
    domain = domain_of(message.from_address)
    clues = [*_clues_in_texts(texts, language), *_sender_clues(message, domain, language)]
    if not any(clue.what in CLEAR for clue in clues):
        clues.extend(_blurred_clues(texts, language))
    group = group_in(texts, message.subject, language)
    if _by_organisation(message, texts, clues, domain):
        return Verdict(None, 0.9, on_behalf_of=None, organisation=True)
    verdict = weigh(_without_seats(_without_amman(clues)))
    if group is not None and not _may_speak_for(verdict.state, group):
        group = None
    return Verdict(verdict.state, verdict.confidence, verdict.evidence, verdict.rival, group.code if group else None)


def weigh(clues: Sequence[Clue]) -> Verdict:
    """Sum the clues of each State. A kind of clue counts in full once; two States with strong clues are rivals."""
    sums: dict[str, float] = defaultdict(float)
    strongest: dict[str, float] = defaultdict(float)
    seen: set[tuple[str, str]] = set()
    for clue in sorted(clues, key=lambda clue: -clue.weight):
        again = (clue.state, clue.what) in seen
        seen.add((clue.state, clue.what))
        sums[clue.state] += clue.weight * (AGAIN if again else 1.0)
        strongest[clue.state] = max(strongest[clue.state], clue.weight)
    if not sums:
        return Verdict(None, 0.0)
    for clue in clues:
        sums[clue.state] += FOR_ANOTHER if clue.what == "behalf" else 0.0
    best, *others = sorted(sums, key=lambda state: (-sums[state], state))
    if strongest[best] < LEAST:
        return Verdict(None, 0.0)
    rival = next((state for state in others if _rivals(strongest[state], strongest[best])), None)
    sure = next(value for least, value in CONFIDENCE if strongest[best] >= least)
    if rival:
        sure = round(min(0.5, sums[best] / (sums[best] + sums[rival])), 3)
    ranked = sorted((clue for clue in clues if clue.state == best), key=lambda clue: -clue.weight)
    return Verdict(best, sure, tuple(dict.fromkeys(clue.evidence for clue in ranked))[:5], rival)


def _rivals(other: float, best: float) -> bool:
    return other >= STRONG or (best < STRONG and other > 0.6 * best)


# --- clues ---------------------------------------------------------------------------------------


def _clues_in_texts(texts: Sequence[Text], language: str) -> Iterator[Clue]:
    for text in texts:
        yield from _forwarded_heads(text, language)
        for span in text.spans:
            if span.label in ("reply", "forwarded", "signature"):
                yield from _clues_in_span(text, span, language)


def _clues_in_span(text: Text, span: Span, language: str) -> Iterator[Clue]:
    words = text.text[span.start : span.end]
    letter = text.source != BODY
    region: Region = "signature" if span.label == "signature" else "letter" if letter else "mail"
    factor = LETTER if letter or span.label == "forwarded" else 1.0
    offset = span.start if span.label == "reply" else 0
    for name in find_names(words, language_of(words, language)):
        if name.what == "group":
            continue
        role = role_of(words, name, region, offset)
        if AMMAN.search(name.surface):
            role = "elsewhere"
        weight = WEIGHTS[role] * factor * (SMALL if name.small and name.what == "name" else 1.0)
        if weight:
            yield Clue(name.code, weight, _evidence(text.source, span.start, name), role)


def _evidence(source: str, offset: int, name: Name) -> Evidence:
    return Evidence(source, offset + name.start, offset + name.end, name.surface)


def _forwarded_heads(text: Text, language: str) -> Iterator[Clue]:
    """Who sent the message that is forwarded: the display name and address in its head."""
    for head, body in zip(text.spans, text.spans[1:], strict=False):
        if head.label != "quoted" or body.label != "forwarded":
            continue
        found = FORWARDED_FROM.search(text.text, head.start, head.end)
        if found is None:
            continue
        yield from _named(found["name"], text.source, found.start("name"), "sender", language)
        if found["address"]:
            yield from _domain_clues(domain_of(found["address"]), text.source, found.start("address"), found["address"])


def _sender_clues(message: Message, domain: Domain, language: str) -> Iterator[Clue]:
    yield from _named(message.from_name, "from-name", 0, "sender", language)
    yield from _named(message.subject, "subject", 0, "subject", language)
    yield from _domain_clues(domain, "from", 0, message.from_address)


def _named(words: str, source: str, offset: int, region: Region, language: str) -> Iterator[Clue]:
    own = language_of(words, language)
    for name in find_names(words, own):
        if name.what == "group":
            continue
        role = role_of(words, name, region)
        weight = WEIGHTS[role] * (SMALL if name.small else 1.0)
        if weight:
            yield Clue(name.code, weight, _evidence(source, offset, name), f"{region} {role}")


def _domain_clues(domain: Domain, source: str, offset: int, address: str) -> Iterator[Clue]:
    if domain.code is None:
        return
    weight = DOMAIN_WEIGHTS[domain.kind]
    if domain.kind == "country" and domain.code in SEATS:
        weight = 0.3
    start = offset + len(address) - len(domain.host)
    evidence = Evidence(source, start, start + len(domain.host), domain.host)
    yield Clue(domain.code, weight, evidence, f"{domain.kind} domain")


def _without_amman(clues: Sequence[Clue]) -> list[Clue]:
    """Oman and Amman are written alike without vowels: in a letter from Jordan the word is the city."""
    jordan = any(clue.state == "JOR" and clue.weight >= STRONG for clue in clues)
    bare = re.compile(r"[وفبل]?عمان")

    def is_city(clue: Clue) -> bool:
        return jordan and clue.state == "OMN" and bare.fullmatch(fold(clue.evidence.words)) is not None

    return [clue for clue in clues if not is_city(clue)]


def _blurred_clues(texts: Sequence[Text], language: str) -> Iterator[Clue]:
    """What a bad scan may say. One blurred name is not enough to be sure; a second one, or an address, is."""
    for text in texts:
        found = blurred_names(text.text, language_of(text.text[:600], language))
        agreed = Counter(item.code for item in found)
        for item in found:
            weight = BLURRED_TWICE if agreed[item.code] > 1 else BLURRED
            words = text.text[item.start : item.end]
            yield Clue(item.code, weight, Evidence(text.source, item.start, item.end, words), "blurred")


def _without_seats(clues: Sequence[Clue]) -> list[Clue]:
    """A seat's country that merely stands on a line is an address, whatever a scan made of the city beside it."""
    claimed = {clue.state for clue in clues if clue.what not in ON_A_LINE and clue.weight >= STRONG}

    def is_address(clue: Clue) -> bool:
        return clue.state in OWN_CITY and clue.what in ON_A_LINE and clue.state not in claimed

    return [clue for clue in clues if not is_address(clue)]


# --- organizations and groups --------------------------------------------------------------------


def _by_organisation(message: Message, texts: Sequence[Text], clues: Sequence[Clue], domain: Domain) -> bool:
    """Whether an organization writes: its display name, signature or letterhead says so, and nothing official does."""
    if domain.kind == "government":
        return False
    if is_organisation(message.from_name):
        return not any(clue.what == "opening formula" for clue in clues)
    if any(clue.what in ("opening formula", "office", "sender office") for clue in clues):
        return False
    heads = "\n".join(_head(text) for text in texts)
    signatures = "\n".join(text.text[span.start : span.end] for text in texts for span in text.labelled("signature"))
    return any(is_organisation(words) for words in (heads, signatures) if words.strip())


def _head(text: Text) -> str:
    """The first lines of a letter, as far as no sentence begins."""
    lines = [line.strip() for line in text.text[:400].splitlines() if line.strip()]
    return "\n".join(line for line in lines[:3] if not re.search(r"[.;:,]$", line) and len(line) < 90)


def group_in(texts: Sequence[Text], subject: str, language: str) -> Group | None:
    """The group that the sender speaks for, when it says so."""
    for text in texts:
        for span in text.labelled("reply", "forwarded", "signature"):
            if found := _group_in(text.text[span.start : span.end], language):
                return found
    return _group_in(subject, language)


def _group_in(words: str, language: str) -> Group | None:
    for name in find_names(words, language_of(words, language)):
        if name.what == "group" and _speaks_for(words, name):
            return next(group for group in load_states().groups if group.code == name.code)
    return None


def _speaks_for(words: str, name: Name) -> bool:
    before = plain(words[max(0, name.start - 160) : name.start]).replace("\n", " ")
    after = plain(words[name.end : name.end + 90]).replace("\n", " ")
    if JOINS.search(before):
        return False
    if BEHALF.search(before) or PRESIDES_AFTER.search(after) or GROUP_SPEAKS_BEFORE.search(before):
        return True
    begins = re.search(
        r"(?:^|[.:;!?。]\s*)(?:the |le |la |el |l['’])?$", before.strip(" ") + (" " if before.endswith(" ") else "")
    )
    return bool(GROUP_SPEAKS.search(after)) and bool(begins)


REGIONAL: Final = {
    "AFRICAN_GROUP": "African",
    "GRULAC": "GRULAC",
    "ASIAN_GROUP": "Asian",
    "EASTERN_EUROPEAN_GROUP": "EEG",
    "WEOG": "WEOG",
}


def _may_speak_for(code: str | None, group: Group) -> bool:
    """A State speaks for a group only as a member, where the members are known."""
    state = load_states().by_code(code) if code else None
    if state is None:
        return True
    if group.code in REGIONAL:
        return state.group == REGIONAL[group.code]
    return not group.members or state.code in group.members
