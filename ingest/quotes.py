"""What in a text the sender wrote, and what is quoted, forwarded, signed, disclaimed, or the note verbale itself.

Works on whole lines, except for the note, which is found in any layout by shared runs of words. The spans it
returns cover the text from end to end, in order and without gaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Final

from core.model import Span, SpanLabel

# --- the forms of mail clients, in six languages -------------------------------------------------

QUOTED_LINE: Final = re.compile(r"^\s{0,3}(?:>|\|(?=\s))")

COMPARISON: Final = re.compile(r"^\s*>\s*\d[\d.,]*\s*(?:%|[^\W\d_]{2,})")

ATTRIBUTION: Final = re.compile(
    r"""^[ \t\u200e\u200f>]*(?:
        (?:On|Am|At)\b.{6,200}\b(?:wrote|writes)\s*:                      # Gmail, Apple Mail, Thunderbird
      | .{3,160}\bwrote\s*:
      | Le\b.{6,200}\ba\s+écrit\s*: | .{3,160}\ba\s+écrit\s*:
      | El\b.{6,200}\b(?:escribió|ha\s+escrito)\s*: | .{3,160}\bescribió\s*:
      | .{6,200}\b(?:пишет|написала?|написал\(а\))\s*:
      | .{0,200}(?:كتب|كتبت|كتَب)(?:\s.{0,160})?\s*[:：]
      | (?:在|于|於)?.{4,200}(?:写道|寫道|写到)\s*[:：]
      | .{0,200}\bتمت\s+كتابة\s+ما\s+يلي\s+بواسطة.{0,160}[:：]
      | (?:You\s+wrote|Вы\s+писали|Vous\s+avez\s+écrit|Usted\s+escribió)\b.{4,120}[:：]          # The Bat!
      | .{6,200}<[^<>\s]+@[^<>\s]+>\)?\s*[:：]                     # Yandex, Mail.ru, Gmail in Russian: no verb
    )\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
CLOCK: Final = re.compile(r"\d{1,2}[:.]\d{2}|\d{4}|\d{1,2}[/.]\d{1,2}[/.]\d{2}")

BY_CLIENT: Final = re.compile(r"\d{1,2}[:.]\d{2}|<?[^<>\s]+@[^<>\s]+\.[^<>\s]+")

REPLY_RULE: Final = re.compile(
    r"""^[ \t\u200e\u200f]*[-_=*]{2,}\s*(?:
        Original(?:\s+(?:Message|Appointment))?|.{2,80}\b(?:wrote|a\s+écrit|escribió|schrieb)\s*:|Message\s+d['’]origine|Mensaje\s+original|Исходное\s+сообщение
      | Первоначальное\s+сообщение|الرسالة\s+الأصلية|原始邮件|原始郵件|原邮件|回复的原邮件|Reply\s+message
    )\s*[-_=*]{2,}.*$""",
    re.VERBOSE | re.IGNORECASE,
)

FORWARD_RULE: Final = re.compile(
    r"""^[ \t\u200e\u200f]*(?:
        [-_=*]{2,}\s*(?:Forwarded\s+(?:message|by)|Message\s+transf[ée]r[ée]|Message\s+r[ée]exp[ée]di[ée]|Mensaje\s+reenviado
          |Пересылаемое\s+сообщение|Пересланное\s+сообщение|Переадресованное\s+сообщение
          |رسالة\s+(?:معاد\s+توجيهها|محولة|مُعاد\s+توجيهها|مُحوَّلة)|الرسالة\s+المعاد\s+توجيهها
          |转发的?邮件(?:信息)?|轉寄郵件|转发消息|Forwarded\s+mail).*
      | Begin\s+forwarded\s+message\s*:|D[ée]but\s+du\s+message\s+(?:r[ée]exp[ée]di[ée]|transf[ée]r[ée])\s*:
      | Inicio\s+del\s+mensaje\s+reenviado\s*:|Начало\s+(?:переадресованного|пересылаемого)\s+сообщения\s*:
      | بداية\s+الرسالة\s+(?:المحولة|المُعاد\s+توجيهها|المعاد\s+توجيهها)\s*:|下面是被转发的邮件\s*[:：]|开始转发的邮件\s*[:：]
    )\s*$""",
    re.VERBOSE | re.IGNORECASE,
)

_FROM: Final = r"From|De|Von|От|От\s+кого|من|المرسل|发件人|寄件者|寄件人"
_OTHER: Final = (
    r"Sent|Date|To|Cc|Subject|Envoy[ée](?:\s+le)?|[ÀA]|Objet|Enviado(?:\s+el)?|Fecha|Para|Asunto|CC"
    r"|Отправлено|Дата|Кому|Копия|Тема|تم\s+الإرسال|تاريخ\s+الإرسال|أرسلت?|التاريخ|إلى|نسخة|الموضوع"
    r"|发送时间|发送日期|日期|时间|收件人|抄送|主题|寄件日期|收件者|主旨"
)
FROM_LINE: Final = re.compile(rf"^[ \t\u200e\u200f>*]*(?:{_FROM})\s*\*?\s*[:：]\*?\s*\S", re.IGNORECASE)
OTHER_LINE: Final = re.compile(rf"^[ \t\u200e\u200f>*]*(?:{_OTHER})\s*\*?\s*[:：]", re.IGNORECASE)

RULE_LINE: Final = re.compile(r"^[ \t]*[_=-]{5,}[ \t]*$")
SIGNATURE_RULE: Final = re.compile(r"^(?:--\s?|__{4,}|—\s?)$")
MOBILE_LINE: Final = re.compile(
    r"^\s*(?:Sent\s+from\s+my|Get\s+Outlook|Envoyé\s+(?:de\s+mon|depuis)|Enviado\s+desde\s+mi|Отправлено\s+(?:с|из)\s+"
    r"|أُ?رسلت?\s+من|发自我的|從我的).{0,60}$",
    re.IGNORECASE,
)
CLOSING_LINE: Final = re.compile(
    r"""^\s*(?:
        (?:(?:with\s+)?(?:best|kind|warm)(?:est)?\s+(?:regards|wishes)|regards|(?:yours\s+)?(?:sincerely|faithfully)(?:\s+yours)?)
      | (?:bien\s+)?cordialement|(?:meilleures|sincères)\s+salutations|salutations\s+(?:distinguées|cordiales)|respectueusement
      | (?:un\s+)?(?:cordial|atento)\s+saludo|saludos(?:\s+cordiales)?|atentamente|cordialmente
      | с\s+(?:глубоким\s+)?уважением
      | (?:و?تفضلوا\s+بقبول.{0,60}|مع\s+(?:أطيب\s+التحيات|خالص\s+التحية|التحية|فائق\s+الاحترام)|وتقبلوا.{0,60})
      | 此致(?:敬礼)?|顺颂商祺|顺致崇高的?敬意|谨上|敬上
    )\s*[,.;،。!\uff01\uff0c]*\s*$""",
    re.VERBOSE | re.IGNORECASE,
)
STATEMENT: Final = re.compile(
    r"""^\s*(?:
        (?:\(?(?:[a-hа-зأبجدهوزح]|[一二三四五六七八九十])[)、]|\(?\d{1,2}[).、])\s*\S.{3}  # an item of a list, no initial
      | (?:\S+\s+){4,}\S+[.!?؟]                                            # a sentence
      | [^\s].{6,}[。！？]
    )""",
    re.VERBOSE | re.IGNORECASE,
)
DISCLAIMER: Final = re.compile(
    r"""(?:this|the\s+information\s+(?:contained\s+)?in\s+this)\s+(?:e-?mail|message|communication|transmission)\b.{0,200}
          \b(?:confidential|intended|privileged|recipient)
      | \b(?:confidentiality|legal)\s+(?:notice|disclaimer)\b|\bplease\s+consider\s+the\s+environment\b
      | \bce\s+(?:message|courriel|mail)\b.{0,200}\b(?:confidentiel|destinataire|exclusivement)
      | \beste\s+(?:mensaje|correo)\b.{0,200}\b(?:confidencial|destinatario|exclusiv)
      | (?:настоящее|данное|это)\s+(?:электронное\s+)?(?:сообщение|письмо)\b.{0,200}(?:конфиденциальн|адресат|предназнач)
      | (?:هذه?\s+(?:الرسالة|البريد)|تحتوي\s+هذه\s+الرسالة|إن\s+هذه\s+الرسالة).{0,200}(?:سري|المرسل\s+إليه|مخصص)
      | \b(?:scanned|checked|verified)\s+(?:for|by|with)\b.{0,60}\b(?:virus|malware|avast|kaspersky|mcafee|norton|mimecast)
      | \b(?:virus-free|sans\s+virus|libre\s+de\s+virus)\b | \bпроверено\b.{0,60}\b(?:антивирус|вирус)
      | 本(?:邮件|郵件|电子邮件|信息).{0,120}(?:保密|机密|機密|收件人)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)

MAX_ATTRIBUTION_LINES: Final = 3
MAX_SIGNATURE_LINES: Final = 12
MAX_CLOSING_LINES: Final = 10


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    end: int
    """Behind the line break, so that lines cover the text."""
    text: str

    @property
    def blank(self) -> bool:
        return not self.text.strip()


def split_text(
    text: str,
    notes: Mapping[str, str],
    titles: Iterable[str] = (),
    own_addresses: Iterable[str] = (),
    *,
    mail: bool = True,
) -> tuple[Span, ...]:
    """Spans over the whole of `text`, each with one label.

    `notes` are the note verbale's texts by language, `titles` the areas' titles: words that a sender may well
    take over as a proposal, so a run of them alone is no quotation. `own_addresses` are the secretariat's and the
    sender's, or ends of addresses ("@unodc.org"): a header block from one of them introduces quoted text, not a
    forwarded reply. `mail` is False for text out of
    an attached letter, in which no mail client's forms are looked for.
    """
    lines = list(_lines(text))
    labels: list[SpanLabel] = _mail_labels(lines, tuple(own_addresses)) if mail else ["reply"] * len(lines)
    note = note_runs(text, tuple(sorted(notes.items())), tuple(titles))
    if mail:
        _label_answer_below(lines, labels, note)
        _label_endings(lines, labels)
    characters: list[SpanLabel] = []
    for line, label in zip(lines, labels, strict=True):
        characters.extend([label] * (line.end - line.start))
    for start, end in note:
        for index in range(start, end):
            if characters[index] != "quoted":
                characters[index] = "note"
    return _to_spans(characters)


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for piece in text.splitlines(keepends=True):
        yield _Line(start, start + len(piece), piece.rstrip("\r\n"))
        start += len(piece)


def _to_spans(characters: list[SpanLabel]) -> tuple[Span, ...]:
    spans = []
    start = 0
    for label, run in groupby(characters):
        end = start + sum(1 for _ in run)
        spans.append(Span(start, end, label))
        start = end
    return tuple(spans)


# --- quoted and forwarded ------------------------------------------------------------------------


def _mail_labels(lines: list[_Line], own_addresses: tuple[str, ...]) -> list[SpanLabel]:
    labels: list[SpanLabel] = ["reply"] * len(lines)
    index = 0
    rest: SpanLabel = "reply"
    introduced = False
    while index < len(lines):
        if QUOTED_LINE.match(lines[index].text):
            labels[index] = "quoted" if introduced or not _is_comparison(lines, index) else rest
            index += 1
            continue
        found = _introduction(lines, index, own_addresses)
        if found is None:
            labels[index] = rest
            index += 1
            continue
        end, label, inline = found
        introduced = True
        labels[index:end] = ["quoted"] * (end - index)
        rest = rest if inline or rest == "quoted" else label
        index = end
    return labels


def _is_comparison(lines: list[_Line], index: int) -> bool:
    """A lone line such as "> 30 % of all cases", within a sentence of the sender's."""
    around = [lines[at].text for at in (index - 1, index + 1) if 0 <= at < len(lines)]
    return bool(COMPARISON.match(lines[index].text)) and not any(QUOTED_LINE.match(text) for text in around)


def _introduction(lines: list[_Line], index: int, own: tuple[str, ...]) -> tuple[int, SpanLabel, bool] | None:
    """Whether lines from `index` on introduce another message: (line behind it, label of what follows, marked with ">")."""
    if (end := _attribution_end(lines, index)) is not None:
        return end, "quoted", _marked_after(lines, end)
    rule: SpanLabel | None = None
    at = index
    if FORWARD_RULE.match(lines[at].text):
        rule, at = "forwarded", at + 1
    elif REPLY_RULE.match(lines[at].text):
        rule, at = "quoted", at + 1
    elif RULE_LINE.match(lines[at].text) and (end := _header_block_end(lines, at + 1)) is not None:
        return end, _block_label("\n".join(line.text for line in lines[at + 1 : end]), None, own), False
    block_start = at
    while at < len(lines) and rule is not None and lines[at].blank:
        at += 1
    end = _header_block_end(lines, at)
    if end is None:
        return (block_start, rule, False) if rule else None
    return end, _block_label("\n".join(line.text for line in lines[at:end]), rule, own), False


def _block_label(block: str, rule: SpanLabel | None, own: tuple[str, ...]) -> SpanLabel:
    sender = next((line for line in block.split("\n") if FROM_LINE.match(line)), "").lower()
    if any(address.lower() in sender for address in own if address):
        return "quoted"
    # Outlook puts "Original Message" above what is forwarded, too: another's address tells.
    return "forwarded" if "@" in sender else rule or "forwarded"


def _attribution_end(lines: list[_Line], index: int) -> int | None:
    """The line behind "On … wrote:", which may be broken over up to three lines.

    A letter may quote another ("On 12 May the Ministry wrote:"): what follows without marks is only taken for
    quoted where the line has what mail clients put into it, the time of day or an address.
    """
    if lines[index].blank:
        return None
    for count in range(1, MAX_ATTRIBUTION_LINES + 1):
        block = lines[index : index + count]
        if len(block) < count or block[-1].blank:
            return None
        joined = _joined(block)
        if not (ATTRIBUTION.match(joined) and CLOCK.search(joined)):
            continue
        if count > 1 and (not CLOCK.search(block[0].text) or any(_is_dated(block[at:]) for at in range(1, count))):
            return None  # it begins on a later line
        end = index + count
        return end if BY_CLIENT.search(joined) or _marked_after(lines, end) else None
    return None


def _joined(block: list[_Line]) -> str:
    return " ".join(line.text.strip() for line in block)


def _is_dated(block: list[_Line]) -> bool:
    joined = _joined(block)
    return bool(ATTRIBUTION.match(joined) and CLOCK.search(joined))


def _marked_after(lines: list[_Line], index: int) -> bool:
    following = next((line.text for line in lines[index:] if not line.blank), "")
    return bool(QUOTED_LINE.match(following))


def _header_block_end(lines: list[_Line], index: int) -> int | None:
    """The line behind a block such as "From: … Sent: … To: … Subject: …" (at least three of them)."""
    if index >= len(lines) or not (FROM_LINE.match(lines[index].text) or OTHER_LINE.match(lines[index].text)):
        return None
    seen = 1
    at = index + 1
    while at < len(lines) and not lines[at].blank:
        if OTHER_LINE.match(lines[at].text) or FROM_LINE.match(lines[at].text):
            seen += 1
        elif seen < 2 or at - index > 8:
            break
        at += 1
    has_sender = any(FROM_LINE.match(line.text) for line in lines[index:at])
    return at if seen >= 3 and has_sender else None


def _label_answer_below(lines: list[_Line], labels: list[SpanLabel], note: list[tuple[int, int]]) -> None:
    """Where nothing is written above, and the note quoted without marks: what stands below it is the answer, in place."""
    if not note or any(
        label in ("reply", "forwarded") and not line.blank for line, label in zip(lines, labels, strict=True)
    ):
        return
    bottom = max(end for _, end in note)
    for at, line in enumerate(lines):
        if line.start >= bottom and not QUOTED_LINE.match(line.text):
            labels[at] = "reply"


# --- signature and disclaimer --------------------------------------------------------------------


def _label_endings(lines: list[_Line], labels: list[SpanLabel]) -> None:
    """Signatures and disclaimers at the end of each stretch that somebody wrote, in place."""
    for label, start, end in list(_stretches(labels)):
        if label not in ("reply", "forwarded"):
            continue
        bottom = _label_disclaimer(lines, labels, start, end)
        begins, ends = _signature(lines, start, bottom)
        labels[begins:ends] = ["signature"] * (ends - begins)


def _stretches(labels: list[SpanLabel]) -> Iterator[tuple[SpanLabel, int, int]]:
    start = 0
    for label, run in groupby(labels):
        end = start + sum(1 for _ in run)
        yield label, start, end
        start = end


def _label_disclaimer(lines: list[_Line], labels: list[SpanLabel], start: int, end: int) -> int:
    """Label closing paragraphs that disclaim; returns where the rest ends."""
    at = end
    while at > start:
        paragraph_end = at
        while at > start and lines[at - 1].blank:
            at -= 1
        bottom = at
        while at > start and not lines[at - 1].blank:
            at -= 1
        paragraph = "\n".join(line.text for line in lines[at:bottom])
        if at == start or not paragraph or not DISCLAIMER.search(paragraph):
            return paragraph_end
        labels[at:paragraph_end] = ["disclaimer"] * (paragraph_end - at)
    return at


def _signature(lines: list[_Line], start: int, end: int) -> tuple[int, int]:
    """(first line, the line behind) of the closing words and the name at the end; what is said below them is none of it."""
    below: list[_Line] = []
    for index in range(end - 1, start - 1, -1):
        text = lines[index].text
        rule, closing = SIGNATURE_RULE.match(text), CLOSING_LINE.match(text)
        if rule or (closing and len(below) <= MAX_CLOSING_LINES and all(len(line.text) < 90 for line in below)):
            return _without_postscript(lines, index, end)
        if not lines[index].blank:
            below.append(lines[index])
        if len(below) > MAX_SIGNATURE_LINES:
            break
    last = next((index for index in range(end - 1, start - 1, -1) if not lines[index].blank), None)
    if last is not None and MOBILE_LINE.match(lines[last].text):
        return last, end
    return end, end


def _without_postscript(lines: list[_Line], index: int, end: int) -> tuple[int, int]:
    """A signature has no sentences and no list: a paragraph of them below the name is the sender's last word."""
    said = next((at for at in range(index + 1, end) if STATEMENT.match(lines[at].text)), None)
    if said is None:
        return index, end
    named = any(not line.blank for line in lines[index + 1 : said])
    return (index, said) if named and lines[said - 1].blank else (end, end)


# --- the note verbale itself ---------------------------------------------------------------------

WORD: Final = re.compile(r"[\u3400-\u9fff]|[^\W_]+")
SHINGLE: Final = 5
MAX_GAP: Final = 4
MIN_WORDS: Final = 30
"""A run of the note's own words shorter than this may be courtesy or a title taken over."""


def note_runs(text: str, notes: tuple[tuple[str, str], ...], titles: tuple[str, ...]) -> list[tuple[int, int]]:
    """(start, end) of stretches of the note verbale in `text`, in any layout and any of the notes' languages.

    A word belongs to the note when it stands in a run of five words that the note has too. A stretch counts
    when it has at least 30 such words outside the areas' titles: titles alone may well be a proposal.
    """
    words = [(match.start(), match.end(), match.group().casefold()) for match in WORD.finditer(text)]
    if len(words) < MIN_WORDS:
        return []
    found: list[tuple[int, int]] = []
    for _, note in notes:
        shingles, title_shingles = _shingles(note), _title_shingles(titles)
        covered = _covered(words, shingles)
        in_title = _covered(words, title_shingles)
        for first, last in _runs(covered):
            own = sum(covered[at] and not in_title[at] for at in range(first, last + 1))
            if own >= MIN_WORDS:
                found.append((_line_start(text, words[first][0]), _line_end(text, words[last][1])))
    return found


def _covered(words: list[tuple[int, int, str]], shingles: frozenset[tuple[str, ...]]) -> list[bool]:
    covered = [False] * len(words)
    for at in range(len(words) - SHINGLE + 1):
        if tuple(word for _, _, word in words[at : at + SHINGLE]) in shingles:
            covered[at : at + SHINGLE] = [True] * SHINGLE
    return covered


def _runs(covered: list[bool]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of covered words, small gaps within it allowed."""
    first = last = -1
    for at, inside in enumerate(covered):
        if not inside:
            continue
        if first < 0:
            first = at
        elif at - last > MAX_GAP + 1:
            yield first, last
            first = at
        last = at
    if first >= 0:
        yield first, last


@lru_cache(maxsize=32)
def _shingles(note: str) -> frozenset[tuple[str, ...]]:
    words = [match.group().casefold() for match in WORD.finditer(note)]
    return frozenset(tuple(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1))


@lru_cache(maxsize=8)
def _title_shingles(titles: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset().union(*(_shingles(title) for title in titles)) if titles else frozenset()


def _line_start(text: str, at: int) -> int:
    """Back to the line's start when only marks or white space stand before `at`."""
    start = text.rfind("\n", 0, at) + 1
    return start if not WORD.search(text, start, at) else at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end + 1
    return end if not WORD.search(text, at, end) else at
