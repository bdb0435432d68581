"""Read messages in a process of its own: `python -m tests.torture.read FILE…` prints seconds and problem codes of each."""

import sys
import time
from pathlib import Path

from ingest.attachments.base import Limits
from ingest.extract import Known, extract
from ingest.parse import parse

for name in sys.argv[1:]:
    started = time.monotonic()
    message = parse(Path(name).read_bytes())
    texts = extract(message, Known(), Limits())
    problems = [*message.problems, *(problem for text in texts for problem in text.problems)]
    print(f"{time.monotonic() - started:.2f}", *sorted({problem.code for problem in problems}))
