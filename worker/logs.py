"""Logs: text on a terminal, one JSON object a line elsewhere. No body text and no secret goes into one."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.logging import RichHandler

from core.config import LogConfig

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """`{"at": …, "level": …, "name": …, "event": …}` and the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "name": record.name,
            "event": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
        return json.dumps(fields, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """The event, then `key=value` for each field of its own."""

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={value}" for key, value in _extras(record).items() if value not in (None, "", []))
        return f"{record.getMessage()}  {fields}".rstrip()


def set_up_logging(config: LogConfig) -> None:
    """Send our logs to standard error. Libraries' logs below a warning are left out: IMAP's show whole mails."""
    terminal = config.format == "text" or (config.format == "auto" and sys.stderr.isatty())
    handler: logging.Handler
    if terminal:
        handler = RichHandler(console=Console(stderr=True), show_path=False, markup=False, highlighter=None)
        handler.setFormatter(TextFormatter())
    else:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("intake").setLevel(config.level.upper())
    for noisy in ("imapclient", "mailparser", "jieba", "apscheduler.executors"):
        logging.getLogger(noisy).setLevel(logging.ERROR)


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _STANDARD}
