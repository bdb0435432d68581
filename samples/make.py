"""Make the sample replies: samples/source/<lang>.toml -> samples/replies/*.eml and samples/gold.jsonl.

Everything in them is invented. Run it with `make samples`; it needs Debian's fonts-noto-core and fonts-noto-cjk for the scans.
Another folder of sources, such as an evaluation set, is made with `python samples/make.py SOURCE TARGET`.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import io
import json
import random
import re
import sys
import tomllib
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import docx
import pypdfium2
import typst
from docx.oxml import OxmlElement
from PIL import Image, ImageChops, ImageFilter

HERE = Path(__file__).resolve().parent
NOTES = HERE.parent / "consultations" / "cu-2009-92"
TO = "untoc.cop@unodc.org"
ARRIVES_AFTER = timedelta(seconds=7)
FIXED_TIME = (2009, 7, 1, 0, 0, 0)
FONTS = ("Noto Sans", "Noto Naskh Arabic", "Noto Sans Arabic", "Noto Sans CJK SC", "DejaVu Sans")
Row = dict[str, Any]


def main() -> None:
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "source"
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else HERE
    replies = target / "replies"
    replies.mkdir(parents=True, exist_ok=True)
    gold = []
    for path in sorted(source.glob("*.toml")):
        for reply in tomllib.loads(path.read_text(encoding="utf-8"))["reply"]:
            content = message(reply, path.stem)
            (replies / f"{reply['id']}.eml").write_bytes(content)
            gold.append(answer(reply, path.stem))
    (target / "gold.jsonl").write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in gold), encoding="utf-8"
    )
    print(f"{len(gold)} replies in {replies}")


def answer(reply: Row, language: str) -> Row:
    right = reply["answer"]
    links: Row = {}
    if right.get("copy_of"):
        links["copy_of"] = f"<{right['copy_of']}@samples.example>"
    if right.get("replaces"):
        links["replaces"] = [f"<{name}@samples.example>" for name in right["replaces"]]
    return {
        "message_id": message_id(reply),
        "lang": right.get("lang", language),
        "kind": right["kind"],
        "state": right.get("state") or None,
        "on_behalf_of": right.get("on_behalf_of") or None,
        "topics": [{"quote": topic["quote"], "areas": topic["areas"]} for topic in right.get("topics", [])],
        **links,
    }


def message_id(reply: Row) -> str:
    return f"<{reply['id']}@samples.example>"


def message(reply: Row, language: str) -> bytes:
    """The reply as it would lie in the mailbox, its Received header included."""
    sent = datetime.fromisoformat(reply["date"])
    arrived = datetime.fromisoformat(reply["arrived"]) if "arrived" in reply else sent + ARRIVES_AFTER
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["Received"] = f"from mail.example by mx.unodc.example with ESMTP; {format_datetime(arrived)}"
    mail["Return-Path"] = f"<{re.sub(r'.*<|>.*', '', reply['from'])}>"
    mail["From"] = reply["from"]
    mail["To"] = reply.get("to", TO)
    mail["Date"] = format_datetime(sent)
    mail["Subject"] = reply["subject"]
    mail["Message-ID"] = message_id(reply)
    mail["X-Sample"] = "invented"
    for name, value in reply.get("headers", {}).items():
        mail[name] = value
    body = with_note(reply.get("body", ""), language)
    set_body(mail, body, reply.get("html", False))
    for order, attachment in enumerate(reply.get("attachment", []), 1):
        attach(mail, attachment, language, f"{reply['id']}-{order}")
    if reply.get("report"):
        as_delivery_report(mail, reply["report"])
    fixed_boundaries(mail, reply["id"])
    return mail.as_bytes()


def with_note(text: str, language: str) -> str:
    """{{NOTE}} alone on a line stands for the note verbale; "> {{NOTE}}" for the note quoted."""

    def whole(match: re.Match[str]) -> str:
        note = note_text(language)
        return "\n".join(match["mark"] + line for line in note.splitlines())

    return re.sub(r"(?m)^(?P<mark>[> ]*)\{\{NOTE\}\}[ \t]*$", whole, text.strip("\n") + "\n")


def note_text(language: str) -> str:
    text = (NOTES / f"note.{language}.txt").read_text(encoding="utf-8")
    return re.sub(r"\[\[\[.*?\]\]\]", "", text).strip()


def set_body(mail: EmailMessage, body: str, html: bool | str) -> None:
    if html is True:
        mail.set_content(as_html(body), subtype="html", charset="utf-8")
        return
    mail.set_content(body, charset="utf-8", cte="quoted-printable" if body.isascii() else "base64")
    if html == "both":
        mail.add_alternative(as_html(body), subtype="html", charset="utf-8")


def as_html(text: str) -> str:
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if all(line.startswith(">") for line in block.splitlines()):
            lines = [escape(line.lstrip("> ")) for line in block.splitlines()]
            blocks.append(f'<blockquote type="cite">{"<br>".join(lines)}</blockquote>')
        else:
            blocks.append(f"<p>{'<br>'.join(escape(line) for line in block.splitlines())}</p>")
    return f"<html><head><style>p {{ margin: 0 0 1em }}</style></head><body dir=auto>{''.join(blocks)}</body></html>"


def as_delivery_report(mail: EmailMessage, fields: str) -> None:
    """multipart/report with a message/delivery-status part (RFC 3464)."""
    if not mail.is_multipart():
        mail.make_mixed()
    status = EmailMessage(policy=email.policy.SMTP)
    status["Content-Type"] = "message/delivery-status"
    status.set_payload([email.message_from_string(block + "\n") for block in fields.strip().split("\n\n")])
    mail.attach(status)
    mail.replace_header("Content-Type", 'multipart/report; report-type="delivery-status"')


def fixed_boundaries(mail: EmailMessage, name: str) -> None:
    for order, part in enumerate(mail.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            part.set_boundary("=_" + hashlib.sha256(f"{name}/{order}".encode()).hexdigest()[:32])


# --- attachments ---------------------------------------------------------------------------------


def attach(mail: EmailMessage, fields: Row, language: str, seed: str) -> None:
    text = with_note(fields["text"], fields.get("lang", language)).strip("\n")
    form = fields["format"]
    if form == "eml":
        mail.add_attachment(forwarded(fields, text), filename=fields["name"])
        return
    maker, kind = MAKERS[form]
    main, _, sub = kind.partition("/")
    mail.add_attachment(
        maker(text, fields.get("lang", language), seed), maintype=main, subtype=sub, filename=fields["name"]
    )


def forwarded(fields: Row, text: str) -> EmailMessage:
    inner = EmailMessage(policy=email.policy.SMTP)
    inner["From"] = fields["from"]
    inner["To"] = fields.get("to", "mission@mission.example")
    inner["Date"] = format_datetime(datetime.fromisoformat(fields["date"]))
    inner["Subject"] = fields["subject"]
    inner["Message-ID"] = f"<{hashlib.sha256(text.encode()).hexdigest()[:16]}@samples.example>"
    inner.set_content(text + "\n", charset="utf-8", cte="base64")
    return inner


def as_txt(text: str, language: str, seed: str) -> bytes:
    return (text + "\n").encode("utf-8")


def as_html_file(text: str, language: str, seed: str) -> bytes:
    return f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"></head>{as_html(text)}</html>'.encode()


def as_docx(text: str, language: str, seed: str) -> bytes:
    document = docx.Document()
    document.core_properties.created = document.core_properties.modified = datetime(*FIXED_TIME)
    for line in text.splitlines():
        paragraph = document.add_paragraph(line)
        if language == "ar":
            paragraph._p.get_or_add_pPr().append(OxmlElement("w:bidi"))
    buffer = io.BytesIO()
    document.save(buffer)
    return steady_zip(buffer.getvalue())


def steady_zip(content: bytes) -> bytes:
    """The same archive with fixed times, so that the same text gives the same bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name, FIXED_TIME), old.read(name), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def as_odt(text: str, language: str, seed: str) -> bytes:
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.splitlines())
    spaces = ["office:1.0", "text:1.0", "style:1.0", "manifest:1.0"]
    names = " ".join(f'xmlns:{name.split(":")[0]}="urn:oasis:names:tc:opendocument:xmlns:{name}"' for name in spaces)
    content = f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names} office:version="1.2"><office:body><office:text>{paragraphs}</office:text></office:body></office:document-content>'
    styles = f'<?xml version="1.0" encoding="UTF-8"?><office:document-styles {names} office:version="1.2"><office:styles/></office:document-styles>'
    kind = "application/vnd.oasis.opendocument.text"
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest {names} manifest:version="1.2">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("mimetype", FIXED_TIME), kind)
        for name, data in (("content.xml", content), ("styles.xml", styles), ("META-INF/manifest.xml", manifest)):
            archive.writestr(zipfile.ZipInfo(name, FIXED_TIME), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def as_rtf(text: str, language: str, seed: str) -> bytes:
    def character(char: str) -> str:
        if char in "\\{}":
            return "\\" + char
        if char == "\n":
            return "\\par\n"
        if char.isascii():
            return char
        units = char.encode("utf-16-le")
        codes = [int.from_bytes(units[at : at + 2], "little", signed=True) for at in range(0, len(units), 2)]
        return "".join(f"\\u{code}?" for code in codes)

    return ("{\\rtf1\\ansi\\ansicpg1252\\uc1 " + "".join(map(character, text)) + "}").encode("ascii")


def as_pdf(text: str, language: str, seed: str) -> bytes:
    """A letter with a text layer, set by Typst."""
    fonts = ", ".join(f'"{font}"' for font in FONTS)
    lines = [
        f"#text({json.dumps(line, ensure_ascii=False)})" if line.strip() else "#v(0.6em)" for line in text.splitlines()
    ]
    direction = "rtl" if language == "ar" else "ltr"
    page = (
        '#set page(paper: "a4", margin: 2.2cm)\n'
        f'#set text(font: ({fonts}), size: 11.5pt, lang: "{language}", dir: {direction})\n'
        "#set par(leading: 0.75em, spacing: 0.75em)\n" + "\n\n".join(lines)
    )
    return bytes(typst.compile(page.encode(), format="pdf"))


def scanned(text: str, language: str, seed: str, dpi: int = 200) -> list[Image.Image]:
    """The letter printed and scanned: a little askew, a little blurred, with specks."""
    document = pypdfium2.PdfDocument(as_pdf(text, language, seed))
    dice = random.Random(seed)
    pages = []
    for number in range(len(document)):
        page = document[number].render(scale=dpi / 72).to_pil().convert("L")
        page = page.rotate(dice.uniform(-0.4, 0.4), resample=Image.Resampling.BICUBIC, fillcolor=255)
        page = page.filter(ImageFilter.GaussianBlur(0.4))
        noise = Image.frombytes("L", page.size, dice.randbytes(page.width * page.height)).point(
            lambda value: 60 if value > 252 else 0
        )
        pages.append(ImageChops.subtract(page, noise))
    return pages


def as_scan_pdf(text: str, language: str, seed: str) -> bytes:
    first, *others = scanned(text, language, seed)
    buffer = io.BytesIO()
    first.save(buffer, "PDF", resolution=200, save_all=True, append_images=others, creationDate=None, modDate=None)
    return buffer.getvalue()


def as_picture(form: str) -> Callable[[str, str, str], bytes]:
    def make(text: str, language: str, seed: str) -> bytes:
        first, *others = scanned(text, language, seed)
        buffer = io.BytesIO()
        options = {"compression": "group4", "save_all": True, "append_images": [page.convert("1") for page in others]}
        page = first.convert("1") if form == "TIFF" else first
        page.save(buffer, form, dpi=(200, 200), **(options if form == "TIFF" else {}))
        return buffer.getvalue()

    return make


MAKERS: dict[str, tuple[Callable[[str, str, str], bytes], str]] = {
    "txt": (as_txt, "text/plain"),
    "html": (as_html_file, "text/html"),
    "docx": (as_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "odt": (as_odt, "application/vnd.oasis.opendocument.text"),
    "rtf": (as_rtf, "application/rtf"),
    "pdf": (as_pdf, "application/pdf"),
    "scan-pdf": (as_scan_pdf, "application/pdf"),
    "scan-png": (as_picture("PNG"), "image/png"),
    "scan-jpg": (as_picture("JPEG"), "image/jpeg"),
    "scan-tiff": (as_picture("TIFF"), "image/tiff"),
}


if __name__ == "__main__":
    main()
