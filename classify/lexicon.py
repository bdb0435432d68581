"""Words of the six languages that the rules look for. Folded (classify.normal.fold): lower case, no accents."""

from __future__ import annotations

from typing import Final

LETTER_NAMES: Final[dict[str, str]] = {
    "ru": "абвгдежз",
    "ar": "ابجدهوزح",
    "zh": "一二三四五六七八",
}
"""The n-th letter of a list in that language's own lettering. Latin letters are used in all six."""

LETTER_NOUNS: Final = {
    "en": "topic topics item items area areas point points letter letters theme themes subject subjects paragraph paragraphs "
    "subparagraph subparagraphs sub-item option options issue issues heading headings priority priorities",
    "fr": "theme themes sujet sujets point points lettre lettres domaine domaines alinea alineas question questions paragraphe "
    "paragraphes rubrique rubriques priorite priorites",
    "es": "tema temas punto puntos letra letras area areas esfera esferas apartado apartados inciso incisos parrafo parrafos "
    "literal literales asunto asuntos cuestion prioridad prioridades",
    "ru": "тема пункт подпункт буква область вопрос направление литера позиция",
    "ar": "موضوع مواضيع موضوعات موضوعين موضوعان بند بنود بندين بندان حرف حروف فقره فقرات فقرتين مجال مجالات مجالين نقطه نقاط "
    "نقطتين محور محاور",
    "zh": "议题 专题 主题 领域 第 项 点 题目 题 问题",
}

JOINERS: Final = {
    "en": ", and & + / ; or plus then",
    "fr": ", et & + / ; ou puis ainsi que",
    "es": ", y e & + / ; o u luego",
    "ru": ", и & + / ; а также или",
    "ar": "، , و & + / ؛ ثم او",
    "zh": "、 + , ， 和 及 与 以 或 ; ；",
}
ARTICLES: Final = {
    "en": "the",
    "fr": "le la les l' du des",
    "es": "el la los las",
    "ru": "от с",
    "ar": "ال",
    "zh": "第 项",
}
RANGERS: Final = {
    "en": "- – — to through until",
    "fr": "- – — a à au jusqu'a jusqu",
    "es": "- – — a al hasta",
    "ru": "- – — по до",
    "ar": "- – — الي حتي",
    "zh": "- – — 至 到 ~ ～",
}
EXCEPT: Final = {
    "en": r"\b(?:except|excepting|other than|apart from|with the exception of|but not|excluding|save for|but)\b",
    "fr": r"\b(?:sauf|excepte|hormis|a l'exception d|hors|a l'exclusion d|mais pas)",
    "es": r"\b(?:excepto|salvo|menos|con excepcion d|a excepcion d|exceptuando|con la excepcion d|pero no)",
    "ru": r"(?:кроме|за исключением|исключая|помимо)",
    "ar": r"(?:باستثناء|ما عدا|عدا|فيما عدا|سوي)",
    "zh": r"(?:除了?|不含|不包括)",
}
LESS: Final = {
    "en": r"(?:but )?(?:without|except(?:ing)?(?: for)?|excluding|minus|less|not|other than|apart from|save(?: for)?|with the exception of)(?: (?:topics?|items?|points?|areas?|letters?))?",
    "fr": r"(?:mais )?(?:sans|sauf|excepte|hormis|hors|moins|pas|a l'exception d[eu]s?|a l'exclusion d[eu]s?)(?: (?:le |la |les )?(?:points?|themes?|lettres?|sujets?))?",
    "es": r"(?:pero )?(?:sin|excepto|salvo|menos|no|exceptuando|(?:con|a) (?:la )?excepcion del?)(?: (?:el|la|los|las))?(?: (?:puntos?|temas?|letras?|apartados?|incisos?))?",
    "ru": r"(?:но )?(?:без|кроме|исключая|за исключением|помимо|но не|не)(?: (?:пункт\w*|подпункт\w*|тем\w*|букв\w*))?",
    "ar": r"(?:و?لكن )?(?:من )?(?:عدا|ما عدا|فيما عدا|باستثناء|سوي|دون|بدون|ليس)(?: (?:ال)?(?:بند|موضوع|حرف|فقره|نقطه|محور))?",
    "zh": r"(?:但)?(?:不含|不包括|除去|除|除了|去掉|没有|不要)(?:第)?",
}
"""Between letters that are meant and letters that are not: "b to e without d"."""
REPLACED: Final = {
    "en": r"instead of|in (?:the )?place of|in lieu of|rather than|in substitution (?:of|for)|(?:replac|substitut|exchang|swap|withdr[ae]w|delet|remov|retract)\w*|(?:correct|amend|chang)(?:e|es|ing)?\b",
    "fr": r"au lieu (?:de|du|des)|(?:a la|en) place (?:de|du|des)|en remplacement (?:de|du|des)|plutot que|et non(?: pas)?|(?:remplac|substitu|retir|supprim|ray)\w+|(?:chang|corrig)(?:e|er|ez|eons|ent)\b",
    "es": r"en (?:lugar|vez|sustitucion|reemplazo) (?:de|del)|y no|donde (?:dice|decia|se lee|se leia)|(?:sustitu|reemplaz|retir|suprim|elimin|tach)\w+|cambi(?:a|an|ar|e|en|amos)\b|corrig(?:e|en|ir)\b|corregir",
    "ru": r"вместо|взамен|а не|(?:замен|исключ|вычеркн|отозва|отзыва|снима)\w+|(?:исправ|измен)(?:ить|ьте|ите|ляем|ляет|яем|яет)\b",
    "ar": r"بدلا من|عوضا عن|بدل|وليس|(?:استبدال|نستبدل|تستبدل|استبدلنا|حذف|نحذف|سحب|نسحب|تسحب|الغاء)",
    "zh": r"代替|取代|而不是|而非|替换|撤回|删除|删去|取消",
}
"""Said before letters that others take the place of."""
REPLACED_BY: Final = {
    "en": r"(?:should|must|ought to|is to|was to|shall) (?:read|be read|be replaced|have been|be changed)|(?:is|are|was|being|be) (?:replaced|withdrawn|deleted|dropped|changed)|becomes|read (?=\W*\(?[a-h]\b)",
    "fr": r"(?:est|sont|etant|doit etre|sera) (?:remplac|retir|supprim|annul)\w+|devient|(?:il faut )?lire|lisez",
    "es": r"(?:debe|deben|deberia) (?:decir|leerse)|(?:se|queda|es|fue) (?:sustituy|sustitui|reemplaz|retir|suprim|elimin|cambi)\w+|lease",
    "ru": r"(?:следует|надо|нужно|просим) (?:читать|заменить|считать)|(?:заменя|снима|исключа|отзыва)\w+|заменен\w*|читать",
    "ar": r"(?:يستبدل|تستبدل|يحذف|تحذف|والصحيح|والصواب|يسحب|تسحب)",
    "zh": r"(?:应?改为|应为|更正为|换成|换为|改成|系.{0,8}误|有误|撤回|删除|作废)",
}
"""Said behind letters that others take the place of."""
BOTH: Final = {
    "en": r"\band\b|&|\bor\b",
    "fr": r"\bet\b|&|\bou\b",
    "es": r"\by\b|\be\b|&",
    "ru": r"\bи\b|&",
    "ar": r"و\s*[(\w]",
    "zh": r"和|及|与|、",
}
"""Joins two letters that fare alike: "instead of (c) and (d)", but "instead of (c), (d)"."""
ALL: Final = {
    "en": r"\b(?:all|every|each|any)\b",
    "fr": r"\b(?:tous|toutes|tout|ensemble|chacun)",
    "es": r"\b(?:todos|todas|cualquiera|cada)",
    "ru": r"(?:\bвсе\b|\bвсех\b|\bвсеми\b|\bвсем\b|\bлюб)",
    "ar": r"(?:جميع|كل|كافه|سائر)",
    "zh": r"(?:所有|全部|各项|其余|其他|都)",
}

PROPOSE: Final = {
    "en": r"\b(?:propos\w*|suggest\w*|would (?:like|wish|welcome|appreciate|be (?:grateful|glad|pleased|interested|in favou?r)|prefer|favou?r|support)"
    r"|(?:wish|wishes|like|likes) to (?:propose|suggest|see|discuss|put)|recommend\w*|submit\w*|put(?:s|ting)? forward|request that|should (?:be )?(?:discuss|address|consider|examin|includ|focus|take)\w*"
    r"|support\w*|favou?rs?\b|prefer\w*|priorit\w+|choos\w*|select\w*|opts?\b|invites? the (?:working )?group|attach\w* (?:particular|great|special)? ?importance"
    r"|of (?:particular|special|great) (?:interest|importance|relevance)|interested in|merits?\b|deserves?\b|topics?:|could (?:usefully )?(?:discuss|address|consider|examine)|welcomes?\b)",
    "fr": r"\b(?:propos\w*|sugger\w*|souhait\w*|recommand\w*|soumet\w*|voudrai\w*|aimerai\w*|privilegi\w*|preconis\w*|appui\w*|soutien\w*|retien\w*|retenir|choisi\w*|invite\w* le groupe|priorit\w+"
    r"|devrai\w* (?:etre )?(?:examin|abord|trait|discut|etudi|inscri|se pencher)\w*|serai\w* (?:favorable|heureu|utile|interess)\w*|merite\w*|interesse\w* (?:par|a)|estim\w+ (?:utile|opportun|que le groupe)|verrai\w*|particuli\w+ (?:interet|important))",
    "es": r"\b(?:propon\w*|propuest\w*|propus\w*|sugier\w*|suger\w*|recomiend\w*|recomend\w*|dese\w+|quisier\w+|quiere|someter\w*|plante\w*|prefier\w*|priori\w+|apoy\w*|respald\w*|elig\w*|escog\w*|convendria|solicit\w* que"
    r"|deberi\w+ (?:ser )?(?:examin|abord|trat|debat|estudi|inclu)\w*|seria (?:util|conveniente|oportuno|de interes)|merec\w*|interesa\w*|estim\w+ (?:util|conveniente|oportuno)|podri\w+ (?:examin|abord|trat|debat|estudi|analiz)\w*)",
    "ru": r"(?:предлага\w*|предложи\w*|предложен\w*|рекоменд\w*|хотел\w* бы|счита\w* (?:целесообразн|необходим|важн|полезн)\w*|целесообразн\w*|представля\w* (?:важн|интерес|целесообразн|полезн)\w*|поддерж\w*|выступа\w* за"
    r"|приоритет\w*|желательн\w*|просим (?:рассмотреть|включить)|просит (?:рассмотреть|включить)|следовало бы|заслужива\w*|высказыва\w* за|отда\w* предпочтени\w*|заинтересован\w*|было бы (?:полезно|целесообразно))",
    "ar": r"(?:ا?قترح|نقترح|تقترح|يقترح|اقتراح|مقترح|تود|يود|نود|ترغب|يرغب|نرغب|توصي|يوصي|نوصي|تدعو|ندعو|تري|يري|نري|تفضل|يفضل|نفضل|تؤيد|يؤيد|نؤيد|تايد|اولوي|ينبغي|من المفيد|يجدر|تهتم|نهتم|اهتمام خاص|تطلب ادراج|نامل)",
    "zh": r"(?:建议|提议|提出|希望|愿|推荐|主张|支持|赞成|认为.{0,12}(?:应|可|宜|值得)|应当?(?:讨论|审议|研究|探讨)|宜|优先|选择|倾向|关注|感兴趣|值得)",
}
CHOOSE: Final = {
    "en": r"\b(?:tak(?:e|es|ing)|tick(?:s|ed)?|pick(?:s|ed)?|vot(?:e|es|ed|ing) for|go(?:es)? for|(?:choice|preference) (?:is|falls on|goes to)|are for|is for"
    r"|want(?:s|ed)?|chose|yes to|keep)",
    "fr": r"\b(?:pren(?:d|ons)|coch\w+|vot\w+ pour|opt\w+ pour|(?:choix|preference) (?:est|se porte sur|va a)|(?:est|sommes) pour|demand(?:e|ons)|oui a|gard(?:e|ons))",
    "es": r"\b(?:toma(?:mos)?|marc\w+|vot\w+ por|opt\w+ por|(?:eleccion|preferencia) (?:es|recae en|va a)|esta(?:mos)? (?:por|a favor de)|ped?(?:imos|ir)|pide|si a|queda(?:mos)? con)",
    "ru": r"(?:\bберем|отмети\w+|голосу\w* за|выбира\w*|выбра\w*|останови\w* на|\bмы за|\bпросим)",
    "ar": r"(?:نختار|تختار|اخترنا|اختارت|اختيارنا|نصوت ل|نصوت علي|وقع الاختيار علي)",
    "zh": r"(?:选|选定|勾选|投票给|要|取)",
}
"""What is said of letters that are chosen, and too common a word to tell anything else."""
ASIDE: Final = {
    "en": r"in the (?:first|second|third|last) place|(?:first|second|third|last)(?:ly)?|finally|also|then|next|furthermore|further|moreover|besides|likewise|in addition|additionally"
    r"|in particular|above all|on the (?:one|other) hand|if (?:time|the agenda)(?: so)? (?:allows|permits)|time permitting|(?:if|where) possible|in our (?:view|opinion)"
    r"|at its (?:second|next) (?:meeting|session)|in (?:vienna|january)(?: 2010)?|respectfully",
    "fr": r"en (?:premier|deuxieme|second|troisieme|dernier) lieu|(?:premiere|deuxieme|seconde|troisieme)ment|(?:tout )?d'abord|ensuite|puis|enfin|de plus|en outre|par ailleurs|egalement|aussi"
    r"|notamment|en particulier|avant tout|d'une part|d'autre part|si le temps(?: le| nous le)? permet|si possible|le cas echeant|a notre avis|selon nous"
    r"|(?:a|lors de) sa (?:deuxieme|prochaine) (?:reunion|session)|(?:a vienne|en janvier)(?: 2010)?",
    "es": r"en (?:primer|segundo|tercer|ultimo) (?:lugar|termino)|primero|segundo|tercero|primeramente|ademas|asimismo|tambien|igualmente|luego|por (?:ultimo|otra parte|un lado|otro lado)|finalmente"
    r"|en particular|sobre todo|si el tiempo(?: asi)? lo permite|(?:si es|de ser) posible|a nuestro juicio|en nuestra opinion|en su (?:segunda|proxima) reunion|(?:en viena|en enero)(?: de 2010)?",
    "ru": r"во-первых|во-вторых|в-третьих|в (?:первую|вторую|последнюю) очередь|кроме того|помимо этого|также|далее|затем|сначала|наконец|вместе с тем|в частности|прежде всего"
    r"|по возможности|если позволит время|с (?:одной|другой) стороны|на наш взгляд|по нашему мнению|на втором (?:совещании|заседании)|в январе(?: 2010 года)?",
    "ar": r"و?اولا|و?ثانيا|و?ثالثا|و?اخيرا|و?كذلك|و?ايضا|في المقام (?:الاول|الثاني|الثالث)|و?من (?:جهه|ناحيه)(?: اخري)?|و?علاوه علي ذلك|و?فضلا عن ذلك|و?بالاضافه الي ذلك|ان امكن"
    r"|اذا (?:سمح|اتسع) الوقت|و?علي وجه الخصوص|و?لا سيما|قبل كل شيء|في راينا|في اجتماعه الثاني|في يناير(?: 2010)?",
    "zh": r"第?[一二三四]是?|首先|其次|再次|最后|此外|另外|同时|尤其是?|特别是|如有可能|如果?时间允许|我们认为|一方面|另一方面|在第二次会议上|明年一月",
}
"""What stands between two topics and says nothing of either."""
REJECT: Final = {
    "en": r"\b(?:(?:do(?:es)?|did|would|should|could|need|is|are|can) ?n[o']t\b.{0,60}?\b(?:priorit|consider|regard|support|wish|see|propos|favou?r|need|includ|tak\w+ up|discuss|interest|appropriate|suitable|necessar|address|pursu|urgent|object)"
    r"|not? (?:a )?priorit|rather not|no need|cannot (?:support|agree)|opposed to|against (?:taking|discussing|including)|less (?:urgent|relevant|important|suitable)|could (?:well )?(?:wait|be left|be postponed)"
    r"|no interest|of no (?:particular )?(?:interest|relevance)|not (?:be )?(?:taken up|discussed|included|pursued)|premature|leave aside|set aside|lower priority|low priority|should be (?:dropped|left out|postponed|deferred))",
    "fr": r"\b(?:n(?:e|')\s?\S+(?: \S+){0,3} (?:pas|guere|point|aucun\w*)\b.{0,80}?(?:priorit|consid|soutien|souhait|favorable|propos|opportun|necess|interet|interess|urgent|traite|aborde|retenu|retenir|discut|inscri)|pas (?:une )?priorit|ne (?:constitue|represente)\w* (?:pas|guere)"
    r"|moins (?:urgent|prioritaire|pertinent|important)|sans (?:interet|objet)|premature|peut attendre|pourrait attendre|ecart\w+|oppos\w+ a|renonc\w+)",
    "es": r"\b(?:no\b.{0,40}?(?:priorit|prioridad|consider|apoy|dese|estim|propon|oportuno|conveniente|necesari|interes|urgente|favorable|ve la|vemos|deb\w+ (?:ser|trat|inclu|abord))|menos (?:urgente|prioritari|pertinente|importante)"
    r"|prematur|puede esperar|podria esperar|se opone|sin interes|descart\w+|carece de)",
    "ru": r"(?:\bне (?:счита|рассматрива|представля|явля|поддержива|вид|предлага|возраж|следует|целесообразн|относ|нужда|требу|актуальн|приоритет|заинтересован|видит|усматрива|стоит|может поддержать)\w*|менее (?:актуальн|приоритетн|важн|срочн)\w*|нецелесообразн\w*|преждевременн\w*|может подождать|против (?:включ|рассмотр|обсужд)\w*|нет необходимости|можно отложить)",
    "ar": r"(?:لا (?:تري|نري|يري|تعتبر|نعتبر|يعتبر|تؤيد|نؤيد|يؤيد|تود|نود|تعد|نعد|يشكل|تشكل|يمثل|تمثل|داعي|حاجه|ضروره|تحبذ|نحبذ|ينبغي|نقترح|تقترح|يحظي)|ليس(?:ت)? (?:من )?(?:ال)?(?:ا?ولوي|اولوي|ضروري|مناسب|ملح)|غير (?:ملح|مناسب|ضروري)|اقل (?:الحاحا|اهميه|اولويه)|سابق لاوانه|يمكن (?:تاجيل|ارجاء)|تعارض|نعارض)",
    "zh": r"(?:不(?:认为|主张|赞成|支持|建议|宜|应|必|属于|是.{0,6}优先|将.{0,20}(?:作为|列为|视为)|急)|并非.{0,6}优先|没有必要|无需|无须|非优先|不在.{0,8}优先|反对|为时过早|可以?(?:暂缓|推迟|延后)|暂不|优先性较低)",
}
REPORT: Final = {
    "en": r"\b(?:(?:adopted|enacted|amended|ratified|established|introduced|promulgated|launched|entered into force|came into force|has been (?:in force|implement)|have been|was held|were held|in (?:19|20)\d\d\b|our (?:law|act|code|legislation|penal code)|act no|law no|since (?:19|20)\d\d)\b)",
    "fr": r"\b(?:a (?:adopte|ratifie|promulgue|mis en place|cree|lance|institue|modifie)|ont ete|a ete|est entree? en vigueur|en (?:19|20)\d\d\b|notre (?:loi|code|legislation|droit)|la loi n|depuis (?:19|20)\d\d)",
    "es": r"\b(?:(?:ha|han|hemos) (?:adoptado|aprobado|ratificado|promulgado|creado|establecido|reformado|tipificado)|aprobo|ratifico|promulgo|creo|establecio|entro en vigor|en (?:19|20)\d\d\b|nuestra (?:ley|legislacion)|nuestro codigo|la ley n|desde (?:19|20)\d\d)",
    "ru": r"(?:принят\w*|ратифициров\w*|вступил\w* в силу|был\w* (?:принят|создан|учрежд|введен|внесен|проведен)\w*|в (?:19|20)\d\d год\w*|действу\w*|наш\w* (?:закон|законодательств|кодекс)\w*|созда(?:н|л)\w*|осуществля\w*)",
    "ar": r"(?:اعتمدت|اصدرت|صدر|سنت|صادقت|صدقت|انشات|انشئت|اقر|دخل حيز|منذ عام|في عام|قانون رقم|القانون رقم|قامت|تم (?:انشاء|اعتماد|اصدار|تعديل))",
    "zh": r"(?:已(?:经)?(?:制定|通过|颁布|批准|建立|设立|修订|开展|加入)|制定了|通过了|颁布了|批准了|建立了|设立了|修订了|开展了|(?:19|20)\d\d年|我国(?:法律|刑法|立法)|于.{0,8}年)",
}
DISCUSS: Final = {
    "en": r"\b(?:discuss\w*|look(?:ing)? (?:at|into)|consider(?:ing|ed)?|examin\w*|address\w*|tak(?:e|ing) up|focus\w* on|study\w*|explor\w*|deal\w* with|exchang\w*[^.;:]{0,40}\b(?:on|about|regarding)|(?:the )?(?:following )?(?:topics?|subjects?|themes?|issues?|question|matter) of|includ\w*)",
    "fr": r"\b(?:examin\w*|abord\w*|trait\w+ de|discut\w* d\w*|debatt?\w* d\w*|etudi\w*|se pench\w* sur|consacr\w* a|echang\w*[^.;:]{0,40}\bsur|inscri\w*|(?:le |la |les )?(?:theme|sujet|question)s? (?:suivants?|suivantes?|d\w*))",
    "es": r"\b(?:examin\w*|abord\w*|trat(?:e|ar|en|ara)\b|debat\w*|discut\w*|estudi\w*|analic\w*|analiz\w*|se ocup\w* de|intercambi\w*[^.;:]{0,40}\bsobre|inclu\w*|(?:el |la |los |las )?(?:tema|asunto|cuestion)(?:es|s)? (?:siguientes?|de\w*))",
    "ru": r"(?:обсуди\w*|рассмотр\w*|рассматрива\w*|изучи\w*|уделить внимание|посвятить|обмен\w*[^.;:]{0,40}\b(?:о|об|по)\b|включить(?: в повестку дня)?|тем[уы]\b|вопрос(?:а|у|ы|ов)?\b(?: о| об)?)",
    "ar": r"(?:يناقش|تناقش|مناقشه|يبحث|تبحث|بحث|ينظر في|النظر في|تناول|يتناول|دراسه|يدرس|ادراج|تبادل[^.؛:]{0,40}(?:بشان|حول)|موضوع|مسايل|مسئله|مساله|المواضيع التاليه)",
    "zh": r"(?:讨论|审议|研究|探讨|交流|关注|列入|重点(?:讨论|审议)?|以下议题|问题)",
}
"""What the group should do with a topic: the topic's own words stand behind it."""
CORRECTION: Final = {
    "en": r"\b(?:corrigend\w*|corrected version|correction to|(?:replac|supersed|cancel|withdraw|disregard|amend|annul|rectif)\w*\b.{0,80}\b(?:note|reply|letter|communication|message|submission|list|mail|proposal|version|topic|earlier|previous)|(?:earlier|previous) (?:note|reply|letter|communication|message|submission)\b.{0,60}\b(?:replac|supersed|withdraw|disregard|amend|error)\w*|instead of (?:our|the) (?:earlier|previous))",
    "fr": r"\b(?:rectificati\w*|corrigendum|version corrigee|(?:remplac|annul|retir|modifi|corrig|rectifi)\w*\b.{0,80}\b(?:note|reponse|lettre|communication|message|liste|courriel|proposition|precedent\w*)|ne pas tenir compte|(?:precedent|anterieur)\w*.{0,60}(?:remplac|annul|rectifi|corrig)\w*)",
    "es": r"\b(?:correccion|correcciones|fe de erratas|rectifica\w*|version corregida|(?:reemplaz|sustitu|anul|retir|modific|corrig|correg|enmiend|enmend)\w*\b.{0,80}\b(?:nota|respuesta|carta|comunicacion|mensaje|lista|correo|propuesta|anterior)|no tener en cuenta|dejar sin efecto|(?:nota|respuesta|comunicacion) anterior.{0,60}(?:reemplaz|sustitu|anul|correg))",
    "ru": r"(?:исправлени\w*|уточнени\w*|корригендум|взамен\w*|(?:замен|аннулир|отзыва|отозва|исправл|изменя|отмен)\w*.{0,80}(?:нот|ответ|письм|сообщени|списк|предложени|предыдущ|ранее)\w*|не принимать во внимание|считать (?:недействительн|утративш)\w*|вместо (?:ранее|предыдущ)\w*|(?:ранее|предыдущ)\w*.{0,60}(?:замен|аннулир|отозва|исправл)\w*)",
    "ar": r"(?:تصويب|تصحيح|(?:تحل|يحل|تلغي|يلغي|الغاء|سحب|استبدال|تعديل|تعدل|تستبدل)\b.{0,80}(?:مذكر|رد|رساله|كتاب|قائمه|اقتراح|السابق)|(?:السابقه?|المورخه?).{0,60}(?:لاغي|ملغا|تصحيح|تصويب)|عدم الاخذ|صرف النظر)",
    "zh": r"(?:更正|勘误|(?:取代|替换|撤回|撤销|修改|修正|代替|作废).{0,40}(?:照会|答复|来文|信函|邮件|清单|建议|此前|先前|之前)|(?:此前|先前|之前|原).{0,40}(?:取代|替换|撤回|作废|更正|为准|有误)|以本.{0,8}为准)",
}


def words_of(table: dict[str, str], language: str) -> frozenset[str]:
    return frozenset(table.get(language, table["en"]).split())
