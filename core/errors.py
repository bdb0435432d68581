"""Errors that a person reads: what is wrong, and the mend.

Each class has the exit code of the command line (DESIGN: 1 failed, 2 wrong usage or configuration).
"""

from __future__ import annotations


class IntakeError(Exception):
    """A fault with a cause that a person can mend; shown as two lines, never as a traceback."""

    exit_code = 1
    passes = False
    """Whether the same may work later with nothing changed here: the daemon waits and tries again."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend

    def __reduce__(self) -> tuple[type[IntakeError], tuple[str, str]]:
        return type(self), (self.what, self.mend)

    def __str__(self) -> str:
        return f"{self.what}. {self.mend}"


class ConfigError(IntakeError):
    """A key or a value of the configuration, or of a command, is wrong."""

    exit_code = 2


class ConsultationError(ConfigError):
    """The consultation's folder is missing or does not say what it must."""


class MailboxError(IntakeError):
    """The mail server cannot be reached or does not answer as it should; worth another try later."""

    passes = True


class NotGiven(MailboxError):
    """The server lists messages and does not give them: it leaves them out of its answer, or ends the connection over it.

    `uids` are those that were asked for.
    """

    def __init__(self, what: str, mend: str, uids: tuple[int, ...] = ()) -> None:
        super().__init__(what, mend)
        self.uids = uids

    def __reduce__(self) -> tuple[type[IntakeError], tuple[str, str, tuple[int, ...]]]:  # type: ignore[override]
        return type(self), (self.what, self.mend, self.uids)


class LoginRefused(MailboxError):
    """The server refuses the name or password; trying again at once would only lock the account."""


class NotSettled(MailboxError):
    """What is to be done with stored mail on the server cannot be done there; reading goes on."""


class SourceError(IntakeError):
    """A file given for import is no mail, or cannot be read."""


class ArchiveError(IntakeError):
    """The raw message cannot be kept: nothing further may be done with it."""


class StoreError(IntakeError):
    """The database cannot be opened or written; the run stops with the cursor unmoved."""


class StoreBusy(StoreError):
    """Another program holds the database; it is tried again."""

    passes = True


class DiskFull(IntakeError):
    """There is too little space left on the data folder's disk to go on safely."""

    passes = True


class ArchiveFull(DiskFull, ArchiveError):
    """No space for the raw message."""


class StoreFull(DiskFull, StoreError):
    """No space for the database."""


class ModelError(IntakeError):
    """The classifier's model is missing or does not fit this program."""


class AlreadyRunning(IntakeError):
    """Another process of this program holds the data folder."""


class DecisionError(IntakeError):
    """What a person wants to decide makes no sense, or cannot be undone."""


class ChangedMeanwhile(DecisionError):
    """The reply is no longer as the person saw it: another decided, or it was read anew."""
