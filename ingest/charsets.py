"""Bytes to text, whatever the label says. Nothing is dropped: the raw message keeps what cannot be decoded."""

from __future__ import annotations

import base64
import codecs
import email.errors
import re
import subprocess
import unicodedata
from email.header import decode_header
from functools import lru_cache
from typing import Final

from charset_normalizer import from_bytes

from core.model import Problem

SUPERSETS: Final = {
    # What mail programs write, and what the bytes then really are: the larger set reads the smaller one too.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-6-e": "iso-8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "cp-850": "cp850",
}
UNKNOWN: Final = frozenset({"", "unknown-8bit", "x-unknown", "8bit", "default", "binary"})
FALLBACK: Final = "cp1252"


_UNPRINTABLE: Final = {code: "\ufffd" for code in (0, *range(0xD800, 0xE000))}


def storable(text: str) -> str:
    """`text` with NUL and lone surrogates, which no database or UTF-8 file takes, as U+FFFD; offsets stay."""
    if text.isascii() and "\0" not in text:
        return text
    return text.translate(_UNPRINTABLE)


INVISIBLE: Final = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]")
"""Soft hyphens, marks of direction, blanks of no width: nobody sees them, and they part words that belong together."""


def readable(text: str) -> str:
    """`text` as it is stored and read: evidence counts its characters. What was cleaned out stays in the raw message."""
    return storable(text if text.isascii() else INVISIBLE.sub("", text))


def decode(
    data: bytes, declared: str | None, where: str = "", hint: str | None = None
) -> tuple[str, tuple[Problem, ...]]:
    """Text of `data`, and a Problem where its label was missing a codec or did not fit the bytes.

    `hint` is a label from elsewhere in the message, tried before guessing where there is none of its own.
    """
    label = re.sub(r"[^\w.:+-]", "", (declared or "").partition("*")[0], flags=re.ASCII).lower()  # RFC 2231: "utf-8*en"
    codec = _canonical(label)
    if label not in UNKNOWN and (text := _by_label(data, label)) is not None and not _misread(text, data, codec):
        return text, ()
    if label in UNKNOWN and hint and not data.isascii() and (text := _by_label(data, hint)) is not None:
        return text, ()
    text, read_as = guess(data)
    if text.count("\ufffd") > max(3, len(text) // 200):
        return text, (Problem("charset-lossy", where, f"labelled {label or 'nothing'}, read as {read_as} with losses"),)
    plain = data.isascii() and read_as in ("utf-8", "ascii")
    if plain or (label in UNKNOWN and read_as == "utf-8"):
        return text, ()
    code = "charset-missing" if label in UNKNOWN else "charset-wrong"
    return text, (Problem(code, where, f"labelled {label or 'nothing'}, read as {read_as}"),)


def _by_label(data: bytes, label: str) -> str | None:
    codec = SUPERSETS.get(label, label)
    try:
        if codecs.lookup(codec)._is_text_encoding:
            return data.decode(codec)
    except UnicodeError:
        return None
    except LookupError:
        return _by_iconv(data, label)
    return None


def _by_iconv(data: bytes, label: str) -> str | None:
    """Charsets that Python lacks (ISO-2022-CN, EUC-TW), through the C library's `iconv` program."""
    if not re.fullmatch(r"[\w.:-]{2,40}", label):
        return None
    try:
        done = subprocess.run(
            ["iconv", "-f", label, "-t", "utf-8"], input=data, capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _canonical(label: str) -> str:
    """The codec's one name for any of its labels: "windows-1251" and "x-cp1251" are cp1251."""
    try:
        return codecs.lookup(SUPERSETS.get(label, label)).name
    except LookupError:
        return label


def _misread(text: str, data: bytes, codec: str) -> bool:
    """Whether a label that fits any bytes at all hides another charset: UTF-8 called Latin, koi8-r called cp1251.

    Bytes beyond ASCII that are valid UTF-8 are never anything else by chance; for 8-bit charsets the guess must
    read far better than the label.
    """
    if data.isascii() or codec not in {_canonical(name) for name in EIGHT_BIT}:
        return False
    if _is_utf8(data):
        return True
    guessed, found = guess(data)
    return _canonical(found) != codec and likeness(guessed) > likeness(text) + CLEARLY


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def decode_header_value(value: object, where: str = "", hint: str | None = None) -> tuple[str, tuple[Problem, ...]]:
    """A header's value with encoded words (RFC 2047) and raw 8-bit characters decoded, and unfolded.

    `value` is what the email package keeps: a str in which bytes beyond ASCII are surrogates (PEP 383), or a Header.
    """
    raw = str(value) if not hasattr(value, "encode") or isinstance(value, str) else value.encode()
    unfolded = re.sub(r"\r?\n[ \t]*", " ", raw)
    problems: list[Problem] = []
    if _has_surrogates(unfolded):
        data = unfolded.encode("utf-8", "surrogateescape")
        text, found = decode(data, None, where, hint)
        problems.extend((*found, Problem("header-8bit", where, "raw 8-bit characters in a header")))
        unfolded = text
    elif ESCAPES.search(unfolded):  # ISO-2022-* written raw is ASCII to look at
        text, found = decode(unfolded.encode("utf-8"), None, where, hint)
        problems.extend((*found, Problem("header-8bit", where, "raw ISO-2022 in a header")))
        unfolded = text
    pieces: list[str] = []
    for data_or_text, charset in _joined(_decoded_words(_mended(unfolded), where, problems)):
        if isinstance(data_or_text, str):
            pieces.append(data_or_text)
            continue
        text, found = decode(data_or_text, charset, where)
        pieces.append(text)
        problems.extend(found)
    return storable("".join(pieces)).strip(), tuple(problems)


def _mended(text: str) -> str:
    """Encoded words as the library knows them: the closing "?=" put back, and white space within base64 taken out."""
    text = (
        re.sub(r"(=\?[\w*.:-]{2,40}\?[qQbB]\?[^?\s]+)\??(?==\?[\w*.:-]{2,40}\?[qQbB]\?|$)", r"\1?=", text)
        if "?=" not in text[-2:]
        else text
    )
    return re.sub(
        r"(=\?[\w*.:-]{2,40}\?[bB]\?)([A-Za-z0-9+/=\s]*)(\?=)",
        lambda word: word.group(1) + re.sub(r"\s", "", word.group(2)) + word.group(3),
        text,
    )


def _decoded_words(text: str, where: str, problems: list[Problem]) -> list[tuple[bytes | str, str | None]]:
    try:
        return decode_header(text)
    except (ValueError, LookupError, email.errors.MessageError) as error:
        problems.append(Problem("encoded-word-broken", where, str(error)))
        return [_leniently(text)]


def _leniently(text: str) -> tuple[bytes | str, str | None]:
    """The first broken base64 word as far as it goes; the raw header is kept beside."""
    found = re.search(r"=\?([\w.:-]+)(?:\*[\w-]+)?\?[bB]\?([A-Za-z0-9+/]*)", text)
    if not found:
        return text, None
    letters = found.group(2)
    return base64.b64decode(letters[: len(letters) // 4 * 4]), found.group(1)


def _joined(words: list[tuple[bytes | str, str | None]]) -> list[tuple[bytes | str, str | None]]:
    """Neighbours of one charset as one: senders cut multi-byte characters in two, against RFC 2047, section 5."""
    joined: list[tuple[bytes | str, str | None]] = []
    for data, charset in words:
        if joined and isinstance(data, bytes) and isinstance(joined[-1][0], bytes) and joined[-1][1] == charset:
            joined[-1] = (joined[-1][0] + data, charset)
        else:
            joined.append((data, charset))
    return joined


def _has_surrogates(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text)


# --- guessing ------------------------------------------------------------------------------------

EIGHT_BIT: Final = (
    "cp1252",
    "cp1251",
    "koi8-r",
    "koi8-u",
    "cp866",
    "iso-8859-5",
    "cp1256",
    "iso-8859-6",
    "cp850",
    "mac-roman",
)
MULTI_BYTE: Final = ("gb18030", "big5hkscs")
ESCAPES: Final = re.compile(r"\x1b(?:\$[)*+]?[A-Z@]|\([A-Z]|\.[AF])|~\{(?:[!-}][!-~])+~\}")
CLEARLY: Final = 0.35
COMMON: Final = {
    # The most frequent first; a letter's weight falls with its place.
    "cyrillic": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґ",
    "arabic": "اليمنرتوبةعدهفسكقحجشطأصخإىذثضءئغزظآؤ،؟",
    "latin": "éáíóàèñçúêôîûâùïÉ’«»œÀ“”ëüöäßÁÍÓÚÑÈÇÊÜÖ–—°º…ª¿¡•\u00a0æãõøåìò",
    "hant": "這個國來為時們會說學對過還後動從當發經業與問題無種關點間機應實現讓開樣長頭電見東車書馬門風議賠償際組織財產權貿運輸處罰執員調查訴訟評險麼貴達華聯勞蒙進導總統區縣設計親愛請謝謹覆據討論該屆將擬專約條義務辦團體構範圍簽證護雙邊戰輕緊單獨選擇參檢閱讀寫傳遞轉譯語種錄記載複雜歸還聽聲響應覺觀視點線網絡標準規則劃劑類農鄉鎮廠礦鐵銀貨幣價稅額數據",
    "han": "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严",
}
WEIGHTS: Final = {
    **{char: 1.0 - 0.8 * place / len(letters) for letters in COMMON.values() for place, char in enumerate(letters)},
    **dict.fromkeys(COMMON["han"] + COMMON["hant"], 1.0),
}
CAPITAL: Final = 0.5
UNCOMMON: Final = {"Lo": -0.1, "Ll": -0.5, "Lu": -0.5, "Po": 0.2, "Ps": 0.2, "Pe": 0.2, "Pd": 0.2}
"""Weights of other characters by their Unicode category: Chinese has many rare ones (Lo), signs are suspect."""


def guess(data: bytes) -> tuple[str, str]:
    """(text, codec) for bytes without a usable label: UTF-8 if it fits, else the charset that reads most like one of
    the six languages, else what charset-normalizer makes of it."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), "utf-16"
    if (codec := _wide(data)) is not None:
        return data.decode(codec, "replace"), codec
    if _is_utf8(data):
        return _with_escapes(data)
    best, best_likeness, best_codec = "", MIN_LIKENESS, ""
    for codec in (*MULTI_BYTE, *EIGHT_BIT):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if (found := likeness(text)) > best_likeness:
            best, best_likeness, best_codec = text, found, codec
    if best_codec:
        return best, best_codec
    if (spoiled := data.decode("utf-8", "replace")).count("\ufffd") <= max(2, len(spoiled) // 50):
        return spoiled, "utf-8"
    found_best = from_bytes(data).best()
    if found_best is not None:
        codec = SUPERSETS.get(found_best.encoding, found_best.encoding)
        return data.decode(codec, "replace"), codec
    return data.decode(FALLBACK, "replace"), FALLBACK


MIN_LIKENESS: Final = 0.2


def likeness(text: str) -> float:
    """How much the letters beyond ASCII look like Arabic, Chinese, French, Russian or Spanish (at most 1).

    Common letters count for it; rare ones, signs, and changes of script or of case within a word against it.
    """
    beyond = [char for char in text if char > "\x7f"]
    if not beyond:
        return 0.0
    breaks = len(JUMP.findall(text)) + len(LATIN_RUN.findall(text))
    return (sum(map(_weight, beyond)) - breaks) / len(beyond)


@lru_cache(maxsize=10_000)
def _weight(char: str) -> float:
    if char in WEIGHTS:
        return WEIGHTS[char]
    if char.lower() in WEIGHTS:
        return WEIGHTS[char.lower()] * CAPITAL
    return UNCOMMON.get(unicodedata.category(char), -1.5)


JUMP: Final = re.compile(
    r"(?<=[а-яёa-zà-ÿ])(?=[А-ЯЁÀ-Þ])|(?<=[a-zA-Z])(?=[Ѐ-ӿ\u0600-\u06ff])|(?<=[Ѐ-ӿ])(?=[a-zA-Z\u0600-\u06ff])|(?<=[\u0600-\u06ff])(?=[a-zA-Z])"
)
LATIN_RUN: Final = re.compile(r"[\u00a1-\u00ff]{3,}")
"""Three accented Latin letters in a row: another script read as Latin."""


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of Latin text is zero."""
    head = data[:400]
    if len(head) < 8 or b"\x00" not in head:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    return "utf-16-le" if odd > 0.3 > even else "utf-16-be" if even > 0.3 > odd else None


def _with_escapes(data: bytes) -> tuple[str, str]:
    """ASCII to look at, but with the escapes of ISO-2022 or HZ (RFC 1468, 1843, 1922)."""
    text = data.decode("utf-8")
    if ESCAPES.search(text):
        for codec in ("iso2022_kr", "iso2022_jp_ext", "hz") if "\x1b" in text else ("hz",):
            try:
                return data.decode(codec), codec
            except UnicodeDecodeError:
                continue
        if (found := _by_iconv(data, "iso-2022-cn-ext")) is not None:
            return found, "iso-2022-cn-ext"
    return text, "utf-8"
