"""Words of diplomatic correspondence in the six languages, as patterns over folded text (classify.roles.plain).

Folded means: small letters, no accents, Arabic letter variants as one.
"""

from __future__ import annotations

import re
from typing import Final

from classify.normal import listed

OFFICE: Final = (
    r"(?:\b(?:permanent )?(?:observer )?mission\b|permanent (?:representa\w+|delegation|observer)|\bembassy|high commission(?!er for)|\bconsulate"
    r"|\bambassador|\bministr(?:y|ies|er)\b|\bdepartment\b|(?<!non-)(?<!inter)\bgovernment\b|\bauthorities\b|attorney[- ]general|prosecutor[- ]general"
    r"|director(?:ate)?[- ]general|\bdelegation\b|nunciature|focal point|police (?:force|service)|council of ministers|secretary of state|state secretariat|\bcabinet\b|people's bureau|bureau populaire|oficina popular|народн\w+ бюро|المكتب الشعبي"
    r"|mission permanente|representation permanente|delegation permanente|\bambassad(?:e|eur)|haut[- ]commissariat|\bconsulat\b|\bministere|\bministre"
    r"|(?<!non )\bgouvernement\b|\bautorites\b|nonciature|chancellerie|point focal|\bparquet\b"
    r"|mision permanente|representacion permanente|delegacion permanente|\bembajad(?:a|or)|\bconsulado|\bministerio|\bministr[oa]\b|\bgobierno\b|\bautoridades\b"
    r"|cancilleria|procuraduria|fiscalia|secretaria de (?:relaciones|estado|gobernacion|seguridad)|nunciatura|delegacion|punto focal"
    r"|постоянн\w+ (?:представител|мисси|наблюдател|делегаци)\w*|постпредств\w*|\bпосол\w*|посольств\w*|консульств\w*|министерств\w*|\bминистр\w*|правительств\w*"
    r"|прокуратур\w*|\bмид\b|\bмвд\b|компетентн\w+ орган\w*|\bделегаци\w*|нунциатур\w*|департамент\w*"
    r"|(?<![\u0621-\u064a])(?:[وفبكل]|ال|وال|بال|لل|ولل)?(?:بعثه|وفد|سفاره|سفير|قنصليه|وزاره|وزير|حكومه|ممثليه|ممثل|مندوبيه|نيابه العامه|سلطات)(?![\u0621-\u064a])"
    r"|教廷大使馆)"
)
STOP: Final = re.compile(
    r"\b(?:with|between|from|has|have|had|is|was|were|that|which|who|would|will|wish\w*|cooperat\w+|nationals?|victims?|citizens|agreements?|law|laws|compliments"
    r"|avec|entre|ont|est|qui|que|sont|souhaite\w*|propose\w*|ressortissants?|victimes?|citoyens|accords?|loi|compliments|dont"
    r"|con|ha|han|es|son|desea\w*|propone\w*|nacionales de|victimas?|ciudadanos|acuerdos?|ley|saluda"
    r"|между|имеет|предлаг\w+|сообща\w+|является|граждан\w*|жертв\w*|закон\w*|сотруднич\w*|свидетельств\w*|выража\w*|из|со?)\b"
    r"|(?<![\u0621-\u064a])(?:مع|بين|رعايا|مواطني|ممثلي|بممثلي|التقي|اجتمع|التي|الذي|ضحايا|قانون|تقترح|يقترح|تود|تحياتها|تحياته|التعاون)(?![\u0621-\u064a])"
)
LINKED: Final = re.compile(
    r"(?:^|\b(?:of|de|du|des|del|d|l)(?:[ '’]*(?:the|la|le|les|el|los|las|l))?[ '’]*|[,(\-–—/|:«\"]\s*)$"
)
LATIN: Final = re.compile(r"[a-z]")
BEFORE: Final = re.compile(rf"{OFFICE}(?P<middle>[^.;!?؟。；]{{0,90}})$")
OFFICE_AFTER: Final = re.compile(rf"^[\s'’`]*s?[\s,\-–—]*(?:permanent |federal |royal |national |competent )?{OFFICE}")
ZH_AFTER: Final = re.compile(
    r"^(?:[\u4e00-\u9fff（）()]{0,14}?)(?:常驻|常设|政府|代表团|大使馆|总领事馆|驻|外交部|司法部|公安部|内政部|内务部|检察院|主管(?:部门|当局|机关)|当局|使团|使馆|高级专员公署|观察员)"
)
ZH_SIDE: Final = re.compile(r"^(?:方|国)?(?:谨|愿|兹|建议|提议|希望|认为|支持|特此|感谢|收到|对)")
FORMULA: Final = re.compile(
    r"presents?(?: \w+){0,3} compliments|(?:has|have) the hono[u]?r|avails? itself|(?:present|adress)e (?:\w+ )?(?:ses )?compliments|a l'honneur|saisit cette occasion"
    r"|saluda (?:muy )?atentamente|presenta sus?|tiene el honor|tiene el agrado|aprovecha la oportunidad"
    r"|свидетельству\w+ свое уважение|выража\w+ свое уважение|имеет честь|пользуется случаем"
    r"|(?:تهدي|يهدي|تقدم)?.{0,30}(?:تحياتها|تحياته)|تتشرف|يتشرف|تغتنم|致意|谨向|荣幸|顺致|照会"
)
GREETED: Final = re.compile(r"(?:تهدي|يهدي|تتقدم|يتقدم|تتشرف|يتشرف)[^.\n]{0,60}$")
SPEAKS: Final = re.compile(
    r"^[\s,]*(?:\w+ly )?(?:propos\w+|suggest\w*|would (?:like|wish|propose|suggest|appreciate|welcome|be)|wish(?:es)? to|thanks?|has (?:no|examined|considered|the)|welcomes?|refers?|acknowledges?|recommends?|submits?|attaches|considers?|supports?|is (?:pleased|of the)|does not|has,"
    r"|souhaite\w*|recommande|remercie|n'a |a (?:l'honneur|examine)|estime|soutient|appuie|soumet|suggere|se felicite|accuse|voudrait"
    r"|propone|desea|sugiere|agradece|no (?:tiene|desea|considera)|considera|apoya|recomienda|presenta|estima|acusa|quisiera|remite"
    r"|предлага\w+|хотел\w*|благодар\w+|рекоменду\w+|счита\w+|поддержива\w+|не име\w+|имеет|представля\w+|выража\w+|полага\w+"
    r"|تقترح|يقترح|تود|يود|ترغب|توصي|تشكر|تري|تؤيد|ليس لدي|建议|提议|希望|愿|支持|感谢|认为|谨)"
)
ARABIC_SPEAKS: Final = re.compile(
    r"(?:^|[\n.،])\s*(?:و|ف)?(?:تقترح|يقترح|تود|ترغب|توصي|تشكر|تري|تؤيد)\s(?:حكومه |دوله |جمهوريه |سلطات )?$"
)
SENTENCE_START: Final = re.compile(r"(?:^|[.:;!?\n。：；؟])\s*(?:the |la |le |el |l'|los |les |as |и )?$")
CITY: Final = (
    r"vienna|vienne|viena|wien|вен[аеуы]|فيينا|维也纳|geneva|geneve|ginebra|genf|женев\w*|جنيف|日内瓦|brussels|bruxelles|bruselas|brussel|брюссел\w*|بروكسل|布鲁塞尔"
    r"|new york|nueva york|нью-йорк\w*|نيويورك|纽约|berne?|berna|берн\w*|the hague|la haye|la haya|гааг\w*|nairobi|rome|roma|paris"
)
OWN_CITY: Final = {
    "AUT": r"vienna|vienne|viena|wien|вена|فيينا|维也纳",
    "CHE": r"geneva|geneve|ginebra|genf|женева|جنيف|日内瓦|berne?|berna|берн|伯尔尼",
    "BEL": r"brussels|bruxelles|bruselas|брюссель|بروكسل|布鲁塞尔",
    "USA": r"new york|nueva york|нью-йорк|نيويورك|纽约",
}
"""Where missions of all States have their seat: "Austria, Vienna" is an address."""
SEAT_CITIES: Final = (
    "vienna", "vienne", "viena", "wien", "вена", "فيينا", "geneva", "geneve", "ginebra", "женева", "جنيف", "brussels", "bruxelles",
    "bruselas", "брюссель", "بروكسل", "维也纳", "日内瓦", "布鲁塞尔",
)  # fmt: skip
SEAT_BEFORE: Final = re.compile(
    rf"(?:\b(?:{CITY})|(?:فيينا|جنيف|بروكسل|نيويورك|维也纳|日内瓦)|\b[a-z]{{0,2}}-?\d{{4,5}}(?: \w+)?)[ \t,،，()（）\-–—/|\n]{{0,6}}$"
)
TOWN_BEFORE: Final = re.compile(r"(?:^|\n)[^\s,،\d]{3,12}[,،] ?$")
"""A line that begins with one word and a comma: a town, though a scan misread it."""
HOST_BEFORE: Final = re.compile(
    r"(?:\b(?:in|to|at|near|en|au|aux|a|ante|cerca de|aupres d[eu]s?|pres|при|в|во)(?: l[ae]|[ '’]*l['’ ]| the| el| los| las)?(?: (?:government|gouvernement|gobierno|republic) (?:of|de|du|d'))?(?: the)?\s*['’]?"
    r"|(?<![\u0621-\u064a])(?:لدي|في|عند)\s*|驻)$"
)
ADDRESSEE_BEFORE: Final = re.compile(
    r"(?:compliments? (?:to|a|au|aux)|atentamente a|saludos? a|уважение|(?:تحياتها|تحياته) الي|(?:^|\n)\s*(?:to|a|para|кому|الي|致|cc|copy to)\s*[:：]|向)[^.;\n。]{0,70}$"
)
ELSEWHERE_BEFORE: Final = re.compile(
    r"(?:\b(?:nationals? (?:of|from)|citizens? (?:of|from)|co-?operati\w+ (?:with|between)|between|borders? (?:with|of)|together with|along with|visits? to|visited|held in|(?:meeting|conference|seminar|workshop|session|summit)s? (?:in|of)"
    r"|(?:victims?|women|girls|children|persons|workers?|migrants?|suspects?|people)(?: of trafficking)? from|traffick\w+ (?:from|to|into|in)|(?:law|laws|legislation|example|experience|case|model|courts?|practice|initiative) (?:of|in)|agreements? with|treat(?:y|ies) with|with|such as|like|unlike|including|neighbou?ring"
    r"|ressortissants?(?: d\w*)?|cooperation avec|frontiere (?:avec|d\w*)|citoyens|victimes (?:venant|originaires|provenant) d\w*|reunion (?:tenue )?(?:a|en|au)|tenue (?:a|en|au)|accords? avec|avec|comme|notamment|entre|loi d\w*|experience d\w*"
    r"|nacionales|cooperacion (?:con|entre)|frontera (?:con|de)|ciudadanos|victimas (?:procedentes|originarias|provenientes) de|reunion (?:celebrada )?en|celebrada en|acuerdos? con|con|como|entre|ley de|experiencia de"
    r"|граждан\w*|сотрудничеств\w* с(?: \w+)?|между|границ\w* с?|жертв\w* из|из|с|со|опыт\w*|законодательств\w*|соглашени\w* с|совещани\w* в|состоявш\w+ в)"
    r"(?: (?:of|de|du|des|d'|del|la|le|los|las|el|l'|the))*"
    r"|(?<![\u0621-\u064a])(?:مواطني|رعايا|التعاون مع|بين|الحدود مع|ضحايا من|من|مع|اتفاق مع|المعقود في|المنعقد في|قانون|تجربه)"
    r"|(?:与|同|和|跟|来自|在|如|例如|包括|对))"
    r"\s*['’]?(?:the |la |le |el |les |los |l'|l’)?(?:(?:government|authorities|republic|embassy|gouvernement|autorites|gobierno|autoridades|ambassade|embajada|правительств\w+|власт\w+|органами)\s?(?:of|de|du|des|del|d'|d’)?\s?(?:the |la |le |l'|l’|el )?)?$"
)
STREET_BEFORE: Final = re.compile(
    r"(?:\b(?:rue|avenue|av\.|place|boulevard|bd|quai|chemin|calle|avenida|plaza|paseo|улиц\w*|ул\.|проспект\w*|площад\w*)|(?:شارع|ميدان|طريق))(?: d\w*| la| le| l| los| las)*[ '’]*$"
)
STREET_AFTER: Final = re.compile(
    r"^\s*(?:street|st\b|road|rd\b|avenue|ave\b|square|lane|gasse|strasse|stra(?:ss|ß)e|platz|大街|大道|街|路\d)"
)
NATIONAL_AFTER: Final = re.compile(
    r"^(?:[ \-]?(?:nationals?|citizens?|women|girls|victims?|workers?|border|law|model)\b|籍|公民|国民|人|被害人|受害人|法律|边境|的)"
)
BEHALF_BEFORE: Final = re.compile(
    r"(?:on behalf of|for and on behalf of|in the name of|au nom d[eu]?s?|pour le compte d[eu]?s?|en nombre d\w+|por cuenta d\w+|от имени|по поручению|باسم|نيابه عن|بالنيابه عن|代表)"
    r"\s*['’]?(?:the |la |le |el |l'|l’)?(?:(?:competent )?(?:government|authorities|ministry of [\w ]{3,40}|gouvernement|autorites(?: competentes)?|gobierno|autoridades(?: competentes)?|ministere d[\w ']{3,40}|ministerio de [\w ]{3,40}|правительств\w+|компетентных органов|министерств\w+ [\w ]{3,40}|حكومه|السلطات)\s?(?:of|de|du|des|del|d'|d’)?\s?(?:the |la |le |l'|l’|el )?)?$"
)
TRANSMITTED_BEFORE: Final = re.compile(
    r"(?:\b(?:reply|response|answer|note|letter|communication|contribution|proposals?|comments?|views?|submission) (?:of|from|by)"
    r"|\b(?:reponse|note|lettre|communication|contribution|propositions?|observations?) (?:d[eu]s?|d'|emanant d\w*)"
    r"|\b(?:respuesta|nota|carta|comunicacion|contribucion|propuestas?|observaciones) (?:de|del|presentad\w+ por)"
    r"|\b(?:ответ|нот\w|письм\w|предложени\w|сообщени\w)|(?<![\u0621-\u064a])(?:رد|مذكره|رساله|مقترحات|اقتراحات)|转交|转递)"
    r"\s*['’]?(?:the |la |le |el |l'|l’)?(?:(?:competent )?(?:government|authorities|ministry of [\w ]{3,40}|gouvernement|autorites|gobierno|autoridades|ministere d[\w ']{3,40}|ministerio de [\w ]{3,40}|правительств\w+|министерств\w+ [\w ]{3,40}|حكومه|وزاره [\u0621-\u064a ]{3,30})\s?(?:of|de|du|des|del|d'|d’)?\s?(?:the |la |le |l'|l’|el )?)?$"
)
DATE_AFTER: Final = re.compile(r"^[\s,،]*(?:le |the |el |on |в |في )?\d{1,2}(?:er)?[\s./-]")
PERSONS: Final = listed(
    "jordan chad georgia israel ireland maurice dominique salvador mauricio santa san france india kenya china chile malta jamaica cuba mali marino lucia holland"
)
PERSON_AFTER: Final = re.compile(r"^ [A-Z][a-z]+")
PERSON_BEFORE: Final = re.compile(r"(?:^|[\s\"'])(?:[A-Z][a-z]+|[A-Z]\.|Mr\.?|Ms\.?|Mrs\.?|Dr\.?) $")

ORGANISATION: Final = re.compile(
    r"\b(?:ngos?|non-?governmental|association|foundation|network|federation of|coalition|alliance|charity|trust fund|institute|university|faculty|campaign|society for|committee against|centre for|center for|action against|shelter|church|bar council|law firm|consult(?:ing|ants)|ltd|inc|gmbh"
    r"|ongs?|association|fondation|reseau|universite|institut|collectif|federation des|asociacion|fundacion|red de|universidad|instituto|coalicion|comite contra|centro de"
    r"|нко|неправительственн\w*|ассоциаци\w*|благотворительн\w*|сеть|университет\w*|институт\w*|общественн\w+ (?:организаци|объединени|фонд)\w*|фонд\w*)\b"
    r"|(?<![\u0621-\u064a])(?:ال)?(?:منظمه (?:ال)?غير (?:ال)?حكوميه|جمعيه|مؤسسه|موسسه|شبكه|جامعه (?!الدول)|معهد|مركز|اتحاد (?:ال)?جمعيات)|非政府组织|民间组织|协会|基金会|大学|研究所|网络|联盟(?!主席)|促进会"
)
INTERNATIONAL: Final = re.compile(
    r"\b(?:international organi[sz]ation for migration|iom|oim|мом|unhcr|hcr|acnur|увкб|unicef|ilo|oit|мот|osce|osze|обсе|ohchr|interpol|интерпол|europol|eurojust|frontex|council of europe|conseil de l'europe|consejo de europa|совет\w* европы"
    r"|european commission|commission europeenne|comision europea|европейск\w+ комисси\w+|african union commission|league of arab states|ligue des etats arabes|liga de (?:los )?estados arabes|лига арабских государств"
    r"|organization of american states|organizacion de los estados americanos|oas|oea|undp|pnud|unifem|world bank|icmpd|icrc|red cross|croix-rouge|cruz roja|красн\w+ крест\w*|save the children|amnesty"
    r"|united nations (?:children|development|high commissioner|population|entity)|international labour (?:office|organi[sz]ation)|organisation internationale (?:pour|du)|organizacion internacional (?:para|del)|международн\w+ организаци\w+ (?:по|труда))\b"
    r"|المنظمه الدوليه للهجره|المفوضيه|اليونيسيف|جامعه الدول العربيه|منظمه العمل الدوليه|国际移民组织|难民署|儿童基金会|国际劳工组织|欧洲委员会|欧安组织|国际刑警|红十字"
)
MISSION_TO_THEM: Final = re.compile(
    r"permanent (?:mission|representation|delegation)|mission permanente|mision permanente|представительств|البعثه الدائمه|常驻"
)
"""A Government's mission to an international organization."""
