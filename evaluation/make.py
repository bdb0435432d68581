"""Make the evaluation set: evaluation/source/<lang>-<n>.toml -> TARGET/{development,reported,traps-development,traps-reported}/.

Each has replies/*.eml and gold.jsonl, as samples/ has. Replies with an odd number may be looked at when rules are
written; those with an even number are only reported. Whoever wrote them had seen neither rules nor training examples.
"""

from __future__ import annotations

import json
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from samples.make import Row, answer, message  # noqa: E402 - found once the repository's folder is on the path

SOURCE = Path(__file__).with_name("source")


def half_of(name: str) -> str:
    """The set a reply belongs to: `ev-fr-07` is development, `trap-fr-08` traps-reported."""
    half = "development" if int(name.rpartition("-")[2]) % 2 else "reported"
    return f"traps-{half}" if name.startswith("trap") else half


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else REPOSITORY / "var" / "evaluation"
    gold: dict[str, list[Row]] = defaultdict(list)
    for path in sorted(SOURCE.glob("*.toml")):
        language = path.stem.partition("-")[0]
        for reply in tomllib.loads(path.read_text(encoding="utf-8"))["reply"]:
            half = half_of(reply["id"])
            replies = target / half / "replies"
            replies.mkdir(parents=True, exist_ok=True)
            (replies / f"{reply['id']}.eml").write_bytes(message(reply, language))
            gold[half].append(answer(reply, language))
    for half, rows in sorted(gold.items()):
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (target / half / "gold.jsonl").write_text("".join(lines), encoding="utf-8")
        print(f"{len(rows)} replies in {target / half}")


if __name__ == "__main__":
    main()
