"""Messages as the world sends them, well-made and broken, each with what must come out of it.

Everything is made here, by hand or by program; `cases()` gives well over two hundred.
"""

from __future__ import annotations

import base64
import gzip
import quopri
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache

from asn1crypto import cms
from PIL import Image

from samples.make import MAKERS, scanned
from tests.torture import files

WORDS = {
    "en": "Our Government proposes compensation of victims.",
    "fr": "Notre Gouvernement propose l'indemnisation des victimes, déjà évoquée à Genève.",
    "es": "Nuestro Gobierno propone la indemnización de las víctimas y la formación.",
    "ru": "Наше правительство предлагает тему компенсации жертвам торговли людьми.",
    "ar": "تقترح حكومتنا موضوع تعويض ضحايا الاتجار بالأشخاص.",
    "zh": "我国政府建议讨论对人口贩运被害人的赔偿问题。",
    "hant": "我國政府建議討論對人口販運被害人的賠償問題。",
}
CODECS = {
    "en": ["us-ascii", "utf-8", "utf-7", "utf-16"],
    "fr": ["iso-8859-1", "iso-8859-15", "windows-1252", "cp850", "macintosh", "utf-8", "utf-7"],
    "es": ["iso-8859-1", "iso-8859-15", "windows-1252", "cp850", "utf-8"],
    "ru": ["koi8-r", "koi8-u", "windows-1251", "iso-8859-5", "cp866", "utf-8", "utf-16", "utf-7"],
    "ar": ["windows-1256", "iso-8859-6", "utf-8", "utf-16"],
    "zh": ["gb2312", "gbk", "gb18030", "hz-gb-2312", "utf-8", "utf-16"],
    "hant": ["big5", "big5-hkscs", "utf-8", "gb18030"],
}
PLAIN_HEAD = {
    "From": "Mission <mission@mission.example>",
    "To": "untoc.cop@unodc.org",
    "Date": "Mon, 20 Jul 2009 10:15:00 +0200",
    "Subject": "CU 2009/92 (A)",
}


@dataclass(frozen=True)
class Case:
    """`text` must be in some text, `subject` and `sent` as given, `names` among the files, `codes` among the problems."""

    name: str
    made: bytes | Callable[[], bytes] = field(repr=False)
    text: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    subject: str | None = None
    sent: str | None = None
    names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    clean: bool = False
    bomb: bool = False

    @property
    def content(self) -> bytes:
        """Large ones are made when they are needed."""
        return self.made if isinstance(self.made, bytes) else self.made()


def mail(body: bytes, headers: dict[str, str | bytes | None] | None = None, *, number: str = "") -> bytes:
    """Headers as they are given, in raw bytes where they are bytes; None leaves one out."""
    merged: dict[str, str | bytes | None] = {**PLAIN_HEAD, "Message-ID": f"<{number or abs(hash(body))}@torture.example>", **(headers or {})}  # fmt: skip
    lines = []
    for name, value in merged.items():
        if value is not None:
            lines.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode("utf-8")))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def typed(text: str, kind: str = "text/plain; charset=utf-8", **headers: str) -> bytes:
    return mail(
        text.encode(), {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


def with_file(
    name: str, content: bytes, kind: str = "application/octet-stream", *, disposition: str | None = None
) -> bytes:
    shown = disposition if disposition is not None else f'attachment; filename="{name}"'
    parts = (
        b"--edge\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nPlease see the letter.\r\n--edge\r\n"
        b"Content-Type: " + kind.encode() + b"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: "
    )
    return mail(
        parts
        + shown.encode("utf-8", "surrogateescape")
        + b"\r\n\r\n"
        + base64.encodebytes(content)
        + b"\r\n--edge--\r\n",
        {"MIME-Version": "1.0", "Content-Type": 'multipart/mixed; boundary="edge"'},
        number=f"file-{name}-{abs(hash(content))}",
    )


def multipart(
    kind: str, *parts: bytes, boundary: str = "edge", head: dict[str, str | bytes | None] | None = None
) -> bytes:
    joined = b"".join(b"--" + boundary.encode() + b"\r\n" + part + b"\r\n" for part in parts)
    return mail(
        joined + b"--" + boundary.encode() + b"--\r\n",
        {"Content-Type": f'multipart/{kind}; boundary="{boundary}"', **(head or {})},
    )


def part(kind: str, content: bytes | str, **headers: str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"Content-Type: {kind}\r\n{extra}\r\n".encode() + data


def encoded(codec: str, text: str) -> bytes:
    return text.encode({"macintosh": "mac-roman", "hz-gb-2312": "hz"}.get(codec, codec))


def cases() -> Iterator[Case]:
    for make in (
        charsets,
        transfers,
        subjects,
        names,
        structures,
        embedded_files,
        dates,
        identities,
        letters,
        bundles,
        pictures,
        bombs,
    ):
        yield from make()


# --- charsets ------------------------------------------------------------------------------------


def charsets() -> Iterator[Case]:
    for language, codecs in CODECS.items():
        text = WORDS[language]
        for codec in codecs:
            data = encoded(codec, text)
            head = {"Content-Transfer-Encoding": "base64"}
            body = base64.encodebytes(data)
            yield Case(
                f"{language} labelled {codec}",
                mail(body, {**head, "Content-Type": f"text/plain; charset={codec}"}),
                text=(text,),
                clean=True,
            )
            if codec not in ("us-ascii", "utf-7"):
                yield Case(
                    f"{language} {codec} without a label",
                    mail(body, {**head, "Content-Type": "text/plain"}),
                    text=(text,),
                )
    yield Case(
        "iso-2022-cn", mail(files.ISO_2022_CN, {"Content-Type": "text/plain; charset=iso-2022-cn"}), text=("中国",)
    )
    for language, actual, label in (
        ("fr", "utf-8", "iso-8859-1"),
        ("ru", "utf-8", "us-ascii"),
        ("ru", "koi8-r", "windows-1251"),
        ("ru", "windows-1251", "iso-8859-1"),
        ("ru", "windows-1251", "us-ascii"),
        ("zh", "gb18030", "iso-8859-1"),
        ("zh", "gb18030", "utf-8"),
        ("zh", "utf-8", "gb2312"),
        ("ar", "windows-1256", "iso-8859-1"),
        ("ar", "utf-8", "windows-1256"),
        ("fr", "windows-1252", "utf-8"),
        ("es", "utf-8", "x-no-such-charset"),
    ):
        data = encoded(actual, WORDS[language])
        content = mail(
            base64.encodebytes(data),
            {"Content-Transfer-Encoding": "base64", "Content-Type": f"text/plain; charset={label}"},
        )
        yield Case(f"{language} {actual} called {label}", content, text=(WORDS[language],), codes=("charset-wrong",))
    for name, label in (
        ("NUL", "utf-8\x00"),
        ("rubbish", "utf-8 (default) {}"),
        ("a language", "utf-8*ru"),
        ("quotes", "'utf-8'"),
    ):
        content = mail(WORDS["ru"].encode(), {"Content-Type": f"text/plain; charset={label}"})
        yield Case(f"charset label with {name}", content, text=(WORDS["ru"],))
    yield Case(
        "marks of direction and blanks of no width",
        typed("We pro\u200bpose com\u00adpen\u2060sation\u200f of \u202avictims\u202c."),
        text=("We propose compensation of victims.",),
    )
    yield Case(
        "html that names its charset itself",
        mail(b"<meta charset=windows-1251><p>" + WORDS["ru"].encode("cp1251"), {"Content-Type": "text/html"}),
        text=(WORDS["ru"],),
    )


def transfers() -> Iterator[Case]:
    text = WORDS["fr"]
    coded = base64.b64encode(text.encode())
    plain = {"Content-Type": "text/plain; charset=utf-8"}
    forms = {
        "base64 without padding": ("base64", coded.rstrip(b"=")),
        "base64 with junk between": ("base64", coded[:20] + b"!! \r\n**" + coded[20:]),
        "base64 in one long line": ("BASE64", coded),
        "quoted-printable": ("quoted-printable", quopri.encodestring(text.encode())),
        "quoted-printable with soft breaks": (
            "quoted-printable",
            b"=\r\n".join(bytes([byte]) if byte < 128 else b"=%02X" % byte for byte in text.encode()),
        ),
        "quoted-printable, lower case": (
            "quoted-printable",
            quopri.encodestring(text.encode()).replace(b"=C3=A9", b"=c3=a9"),
        ),
        "quoted-printable that is none": ("quoted-printable", text.encode() + b" 100 % = all =ZZ"),
        "7bit that is 8bit": ("7bit", text.encode()),
        "binary": ("binary", text.encode()),
        "a made-up encoding": ("x-special", text.encode()),
    }
    for name, (encoding, body) in forms.items():
        yield Case(name, mail(body, {**plain, "Content-Transfer-Encoding": encoding}), text=(text,))


# --- headers -------------------------------------------------------------------------------------


def word(text: str, codec: str, how: str = "B") -> str:
    data = encoded(codec, text)
    inner = base64.b64encode(data).decode() if how.upper() == "B" else "".join(f"={byte:02X}" for byte in data)
    return f"=?{codec}?{how}?{inner}?="


def subjects() -> Iterator[Case]:
    for language, codec in (
        ("ru", "koi8-r"),
        ("ru", "windows-1251"),
        ("ru", "utf-8"),
        ("zh", "gb18030"),
        ("ar", "windows-1256"),
        ("ar", "utf-8"),
        ("fr", "iso-8859-1"),
        ("hant", "big5"),
    ):
        text = WORDS[language]
        yield Case(
            f"raw subject {language} {codec}",
            mail(b"x", {"Subject": encoded(codec, text)}),
            subject=text,
            codes=("header-8bit",),
        )
        yield Case(f"encoded subject {language} {codec}", mail(b"x", {"Subject": word(text, codec)}), subject=text)
        yield Case(
            f"encoded subject Q {language} {codec}", mail(b"x", {"Subject": word(text, codec, "q")}), subject=text
        )
    text = WORDS["ru"]
    data = text.encode()
    halves = [base64.b64encode(data[:31]).decode(), base64.b64encode(data[31:]).decode()]
    spaced = base64.b64encode(data).decode()
    forms: dict[str, tuple[str, str]] = {
        "cut within a letter": (f"=?utf-8?B?{halves[0]}?=\r\n =?utf-8?B?{halves[1]}?=", text),
        "two charsets": (f"{word('Тема', 'koi8-r')} {word('议题', 'gb2312')}", "Тема议题"),
        "words around": (f"Re: {word('Тема', 'koi8-r')} (CU 2009/92)", "Re: Тема (CU 2009/92)"),
        "in quotation marks": (f'"{word("Тема", "utf-8")}"', '"Тема"'),
        "no space between": (f"{word('Те', 'utf-8')}{word('ма', 'utf-8')}", "Тема"),
        "with a language": (f"=?utf-8*ru?B?{spaced}?=", text),
        "base64 broken over lines": (f"=?utf-8?B?{spaced[:40]}\r\n {spaced[40:]}?=", text),
        "padding lost": (f"=?utf-8?B?{spaced.rstrip('=')}?=", text),
        "blanks in Q": ("=?utf-8?Q?Reply of the mission?=", "Reply of the mission"),
        "gb2312 beyond gb2312": (f"=?gb2312?B?{base64.b64encode('镕基議題'.encode('gb18030')).decode()}?=", "镕基議題"),
        "end missing": (f"=?utf-8?B?{spaced}", text),
        "hz": ("=?hz-gb-2312?Q?=7E=7BRiLb=7E=7D?=", "议题"),
        "folded": ("Reply\r\n to the note", "Reply to the note"),
    }
    for name, (raw, subject) in forms.items():
        yield Case(f"subject: {name}", mail(b"x", {"Subject": raw}), subject=subject)
    yield Case("no subject", mail(b"x", {"Subject": None}), subject="")
    yield Case("sender without address", mail(b"x", {"From": "Permanent Mission"}), codes=("from-unreadable",))
    yield Case("no sender", mail(b"x", {"From": None}), codes=("from-missing",))
    yield Case(
        "hundreds of recipients", mail(b"x", {"To": ", ".join(f"a{n}@b.example" for n in range(3000))}), text=("x",)
    )


def names() -> Iterator[Case]:
    letter, kind = WORDS["fr"].encode(), "text/plain"
    cyrillic = "Письмо.txt"
    percent = "".join(f"%{byte:02X}" for byte in cyrillic.encode())
    raw = cyrillic.encode("koi8-r").decode("utf-8", "surrogateescape")
    forms = {
        "RFC 2231": (f"attachment; filename*=utf-8''{percent}", cyrillic),
        "RFC 2231 in pieces": (
            f"attachment; filename*0*=utf-8''{percent[:12]};\r\n filename*1*={percent[12:]}",
            cyrillic,
        ),
        "RFC 2231 with a wrong charset": (f"attachment; filename*=x-none''{percent}", ""),
        "an encoded word": (f'attachment; filename="{word(cyrillic, "koi8-r")}"', cyrillic),
        "raw 8-bit": (f'attachment; filename="{raw}"', cyrillic),
        "raw UTF-8": (f'attachment; filename="{cyrillic}"', cyrillic),
        "no quotes, blanks": ("attachment; filename=Our letter.txt", ""),
        "a path": ('attachment; filename="..\\\\..\\\\etc\\\\passwd.txt"', "passwd.txt"),
        "a path of Unix": ('attachment; filename="../../etc/passwd.txt"', "passwd.txt"),
        "direction turned": ('attachment; filename="letter\u202etxt.exe"', "lettertxt.exe"),
        "NUL": ('attachment; filename="a\x00b.txt"', ""),
        "no name": ("attachment", ""),
        "very long": (f'attachment; filename="{"n" * 5000}.txt"', ""),
    }
    for name, (disposition, shown) in forms.items():
        yield Case(
            f"file name: {name}",
            with_file("x", letter, kind, disposition=disposition),
            text=(WORDS["fr"],),
            names=(shown,) if shown else (),
        )


def dates() -> Iterator[Case]:
    right = "2009-07-20T08:15:00"
    forms = (
        "Mon, 20 Jul 2009 10:15:00 +0200",
        "20 Jul 2009 10:15:00 +0200",
        "Mon, 20 Jul 2009 10:15:00 +0200 (CEST)",
        "Mon, 20 Jul 2009 08:15:00 GMT",
        "Mon, 20 Jul 2009 08:15:00 UT",
        "Mon, 20 Jul 09 10:15:00 +0200",
        "Mon, 20 Jul 109 10:15:00 +0200",
        "mon, 20 jul 2009 10:15:00 +0200",
        "Mon Jul 20 08:15:00 2009",
        "Monday, July 20, 2009 10:15:00 AM CEST",
        "2009-07-20T10:15:00+02:00",
        "2009-07-20 08:15:00Z",
        "2009/07/20 10:15:00 +0200",
        "20.07.2009 10:15:00 +0200",
        "lun., 20 juil. 2009 10:15:00 +0200",
        "lun, 20 jul 2009 10:15:00 +0200",
        "пн, 20 июл. 2009 10:15:00 +0200",
        "20 июля 2009 г. 10:15:00 +0200",
        "2009年7月20日 10:15:00 +0200",
        "Mon,20 Jul 2009 10:15:00 +0200",
        "Mon, 20-Jul-2009 10:15:00 +0200",
        "Mon, 20 Jul 2009 10.15.00 +0200",
    )
    for form in forms:
        yield Case(f"date {form}", mail(b"x", {"Date": form}), sent=right)
    received = "from a by b; Mon, 20 Jul 2009 10:15:00 +0200"
    for name, form in (
        ("rubbish", "yesterday, after lunch"),
        ("year 1970", "Thu, 1 Jan 1970 00:00:00 +0000"),
        ("in the future", "Mon, 20 Jul 2037 10:15:00 +0200"),
        ("day 32", "Mon, 32 Jul 2009 10:15:00 +0200"),
    ):
        code = "date-implausible" if name == "in the future" else "date-broken"
        yield Case(f"date {name}", mail(b"x", {"Received": received, "Date": form}), sent=right, codes=(code,))
    yield Case("no date", mail(b"x", {"Received": received, "Date": None}), sent=right, codes=("date-missing",))


def identities() -> Iterator[Case]:
    yield Case("no Message-ID", mail(b"x", {"Message-ID": None}), codes=("message-id-missing",))
    yield Case("empty Message-ID", mail(b"x", {"Message-ID": ""}), codes=("message-id-missing",))
    yield Case("Message-ID without brackets", mail(b"x", {"Message-ID": "one@two.example"}))
    yield Case("Message-ID with blanks", mail(b"x", {"Message-ID": "<one two@three.example>"}))
    yield Case("two Message-IDs", b"Message-ID: <a@b.example>\r\n" + mail(b"x"))


# --- structure -----------------------------------------------------------------------------------


def structures() -> Iterator[Case]:
    for make in (whole_structures, broken_structures, unreadable_structures, html_structures):
        yield from make()


def whole_structures() -> Iterator[Case]:
    text, page = WORDS["ru"], f"<html><body><p>{WORDS['ru']}</p></body></html>"
    utf8 = "text/plain; charset=utf-8"
    stub = part(utf8, "See the HTML.")
    own, rich = part(utf8, text), part("text/html; charset=utf-8", page)
    inner = typed(text)
    forms: dict[str, bytes] = {
        "alternative": multipart("alternative", own, rich),
        "alternative with a stub": multipart("alternative", stub, rich),
        "html only": typed(page, "text/html; charset=utf-8"),
        "related": multipart("related", rich, part("image/png", files.png(10, 10), Content_ID="<logo>")),
        "mixed in alternative in mixed": multipart(
            "mixed",
            part('multipart/alternative; boundary="b"', b"--b\r\n" + own + b"\r\n--b\r\n" + rich + b"\r\n--b--\r\n"),
        ),
        "two text parts": multipart("mixed", part(utf8, "First."), own),
        "PGP signed": multipart(
            'signed; protocol="application/pgp-signature"',
            own,
            part("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----"),
        ),
        "S/MIME signed": multipart(
            'signed; protocol="application/pkcs7-signature"',
            own,
            part(
                "application/pkcs7-signature; name=smime.p7s",
                base64.encodebytes(b"\x30\x80"),
                Content_Transfer_Encoding="base64",
            ),
        ),
        "report": multipart(
            "report; report-type=delivery-status",
            own,
            part("message/delivery-status", "Status: 5.1.1"),
            part("message/rfc822", inner),
        ),
        "a digest": multipart("digest", b"\r\n" + inner),
        "message/rfc822": multipart("mixed", part(utf8, "See below."), part("message/rfc822", inner)),
        "message/rfc822 in base64": multipart(
            "mixed", part("message/rfc822", base64.encodebytes(inner), Content_Transfer_Encoding="base64")
        ),
        "message/global": multipart("mixed", part("message/global", inner)),
        "forward in a forward": multipart(
            "mixed", part("message/rfc822", multipart("mixed", part("message/rfc822", inner), boundary="in"))
        ),
        "forward with its own file": multipart(
            "mixed",
            part("message/rfc822", with_file("a.docx", MAKERS["docx"][0](text, "ru", "x")).replace(b"edge", b"in")),
        ),
    }
    for name, content in forms.items():
        yield Case(f"structure: {name}", content, text=(text,))


def broken_structures() -> Iterator[Case]:
    text, utf8 = WORDS["ru"], "text/plain; charset=utf-8"
    stub, own = part(utf8, "See the HTML."), part(utf8, text)
    forms: dict[str, bytes] = {
        "no closing boundary": multipart("mixed", own)[: -len(b"--edge--\r\n")],
        "text behind the end": multipart("mixed", own) + b"epilogue",
        "boundary with blanks behind": multipart("mixed", own).replace(b"--edge\r\n", b"--edge  \r\n"),
        "line feeds only": multipart("mixed", own).replace(b"\r\n", b"\n"),
        "no boundary parameter": multipart("mixed", own).replace(b'; boundary="edge"', b""),
        "boundary that does not occur": multipart("mixed", own).replace(b'boundary="edge"', b'boundary="other"'),
        "type unknown": typed(text, "text/x-unknown; charset=utf-8"),
        "type broken": typed(text, "text; charset=utf-8"),
        "type empty": typed(text, ""),
        "two content types": typed(text).replace(
            b"Content-Type:", b"Content-Type: text/plain; charset=utf-8\r\nContent-Type:", 1
        ),
        "text as an attachment": multipart(
            "mixed", stub, part(utf8, text, Content_Disposition='attachment; filename="a.txt"')
        ),
        "text inline with a name": multipart(
            "mixed", part(utf8 + '; name="a.txt"', text, Content_Disposition="inline")
        ),
        "flowed": typed(text.replace(" ", " \n", 1), "text/plain; charset=utf-8; format=flowed").replace(
            b" \n", b" \r\n"
        ),
        "flowed with DelSp": typed(
            text[:10] + " \n" + text[10:], "text/plain; charset=utf-8; format=flowed; delsp=yes"
        ),
        "inline PGP signature": typed(
            f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n{text}\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
        ),
        "text/enriched": typed(f"<bold>{text}</bold>", "text/enriched; charset=utf-8"),
        "S/MIME in one piece": mail(
            base64.encodebytes(signed(own)),
            {
                "Content-Type": "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
                "Content-Transfer-Encoding": "base64",
            },
        ),
        "mbox quoting": b"From mission@mission.example Mon Jul 20 10:15:00 2009\r\n" + typed(text),
        "NUL within": typed(text + " \x00 end"),
        "a line of a megabyte": typed(text + " " + "x" * 1_000_000),
    }
    for name, content in forms.items():
        yield Case(f"structure: {name}", content, text=(text,))


def unreadable_structures() -> Iterator[Case]:
    told = {
        "S/MIME encrypted": (
            mail(
                base64.encodebytes(enveloped()),
                {
                    "Content-Type": "application/pkcs7-mime; smime-type=enveloped-data",
                    "Content-Transfer-Encoding": "base64",
                },
            ),
            "encrypted",
        ),
        "PGP encrypted": (
            multipart(
                'encrypted; protocol="application/pgp-encrypted"',
                part("application/pgp-encrypted", "Version: 1"),
                part("application/octet-stream", "-----BEGIN PGP MESSAGE-----"),
            ),
            "encrypted",
        ),
        "inline PGP encrypted": (typed("-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----"), "encrypted"),
        "S/MIME broken": (mail(b"!!!", {"Content-Type": "application/pkcs7-mime"}), "cms-unreadable"),
        "message/partial": (
            mail(b"x", {"Content-Type": "message/partial; id=a; number=1; total=2"}),
            "message-partial",
        ),
        "message/external-body": (
            mail(b"x", {"Content-Type": 'message/external-body; access-type=URL; URL="http://x.example/"'}),
            "message-external-body",
        ),
    }
    for name, (content, code) in told.items():
        yield Case(f"structure: {name}", content, codes=(code,))
    for name, content in {
        "nothing at all": b"",
        "one byte": b"x",
        "zeros": bytes(5000),
        "all bytes": bytes(range(256)) * 20,
        "headers only": mail(b""),
        "a colon": b":",
        "no end of headers": b"Subject: x",
    }.items():
        yield Case(f"structure: {name}", content)


def html_structures() -> Iterator[Case]:
    hidden = '<p>Seen</p><p style="display:none">unseen</p><script>unseen()</script><img src="http://t.example/x.gif" alt="">'
    yield Case(
        "html: hidden text, scripts, trackers",
        typed(hidden, "text/html"),
        text=("Seen",),
        absent=("unseen", "t.example"),
    )
    table = "<ul><li>One</li><li>Two</li></ul><table><tr><td>a</td><td>b</td></tr></table><p>P1</p><p>P2</p>"
    yield Case("html: lists, tables, paragraphs", typed(table, "text/html"), text=("One\n", "P1\n"))
    yield Case("html: not closed", typed("<p>Our <b>topic <i>(b)", "text/html"), text=("Our topic (b)",))


def signed(entity: bytes) -> bytes:
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData({"version": "v1", "digest_algorithms": [], "encap_content_info": {"content_type": "data", "content": entity}, "signer_infos": []})}).dump())  # fmt: skip


def enveloped() -> bytes:
    info = {
        "content_type": "data",
        "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": bytes(16)},
        "encrypted_content": b"x" * 32,
    }
    return bytes(cms.ContentInfo({"content_type": "enveloped_data", "content": cms.EnvelopedData({"version": "v0", "recipient_infos": [], "encrypted_content_info": info})}).dump())  # fmt: skip


def embedded_files() -> Iterator[Case]:
    letter = WORDS["en"].encode()
    uu = files.uuencoded("letter.txt", letter)
    yield Case(
        "uuencoded", typed("Before.\n" + uu + "After."), text=("Before.", "After.", WORDS["en"]), names=("letter.txt",)
    )
    yield Case("uuencoded, end lost", typed("Before.\n" + uu.replace("end\n", "")), text=("Before.", WORDS["en"]))
    yield Case(
        "uuencoded, blanks lost",
        typed("Before.\n" + "\n".join(line.rstrip() for line in uu.splitlines())),
        text=(WORDS["en"],),
    )
    yield Case("the word begin", typed("We shall\nbegin 644 times\nanew."), text=("begin 644 times",))
    yield Case("yEnc is left whole", typed("=ybegin line=128 size=3 name=a.bin\nxyz\n=yend size=3"), text=("=ybegin",))
    binhex = files.binhex("letter.txt", letter)
    yield Case(
        "BinHex",
        multipart("mixed", part("application/mac-binhex40", binhex)),
        text=(WORDS["en"],),
        names=("letter.txt",),
    )
    yield Case(
        "winmail.dat",
        with_file("winmail.dat", files.tnef("Our body.", "letter.txt", letter), "application/ms-tnef"),
        text=(WORDS["en"],),
        names=("letter.txt",),
    )
    yield Case(
        "winmail.dat under another name",
        with_file("part.bin", files.tnef("Our body.", "a.txt", letter)),
        text=(WORDS["en"],),
    )


# --- files ---------------------------------------------------------------------------------------

KINDS = {"zip": "zip", "7z": "7zip", "tar": "gnutar"}


def letters() -> Iterator[Case]:
    for language in ("en", "fr", "es", "ru", "ar", "zh"):
        text = WORDS[language]
        for form in ("docx", "odt", "rtf", "pdf", "html"):
            yield Case(
                f"{form} {language}",
                with_file(f"{form}-{language}.bin", MAKERS[form][0](text, language, "t"), MAKERS[form][1]),
                text=(text,),
            )
        yield Case(f"xlsx {language}", with_file("list.xlsx", files.xlsx([["1", text], ["2", "x"]])), text=(text,))
        yield Case(f"pptx {language}", with_file("slides.pptx", files.pptx(text)), text=(text,))
        yield Case(
            f"msg {language}",
            with_file("mail.msg", files.msg("Subject line", text, "letter.txt", text.encode())),
            text=(text, "Subject line"),
            names=("letter.txt",),
        )
        yield Case(f"ics {language}", with_file("meeting.ics", files.ics(text), "text/calendar"), text=(text,))
        yield Case(
            f"csv {language}", with_file("list.csv", f"1;{text}\n".encode("utf-8-sig"), "text/csv"), text=(text,)
        )
    yield Case(
        "csv in cp1251", with_file("list.csv", f"1;{WORDS['ru']}\n".encode("cp1251"), "text/csv"), text=(WORDS["ru"],)
    )
    yield Case("txt in UTF-16", with_file("a.txt", WORDS["ar"].encode("utf-16"), "text/plain"), text=(WORDS["ar"],))
    yield Case(
        "docx with tracked changes",
        with_file("a.docx", files.docx_tracked("kept words", "struck words", "added words")),
        text=("kept words", "added words"),
        absent=("struck words",),
    )
    yield Case("pdf with a filled form", with_file("form.pdf", files.pdf_form(WORDS["en"])), text=(WORDS["en"],))
    yield Case(
        "pdf with a password",
        with_file("locked.pdf", files.pdf_locked(MAKERS["pdf"][0]("x", "en", "t"))),
        codes=("attachment-encrypted",),
    )
    yield Case(
        "pdf behind rubbish",
        with_file("a.pdf", b"\r\n%garbage\r\n" + MAKERS["pdf"][0](WORDS["en"], "en", "t")),
        text=(WORDS["en"],),
    )
    yield Case(
        "pdf cut off",
        with_file("cut.pdf", MAKERS["pdf"][0](WORDS["en"], "en", "t")[:3000]),
        codes=("attachment-unreadable",),
    )
    yield Case(
        "docx cut off",
        with_file("cut.docx", MAKERS["docx"][0](WORDS["en"], "en", "t")[:3000]),
        codes=("attachment-unreadable",),
    )
    yield Case("empty file", with_file("empty.pdf", b""), codes=("attachment-empty",))
    yield Case("a program", with_file("a.exe", b"MZ\x00\x01\x02" * 50), codes=("attachment-unknown",))
    yield Case(
        "an Office file with a password",
        with_file("a.docx", files.ole({"EncryptedPackage": b"x" * 100, "EncryptionInfo": b"y" * 50})),
        codes=("attachment-encrypted",),
    )


def bundles() -> Iterator[Case]:
    letter = MAKERS["docx"][0](WORDS["ru"], "ru", "t")
    for name, kind in KINDS.items():
        yield Case(
            f"{name} bundle",
            with_file(
                f"letters.{name}", files.archive(kind, {"in/письмо.docx": letter, "a.txt": WORDS["en"].encode()})
            ),
            text=(WORDS["ru"], WORDS["en"]),
            names=("письмо.docx",),
        )
    tar = files.archive("gnutar", {"a.txt": WORDS["en"].encode()})
    yield Case("tar.gz", with_file("letters.tar.gz", gzip.compress(tar)), text=(WORDS["en"],))
    yield Case(
        "gz",
        with_file("letter.txt.gz", gzip.compress(WORDS["en"].encode())),
        text=(WORDS["en"],),
        names=("letter.txt",),
    )
    yield Case(
        "zip in a zip",
        with_file("a.zip", files.archive("zip", {"b.zip": files.archive("zip", {"c.txt": WORDS["en"].encode()})})),
        text=(WORDS["en"],),
    )
    yield Case(
        "zip with a path outwards",
        with_file("a.zip", files.archive("zip", {"../../etc/cron.txt": WORDS["en"].encode()})),
        text=(WORDS["en"],),
        names=("cron.txt",),
    )
    yield Case("zip of seven levels", with_file("deep.zip", files.nested_zip(7, b"x")), codes=("attachment-too-deep",))
    yield Case("zip with a password", with_file("locked.zip", files.locked_zip()), codes=("attachment-encrypted",))
    yield Case(
        "mail in a zip",
        with_file("a.zip", files.archive("zip", {"reply.eml": typed(WORDS["fr"])})),
        text=(WORDS["fr"],),
    )


@cache
def page(language: str = "en") -> Image.Image:
    return scanned("\n\n".join([WORDS[language]] * 4), language, "torture")[0].crop((0, 0, 1654, 900))


def pictures() -> Iterator[Case]:
    words = ("compensation of victims",)
    for form, options in {
        "PNG": {},
        "JPEG": {"quality": 80},
        "GIF": {},
        "BMP": {},
        "TIFF": {"compression": "tiff_lzw"},
    }.items():
        yield Case(
            f"scan as {form}", with_file(f"scan.{form.lower()}", files.picture(page(), form, **options)), text=words
        )
    one_bit = page().convert("1")
    for compression in ("group3", "group4"):
        yield Case(
            f"fax {compression}",
            with_file("fax.tif", files.picture(one_bit, "TIFF", compression=compression)),
            text=words,
        )
    yield Case(
        "tiff of two pages",
        with_file(
            "two.tif",
            files.picture(
                one_bit, "TIFF", compression="group4", save_all=True, append_images=[page("ru").convert("1")]
            ),
        ),
        text=(*words, "правительство"),
    )
    turned = page().transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter
    yield Case(
        "jpeg turned by its EXIF tag", with_file("photo.jpg", files.picture(turned, "JPEG", exif=exif)), text=words
    )
    yield Case("png upside down", with_file("down.png", files.picture(page().rotate(180), "PNG")), text=words)
    alpha = Image.new("RGBA", page().size, (255, 255, 255, 0))
    alpha.paste((0, 0, 0, 255), mask=page().point(lambda value: 255 - value))
    yield Case("png on nothing", with_file("alpha.png", files.picture(alpha, "PNG")), text=words)
    yield Case("heic", with_file("photo.heic", files.heic(page())), text=words)
    yield Case("a logo", with_file("logo.png", files.png(120, 40)))
    yield Case(
        "a picture cut off", with_file("cut.png", files.picture(page(), "PNG")[:9000]), codes=("attachment-unreadable",)
    )
    yield Case("scan in a pdf", with_file("scan.pdf", files.picture(page(), "PDF", resolution=200)), text=words)


# --- bombs ---------------------------------------------------------------------------------------


def bombs() -> Iterator[Case]:
    made: dict[str, tuple[Callable[[], bytes], str]] = {
        "zip": (
            lambda: with_file("bomb.zip", files.archive("zip", {f"{n}.txt": bytes(50_000_000) for n in range(3)})),
            "unpacked-too-large",
        ),
        "gzip": (lambda: with_file("bomb.gz", gzip.compress(bytes(150_000_000), 9)), "unpacked-too-large"),
        "zip of ten thousand files": (lambda: with_file("many.zip", files.many_files(10_000)), "files-skipped"),
        "docx that inflates": (lambda: with_file("bomb.docx", files.fat_docx(150_000_000)), "unpacked-too-large"),
        "docx with a billion laughs": (lambda: with_file("laughs.docx", files.laughing_docx()), ""),
        "xlsx with a billion laughs": (lambda: with_file("laughs.xlsx", files.laughing_xlsx()), ""),
        "odt with a billion laughs": (lambda: with_file("laughs.odt", files.laughing_odt()), ""),
        "png of a billion dots": (lambda: with_file("bomb.png", files.huge_png(40_000, 40_000)), "unpacked-too-large"),
        "pdf stream that inflates": (lambda: with_file("bomb.pdf", files.fat_pdf(150_000_000)), "unpacked-too-large"),
        "pdf that draws a huge page": (lambda: with_file("huge.pdf", files.huge_page_pdf()), ""),
        "pdf of ten thousand pages": (lambda: with_file("pages.pdf", files.many_pages(10_000)), "pages-skipped"),
        "multiparts within multiparts": (lambda: files.nested_mime(3000), "mime-too-large"),
        "a hundred thousand parts": (lambda: multipart("mixed", *[b"\r\nx"] * 100_000), "mime-too-large"),
        "messages within messages": (lambda: files.nested_messages(200), ""),
        "a header of 20 MB": (lambda: mail(b"x", {"X-Long": "y" * 20_000_000}), "header-too-large"),
        "three hundred thousand headers": (
            lambda: b"X-A: b\r\n" * 300_000 + mail(WORDS["en"].encode()),
            "header-too-large",
        ),
        "encoded words without end": (lambda: mail(b"x", {"Subject": "=?utf-8?B?" * 20_000}), ""),
        "html nested without end": (lambda: typed("<div>" * 100_000 + "deep", "text/html"), ""),
        "html of 20 MB": (lambda: typed("<p>word " * 2_500_000, "text/html"), ""),
        "quotation marks without end": (lambda: typed(">" * 1_000_000), ""),
        "attributions without end": (lambda: typed("On 2009 <a@b.example> " * 40_000), ""),
        "header-like lines without end": (lambda: typed("From: a\nTo: b\n" * 50_000), ""),
        "rules without end": (lambda: typed("-" * 1_000_000 + "\n" + "_" * 500_000), ""),
        "brackets without end": (lambda: typed("(a) " * 100_000), ""),
        "rtf groups without end": (lambda: with_file("deep.rtf", b"{\\rtf1 " + b"{" * 200_000), ""),
        "forty megabytes of base64": (lambda: with_file("big.bin", bytes(30_000_000)), "attachment-unknown"),
    }
    for name, (content, code) in made.items():
        yield Case(f"bomb: {name}", content, codes=(code,) if code else (), bomb=True)
