"""All that passes between rooms: frozen dataclasses, and nothing but data.

Offsets are counted in Unicode code points of the text they belong to; `text[start:end]` gives the words.
Times are aware datetimes in UTC. Languages are ISO 639-1, States ISO 3166-1 alpha-3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

LANGUAGES: Final = ("ar", "zh", "en", "fr", "ru", "es")
"""The six official languages of the United Nations."""

KINDS: Final = ("proposal", "no_proposal", "enquiry", "auto_reply", "bounce", "spam", "correction", "unrelated")
"""What a message can be; `proposal` and `correction` alone carry topics."""

PROPOSING_KINDS: Final = frozenset({"proposal", "correction"})

BODY: Final = "body"
"""The `source` of words that stand in the message's own body."""

Channel = Literal["mail", "post", "fax"]
SpanLabel = Literal["reply", "quoted", "forwarded", "signature", "disclaimer", "note"]
Method = Literal["letter", "title", "model", "human"]
Origin = Literal["plain", "html", "attachment", "ocr"]


def digest_of(content: bytes) -> str:
    """The identity of a message: SHA-256 of its raw bytes, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read as it should be; kept with the message, never only logged."""

    code: str
    where: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a mailbox has been read: every UID up to `last_uid` is stored (RFC 9051, section 2.3.1.1)."""

    mailbox: str
    uidvalidity: int
    last_uid: int


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A message as it came: the bytes, and where and when the secretariat received it."""

    content: bytes = field(repr=False)
    received_at: datetime
    mailbox: str = "import"
    uidvalidity: int | None = None
    uid: int | None = None
    channel: Channel = "mail"
    stated_state: str | None = None
    """Alpha-3 code that a person gave on import; it outweighs all that the program finds."""
    digest: str = ""

    def __post_init__(self) -> None:
        if not self.digest:
            object.__setattr__(self, "digest", digest_of(self.content))

    @property
    def cursor(self) -> Cursor | None:
        """The cursor that stands once this message is stored; None for mail that no server numbered."""
        if self.uid is None or self.uidvalidity is None:
            return None
        return Cursor(self.mailbox, self.uidvalidity, self.uid)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part of the message that is a file of its own, as sent."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    part: str
    """Its place in the MIME tree, as IMAP numbers body sections: "2", "2.1"."""
    inline: bool = False

    @property
    def digest(self) -> str:
        return digest_of(self.content)


@dataclass(frozen=True, slots=True)
class Message:
    """What the bytes say, decoded. A message that cannot be read has empty fields and problems."""

    message_id: str
    subject: str = ""
    from_address: str = ""
    from_name: str = ""
    sent_at: datetime | None = None
    in_reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """Every header in its order, names in lower case, values decoded and unfolded."""
    body: str = ""
    body_origin: Origin = "plain"
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[Problem, ...] = ()

    def header(self, name: str) -> str:
        """The first header of that name, or ""."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key == wanted), "")


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled stretch of a text."""

    start: int
    end: int
    label: SpanLabel


@dataclass(frozen=True, slots=True)
class Text:
    """A text to be read: the body, or what an attachment says, cut into labelled spans that cover it."""

    source: str
    text: str
    origin: Origin = "plain"
    spans: tuple[Span, ...] = ()
    confidence: float | None = None
    """Mean certainty of optical character recognition, 0..1; None where the text was written as text."""
    problems: tuple[Problem, ...] = ()

    def labelled(self, *labels: SpanLabel) -> tuple[Span, ...]:
        return tuple(span for span in self.spans if span.label in labels)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The words a view rests on, and where they stand: `text[start:end] == words` in that source."""

    source: str
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """One area that a topic falls in; `area` None says that the topic is new."""

    area: str | None
    confidence: float
    method: Method
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """One proposed topic in the sender's own words."""

    quote: str
    source: str
    start: int
    end: int
    assignments: tuple[Assignment, ...]
    language: str = ""
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewReason:
    """Why a person should look: a code for programs and a sentence for the person."""

    code: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


@dataclass(frozen=True, slots=True)
class Amendment:
    """What an earlier reply of the same State loses to a correction."""

    scope: Literal["all", "topics", "adds"]
    """all of it; the topics of some areas; nothing, since the correction adds."""
    letters: tuple[str, ...] = ()
    """The areas whose topics are taken back, when only some are."""
    note: str = ""
    """The number of the earlier note, where it names one: letters and digits only."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a message was read: what kind of reply, whose, and what it proposes."""

    kind: str
    kind_confidence: float = 1.0
    state: str | None = None
    state_confidence: float = 0.0
    state_evidence: tuple[Evidence, ...] = ()
    on_behalf_of: str | None = None
    language: str | None = None
    topics: tuple[Topic, ...] = ()
    review: tuple[ReviewReason, ...] = ()
    model: str = ""
    """Version of the model that read it."""
    amends: Amendment | None = None
    """Set for a correction."""
    asks_more_time: bool = False
    """An enquiry about the deadline."""


@dataclass(frozen=True, slots=True)
class Authentication:
    """Whether a mail comes from the domain that it names."""

    result: Literal["pass", "fail", "none"]
    domain: str = ""
    """The domain that vouches, or that does not."""
    method: str = ""
    """dkim, arc: verified here; server: the receiving server says so; headers: they contradict each other."""
    state: str | None = None
    """Whose domain it is (alpha-3), where it is a State's."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One message's way, as far as a worker takes it: ready to be stored in one transaction."""

    raw: RawMessage
    message: Message
    texts: tuple[Text, ...]
    outcome: Outcome
    late: bool = False
    timings: Mapping[str, float] = field(default_factory=dict)
    authentication: Authentication | None = None
    """None for letters on paper."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A message that ended its reader each time it was tried: kept raw, set aside, and the rest goes on."""

    raw: RawMessage
    reason: str
    attempts: int
