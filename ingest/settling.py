"""What may be done with a message on the server, once it is stored: a flag, a keyword, or a move. Off by default."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from imapclient import IMAPClient

from core.errors import NotSettled
from ingest.account import Account

UNSETTLED: Final = {"seen": ["UNSEEN"], "flagged": ["UNFLAGGED"], "move": []}
"""How SEARCH finds those on which it was not done (RFC 9051, section 6.4.4)."""


def unsettled(client: IMAPClient, account: Account, last_uid: int) -> list[int]:
    """UIDs up to `last_uid` on which it is still to be done: after a crash between the commit and it."""
    action = account.after.action
    if action == "nothing" or last_uid < 1:
        return []
    state = ["UNKEYWORD", account.after.keyword] if action == "keyword" else UNSETTLED[action]
    return sorted(int(uid) for uid in client.search(["UID", f"1:{last_uid}", *state]) if uid <= last_uid)


def settle(client: IMAPClient, account: Account, uids: Sequence[int], permanent: Sequence[bytes]) -> None:
    """Do it; safe to repeat. `permanent`: the flags that the server keeps (PERMANENTFLAGS).

    Raises NotSettled where the server cannot.
    """
    if not uids:
        return
    match account.after.action:
        case "seen":
            client.add_flags(uids, [b"\\Seen"], silent=True)
        case "flagged":
            client.add_flags(uids, [b"\\Flagged"], silent=True)
        case "keyword":
            _add_keyword(client, account, uids, permanent)
        case "move":
            _move(client, account, uids)
        case "nothing":
            pass


def _add_keyword(client: IMAPClient, account: Account, uids: Sequence[int], permanent: Sequence[bytes]) -> None:
    keyword = account.after.keyword.encode("ascii")
    if keyword not in permanent and b"\\*" not in permanent:  # RFC 9051, section 7.1: new keywords are not kept
        raise NotSettled(
            f"{account.where} keeps no keywords of its clients in {account.folder}",
            'Set mailbox.after = "seen", "flagged" or "move"',
        )
    client.add_flags(uids, [keyword], silent=True)


def _move(client: IMAPClient, account: Account, uids: Sequence[int]) -> None:
    """MOVE (RFC 6851), or else COPY and UID EXPUNGE (RFC 4315): never EXPUNGE, which takes others' messages along."""
    target = account.after.folder
    if not client.folder_exists(target):
        client.create_folder(target)
    if client.has_capability("MOVE"):
        client.move(uids, target)
    elif client.has_capability("UIDPLUS"):
        client.copy(uids, target)
        client.delete_messages(uids, silent=True)
        client.uid_expunge(uids)
    else:
        raise NotSettled(
            f"{account.where} has neither MOVE nor UIDPLUS, so nothing was moved",
            'Set mailbox.after = "keyword" or "seen"',
        )
