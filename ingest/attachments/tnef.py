"""winmail.dat ([MS-OXTNEF]), which old Outlook sends instead of MIME parts, through the `tnef` program."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from core.model import Attachment
from ingest.attachments.base import Extracted, Limits, Unreadable
from ingest.attachments.rtf import rtf_text
from ingest.html import html_to_text


def read(attachment: Attachment, limits: Limits) -> Extracted:
    """The body that was sent in it, and its files to be read in turn. Raises Unreadable without the program."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["tnef", "--save-body=body", "--body-pref=thr", "--directory", folder, "--overwrite"]
        size = str(limits.unpacked_mib * 1024 * 1024)
        try:
            subprocess.run([*arguments, "--maxsize", size], input=attachment.content, capture_output=True, check=True)
        except FileNotFoundError:
            raise Unreadable("program-missing", "install Debian's tnef") from None
        except subprocess.CalledProcessError as error:
            raise Unreadable("attachment-unreadable", error.stderr.decode("utf-8", "replace")[:200]) from None
        files = sorted(path for path in Path(folder).iterdir() if path.is_file())
        bodies = [path for path in files if path.stem == "body"]
        text = next((found for path in bodies if (found := _body(path)).strip()), "")
        children = tuple(
            Attachment(path.name, "application/octet-stream", path.read_bytes(), f"{attachment.part}.{number}")
            for number, path in enumerate((path for path in files if path.stem != "body"), 1)
        )
    return Extracted(text, children=children)


def _body(path: Path) -> str:
    content = path.read_bytes()
    if content.startswith(b"{\\rtf"):
        return rtf_text(content)
    text = content.decode("utf-8", "replace")
    return html_to_text(text) if path.suffix == ".html" else text
