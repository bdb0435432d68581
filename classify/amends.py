"""What a correction takes back: the whole earlier reply, some of its topics, or nothing (it adds).

"replaces our note No. 14"            -> all
"withdraws topic (c), proposes (e)"   -> topics: c
"in addition to our note, topic (h)"  -> adds
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from classify.cues import SUPPLEMENT
from classify.kinds import cue_text, says_supplement
from classify.lexicon import LETTER_NAMES
from classify.roles import plain
from core.model import Amendment

TAKES_BACK: Final = re.compile(
    r"withdraw\w*|delet\w+|instead of|in place of|no longer (?:propos|support)\w*|replac\w+|should read|rather than|not \(?[a-h]\)|remov\w+|drops?\b"
    r"|retir\w+|supprim\w+|au lieu d\w*|remplac\w+|lire|ne (?:propose|soutient) plus|a la place"
    r"|retira\w*|suprim\w+|elimin\w+|en lugar de|en vez de|reemplaz\w+|sustitu\w+|debe decir|donde dice|ya no propone"
    r"|снима\w+|отзыва\w+|исключ\w+|вместо|замен\w+|следует читать|больше не"
    r"|تسحب|نسحب|سحب|حذف|بدلا من|تستبدل|استبدال|محل|لم تعد"
    r"|撤回|撤销|删除|改为|改為|而不是|代替|替换|取代|不再"
)
WHOLE: Final = re.compile(
    r"(?:replac|supersed|cancel|annul|disregard|ignor)\w*\b.{0,60}\b(?:note|reply|letter|communication|message|submission|mail|e-?mail|response|version|list)\b"
    r"|annule(?:nt)? et remplace|ne (?:pas|plus) tenir compte|(?:remplac|annul)\w*\b.{0,50}\b(?:note|reponse|lettre|communication|message|courriel|envoi|version|liste)\b"
    r"|(?:reemplaz|sustitu|anul|deja\w* sin efecto)\w*\b.{0,50}\b(?:nota|respuesta|carta|comunicacion|mensaje|correo|version|lista)\b|caso omiso|no tener en cuenta"
    r"|взамен|(?:замен|аннулир|отзыва)\w*.{0,50}(?:нот|ответ|письм|сообщени|предыдущ)\w*|не принимать во внимание|считать недействительн\w*"
    r"|(?:تحل|يحل) .{0,60}محل|(?:تلغي|يلغي|الغاء|لاغ).{0,40}(?:مذكر|رد|رسال|سابق|قائم|قايم)|(?:مذكر|رد|رسال).{0,60}لاغي|عدم الاخذ|صرف النظر"
    r"|(?:取代|替换|代替|撤回|撤销|作废).{0,30}(?:照会|答复|来文|信函|函|邮件|清单)|(?:照会|答复|来文|信函|邮件).{0,20}(?:作废|撤回|撤销|取代|不予考虑)|以(?:本|此|该).{0,8}为准"
)
LATIN_LETTER: Final = re.compile(r"(?:\(\s*([a-h])\s*\)|\b([a-h])\))")
NUMBER: Final = re.compile(r"(?:\bno\.?|n°|nº|№|\bnum\.?|\bnumero|رقم|第)\s*[:.]?\s*([a-z]{0,6}[-/. ]?\d[\w./-]*)")
NEAR: Final = 70
"""How far from them the number of the earlier note may stand, in characters."""
CLAUSE: Final = re.compile(r"[^.;\n。；]+")


def amendment_in(subject: str, words: str, language: str, titles: Mapping[str, Sequence[str]]) -> Amendment:
    """Read a correction. `titles`: wordings of each area's title in any language."""
    text = cue_text(subject, words)
    note = _named_note(text)
    if WHOLE.search(text):
        return Amendment("all", note=note)
    letters = _taken_back(plain(f"{subject}\n{words}"), language, titles)
    if letters:
        return Amendment("topics", letters, note)
    if says_supplement(subject, words):
        return Amendment("adds", note=note)
    return Amendment("all", note=note)


def replaces_a_reply(subject: str, words: str) -> bool:
    """Whether it says plainly that an earlier note or reply is replaced or void."""
    return bool(WHOLE.search(cue_text(subject, words)))


def _named_note(text: str) -> str:
    """The number beside the words that replace, withdraw or add; not the letter's own in its head."""
    said = WHOLE.search(text) or TAKES_BACK.search(text) or SUPPLEMENT.search(text)
    if said is None:
        return ""
    near = [
        found for found in NUMBER.finditer(text) if -NEAR <= found.start() - said.start() <= len(said.group()) + NEAR
    ]
    behind = sorted(near, key=lambda found: (found.start() < said.start(), abs(found.start() - said.end())))
    numbers = [re.sub(r"[^0-9a-z]", "", found.group(1)) for found in behind]
    return next((number for number in numbers if not number.startswith("2009")), "")


def _taken_back(text: str, language: str, titles: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Letters named behind a word that takes back, in its clause, as far as no proposal begins."""
    letters: set[str] = set()
    for clause in CLAUSE.findall(text):
        for found in TAKES_BACK.finditer(clause):
            rest = re.split(
                r"\b(?:propose[sd]?|proposing|proposent|propone\w*|read|with|by|par|con|por|на|предлаг\w+)\b|و?(?:تقترح|يقترح|ب(?:ال)?موضوع)|[，,]?(?:改为|改為|建议|提议|而)",
                clause[found.end() :],
            )[0]
            letters.update(_letters(rest, language))
            letters.update(area for area, wordings in titles.items() if any(plain(word) in rest for word in wordings))
    return tuple(sorted(letters))


def _letters(text: str, language: str) -> set[str]:
    found = {one or other for one, other in LATIN_LETTER.findall(text)}
    names = LETTER_NAMES.get(language, "")
    for at, name in enumerate(names):
        if re.search(rf"\(\s*{name}\s*\)", text) or re.search(rf"(?<!\w){name}\)", text):
            found.add("abcdefgh"[at])
    return found
