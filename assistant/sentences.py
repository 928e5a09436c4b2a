"""Text into sentences, sentences into words, and what kind of sentence each one is.

In comes prose as people and models write it (Markdown marks, pandoc citations, abbreviations); out go sentences
in reading order, their words with a folded form and a light stem, and one of four kinds: fact, opinion, ask, link.
It knows nothing of passages; `check` compares.
"""

from __future__ import annotations

import re

from .answer import SentenceKind
from .words import STOP_WORDS, fold, likely_name, words
from .words import stem as stem


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


# Never the end of a sentence, whatever follows.
_TITLES = _words(
    """
    dr prof mr mrs ms st messrs sir hon rev gen col lt capt sen rep gov pres mm mme mlle hr fr e.g i.e cf viz vs ca
    approx resp incl excl esp ibid al op mt ft max min bzw evtl ggf inkl vgl hrsg insb sog z.b d.h u.a p.ex c.-à-d dipl ing bspw
    """
)
# The end of a sentence only if no number follows: "Art. 5", "No. 3", "Oct. 2025".
_BEFORE_NUMBER = _words(
    """
    art no nos nr nrs vol vols ch chap cap sec sect fig figs eq para par p pp n c ed eds rec reg dir doc jan feb mar apr
    jun jul aug sep sept oct nov dec abs bd ziff lit tab kap §
    """
)
# Short forms that do end a sentence when an opening word follows.
_MAY_END = _words(
    """
    u.s u.k u.n e.u u.s.a ph.d m.sc b.sc d.c a.m p.m etc usw inc ltd co corp jr sr bros dept univ est mio mrd chr jh
    """
)
# German and French short forms written with a space inside.
_SPACED_FORM = re.compile(
    r"\b(?:z\. ?B|d\. ?h|u\. ?a|o\. ?ä|i\. ?d\. ?R|i\. ?d|s\. ?o|s\. ?u|u\. ?U|p\. ?ex|N\. ?B)$"
)
_SPACED_START = re.compile(r"(?:^|[\s(])[zduosipvN]$")
_OPENERS = _words(
    """
    the a an it its this that these those there he she they we you i his her our their my in on at by for from
    with but and or so yet if when while as after before since although though however moreover meanwhile
    instead what who how why where both each every no not one two three some many most all critics such
    """
)
# A letter behind one of these is no initial: "vitamin C. Doctors agree."
_LETTERED = re.compile(
    r"\b(?:vitamin|plan|type|hepatitis|option|group|grade|class|category|part|section|annex|appendix|phase|article|version) [A-Z]$",
    re.IGNORECASE,
)
_MONTHS = _words(
    """
    januar jänner februar märz april mai juni juli august september oktober november dezember january february march may june
    july october december
    """
)
_BULLET = r"#{1,6}\s|[-*+•‣▪·]\s|[–—]\s(?=[A-ZÀ-Þ])|\d{1,3}[.)]\s|\(?[a-z]\)\s|\(\d{1,2}\)\s|>\s?"
_LIST_MARK = re.compile(rf"^\s*(?:{_BULLET})")
_BLOCK_START = re.compile(
    rf"^\s*(?:{_BULLET}|\||```|:::|---+\s*$|===+\s*$|(?:Q|A|Question|Answer|Frage|Antwort)\s?\d{{0,2}}:\s|[A-Z]{{3,}}(?: [A-Z]{{2,}})?:\s)"
)
_CITATION = re.compile(
    r"\s*\[(?:[^\[\]]*@[\w:.#$%&+?<>~/-]+[^\[\]]*|\^[\w-]+|\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\](?!\()|(?<=[a-z]{3}[.!?])\d{1,3}(?=\s|$)"
)
# The stop, the marks that close a quotation behind it, then notes: "agreed.”3", "agreed. [@key]".
_STOP = re.compile(
    r"(?:[.!?]+|…)[\"'”’»)\]*_]*(?: »)?(?:(?<=[^\W\d_]{3}\.)\d{1,3}|(?<=[^\W\d_]{3}\.[”\"’)])\d{1,3}|[¹²³⁰⁴-⁹]+)?"
    r"(?:\s*\[(?:[^\[\]]*@[^\[\]]*|\^[\w-]+|\d{1,3}(?:[,–-]\s?\d{1,3})*)\])*(?=\s|$)"
    r"|(?<=[a-z]{3})[.!?](?=[A-Z][a-z]*\s)"
)
_NEXT = re.compile(r"\s*[\"'“‘«(\[*_„–—]*\s?(\S+)")
_SPEAKS = re.compile(
    r"\s+(?:[A-ZÀ-Þ][\w’-]* ){1,3}(?:said|says|asked|wrote|replied|added|told|argued|warned)\b"
)


_LOOK_BACK = 60
"""Characters that may hold the short form before a stop."""
_BRACKETS = 400


def split_sentences(text: str) -> list[str]:
    """Sentences in reading order, stripped, with their Markdown marks and citations; headings, list items and rows alone."""
    return [sentence for block in _blocks(text) for sentence in _cut(block)]


def _blocks(text: str) -> list[str]:
    blocks: list[list[str]] = [[]]
    lines = text.splitlines()
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if not line.strip():
            blocks.append([])
        elif _stands_alone(line) or (not blocks[-1] and _is_headline(line, following)):
            blocks += [[line.strip()], []]
        elif _BLOCK_START.match(line) and not _runs_on(blocks[-1], line):
            blocks.append([line.strip()])
        else:
            blocks[-1].append(line.strip())
    return [" ".join(lines) for lines in blocks if lines and re.search(r"\w", " ".join(lines))]


def _stands_alone(line: str) -> bool:
    """A Markdown heading, a row of a table, a line all in capitals."""
    return (
        line.lstrip().startswith(("#", "|"))
        or line.count("\t") > 1
        or (line.isupper() and len(line.split()) > 1)
    )


def _is_headline(line: str, following: str) -> bool:
    """Whether a first line is a headline: no stop, no word that wants another, and a longer line opens a sentence below it."""
    words_there = line.split()
    opens = following.split()[0] if following.split() else ""
    return (
        line.rstrip()[-1].isalnum()
        and len(line.rstrip()) < 0.7 * len(following.rstrip())
        and words_there[-1] not in STOP_WORDS
        and opens[:1].isupper()
        and opens.lower() in _OPENERS
    )


def _runs_on(block: list[str], line: str) -> bool:
    """Whether what looks like a list's number belongs to the line above: "am" / "5. Mai", "Art." / "12. The next"."""
    if not block or not re.match(r"\s*\d", line):
        return False
    after = line.split()[1].lower().strip(".,;") if len(line.split()) > 1 else ""
    before = block[-1].split()[-1]
    return after in _MONTHS or before.lower().rstrip(".") in _BEFORE_NUMBER


def _cut(block: str) -> list[str]:
    if block.startswith("|"):
        return [block]
    sentences, start = [], 0
    mark = _LIST_MARK.match(block)
    for stop in _STOP.finditer(block, mark.end() if mark else 0):
        if stop.end() < len(block) and _ends_here(block, start, stop):
            sentences.append(block[start : stop.end()].strip())
            start = stop.end()
    sentences.append(block[start:].strip())
    return [sentence for sentence in sentences if re.search(r"\w", sentence)]


def _ends_here(block: str, start: int, stop: re.Match[str]) -> bool:
    following = _NEXT.match(block, stop.end())
    if following is None:
        return True
    word = following.group(1)
    if not _may_open(word, block[following.start() : following.start(1)]) or _in_brackets(block, start, stop):
        return False
    if not block[stop.end()].isspace():
        return re.sub(r"\W+$", "", word).lower() in _OPENERS and not re.search(
            r"[/@]|www", block[start : stop.start()].split()[-1]
        )
    if re.search(r"[\"”’»]$", stop.group()) and _SPEAKS.match(block, stop.end()):
        return False
    if not stop.group().startswith(".") or stop.group().startswith(".."):
        return True
    return _not_short_form(block[max(start, stop.start() - _LOOK_BACK) : stop.start()], word)


def _in_brackets(block: str, start: int, stop: re.Match[str]) -> bool:
    """Whether the stop stands in brackets that the sentence opened on its way: "(It was old. It leaked.)"."""
    # No further back than brackets reach: the block may be a whole book without a border.
    said = block[max(start, stop.end() - _BRACKETS) : stop.end()].strip()
    return (
        said.count("(") > said.count(")")
        and not said.startswith("(")
        and ")" in block[stop.end() : stop.end() + _BRACKETS]
    )


def _may_open(word: str, gap: str) -> bool:
    return (
        word[0].isupper()
        or word[0].isdigit()
        or not word[0].isalnum()
        or "“" in gap
        or bool(re.match(r"[a-z]+[A-Z]", word))
    )


def _not_short_form(said: str, after: str) -> bool:
    found = re.search(r"([\w.&’'§à-]*)$", said)
    before = found.group(1) if found else ""
    form = before.lower().lstrip("(.")
    opener = re.sub(r"\W+$", "", after).lower() in _OPENERS
    if _SPACED_FORM.search(said) or (_SPACED_START.search(said) and re.match(r"[A-Za-zä]{1,2}\.", after)):
        return False
    if _LETTERED.search(said):
        return True
    if form in _TITLES:
        return form == "al" and opener
    if form in _BEFORE_NUMBER and before != "no":
        return not after[0].isdigit() and not (len(form) == 1 and before.isupper() and not opener)
    if re.fullmatch(r"\d{1,2}", form) and re.sub(r"\W+$", "", after).lower() in _MONTHS:
        return False
    if form in _MAY_END:
        return opener
    if re.fullmatch(r"[A-Z]|(?:[A-Z]\.)+[A-Z]|(?:[a-z]\.)+[a-z]", before) and before != "I":
        return opener
    return True


def plain(text: str) -> str:
    """`text` without citations and Markdown marks, quotes and dashes left as they are, spaces single."""
    text = _CITATION.sub("", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = (
        _LIST_MARK.sub("", text) if not re.match(r"\s*\d", text) else re.sub(r"^\s*\d{1,2}[.)]\s+", "", text)
    )
    text = re.sub(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)", "", text)
    return " ".join(text.split())


# Kinds. A cue list is a regular expression over the folded sentence.
_NUMBER = re.compile(
    r"\d|[€$£%]|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fifteen|twenty|thirty|forty|fifty|"
    r"sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|trillions?|dozens?|per cent|percent|"
    r"(?:a|one) (?:half|third|quarter|fifth|tenth)(?= of)|half of|two[- ]thirds|three[- ]quarters|twice|doubled|tripled|halved)\b"
)
_PAST_YEAR = re.compile(r"(?<!by )(?<!until )(?<!from )(?<!before )\b(?:1[5-9]\d\d|20[01]\d|202[0-5])s?\b")
_SAYING = (
    "said|says|argued|argues|warned|warns|reported|reports that|found that|finds that|showed that|shows that|stated|states that|"
    "claimed|claims that|admitted|conceded|insisted|announced|promised|vowed|predicted|recommended|calculated|estimated|estimates|"
    "criticised|praised|told|wrote|noted|declared|called it|say|argue|warn|claim|insist|complain|asks|asked|wants|wanted|demands|demanded"
)
_ATTRIBUTION = re.compile(
    rf"\baccording to\b|\b(?:{_SAYING})\b|, (?:\w+ ){{1,3}}(?:find|finds|found|show|shows)[.]?$|\b(?:is|are) said to\b"
)
_FIRST_PERSON = re.compile(r"\b(?:we|i|our|ours|my|me|let us|let's)\b")
_SPEAKERS = re.compile(rf"{_FIRST_PERSON.pattern}|\b(?:you|your|yours)\b")

# Words of an appeal, a duty, a promise or an order.
_ASK_FIRST = re.compile(
    r"\b(?:we|i)(?: therefore| now| thus| hereby| also| strongly| respectfully| would| do)* "
    r"(?:propose|ask|call (?:on|for|upon)|urge|request|invite|recommend|suggest|want|wish|hope|demand|appeal|plead|need|like|"
    r"encourage|beg|welcome|promise|pledge|commit|will|shall|favour|value)\b(?! never)|"
    r"\b(?:our|my) (?:request|proposal|ask|appeal|wish|plea|demand)\b|\bplease\b|\blet us\b|\blet's\b|"
    r"^(?:will|would|can|could|may) (?:you|we|i)\b(?=.*\?)"
)
_ASK_DUTY = re.compile(
    r"\b(?:should|ought to|must|needs? to|(?<!not )have to|has to|it is (?:high )?time|the time has come|now is the time|shall|never again)\b"
)
_ORDERS = (
    "vote|support|fund|back|give|make|take|ask|tell|write|join|sign|build|act|invest|put|choose|start|begin|consider|imagine|think|"
    "remember|look|read|help|bring|create|set|open|protect|reject|refuse|insist|do not|don't|keep|send|call|speak|stand|stop|let|"
    "name|use|commit|agree|adopt|decide|demand|do|be|come|go|see|note|leave|grant|table|invite|require|correct|hold|print|"
    "nominate|show|treat|turn|trust|publish|pay|end|hand|finish|count|move|share|recall"
)
_IMPERATIVE = re.compile(
    rf"^(?:\W*(?:so|now|then|and|but|please|therefore)\W+)?(?:{_ORDERS})\b(?!\s+(?:is|are|was|were|has|have|had|of|by)\b)"
    # "Share prices fell", "Open access saves money".
    r"(?!\s+(?!who|what|which|how|why|where|that|it|all|those|you)\w+(?: \w+)? (?:is|are|was|were|has|have|had|fell|rose|grew|sold|ran)\b)"
    r"(?! (?:access|source|data|software|staff)\b(?! for| to| in))"
    r"(?!\s+(?:for|on|in|from|to|at)\b.* (?:is|are|was|were|has|have|fell|rose|grew|comes?)\b)"
)
# What somebody has to do under a rule that exists.
_RULE = re.compile(
    r"\bunder (?:the|article|its|this)\b|\bevery (?:\w+ )?(?:hour|day|week|month|year|two|three|four|five)\b|\bwithin (?:a|an|one|two|\d+) \w+|"
    r"^(?:the )?(?:applicants?|users?|candidates?|participants?|patients?|authors?|ships?|members|data|visitors|students|samples)\b"
)
# A statement that stands inside an appeal or a judgement.
_FACTIVE = re.compile(
    r"\b(?:forget|remember|recall|note|know|deny|ignore|admit|recogni[sz]e|acknowledge|fact|reminds?|shows?|proves?|proof|told|fair|true|"
    r"thought|explain) that\b|\b(?:because|since|given that|now that|whereas|just as|as .{0,40}\b(?:did|does|has|was|shows?|showed)|after|"
    r"when|like .{0,30}\bdid|which|who|whose)\b|: "
)
_FRAME = re.compile(
    r"^(?:but |and |yet |so )?(?:(?:it|that) (?:is|was) (?:also |often |a |an |no |still |not )*\w+(?: \w+)? that|it (?:is|would be) \w+ to (?:say|recall|note) that|"
    r"the (?:\w+ )?(?:news|truth|fact|reason|trouble|problem|irony|result|danger) is(?: that)?|one reason is that|what [^,]{1,30} is(?: that)?|"
    r"i regret to (?:inform|tell) you that|few (?:people )?know that|(?:you|some) may have heard that|"
    r"(?:in truth|happily|sadly|luckily|fortunately|unfortunately|to (?:its|their|his|her) credit|dear \w+|first|second|third|moreover)\b,?|"
    r"contrary to [^,]+,|a: |q: )\s*"
)

# Judgement: words that praise or blame, and the large words that speeches live on.
_JUDGEMENT = re.compile(
    r"\b(?:triumph|tragedy|disgrace|shame|shameful|wonderful|beautiful|absurd|foolish|wise|unwise|right|wrong|good|bad|better|best(?![- ]known)|"
    r"worst|worse|important|vital|crucial|essential|worth(?! more| less)|worthy|fair|unfair|sensible|bold|boldness|brave|timid|noble|dangerous|promising|"
    r"exciting|inspiring|remarkable|impressive|great|greatest|priceless|proud|mistake|folly|opportunity|chance|hope|dream|lesson|moral|"
    r"excellent|disappointing|deplorable|worth (?:more|less) than|urgent|imperative|naive|reasonable|unreasonable|justified|strong case|ambitious|"
    r"courageous|visionary|(?<=is )sound|overdue|timely|deserves?|understandable|privilege|waste|bitter|sad|cruel|costliest|legitimate|proper)\b"
)
_LARGE_WORDS = re.compile(
    r"\b(?:courage|ambition|trust|freedom|progress|patience|genius|curiosity|openness|excellence|fairness|prudence|hesitation|"
    r"silence|future|destiny|soul|spirit|heart|voice|beacon|promise|bridges?|walls|crossroads|treasure|gift|luxury|virtue|"
    r"nerve|vision|strategy|stakes|enemies|borders|moment|strength|substitute|miracle|nobody can|no one can|everyone|anyone|all of us|"
    r"choice|alternative|option|time to lose|too late|too high|too early|negotiable|knowledge|hesitate|whispers?|mankind|humanity|betrays?|loved|"
    r"talent goes|come first|status quo|within reach|at (?:its|their|our) best|long game|excuses|room to|passports?|half measures|poor monument|suspicion|kindness)\b"
)
_SUBJECT_LARGE = re.compile(
    rf"(?:the |our |a )?{_LARGE_WORDS.pattern} (?:is|are|has|have|will|does|do|needs?|comes?|can|alone)\b|nothing (?:great|is|was|can|could)\b"
)
# A large thing in few words: "Science has no passport", but not "Science is funded by the state".
_MAXIM_SUBJECT = re.compile(
    r"^(?:but |and |yet )?(?:\w+ )?(?:science|research|nature|diplomacy|ideas?|data|medicine|democracy|education|truth|culture|peace|time|"
    r"learning|discovery|wisdom|solidarity|cooperation|collaboration|countries|nations|continent) "
    r"(?:(?:is|are)(?! \w+(?:ing|ed|en)\b)|has|have|does|do|needs?|can|cannot|knows?|begins?|lives?|speaks?|makes?)\b"
)
_MEASURED = re.compile(
    r"\b(?:higher|lower|larger|smaller|faster|slower|older|longer|shorter|heavier|fewer|more common|more likely) than\b|"
    r"\b(?:is|are) (?:\w+ly )?\w+(?:ed|en) (?:by|under|from|at)\b"
)
_VERDICT = re.compile(
    rf"\b(?:is|are|was|were|be|been) (?:so |very |not |also |the |an? )*(?:\w+ )?{_JUDGEMENT.pattern}"
)
_MAXIM = re.compile(
    r"^(?:a|an|no|nothing|better|such a|without|one|those who|whoever)\b.*\b(?:is|are|can|would|was ever|feeds?|saves?|grows?|needs?|must|will|could|gives?)\b(?!.*\b(?:of a|used|called)\b)|"
    r"\bis (?:more|worth|only as|rarely|never|not) |\bmore than (?:its|a|the|words)\b|\bcannot (?:afford|wait)\b|\balone will not\b|\bdoes not care\b|\bnothing (?:is|could|great)\b"
)
_DEFINITION = re.compile(
    r"\b(?:is|are) (?:a|an|the)(?: \w+){1,3} (?:that|which|of|for|used|with|in|between|from)\b|\brefers? to\b|\bmeans?\b|\bis called\b|\bthe term\b|\bis defined\b"
)
_CONDITIONAL = re.compile(r"\b(?:would|could)\b(?! not be found)")
_HAPPENED = re.compile(
    r"\b(?:rose|fell|grew|increased|decreased|declined|doubled|lost|won|left|joined|failed|succeeded|cost|costs|led to|"
    r"caused|resulted in|because of|due to|thanks to|more than|less than|fewer than|larger than|smaller than|cheaper than|higher than|"
    r"lower than|faster than|slower than|largest|smallest|oldest|only|leaving|pays?|paid|founded|created|built|closed|"
    r"signed|adopted|rejected|voted|majority|minority|consensus|members?|employs?|publish(?:ed|es)?)\b"
)
_PAST = re.compile(
    r"(?<!\bis )(?<!\bare )(?<!\bbe )(?<!\bbeen )(?<!\bbeing )(?<!\ba )(?<!\bthe )(?<!\bof )(?<!\bnot )\b(?:was|were|had|did|became|began|went|came|took|made|gave|got|"
    r"held|met|ran|stood|chose|paid|spent|sent|built|brought|found|felt|knew|left|rose|fell|grew|lost|won|kept|wrote|taught|saw|sold|"
    r"(?!indeed|hundred|exceed|proceed|succeed|sacred|speed|breed)[a-z]{3,}ed)\b|\b(?:has|have) (?:\w+ly |already |just )?(?:\w{3,}ed|begun|become|lost|left|been)\b"
)
_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|do|did|will|would|can|cannot|could|may|might)\b|n't\b"
)
_VERB = re.compile(rf"{_AUXILIARY.pattern}|\b[a-z]{{2,}}(?:[^su]s|ed)\b|\bto \w+")

# Words that only lead from one thought to the next, or frame a text.
_SIGNPOST = re.compile(
    r"^\W*(?:(?:but|and|so|now|yet|first|next|finally|thus|then|again|for example|in short|in other words)\b\W*)*"
    r"(?:(?:that|this|here|it|such) is (?:why|how|what|where|the (?:question|point|problem|reason|case|crux)|as simple)\b.*|"
    r"(?:that|this) (?:brings|leads) (?:me|us) .*|(?:let us (?:begin with|start with|turn|return)|let me (?:begin|start|turn|explain|return)|i (?:come|turn|return)|we (?:return|come|turn))\b.*|"
    r"there (?:is|are) (?:another side|more|(?:two|three|four|five|several|many|other|good) (?:\w+ )?(?:reasons|points|questions|arguments|answers|lessons|objections)).*|"
    r"(?:there is )?more (?:on|about|to) .*|the (?:answer|question|argument|reason|reasons|point|rest|story|logic|case) (?:is|are|runs?|goes|follows?)(?: (?:simple|this|these|here|history|clear|as|follows|easy|short|below|(?!that\b)\w+)){0,2}|"
    r"in what follows .*|to (?:sum up|begin with|conclude|be clear)\b.*|as (?:we|you|i) (?:shall|will|may|can) .*|it depends|yes and no|not so fast|so much for .*|"
    r"enough of .*|on the (?:one|other) hand|back to .*|and yet|consider (?:the|this|an) (?:following )?\w+|thank you.*|"
    r"(?:dear|honourable|esteemed) (?:\w+ ){0,2}\w+,?|(?:yours|with|kind|best)(?: \w+)? (?:sincerely|faithfully|regards|truly|wishes),?|ladies and gentlemen,?|"
    r"no|yes|well|a word about .*|a word on .*)[.:,!]*$"
)
_COMMON_CAPITALS = _words(
    """
    europe europeans european ai i member states state government governments science monday tuesday wednesday
    thursday friday saturday sunday together surely better here nowhere never genius trust hope courage curiosity prudence
    hesitation progress patience freedom history knowledge nothing nobody
    """
)
_SHORT = 4
_MAXIM_WORDS = 8
_HEADLINE = 5
"""Words from which a line without a stop may be a sentence."""


def classify(sentence: str) -> SentenceKind:
    """`fact` if the sentence states something a reader could check, else `ask`, `opinion` or `link`.

    A number, a date or a named body with a statement about the world wins over rhetoric around it; the content of a
    request, a promise or a proposal of our own ("we propose to spend ...") is no statement about the world. What is none
    of the others is a fact: a claim passed over does more harm than one looked at in vain.
    """
    text = plain(sentence)
    low = fold(text)
    if _SIGNPOST.match(low):
        return "link"
    pieces = [piece for piece in re.split(r"(?<=[\w”\"’)])[:;] ", text) if len(piece.split()) > 2]
    if (
        len(pieces) > 1
        and not low.endswith("?")
        and any(_is_clause(piece) and _kind(piece) == "fact" for piece in pieces)
    ):
        return "fact"
    return _kind(text)


def _is_clause(piece: str) -> bool:
    low = fold(piece)
    return bool(_VERB.search(low) or _PAST.search(low))


def _kind(text: str) -> SentenceKind:
    low = fold(text)
    numbers, named = _has_number(low), _names_something(text)
    framed = _FRAME.match(low)
    if framed and framed.end() and len(low[framed.end() :].split()) > 2:
        return _kind(text[framed.end() :])
    if low.rstrip().endswith("?"):
        return _question(low, numbers, named)
    ask = _ask(low)
    if ask is not None:
        return "fact" if _states_beside_the_ask(low, ask, numbers) else "ask"
    if numbers or _attributes(low):
        return "fact"
    return _statement(low, named)


def _question(low: str, numbers: bool, named: bool) -> SentenceKind:
    """A question takes for granted what it does not ask: "Why did Spain leave in 1969?"."""
    if numbers or (named and _PAST.search(low)):
        return "fact"
    supposed = _FACTIVE.search(low)
    if supposed and _PAST.search(low[supposed.start() :]):
        return "fact"
    return "ask" if _ASK_FIRST.search(low) else "link"


def _statement(low: str, named: bool) -> SentenceKind:
    happened = bool(_PAST.search(low))
    stopped = low.endswith((".", "!", "”", '"', ")"))
    if (
        len(low.split()) < (_SHORT if stopped else _HEADLINE)
        and not named
        and not happened
        and not _AUXILIARY.search(low)
    ):
        return "opinion" if _LARGE_WORDS.search(low) or _JUDGEMENT.search(low) else "link"
    if not stopped and not (happened or _VERB.search(low)):
        return "link"
    if low.endswith("!") and not (named and happened):
        return "opinion"
    if not stopped and not happened and re.match(r"(?:why|what|how|who|where|when|a|an) ", low):
        return "link"
    if _rhetorical(low, named, happened):
        return "opinion"
    return "fact"


def _rhetorical(low: str, named: bool, happened: bool) -> bool:
    """Whether words of praise, blame or hope carry the sentence, and nothing that happened does."""
    maxim = _MAXIM_SUBJECT.match(low) and not happened and len(low.split()) <= _MAXIM_WORDS
    if maxim or _SUBJECT_LARGE.match(low):
        return True
    verdict = _VERDICT.search(low)
    if verdict:
        # "It was a grave mistake" tells nothing that happened, "it was a grave mistake that cost lives" does.
        rest = low[: verdict.start()] + low[verdict.end() :]
        return not (_PAST.search(rest) or _HAPPENED.search(rest))
    if named and (happened or _HAPPENED.search(low)):
        return False
    if _judges(low):
        return not happened
    if named or happened or _DEFINITION.search(low):
        return bool(_LARGE_WORDS.search(low)) and not happened
    if _MEASURED.search(low):
        return False
    if _HAPPENED.search(low) and not _FIRST_PERSON.search(low):
        return bool(_LARGE_WORDS.search(low))
    return bool(
        _LARGE_WORDS.search(low)
        or _MAXIM.search(low)
        or _CONDITIONAL.search(low)
        or _SPEAKERS.search(low)
        or _deictic(low)
    )


def _judges(low: str) -> bool:
    """Whether a word of praise or blame is what is said, not only part of a name for the thing ("this important treaty bans")."""
    if re.search(
        r"\b(?:i|we) (?:believe|feel|hold|trust|fear|regret|admire|welcome|dream)\b|\b(?:in (?:our|my) (?:view|opinion)|to (?:our|my) mind)\b",
        low,
    ):
        return not re.search(r"\b(?:misread|ignored|failed to)\b", low)
    word = _JUDGEMENT.search(low)
    if word is None:
        return False
    attribute = re.match(r"(?:the|this|these|its|his|her|their) (?:\w+ )?$", low[: word.start()])
    return not (attribute and not re.search(r"\b(?:is|are|be|would|can|will)\b", low))


def _deictic(low: str) -> bool:
    return (
        bool(re.match(r"(?:but |and |so |yet )?(?:this|that|it|there) (?:is|would|will|can)\b", low))
        and len(low.split()) <= 2 * _SHORT
    )


def _has_number(low: str) -> bool:
    return bool(
        _NUMBER.search(
            re.sub(r"\b(?:number|no\.?|day|step|point) (?:1|one)\b|\b1\.(?=\s)|\bthree things\b", "", low)
        )
    )


def _names_something(text: str) -> bool:
    for word in words(text):
        if (
            word.capital
            and word.fold not in _COMMON_CAPITALS
            and word.fold not in STOP_WORDS
            and (not word.first or word.acronym)
        ):
            return True
    return _opens_with_name(text)


def _opens_with_name(text: str) -> bool:
    found = words(text)
    return bool(found) and likely_name(found[0], "") and found[0].fold not in _COMMON_CAPITALS


def _attributes(low: str) -> bool:
    found = _ATTRIBUTION.search(low)
    return found is not None and not re.search(
        r"\b(?:we|i|be|been|to|should|must|would|could)(?: \w+)? $|^$", low[: found.start()]
    )


def _ask(low: str) -> re.Match[str] | None:
    return _ASK_FIRST.search(low) or _IMPERATIVE.search(low) or _ASK_DUTY.search(low)


def _states_beside_the_ask(low: str, ask: re.Match[str], numbers: bool) -> bool:
    if _attributes(low) and not _ASK_FIRST.search(low) and not _IMPERATIVE.search(low):
        return True
    for factive in _FACTIVE.finditer(low):
        behind = low[factive.start() :]
        dated = _has_number(behind) and factive.group() not in ("after", "when", ": ")
        if not _ASK_DUTY.search(behind) and (dated or _PAST.search(behind)):
            return True
    if _PAST_YEAR.search(low) or _has_number(low[: ask.start()]):
        return True
    duty = ask.group() in ("must", "has to", "have to", "need to", "needs to")
    # A duty with a figure is as a rule a rule of somebody ("a unit must bring EUR 1.5 million a year").
    return duty and not _FIRST_PERSON.search(low) and (numbers or bool(_RULE.search(low)))
