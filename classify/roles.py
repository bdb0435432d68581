"""What a State's name says where it stands: an opening formula, a letterhead, the seat of a mission, a mere mention.

Words are folded (classify.normal.fold, composed): small letters, no accents, Arabic letter variants as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from unicodedata import normalize

from classify import diplomacy as words
from classify.names import Name
from classify.normal import fold

Region = Literal["letter", "mail", "signature", "sender", "subject"]
Role = Literal[
    "opening formula", "behalf", "transmitted", "office", "letterhead", "signature", "speaker", "sender", "subject",
    "place", "named office", "mentioned", "seat", "addressee", "elsewhere",
]  # fmt: skip

WEIGHTS: Final[dict[str, float]] = {
    "opening formula": 8.0,
    "behalf": 9.0,
    "transmitted": 7.0,
    "office": 5.0,
    "letterhead": 4.5,
    "speaker": 4.0,
    "signature": 3.0,
    "sender": 3.0,
    "subject": 2.0,
    "named office": 1.2,
    "place": 0.5,
    "mentioned": 0.3,
    "seat": 0.0,
    "addressee": 0.0,
    "elsewhere": 0.0,
}
STRONG: Final = 2.5
"""From this weight on a name is a claim to be the sender."""
LONGEST_LETTERHEAD: Final = 700
"""How far into a letter its letterhead may reach, in characters."""
OWN_WORDS: Final = ("letter", "mail")


@dataclass(frozen=True, slots=True)
class Around:
    """A name with what stands before and after it, folded."""

    text: str
    name: Name
    region: Region
    before: str
    line: str
    """`before` with line ends as spaces: letters break their lines anywhere."""
    after: str
    at: int
    """How far into its letter or mail the name stands."""

    @property
    def following(self) -> str:
        return self.after.replace("\n", " ")


def plain(text: str) -> str:
    """Folded and composed, runs of spaces as one, line ends kept."""
    return re.sub(r"[ \t\u00a0]+", " ", normalize("NFC", fold(text)))


def role_of(text: str, name: Name, region: Region, offset: int = 0) -> Role:
    """What the name says of who sends this, by the words around it: the first rule that fits."""
    before = plain(text[max(0, name.start - 170) : name.start])
    after = plain(text[name.end : name.end + 230])
    own = region in OWN_WORDS
    place = Around(text, name, region, before, before.replace("\n", " ") if own else before, after, offset + name.start)
    return next((role for role, holds in (*NO_CLAIMS, *CLAIMS) if holds(place)), "mentioned")


# --- names that claim nothing --------------------------------------------------------------------


def _a_person(place: Around) -> bool:
    """Whether the word is a person's name: "Jordan Smith", "Maurice"."""
    if fold(place.name.surface) not in words.PERSONS:
        return False
    after = place.text[place.name.end : place.name.end + 20]
    before = place.text[max(0, place.name.start - 16) : place.name.start]
    named = words.PERSON_AFTER.search(after) and not words.OFFICE_AFTER.search(plain(after))
    return bool(named or words.PERSON_BEFORE.search(before)) and not re.search(words.OFFICE, plain(before + after))


def _in_a_street(place: Around) -> bool:
    return bool(words.STREET_BEFORE.search(place.line) or words.STREET_AFTER.search(place.after))


def _is_seat(place: Around) -> bool:
    """Whether the name is of the country where the office has its seat: "Embassy of Peru in Austria"."""
    if place.region == "subject":
        return False
    if words.SEAT_BEFORE.search(place.before):
        return True
    if place.name.code in words.OWN_CITY and words.TOWN_BEFORE.search(place.before):
        return True
    if not words.HOST_BEFORE.search(place.line):
        surface = fold(place.name.surface)
        return surface.startswith("بال") and bool(words.BEFORE.search(place.line))
    return bool(re.search(words.OFFICE, place.line[-120:])) or place.line.endswith("驻")


def _addressed(place: Around) -> bool:
    return bool(words.ADDRESSEE_BEFORE.search(place.before))


def _named_by_the_way(place: Around) -> bool:
    national = place.name.what == "name" and words.NATIONAL_AFTER.search(place.after)
    return bool(words.ELSEWHERE_BEFORE.search(place.line) or national)


def _own_city(place: Around) -> bool:
    """ "Austria, Vienna" is an address, "Permanent Mission of Austria, Vienna" is none."""
    city = words.OWN_CITY.get(place.name.code)
    adjoins = city is not None and re.match(rf"[\s,،、\-–—/(（]{{0,4}}(?:{city})", place.after)
    return bool(adjoins) and not _office_before(place)


# --- names that claim to be the sender -----------------------------------------------------------


def _for_another(place: Around) -> bool:
    """Whether it is written for the Government that is named: "on behalf of the Government of Luxembourg"."""
    return bool(words.BEHALF_BEFORE.search(place.line))


def _passed_on(place: Around) -> bool:
    """Whether that Government's reply is passed on: "transmits the reply of Liechtenstein"."""
    passed_on = words.TRANSMITTED_BEFORE.search(place.line) and not words.NATIONAL_AFTER.search(place.after)
    return bool(passed_on) and place.region != "subject"


def _office(place: Around) -> bool:
    return _office_before(place) or _office_after(place)


def _opening(place: Around) -> bool:
    if place.region not in OWN_WORDS or not _office(place):
        return False
    return bool(words.FORMULA.search(place.following[:200]) or words.GREETED.search(place.line))


def _office_of_sender(place: Around) -> bool:
    """Whether an office of that State stands where the sender names itself."""
    if place.region == "subject" or not _office(place):
        return False
    if place.region in ("sender", "signature") or words.SPEAKS.search(place.following):
        return True
    return place.at < LONGEST_LETTERHEAD and not _within_a_sentence(place)


def _within_a_sentence(place: Around) -> bool:
    """Whether words of a sentence lead up to the office: "cooperation with the Government of Norway"."""
    offices = list(re.finditer(words.OFFICE, place.before))
    if not offices:
        return False
    lead = re.split(r"[.:;!?\n]", place.before[: offices[-1].start()])[-1]
    named = re.search(r"\b(?:from|at|by|for|i am|we are|de|du|del|par|por|от|из)\s(?:the |la |le |el |l')?$", lead)
    return len(re.findall(r"\w{2,}", lead)) > 2 and named is None


def _place_and_date(place: Around) -> bool:
    return place.name.what == "name" and place.region != "subject" and bool(words.DATE_AFTER.search(place.after))


def _speaks(place: Around) -> bool:
    """Whether the State is the subject of a sentence that proposes, thanks, wishes."""
    if words.ARABIC_SPEAKS.search(place.before):
        return True
    after = re.sub(r"^,[^,.;]{3,90},", "", place.following)  # "Sweden, as Presidency of the European Union, proposes"
    return bool(words.SENTENCE_START.search(place.before)) and bool(words.SPEAKS.search(after))


def _in_letterhead(place: Around) -> bool:
    """Whether the name has a short line to itself near the top, with no sentence in it."""
    if place.at > LONGEST_LETTERHEAD:
        return False
    start = place.text.rfind("\n", 0, place.name.start) + 1
    end = place.text.find("\n", place.name.end)
    line = place.text[start : end if end >= 0 else len(place.text)].strip()
    rest = len(line) - len(place.name.surface)
    return rest <= max(25, len(place.name.surface)) and not re.search(r"[.;!?؟。]$|[a-zа-я]\. ", line)


def _in(*regions: Region) -> Callable[[Around], bool]:
    return lambda place: place.region in regions and place.name.what == "name"


def _own(holds: Callable[[Around], bool]) -> Callable[[Around], bool]:
    return lambda place: place.region in OWN_WORDS and place.name.what == "name" and holds(place)


def _office_before(place: Around) -> bool:
    """Whether an office stands before the name and only what belongs to its title between: "Ministry of Justice of"."""
    offices = list(re.finditer(words.OFFICE, place.line))
    if not offices:
        return False
    middle = place.line[offices[-1].end() :]
    if len(middle) > 110 or re.search(r"[;!?؟。；]|\.\s", middle) or words.STOP.search(middle):
        return False
    if not words.LATIN.search(middle):
        return True
    return bool(words.LINKED.search(middle)) or place.text[: place.name.start].rstrip(" \t").endswith("\n")


def _office_after(place: Around) -> bool:
    if re.search(r"[\u3400-\u9fff]", place.name.surface):
        return bool(words.ZH_AFTER.search(place.after) or words.ZH_SIDE.search(place.after))
    return bool(words.OFFICE_AFTER.search(place.after.replace("\n", " ", 1)))


Rule = tuple[Role, Callable[[Around], bool]]
NO_CLAIMS: Final[tuple[Rule, ...]] = (
    ("mentioned", _a_person),
    ("elsewhere", _in_a_street),
    ("seat", _is_seat),
    ("addressee", _addressed),
)
CLAIMS: Final[tuple[Rule, ...]] = (
    ("behalf", _for_another),
    ("transmitted", _passed_on),
    ("elsewhere", _named_by_the_way),
    ("opening formula", _opening),
    ("office", _office_of_sender),
    ("subject", _in("subject")),
    ("place", _own_city),
    ("named office", _office),
    ("sender", _in("sender")),
    ("place", _place_and_date),
    ("signature", _in("signature")),
    ("letterhead", _own(_in_letterhead)),
    ("speaker", _own(_speaks)),
)
"""In their order: what a name is taken for, and when."""
