"""Where a mailbox is and how to sign in to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Protocol

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class TokenSource(Protocol):
    """Gives bearer tokens for XOAUTH2 (RFC 6749)."""

    def token(self) -> str:
        """A token that is good now, from memory where possible."""
        ...

    def renew(self) -> str:
        """A fresh token, whatever is in memory."""
        ...


@dataclass(frozen=True, slots=True)
class AfterCommit:
    """What is done on the server with a message once it is stored; by default nothing, and the folder stays read-only."""

    action: Literal["nothing", "seen", "flagged", "keyword", "move"] = "nothing"
    keyword: str = "$Intake"
    folder: str = "Processed"

    @property
    def changes_the_server(self) -> bool:
        return self.action != "nothing"


@dataclass(frozen=True, slots=True)
class Account:
    """One folder of one mailbox."""

    host: str
    port: int
    username: str
    password: str = field(default="", repr=False)
    tokens: TokenSource | None = field(default=None, repr=False)
    """Set: sign in by XOAUTH2 and not by password."""
    folder: str = "INBOX"
    tls: Literal["tls", "starttls", "none"] = "tls"
    min_tls: Literal["1.2", "1.3"] = "1.2"
    ca_file: Path | None = None
    timeout_seconds: float = 60
    batch: int = 50
    batch_mib: float = 32
    """Messages fetched at a time: no more of them together than this, unless one alone is larger."""
    poll_seconds: float = 300
    after: AfterCommit = AfterCommit()

    @property
    def name(self) -> str:
        """How cursors and sightings name the mailbox (the form of RFC 5092, without secrets)."""
        return f"imap://{self.username}@{self.host}/{self.folder}"

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Account({self.name})"
