"""A database of 300 generated replies: all kinds, languages, regions, channels; corrections, late ones, ranks, groups, new topics."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.consultation import Consultation
from core.model import Assignment, Channel, Evidence, Message, Outcome, RawMessage, Reading, ReviewReason, Text, Topic
from store.write import Writer
from worker.office import set_up

KINDS = ("proposal",) * 10 + (
    "correction",
    "no_proposal",
    "no_proposal",
    "enquiry",
    "auto_reply",
    "bounce",
    "spam",
    "unrelated",
)
STATES = ("KEN", "PHL", "SEN", "NOR", "PER", "JPN", "LVA", "EGY", "CHN", "RUS", "FRA", "MEX", "GHA", "THA", "JAM", None)
NEW = ("Corruption that helps traffickers", "Organ removal", "نزع الأعضاء", "招募被害人的网络", "Вербовка в Интернете")
CHANNELS: tuple[Channel, ...] = ("mail", "mail", "mail", "post", "fax")
METHODS = ("letter", "title", "model", "human")
START = datetime(2009, 7, 9, 8, tzinfo=UTC)


def generated(folder: Path, consultation: Consultation, replies: int = 300) -> Path:
    """Makes the database; the same one each time."""
    dice = random.Random(1999)
    writer = Writer(folder / "intake.db")
    set_up(writer, consultation)
    writer.save([_reading(number, dice, consultation) for number in range(replies)])
    writer.note_event("poll", "3 seen, 1 new")
    writer.close()
    return folder / "intake.db"


def _reading(number: int, dice: random.Random, consultation: Consultation) -> Reading:
    received = START + timedelta(minutes=dice.randrange(30 * 24 * 60))
    kind, state, language = dice.choice(KINDS), dice.choice(STATES), dice.choice(("ar", "zh", "en", "fr", "ru", "es"))
    raw = RawMessage(f"reply {number}".encode(), received, channel=dice.choice(CHANNELS))
    topics = tuple(_topics(dice, language)) if kind in ("proposal", "correction") else ()
    reasons = tuple(ReviewReason(code, "why") for code in ("area-uncertain", "state-unknown") if dice.random() < 0.1)
    subject = f"=Reply {number} <b>to</b> the note"
    return Reading(
        raw=raw,
        message=Message(f"<{number}@generated.example>", subject, f"mission{number}@state.example", body="text"),
        texts=(Text("body", "text"),),
        outcome=Outcome(
            kind=kind,
            state=state,
            language=language,
            topics=topics,
            review=reasons,
            on_behalf_of="EU" if dice.random() < 0.05 else None,
            model="test",
        ),
        late=consultation.is_late(received),
    )


def _topics(dice: random.Random, language: str) -> list[Topic]:
    areas = dice.sample([*"abcdefgh", None], dice.randrange(1, 4))
    ranked = dice.random() < 0.4
    made = []
    for place, area in enumerate(areas, 1):
        quote = dice.choice(NEW) if area is None else f"Topic {area} & its <wording> {dice.randrange(9)}"
        evidence = (Evidence("body", 0, 4, "text"),)
        assignment = Assignment(area, round(dice.uniform(0.2, 1), 2), dice.choice(METHODS), evidence)  # type: ignore[arg-type]
        made.append(Topic(quote, "body", 0, 4, (assignment,), language, place if ranked else None))
    return made
