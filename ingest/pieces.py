"""A large message fetched piece by piece (RFC 9051, section 6.4.5: BODY[]<origin.count>), so that it is in memory once.

In one literal it would be there twice, and a connection would be silent or busy for as long as it takes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, Final

LARGE: Final = 4 * 2**20
"""Octets from which on a message is fetched in pieces."""
PIECE: Final = 2**20

Fields = dict[bytes, Any]
Ask = Callable[..., Fields | None]
"""Asks for items of one message; None: the server gave nothing."""


def in_pieces(ask: Ask, size: int) -> Fields | None:
    """INTERNALDATE and BODY[] of a message whose size the server named; None when it does not give it.

    What comes together must have that size: some servers count lines otherwise in pieces than in whole messages. Such a
    message is fetched whole.
    """
    first = ask("INTERNALDATE")
    if first is None:
        return None
    content = io.BytesIO()
    while content.tell() <= size:  # at the very end once more: there must be nothing left
        origin = content.tell()
        answer = ask(f"BODY.PEEK[]<{origin}.{PIECE}>")
        piece = (answer or {}).get(b"BODY[]<%d>" % origin)
        if not piece:
            break
        content.write(piece)
    if content.tell() != size:
        return ask("INTERNALDATE", "BODY.PEEK[]")
    return {**first, b"BODY[]": content.getvalue()}
