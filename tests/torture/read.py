"""Read one message in a process of its own and print its problems' codes: `python -m tests.torture.read FILE`."""

import sys
from pathlib import Path

from ingest.attachments.base import Limits
from ingest.extract import Known, extract
from ingest.parse import parse

message = parse(Path(sys.argv[1]).read_bytes())
texts = extract(message, Known(), Limits())
print(*{problem.code for problem in message.problems}, *{problem.code for text in texts for problem in text.problems})
