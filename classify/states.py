"""Whose reply it is: States and groups named in a text, weighed by where and how they are named.

The names are data (classify/data/states.toml) with Babel's CLDR names beside them. A name in a letterhead or behind
"The Permanent Mission of" says much, one in "nationals of" nothing, and the seat of the mission is never the State.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from babel import Locale
from spacy.language import Language
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from classify.forms import name_form
from classify.normal import fold
from core.model import LANGUAGES, Evidence

DATA: Final = Path(__file__).with_name("data") / "states.toml"
GROUP_PREFIX: Final = "group:"


@dataclass(frozen=True, slots=True)
class State:
    """A Member or observer State, as of the consultation's date."""

    code: str
    alpha2: str
    group: str
    short: dict[str, str]
    names: dict[str, tuple[str, ...]]
    """Every name in each language: short, formal, former, inflected."""
    adjectives: dict[str, tuple[str, ...]]
    domains: tuple[str, ...]
    capitals: dict[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """States that speak with one voice: a regional group, the European Union."""

    code: str
    name: dict[str, str]
    names: dict[str, tuple[str, ...]]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class States:
    states: tuple[State, ...]
    groups: tuple[Group, ...]

    def by_code(self, code: str) -> State | None:
        return next((state for state in self.states if state.code == code), None)


@lru_cache(maxsize=1)
def load_states() -> States:
    """The list of States with all their names."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return States(
        states=tuple(_state(fields) for fields in data["state"]),
        groups=tuple(_group(fields) for fields in data.get("group", [])),
    )


def _state(fields: dict[str, Any]) -> State:
    names: dict[str, tuple[str, ...]] = {}
    for language in LANGUAGES:
        found = [fields["short"].get(language), fields.get("formal", {}).get(language)]
        found.extend(fields.get("aliases", {}).get(language, []))
        found.append(_cldr(language).territories.get(fields["alpha2"]))
        if language == "ru":
            found.extend(name for case in fields.get("cases", {}).values() for name in case)
        names[language] = tuple(dict.fromkeys(name for name in found if name))
    return State(
        code=fields["code"],
        alpha2=fields["alpha2"],
        group=fields["group"],
        short=fields["short"],
        names=names,
        adjectives={language: tuple(words) for language, words in fields.get("adjectives", {}).items()},
        domains=tuple(fields.get("tld", [fields["alpha2"].lower()])),
        capitals=fields.get("capital", {}),
    )


def _group(fields: dict[str, Any]) -> Group:
    names = {
        language: tuple(dict.fromkeys([fields["name"][language], *fields.get("aliases", {}).get(language, [])]))
        for language in LANGUAGES
        if language in fields["name"]
    }
    return Group(fields["code"], fields["name"], names, tuple(fields.get("members", ())))


@lru_cache(maxsize=8)
def _cldr(language: str) -> Locale:
    return Locale.parse({"zh": "zh_Hans"}.get(language, language))


# --- finding names in a text ---------------------------------------------------------------------

MATCHED_WITH: Final = {"fr": ("fr", "en", "es"), "es": ("es", "en", "fr"), "en": ("en", "fr", "es")}
"""Languages whose names are looked for in a text: letterheads and signatures mix those in Latin letters."""


@Language.factory("intake_states", requires=["token.norm"], assigns=["doc.spans"])
class StateFinder:
    """Sets doc.spans["states"]; a span's label is the State's code, a trailing "~" marks an adjective, or "group:CODE"."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.matcher = PhraseMatcher(nlp.vocab, attr="NORM")
        known = load_states()
        languages = MATCHED_WITH.get(nlp.lang, (nlp.lang, "en"))
        for state in known.states:
            self._add(nlp, state.code, [name for language in languages for name in state.names[language]])
            self._add(nlp, f"{state.code}~", state.adjectives.get(nlp.lang, ()))
        for group in known.groups:
            self._add(
                nlp,
                GROUP_PREFIX + group.code,
                [name for language in languages for name in group.names.get(language, ())],
            )

    def _add(self, nlp: Language, label: str, names: Iterable[str]) -> None:
        docs = []
        for name in dict.fromkeys(names):
            doc = nlp.make_doc(name)
            for token in doc:
                token.norm_ = name_form(token.text, nlp.lang)
            if len(doc):
                docs.append(doc)
        if docs:
            self.matcher.add(label, docs)

    def __call__(self, doc: Doc) -> Doc:
        spans = [Span(doc, start, end, label=label) for label, start, end in self.matcher(doc)]
        # "chile" and "Turkey" as common words: a Latin name is written with a capital.
        spans = [span for span in spans if not span.text[:1].islower() or span.label_.endswith("~")]
        doc.spans["states"] = filter_spans(spans)
        return doc


# --- weighing them -------------------------------------------------------------------------------

REPRESENTS: Final = re.compile(
    r"""(?:permanent\ (?:mission|representation|delegation|representative)|embassy|ministry|minister|department|(?<!non-)(?<!inter)\bgovernment\b|republic|kingdom
      |mission\ permanente|representation\ permanente|ambassade|ministere|gouvernement
      |mision\ permanente|representacion\ permanente|embajada|ministerio|gobierno|secretaria\ de
      |постоянн\w+\ (?:представительств|мисси)\w*|посольств\w*|министерств\w*|правительств\w*|миссия
      |(?:ال)?بعثه\ (?:ال)?دائمه|الوفد\ الدائم|(?:ال)?سفاره|(?:ال)?وزاره|(?:ال)?حكومه|(?:ال)?ممثليه
      |常驻|代表团|大使馆|外交部|政府|司法部|公安部|内政部)[^.;\n]{0,60}$""",
    re.VERBOSE,
)
COMPLIMENTS: Final = re.compile(
    r"presents? its compliments|presente ses compliments|saluda atentamente|presenta sus (?:atentos )?saludos|свидетельствует свое уважение|выражает свое уважение"
    r"|تهدي .{0,20}تحياتها|يهدي .{0,20}تحياته|致意|has the honou?r|a l'honneur|tiene el honor|имеет честь|تتشرف|يتشرف|谨"
)
ELSEWHERE: Final = re.compile(
    r"""(?:nationals?\ of|citizens?\ of|cooperation\ with|between|border\ with|together\ with|visit\ to|held\ in|meeting\ in|victims\ from|law\ of|case\ of
      |ressortissants\ d\w*|cooperation\ avec|entre|frontiere\ avec|citoyens\ d\w*
      |nacionales\ de|ciudadanos\ de|cooperacion\ con|entre|frontera\ con
      |граждан\w*|сотрудничеств\w*\ с|между|границ\w*\ с
      |مواطني|رعايا|التعاون\ مع|بين|الحدود\ مع
      |与|同)\ (?:the\ |la\ |le\ |el\ |les\ |los\ )?$""",
    re.VERBOSE,
)
SEAT: Final = re.compile(
    r"(?:vienna|vienne|viena|wien|вен[аеуы]|فيينا|维也纳|geneva|geneve|ginebra|женев\w*|جنيف|日内瓦|brussels|bruxelles|bruselas|брюссел\w*|new york|nueva york|нью-йорк\w*|纽约|\d{4})[ \t,،\uff0c()\uff08\uff09-]{0,5}$"
)
BEHALF: Final = re.compile(
    r"(?:on behalf of|in its capacity as|presidency of|holding the presidency|chair(?:manship)? of|for and on behalf|speaking for|au nom d\w*|presidence d\w*|en qualite de|president d\w*|en nombre d\w*|presidencia d\w*|en representacion d\w*|en su calidad|от имени|председател\w*|باسم|نيابه عن|بالنيابه عن|رئاسه|بصفتها|代表|主席国|轮值主席)[^.\n]{0,80}$"
)
ADDRESSEE: Final = re.compile(
    r"(?:secretariat|united nations office|conference of the parties|secretaria|secretariat de|nations unies|naciones unidas|секретариат\w*|объединенных наций|امانه|الامم المتحده|秘书处|联合国)[^.\n]{0,100}$"
)
ORGANISATION: Final = re.compile(
    r"\b(?:ngo|non-governmental|association|foundation|network|federation of|coalition|charity|institute|university|ong|fondation|reseau|universite|asociacion|fundacion|red de|universidad|instituto|нко|неправительственн\w*|ассоциаци\w*|фонд|сеть|университет\w*|منظمه غير حكوميه|جمعيه|مؤسسه|شبكه|جامعه|非政府组织|协会|基金会|大学)\b"
    r"|international organi[sz]ation for|organisation internationale pour|organizacion internacional para"
)
GOVERNMENTAL: Final = re.compile(
    r"permanent mission|embassy|ministry|(?<!non-)(?<!inter)\bgovernment\b|mission permanente|ambassade|ministere|gouvernement|mision permanente|embajada|ministerio|gobierno|постоянн\w+ представительств|посольств|министерств|правительств|بعثه|سفاره|وزاره|حكومه|常驻|大使馆|代表团|外交部|政府"
)
WEBMAIL_OR_INTERNATIONAL: Final = frozenset({"int", "org", "com", "net", "example", "invalid", "test", "info", "edu"})


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


def clues_in(doc: Doc, source: str, region: str) -> list[Clue]:
    """Clues from a text. `region`: letter (a letter's or mail's own words), signature, head (From name, a forwarded
    mail's head), subject."""
    clues = []
    folded = _FoldedText(doc.text)
    for span in doc.spans["states"]:
        label = span.label_
        if label.startswith(GROUP_PREFIX):
            continue
        weight, what = _weight(doc.text, folded, span, region)
        if label.endswith("~"):
            weight *= 0.8
        if weight > 0:
            clues.append(
                Clue(label.rstrip("~"), weight, Evidence(source, span.start_char, span.end_char, span.text), what)
            )
    return clues


def group_in(doc: Doc) -> str | None:
    """The group that the text speaks for, when it says so."""
    folded = _FoldedText(doc.text)
    for span in doc.spans["states"]:
        if span.label_.startswith(GROUP_PREFIX) and BEHALF.search(folded.before(span.start_char, 140)):
            return str(span.label_).removeprefix(GROUP_PREFIX)
    return None


class _FoldedText:
    """Stretches of a text, folded, on one line."""

    def __init__(self, text: str) -> None:
        self.text = text

    def before(self, at: int, width: int) -> str:
        return fold(self.text[max(0, at - width) : at])

    def after(self, at: int, width: int) -> str:
        return fold(self.text[at : at + width])


def _weight(text: str, folded: _FoldedText, span: Span, region: str) -> tuple[float, str]:
    before = folded.before(span.start_char, 90)
    after = folded.after(span.end_char, 160)
    if SEAT.search(before):
        return 0.0, "seat"
    if ELSEWHERE.search(before):
        return 0.1, "mentioned"
    represents = bool(REPRESENTS.search(before)) or _chinese_office(after, span)
    if represents and COMPLIMENTS.search(after):
        return 8.0, "opening formula"
    if represents and not ADDRESSEE.search(before):
        return (5.0 if span.start_char < 600 or region != "letter" else 3.0), "office"
    if region in ("signature", "head"):
        return 3.0, region
    if region == "subject":
        return 2.5, "subject"
    if span.start_char < 250 and _alone(text, span):
        return 4.0, "letterhead"
    return (0.8 if span.start_char < 400 else 0.4), "mentioned"


def _chinese_office(after: str, span: Span) -> bool:
    return bool(
        re.search(r"[\u4e00-\u9fff]", span.text)
        and re.match(r".{0,3}(?:常驻|政府|代表团|大使馆|外交部|司法部|公安部|内政部|共和国)", after)
    )


def _alone(text: str, span: Span) -> bool:
    """Whether the name has a short line to itself, as in a letterhead."""
    start = text.rfind("\n", 0, span.start_char) + 1
    end = text.find("\n", span.end_char)
    line = text[start : end if end >= 0 else len(text)]
    return len(line.strip()) <= max(60, len(span.text) + 25)


def domain_clues(address: str) -> list[Clue]:
    """What the sender's host says: its country-code domain, or a State's name among its labels."""
    host = address.rpartition("@")[2].lower()
    labels = host.split(".")
    if len(labels) < 2:
        return []
    at = len(address) - len(host)
    evidence = Evidence("from", at, len(address), host)
    for state in load_states().states:
        if labels[-1] in state.domains and labels[-1] not in WEBMAIL_OR_INTERNATIONAL:
            return [Clue(state.code, 2.5, evidence, "domain")]
    words = [word for label in labels[:-1] for word in (*re.split(r"[-_]", label), label.replace("-", ""))]
    code = next((_host_names()[word] for word in words if word in _host_names()), None)
    return [Clue(code, 2.5, evidence, "host name")] if code else []


@lru_cache(maxsize=1)
def _host_names() -> dict[str, str]:
    """A State's name as it stands in a host name ("newzealand") -> its code."""
    return {
        folded: state.code
        for state in load_states().states
        for language in ("en", "fr", "es")
        for name in state.names[language]
        if len(folded := fold(name).replace(" ", "")) > 3
    }


def weigh(clues: Sequence[Clue], group: str | None, organisation: bool) -> Verdict:
    """Sum the clues a State: a kind of clue counts fully once, its repeats little."""
    if organisation:
        return Verdict(None, 0.9, organisation=True)
    sums: dict[str, float] = defaultdict(float)
    seen: set[tuple[str, str]] = set()
    for clue in sorted(clues, key=lambda clue: -clue.weight):
        again = (clue.state, clue.what) in seen
        seen.add((clue.state, clue.what))
        sums[clue.state] += clue.weight * (0.15 if again else 1.0)
    if not sums:
        return Verdict(None, 0.0, on_behalf_of=group)
    (best, most), *others = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    second = others[0][1] if others else 0.0
    confidence = round(most / (most + second + 1.0), 3)
    evidence = tuple(clue.evidence for clue in sorted(clues, key=lambda clue: -clue.weight) if clue.state == best)[:5]
    rival = others[0][0] if others and second > 0.6 * most else None
    return Verdict(best, confidence, evidence, rival, group)


def is_organisation(name: str, signature: str) -> bool:
    """Whether the sender is an organization and not a Government, by its display name and signature."""
    words = fold(f"{name}\n{signature}")
    return bool(ORGANISATION.search(words)) and not GOVERNMENTAL.search(words)
