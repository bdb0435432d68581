"""`intake export`: the views as files for other programs, CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from core.errors import ConfigError, IntakeError
from worker.office import Office
from worker.reporting import write_whole

Row = dict[str, Any]

VIEWS: Final = (
    "replies",
    "proposals",
    "current_proposals",
    "area_tally",
    "review_queue",
    "replies_by_week",
    "state_status",
    "held_back",
)
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula (CSV injection): a sender could write one into a subject."""


def export(office: Office, form: str, folder: Path, views: Sequence[str] = VIEWS) -> list[Path]:
    """Write each view to a file. Raises ConfigError for a form or a view that there is not."""
    if form not in WRITERS:
        raise ConfigError(f"--format {form}: not known", f"Give one of {', '.join(WRITERS)}")
    for view in views:
        if view not in VIEWS:
            raise ConfigError(f"--view {view}: not known", f"Give one of {', '.join(VIEWS)}")
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with office.reader() as reader:
            for view in views:
                columns = [row["name"] for row in reader.rows(f"SELECT name FROM pragma_table_info('{view}')")]  # noqa: S608 - one of VIEWS
                paths.append(folder / f"{view}.{form}")
                WRITERS[form](paths[-1], columns, reader.rows(f'SELECT * FROM "{view}"'))  # noqa: S608 - one of VIEWS
    except OSError as error:
        raise IntakeError(f"{folder} cannot be written ({error.strerror})", "Give --output a folder") from None
    return paths


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """RFC 4180, with a byte order mark: Excel reads UTF-8 only so."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_harmless(row[column]) for column in columns] for row in rows)
    write_whole(path, ("\ufeff" + out.getvalue()).encode())


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _write_json(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    write_whole(path, f"{as_json(list(rows))}\n".encode())


def _write_parquet(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    try:
        import pyarrow as arrow  # noqa: PLC0415 - an extra, and large
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        raise IntakeError("Parquet needs pyarrow", "pip install 'untoc-intake[parquet]'") from None
    table = arrow.table({column: [row[column] for row in rows] for column in columns})
    temporary = path.with_suffix(".writing")
    parquet.write_table(table, temporary)
    temporary.replace(path)


WRITERS: Final[dict[str, Callable[[Path, Sequence[str], Sequence[Row]], None]]] = {
    "csv": _write_csv,
    "json": _write_json,
    "parquet": _write_parquet,
}
