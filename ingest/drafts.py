"""Putting drafts in a mailbox's Drafts folder (IMAP APPEND, RFC 9051, section 6.3.12). Nothing is sent."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from core.errors import MailboxError
from ingest.account import Account
from ingest.signin import connect, mended, sign_in

DRAFT: Final = b"\\Draft"
DRAFTS: Final = b"\\Drafts"
"""Special use of a folder (RFC 6154)."""


def append_drafts(account: Account, folder: str, mails: Sequence[tuple[str, bytes]]) -> int:
    """Append mails, given as (Message-ID, content), that the folder does not hold yet. Returns how many were new.

    A folder that is not there gives way to the one the server marks as \\Drafts. Raises MailboxError.
    """
    with mended(account):
        client = connect(account)
        try:
            sign_in(client, account)
            chosen = _folder(client, folder, account)
            client.select_folder(chosen, readonly=True)
            return sum(_append(client, chosen, message_id, content) for message_id, content in mails)
        finally:
            with contextlib.suppress(IMAPClientError, OSError, ValueError):
                client.logout()


def _folder(client: IMAPClient, wanted: str, account: Account) -> str:
    if client.folder_exists(wanted):
        return wanted
    marked = client.find_special_folder(DRAFTS)
    if marked:
        return str(marked)
    raise MailboxError(f"{account.where} has no folder {wanted}", "Make it, or set drafts.folder to one that is there")


def _append(client: IMAPClient, folder: str, message_id: str, content: bytes) -> bool:
    if client.search(["HEADER", "Message-ID", message_id]):
        return False
    client.append(folder, content, flags=[DRAFT])
    return True
