"""What reading processes of tests run: little to import, so that they start soon."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.model import RawMessage, Reading
from tests.make import make_reading


class Moody:
    """Reads as the message tells it: most in peace."""

    def read(self, raw: RawMessage) -> Reading:
        if b"KILL" in raw.content:
            os.kill(os.getpid(), signal.SIGKILL)
        if b"EXIT" in raw.content:
            os._exit(3)
        if b"HANG" in raw.content:
            time.sleep(60)
        if b"ONCE" in raw.content:
            mark = Path(raw.mailbox)
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGSEGV)
        return make_reading(raw=raw)


def broken_desk() -> Any:
    raise ModelError("no model", "Run `intake train`")
