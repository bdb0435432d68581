"""Invented threads: a reply above, below or between the secretariat's words, as mail clients of six languages quote them.

threads() gives each thread's body with the lines that the sender wrote and the lines that were quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

NAME, ADDRESS = "UNTOC COP", "untoc.cop@unodc.org"
WHO = f"{NAME} <{ADDRESS}>"


@dataclass(frozen=True)
class Thread:
    name: str
    body: str
    written: tuple[str, ...]
    quoted: tuple[str, ...]


QUOTED = {
    "en": ["Dear colleagues,", "We recall the note verbale on topics for the working group.", "The deadline is 31 July 2009.", "Is your answer by letter or by mail?", "Secretariat of the Conference"],
    "fr": ["Chers collègues,", "Nous rappelons la note verbale sur les thèmes du groupe de travail.", "La date limite est le 31 juillet 2009.", "Votre réponse vient-elle par lettre ou par courriel ?", "Secrétariat de la Conférence"],
    "es": ["Estimados colegas:", "Recordamos la nota verbal sobre los temas del grupo de trabajo.", "El plazo vence el 31 de julio de 2009.", "¿Responderán por carta o por correo?", "Secretaría de la Conferencia"],
    "ru": ["Уважаемые коллеги!", "Напоминаем о вербальной ноте о темах для рабочей группы.", "Срок истекает 31 июля 2009 года.", "Ответ придет письмом или по почте?", "Секретариат Конференции"],
    "ar": ["الزملاء الكرام،", "نذكر بالمذكرة الشفوية بشأن مواضيع الفريق العامل.", "الموعد النهائي هو 31 تموز/يوليه 2009.", "هل سيكون الرد برسالة أم بالبريد؟", "أمانة المؤتمر"],
    "zh": ["各位同事：", "谨提醒关于工作组议题的普通照会。", "截止日期为2009年7月31日。", "贵方将以信函还是邮件答复？", "缔约方会议秘书处"],
}  # fmt: skip
WRITTEN = {
    "en": [["Our capital proposes compensation of victims.", "From the point of view of our police, tools matter too."], ["Thank you, we propose:", "1. tools for the front line", "2. demand", "On the second point the Ministry wrote at length."], ["Topic (b)."]],
    "fr": [["Notre capitale propose l'indemnisation des victimes.", "De la part de la police : les outils comptent aussi."], ["Merci, nous proposons :", "1. les outils de première ligne", "2. la demande", "Le Ministère a écrit longuement sur le second point."], ["Le thème b)."]],
    "es": [["Nuestra capital propone la indemnización de las víctimas.", "De parte de la policía: también importan las herramientas."], ["Gracias, proponemos:", "1. herramientas de primera línea", "2. la demanda", "El Ministerio escribió sobre el segundo punto."], ["El tema b)."]],
    "ru": [["Наша столица предлагает тему компенсации жертвам.", "От имени полиции: важны и практические пособия."], ["Спасибо, мы предлагаем:", "1. пособия для сотрудников", "2. спрос", "О втором пункте министерство написало подробно."], ["Тема b)."]],
    "ar": [["تقترح عاصمتنا موضوع تعويض الضحايا.", "من جانب الشرطة: الأدوات مهمة أيضا."], ["شكرا، نقترح:", "1. أدوات الخط الأول", "2. الطلب", "وقد كتبت الوزارة مطولا عن البند الثاني."], ["الموضوع (ب)."]],
    "zh": [["我国首都建议讨论被害人赔偿。", "从警方角度看，工具也很重要。"], ["谢谢，我们建议：", "1. 一线工具", "2. 需求", "关于第二点，外交部另有说明。"], ["议题（二）。"]],
}  # fmt: skip

ATTRIBUTIONS: dict[str, dict[str, str]] = {
    "gmail": {
        "en": f"On Mon, Jul 20, 2009 at 10:15 AM, {WHO} wrote:",
        "fr": f"Le lun. 20 juil. 2009 à 10:15, {WHO} a écrit :",
        "es": f"El lun, 20 jul 2009 a las 10:15, {NAME} (<{ADDRESS}>) escribió:",
        "ru": f"пн, 20 июл. 2009 г. в 10:15, {WHO}:",
        "ar": f"في الاثنين، 20 يوليو 2009 في 10:15 ص تمت كتابة ما يلي بواسطة {WHO}:",
        "zh": f"{WHO} 于2009年7月20日周一 10:15写道：",
    },
    "apple": {
        "en": f"On 20 Jul 2009, at 10:15, {WHO} wrote:",
        "fr": f"Le 20 juil. 2009 à 10:15, {WHO} a écrit :",
        "es": f"El 20 jul 2009, a las 10:15, {WHO} escribió:",
        "ru": f"20 июля 2009 г., в 10:15, {WHO} написал(а):",
        "ar": f"في 20 يوليو 2009، الساعة 10:15، كتب {WHO}:",
        "zh": f"在 2009年7月20日，上午10:15，{WHO} 写道：",
    },
    "thunderbird": {
        "en": f"On 20/07/2009 10:15, {NAME} wrote:",
        "fr": f"Le 20/07/2009 à 10:15, {NAME} a écrit :",
        "es": f"El 20/07/2009 a las 10:15, {NAME} escribió:",
        "ru": f"20.07.2009 10:15, {NAME} пишет:",
        "ar": f"في 20/07/2009 10:15 ص، كتب {NAME}:",
        "zh": f"在 2009/7/20 10:15, {NAME} 写道:",
    },
    "yahoo": {
        "en": f"On Monday, July 20, 2009, 10:15:00 AM GMT+2, {WHO} wrote:",
        "fr": f"Le lundi 20 juillet 2009 à 10:15:00 UTC+2, {WHO} a écrit :",
        "es": f"En lunes, 20 de julio de 2009, 10:15:00 CEST, {WHO} escribió:",
        "ru": f"понедельник, 20 июля 2009 г., 10:15:00 GMT+4, {WHO} написал(а):",
        "ar": f"في الاثنين، 20 يوليو 2009 10:15:00 ص غرينتش+3، كتب/كتبت {WHO}:",
        "zh": f"在 2009年7月20日 星期一 10:15:00 [GMT+8], {WHO} 写道：",
    },
    "old-yahoo": {"en": f"--- On Mon, 7/20/09, {WHO} wrote:"},
    "netease": {"en": f'At 2009-07-20 10:15:00, "{NAME}" <{ADDRESS}> wrote:', "zh": f'在 2009-07-20 10:15:00，"{NAME}" <{ADDRESS}> 写道：'},
    "mail.ru": {"ru": f"Понедельник, 20 июля 2009, 10:15 +04:00 от {WHO}:", "en": f"Monday, July 20, 2009, 10:15 +02:00 from {WHO}:"},
    "yandex": {"ru": f'20.07.2009, 10:15, "{NAME}" <{ADDRESS}>:', "en": f'20.07.2009, 10:15, "{NAME}" <{ADDRESS}>:'},
    "the bat": {"ru": "Вы писали 20 июля 2009 г., 10:15:00:", "en": "You wrote on 20 July 2009, 10:15:00:"},
    "broken line": {
        "en": f"On Mon, Jul 20, 2009 at 10:15 AM, UN Convention against Organized\nCrime <{ADDRESS}> wrote:",
        "fr": f"Le lundi 20 juillet 2009 à 10:15, Secrétariat de la Conférence des\nParties <{ADDRESS}> a écrit :",
    },
}  # fmt: skip

HEADS = {
    "en": ("From", "Sent", "To", "Subject"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "es": ("De", "Enviado el", "Para", "Asunto"),
    "ru": ("От", "Отправлено", "Кому", "Тема"),
    "ar": ("من", "تاريخ الإرسال", "إلى", "الموضوع"),
    "zh": ("发件人", "发送时间", "收件人", "主题"),
}
RULES = {
    "en": "-----Original Message-----",
    "fr": "-----Message d'origine-----",
    "es": "-----Mensaje original-----",
    "ru": "-----Исходное сообщение-----",
    "ar": "-----الرسالة الأصلية-----",
    "zh": "-----原始邮件-----",
}


def head(language: str, *, tabs: bool = False, order: tuple[int, ...] = (0, 1, 2, 3)) -> str:
    values = (WHO, "20/07/2009 10:15", "Mission <mission@mission.example>", "CU 2009/92 (A)")
    gap = "\t" if tabs else " "
    return "\n".join(f"{HEADS[language][at]}:{gap}{values[at]}" for at in order)


BLOCKS: dict[str, Callable[[str], str]] = {
    "outlook": lambda language: f"{RULES[language]}\n{head(language)}\n",
    "outlook web": lambda language: f"{'_' * 32}\n{head(language)}\n",
    "outlook bare": lambda language: f"{head(language)}\n",
    "notes": lambda language: f"{head(language, tabs=True, order=(2, 0, 1, 3))}\n",
}
ONLY: dict[tuple[str, str], str] = {
    ("inotes", "en"): f"-----{NAME} wrote: -----\n{head('en', order=(2, 0, 1, 3))}\n",
    ("inotes", "fr"): f"-----{NAME} a écrit : -----\n{head('fr', order=(2, 0, 1, 3))}\n",
    ("qq", "zh"): f'------------------ 原始邮件 ------------------\n发件人: "{NAME}" <{ADDRESS}>;\n发送时间: 2009年7月20日(星期一) 上午10:15\n收件人: "mission"<mission@mission.example>;\n主题: CU 2009/92 (A)\n',
    ("qq", "en"): f'------------------ Original ------------------\nFrom:  "{NAME}"<{ADDRESS}>;\nDate:  Mon, Jul 20, 2009 10:15 AM\nTo:  "mission"<mission@mission.example>;\nSubject:  CU 2009/92 (A)\n',
    ("163 block", "zh"): f"---- 回复的原邮件 ----\n| 发件人 | {WHO} |\n| 日期 | 2009年07月20日 10:15 |\n| 收件人 | mission@mission.example |\n| 主题 | CU 2009/92 (A) |\n",
}  # fmt: skip


def threads() -> Iterator[Thread]:
    for client, forms in ATTRIBUTIONS.items():
        for language, attribution in forms.items():
            quoted = QUOTED[language]
            marked = "\n".join(f"> {line}" for line in quoted)
            for number, written in enumerate(WRITTEN[language]):
                words = "\n".join(written)
                style = ("above", "below", "between")[number]
                if style == "above":
                    body = f"{words}\n\n{attribution}\n\n{marked}\n"
                elif style == "below":
                    body = f"{attribution}\n{marked}\n\n{words}\n"
                else:
                    lines = [f"> {line}" for line in quoted]
                    body = "\n".join([attribution, *lines[:4], words, lines[4]])
                yield Thread(f"{client}-{language}-{style}", body, tuple(written), (*quoted, *attribution.splitlines()))
            if client in ("yahoo", "netease", "old-yahoo"):  # these quote without marks, too
                body = "\n".join([*WRITTEN[language][0], "", attribution, "", *quoted])
                yield Thread(f"{client}-{language}-unmarked", body, tuple(WRITTEN[language][0]), (*quoted, attribution))
    for language, quoted in QUOTED.items():
        for client, block in BLOCKS.items():
            for number, written in enumerate(WRITTEN[language][:2]):
                body = "\n".join([*written, "", block(language), *quoted])
                told = (*quoted, *filter(None, block(language).splitlines()))
                yield Thread(f"{client}-{language}-{number}", body, tuple(written), told)
    for (client, language), text in ONLY.items():
        written = WRITTEN[language][1]
        body = "\n".join([*written, "", text, *QUOTED[language]])
        told = (*QUOTED[language], *filter(None, text.splitlines()))
        yield Thread(f"{client}-{language}", body, tuple(written), told)
