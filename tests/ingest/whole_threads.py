"""Invented threads as whole messages: HTML of many clients, forwards, the note pasted, signatures and disclaimers.

whole_threads() gives each message's bytes with the lines that the sender wrote (or forwarded for their capital) and
the lines that were not theirs to say. The quoted words and the written ones are those of threads.py.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from core.consultation import Consultation
from core.model import LANGUAGES
from tests.ingest.threads import ADDRESS, ATTRIBUTIONS, HEADS, NAME, ONLY, QUOTED, WHO, WRITTEN, head
from tests.make import make_email


@dataclass(frozen=True)
class Whole:
    name: str
    content: bytes
    written: tuple[str, ...]
    quoted: tuple[str, ...] = ()


def whole_threads(consultation: Consultation) -> Iterator[Whole]:
    for language in LANGUAGES:
        yield from _html(language)
        yield from _interleaved(language)
        yield from _forwards(language)
        yield from _endings(language)
        yield from _with_note(language, consultation.notes[language])
    yield from _not_quoted()


def _lines(lines: list[str], element: str = "div") -> str:
    return "".join(f"<{element}>{escape(line)}</{element}>" for line in lines)


# --- HTML ----------------------------------------------------------------------------------------


def _gmail(written: str, quoted: str, said: str, _: str) -> str:
    return f'<div dir="ltr">{written}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{said}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex"><div dir="ltr">{quoted}</div></blockquote></div>'


def _apple(written: str, quoted: str, said: str, _: str) -> str:
    return f'<body style="word-wrap: break-word">{written}<div><br><blockquote type="cite"><div>{said}</div><br><div>{quoted}</div></blockquote></div></body>'


def _thunderbird(written: str, quoted: str, said: str, _: str) -> str:
    return f'<body>{written}<br><div class="moz-cite-prefix">{said}<br></div><blockquote type="cite" cite="mid:a@b.example">{quoted}</blockquote></body>'


def _outlook(written: str, quoted: str, _: str, top: str) -> str:
    shown = top.replace("\n", "<br>")
    return f'<div class="WordSection1">{written}<p class="MsoNormal">&nbsp;</p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal">{shown}</p></div></div>{quoted}</div>'


def _outlook_web(written: str, quoted: str, _: str, top: str) -> str:
    first, *rest = top.split("\n")
    bold = "<br>".join(f"<b>{line.partition(':')[0]}:</b>{line.partition(':')[2]}" for line in (first, *rest))
    return f'<div>{written}</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">{bold}</font><div>&nbsp;</div></div><div>{quoted}</div>'


def _yahoo(written: str, quoted: str, said: str, _: str) -> str:
    return f'<div class="yahoo-style-wrap">{written}</div><div id="yahoo_quoted_1" class="yahoo_quoted"><div><div>{said}</div><div><br></div>{quoted}</div></div>'


def _mail_ru(written: str, quoted: str, said: str, _: str) -> str:
    return f'{written}<br><blockquote style="border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">{said}<br><div>{quoted}</div></blockquote>'


def _yandex(written: str, quoted: str, said: str, _: str) -> str:
    return f"<div>{written}</div><div>&nbsp;</div><div>{said}</div><blockquote><div>{quoted}</div></blockquote>"


def _netease(written: str, quoted: str, said: str, _: str) -> str:
    return f'<div>{written}</div><br><div id="divNeteaseMailCard"></div><p>{said}</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">{quoted}</blockquote>'


PAGES: dict[str, Callable[[str, str, str, str], str]] = {
    "gmail": _gmail,
    "apple": _apple,
    "thunderbird": _thunderbird,
    "outlook": _outlook,
    "outlook web": _outlook_web,
    "yahoo": _yahoo,
    "mail.ru": _mail_ru,
    "yandex": _yandex,
    "netease": _netease,
}


def _html(language: str) -> Iterator[Whole]:
    for client, page in PAGES.items():
        said = ATTRIBUTIONS[client if client in ATTRIBUTIONS and language in ATTRIBUTIONS[client] else "gmail"][
            language
        ]
        for number, written in enumerate(WRITTEN[language][:2]):
            element = "p" if client.startswith("outlook") else "div"
            markup = page(
                _lines(written, element), _lines(QUOTED[language], element), escape(said), escape(head(language))
            )
            yield Whole(
                f"html {client} {language} {number}",
                make_email("", html=f"<html>{markup}</html>"),
                tuple(written),
                (*QUOTED[language], said if client not in ("outlook", "outlook web") else HEADS[language][3]),
            )
    quoted, written = QUOTED[language], WRITTEN[language]
    for client in ("gmail", "apple"):
        said = ATTRIBUTIONS[client][language]
        cite = '<blockquote type="cite" class="gmail_quote">'
        inner = f"<div>{escape(said)}</div>{cite}{_lines(quoted[:2])}</blockquote>{_lines(written[0])}{cite}{_lines(quoted[2:4])}</blockquote>{_lines(written[1])}{cite}{_lines(quoted[4:])}</blockquote>"
        yield Whole(
            f"html {client} {language} between",
            make_email("", html=f'<div class="gmail_quote">{inner}</div>'),
            (*written[0], *written[1]),
            (*quoted, said),
        )
    indented = f'<blockquote style="margin: 0 0 0 40px; border: none; padding: 0px;">{_lines(written[1])}</blockquote>'
    yield Whole(
        f"html {language} indented by the sender",
        make_email("", html=f"{_lines(written[0])}{indented}"),
        (*written[0], *written[1]),
    )


# --- plain ---------------------------------------------------------------------------------------


def _interleaved(language: str) -> Iterator[Whole]:
    said, quoted, written = ATTRIBUTIONS["thunderbird"][language], QUOTED[language], WRITTEN[language]
    for mark in ("> ", ">", "| ", ">> "):
        body = "\n".join([said, "", f"{mark}{quoted[0]}", f"{mark}{quoted[1]}", "", *written[0], "", f"{mark}{quoted[2]}", *written[1], f"{mark}{quoted[3]}", "", *written[2], "", f"{mark}{quoted[4]}"])  # fmt: skip
        yield Whole(
            f"between {mark!r} {language}",
            make_email(body),
            (*written[0], *written[1], *written[2]),
            (*quoted, said),
        )
    twice = "\n".join([*written[0], "", said, *[f"> {line}" for line in quoted[:2]], f"> {said}", *[f">> {line}" for line in quoted[2:]]])  # fmt: skip
    yield Whole(f"a reply to a reply {language}", make_email(twice), tuple(written[0]), (*quoted, said))
    phone = {"en": "Sent from my iPhone", "fr": "Envoyé de mon iPhone", "es": "Enviado desde mi iPhone", "ru": "Отправлено с iPhone", "ar": "أرسلت من الـ iPhone", "zh": "发自我的 iPhone"}[language]  # fmt: skip
    above = "\n".join(
        [*written[1], "", phone, "", ATTRIBUTIONS["apple"][language], "", *[f"> {line}" for line in quoted]]
    )
    yield Whole(f"from a telephone {language}", make_email(above), tuple(written[1]), (*quoted,))


CAPITAL = "Ministry of Justice <ministry@capital.example>"
COVERS = {"en": "Please see below.", "fr": "Voir ci-dessous.", "es": "Véase a continuación.", "ru": "См. ниже.", "ar": "يرجى الاطلاع أدناه.", "zh": "请见下文。"}  # fmt: skip
FORWARDS = {
    "en": "---------- Forwarded message ----------",
    "fr": "---------- Message transféré ----------",
    "es": "---------- Mensaje reenviado ----------",
    "ru": "---------- Пересылаемое сообщение ----------",
    "ar": "---------- رسالة معاد توجيهها ----------",
    "zh": "---------- 转发的邮件 ----------",
}
APPLE_FORWARDS = {
    "en": "Begin forwarded message:",
    "fr": "Début du message réexpédié :",
    "es": "Inicio del mensaje reenviado:",
    "ru": "Начало переадресованного сообщения:",
    "ar": "بداية الرسالة المحولة:",
    "zh": "下面是被转发的邮件：",
}


def _forwards(language: str) -> Iterator[Whole]:
    """What a mission forwards from its capital counts; the head of the forward does not."""
    sender, *_ = HEADS[language]
    top = head(language).replace(WHO, CAPITAL)
    for name, rule in (("gmail", FORWARDS[language]), ("apple", APPLE_FORWARDS[language]), ("outlook", "")):
        body = "\n".join([COVERS[language], "", rule, top, "", *WRITTEN[language][1]])
        yield Whole(
            f"forward {name} {language}",
            make_email(body),
            (COVERS[language], *WRITTEN[language][1]),
            (f"{sender}: {CAPITAL}", *filter(None, [rule])),
        )


# --- signatures and disclaimers ------------------------------------------------------------------

CLOSINGS = {"en": "Best regards,", "fr": "Cordialement,", "es": "Saludos cordiales,", "ru": "С уважением,", "ar": "مع أطيب التحيات،", "zh": "此致"}  # fmt: skip
NAMES = {"en": "A. Example\nSecond Secretary\nPermanent Mission", "fr": "A. Exemple\nDeuxième Secrétaire\nMission permanente", "es": "A. Ejemplo\nSegunda Secretaria\nMisión Permanente", "ru": "А. Пример\nВторой секретарь\nПостоянное представительство", "ar": "أ. مثال\nسكرتير ثان\nالبعثة الدائمة", "zh": "甲乙\n二等秘书\n常驻代表团"}  # fmt: skip
AFTER = {"en": "P.S. We also propose the topic of demand.", "fr": "P.-S. Nous proposons aussi la demande.", "es": "P.D. Proponemos también la demanda.", "ru": "P.S. Мы предлагаем также тему спроса.", "ar": "ملاحظة: نقترح أيضا موضوع الطلب.", "zh": "附：我们还建议讨论需求。"}  # fmt: skip
DISCLAIMERS = {
    "en": "This e-mail and any attachment are confidential and intended solely for the addressee. If you are not the intended recipient, please delete it.",
    "fr": "Ce message et ses pièces jointes sont confidentiels et destinés exclusivement à leur destinataire. Si vous l'avez reçu par erreur, veuillez le détruire.",
    "es": "Este mensaje y sus anexos son confidenciales y están dirigidos exclusivamente a su destinatario. Si lo ha recibido por error, le rogamos que lo elimine.",
    "ru": "Настоящее сообщение и все вложения конфиденциальны и предназначены только для адресата. Если вы получили его по ошибке, просим его удалить.",
    "ar": "هذه الرسالة ومرفقاتها سرية ومخصصة للمرسل إليه فقط. إذا وصلتكم عن طريق الخطأ فيرجى حذفها.",
    "zh": "本邮件及其附件含有保密信息，仅供指定收件人使用。如您误收本邮件，请立即删除。",
}


def _endings(language: str) -> Iterator[Whole]:
    written, closing, names = WRITTEN[language], CLOSINGS[language], NAMES[language]
    quoted = [ATTRIBUTIONS["gmail"][language], *[f"> {line}" for line in QUOTED[language]]]
    told = (*QUOTED[language], ATTRIBUTIONS["gmail"][language])
    forms = {
        "signature": [*written[1], "", closing, names],
        "signature below dashes": [*written[1], "", "-- ", names],
        "postscript": [*written[1], "", closing, names, "", AFTER[language]],
        "disclaimer": [*written[1], "", closing, names, "", DISCLAIMERS[language]],
        "disclaimer alone": [*written[1], "", DISCLAIMERS[language]],
        "disclaimer below dashes": [*written[1], "", "-- ", names, "", DISCLAIMERS[language]],
    }
    for name, lines in forms.items():
        kept = (*written[1], *([AFTER[language]] if name == "postscript" else []))
        unwanted = (DISCLAIMERS[language],) if "disclaimer" in name else ()
        yield Whole(f"{name} {language}", make_email("\n".join(lines)), kept, unwanted)
        above = "\n".join([*lines, "", *quoted])
        yield Whole(f"{name} above {language}", make_email(above), kept, (*unwanted, *told))


# --- the note ------------------------------------------------------------------------------------


def _hyphenated(text: str, width: int) -> str:
    """Lines of one width, words cut where they end, as a typewriter or a converter of PDF files leaves them."""
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    cut = [
        f"{line}-" if line[-1].isalpha() and rest[0].isalpha() and line.isascii() else line
        for line, rest in itertools.pairwise(lines)
    ]
    return "\n".join([*cut, *lines[-1:]])


def _with_note(language: str, note: str) -> Iterator[Whole]:
    """The secretariat's own words in any layout: lines of the note that are long enough to be known are not the reply's."""
    written = tuple(WRITTEN[language][1])
    flat = " ".join(note.split())
    width = 30 if language == "zh" else 60
    layouts = {
        "as it is": note,
        "in narrow lines": textwrap.fill(flat, width),
        "in one line": flat,
        "in capitals": note.upper(),
        "hyphenated": _hyphenated(flat, width),
        "indented": textwrap.indent(note, "\t"),
        "an empty line after each": "\n\n".join(note.splitlines()),
    }
    for name, shown in layouts.items():
        told = tuple(line for line in shown.splitlines() if len(line.split() if language != "zh" else line) >= 12)
        yield Whole(f"note {name} below {language}", make_email("\n".join([*written, "", shown])), written, told)
        yield Whole(f"note {name} above {language}", make_email("\n".join([shown, "", *written])), written, told)
    unmarked = "\n".join([head(language), "", note, "", *written])
    told = tuple(line for line in note.splitlines() if len(line.split() if language != "zh" else line) >= 12)
    yield Whole(f"note without marks, answer below {language}", make_email(unmarked), written, told)


# --- what only looks like a quotation ------------------------------------------------------------


def _not_quoted() -> Iterator[Whole]:
    forms = {
        "letters quote letters": ["On 12 May 2009 the Ministry of Justice wrote:", "We propose the topic of compensation.", "We propose the topic of demand."],
        "ministère": ["Le 12 mai 2009, le Ministère de la justice a écrit :", "Nous proposons le thème de l'indemnisation.", "Nous proposons la demande."],
        "ministerio": ["El 12 de mayo de 2009 el Ministerio de Justicia escribió:", "Proponemos el tema de la indemnización.", "Proponemos la demanda."],
        "министерство": ["12 мая 2009 года министерство юстиции написало:", "Предлагаем тему компенсации.", "Предлагаем тему спроса."],
        "وزارة": ["في 12 أيار/مايو 2009 كتبت وزارة العدل:", "نقترح موضوع التعويض.", "نقترح موضوع الطلب."],
        "司法部": ["司法部于2009年5月12日写道：", "我们建议讨论赔偿。", "我们建议讨论需求。"],
        "a point of contact": ["We propose topic (b).", "The contact point is A. Example <contact@ministry.example>:", "telephone 123 45 67.", "We also propose topic (d)."],
        "a table of days": ["From: 20 July 2009", "To: 24 July 2009", "our expert is available.", "We propose topic (b)."],
        "a rule of dashes": ["We propose:", "-----------------", "topic (b)", "-----------------", "topic (d)"],
        "a list below dashes": ["Our proposals:", "--", "(b) definition of key concepts", "(d) non-punishment of victims"],
        "regards within": ["With regard to topic (b):", "Regards,", "1. Tools for the front line deserve a place.", "2. Compensation does, too, in the view of our authorities."],
        "greater than": ["The share of cases is", "> 30 % in the north", "and < 10 % in the south, hence topic (b)."],
        "confidential subject": ["This message of our Minister concerns the confidential treatment of victims.", "", "We propose topic (d)."],
        "from the start": ["From: the Government", "we propose topic (b)."],
        "a memorandum": ["From: Ministry of Justice", "To: Secretariat", "Date: 20 July 2009", "Subject: CU 2009/92 (A)", "", "We propose topic (b).", "We propose topic (d)."],
    }  # fmt: skip
    heads = {"a memorandum": 4}
    for name, lines in forms.items():
        written = tuple(line for line in lines[heads.get(name, 0) :] if any(map(str.isalnum, line)))
        yield Whole(f"not quoted: {name}", make_email("\n".join(lines)), written)
    block = ONLY[("qq", "zh")]
    html = f'<div>{"</div><div>".join(WRITTEN["zh"][1])}</div><div><br></div><div style="font-size:12px;padding:2px 0">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="font-size: 12px;background:#efefef;padding:8px;">' + "".join(f"<div><b>{escape(line.partition(':')[0])}:</b>{escape(line.partition(':')[2])}</div>" for line in block.splitlines()[1:]) + f"</div><div>{'</div><div>'.join(QUOTED['zh'])}</div>"  # fmt: skip
    yield Whole("html qq zh", make_email("", html=html), tuple(WRITTEN["zh"][1]), (*QUOTED["zh"], NAME, ADDRESS))
