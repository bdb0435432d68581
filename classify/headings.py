"""Letterheads, addresses, dates and names of offices: short lines that name somebody and propose nothing."""

from __future__ import annotations

import re
from typing import Final

from classify.normal import fold

MAX_WORDS: Final = 12
MAX_HAN: Final = 30
OFFICE: Final = re.compile(
    r"""^\W*(?:the\s+|la\s+|el\s+|l['’]|le\s+)?(?:
        permanent\ (?:mission|representation|delegation)|embassy|ministry|department\ of|directorate|division|republic|kingdom|state\ of|commonwealth|federation
      |secretariat|office\ of|anti-human|international\ affairs|consulate|chief\ director|head\ of|director|minister\b
      |mission\ permanente|representation\ permanente|ambassade|ministere|direction|republique|royaume|etat\ d|principaute|federation|consulat|monsieur|madame|service\ d
      |mision\ permanente|representacion\ permanente|embajada|ministerio|direccion|republica|reino|estado\ |secretaria|consulado|senor|excelen
      |постоянн\w+\ (?:представительств|миссия)\w*|посольство|министерств\w+|республика|королевство|управление|департамент|секретариат\w*|в\ секретариат|отдел\b|генеральн\w+\ прокуратур\w*|федераци\w+
      |(?:ال)?بعثه|(?:ال)?سفاره|وزاره|جمهوريه|الجمهوريه|مملكه|المملكه|سلطنه|دوله|مديريه|اداره\ (?!القضايا|الملف|ملف)|امانه|السيد|الساده|معالي|سعاده
      |中华人民共和国|外交部|司法部|公安部|内政部|国际司
    )""",
    re.VERBOSE,
)
CHINESE_OFFICE: Final = re.compile(
    r"(?:大使馆|代表团|外交部|司法部|公安部|内政部|秘书处|国际司|合作司|合作处|共和国|王国|政府)\W*$"
)
PROPOSAL_VERB: Final = re.compile(
    r"propos|suggest|recommend|propon|sugier|wish|would|souhait|dese[ao]|предлага|хотел|счита|просит|قترح|تود|نود|ترغب|توصي|建议|提议|希望|提出|推荐"
)
DATE_LINE: Final = re.compile(
    r"^\W*(?:[^\W\d]{3,20}[\s,،]+)?(?:le\s+|den\s+)?\d{1,2}[\s.-]+(?:de\s+)?[^\W\d]{3,12}(?:/[^\W\d]+)?[\s.-]+(?:de\s+)?(?:19|20)\d\d(?:\s*(?:года|г\.?))?\W*$"
)


CHINESE_DATE: Final = re.compile(r"^\W*[\doO〇○零一二三四五六七八九十]{2,4}\s*年[^年]{1,12}日.{0,8}$")


def is_heading(words: str) -> bool:
    """Whether a passage is the name of an office, an addressee or a date, and no topic."""
    folded = fold(" ".join(words.split()))
    if PROPOSAL_VERB.search(folded):
        return False
    if len(re.findall(r"[\u3400-\u9fff]", folded)) > 0:
        return len(folded) <= MAX_HAN and any(
            (CHINESE_OFFICE.search(folded), OFFICE.match(folded), CHINESE_DATE.match(folded))
        )
    if DATE_LINE.match(folded):
        return True
    return len(folded.split()) <= MAX_WORDS and bool(OFFICE.match(folded))
