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
    dr prof mr mrs ms st messrs sir hon rev gen col lt capt sen rep gov pres mme mlle hr fr e.g i.e cf viz vs ca
    approx resp incl esp ibid al op
    """
)
# The end of a sentence only if no number follows: "Art. 5", "No. 3", "Oct. 2025".
_BEFORE_NUMBER = _words(
    """
    art no nos nr vol vols ch chap sec sect fig figs eq para par p pp n c ed eds rec reg dir doc jan feb mar apr
    jun jul aug sep sept oct nov dec
    """
)
# Dotted short forms that do end a sentence when an opening word follows.
_MAY_END = _words(
    """
    u.s u.k u.n e.u u.s.a ph.d m.sc b.sc d.c a.m p.m etc inc ltd co corp jr sr bros dept univ est
    """
)
_OPENERS = _words(
    """
    the a an it its this that these those there he she they we you i his her their our my in on at by for from
    with but and or so yet if when while as after before since although though however moreover meanwhile
    instead what who how why where both each every no not one two three some many most all critics such
    """
)
_BLOCK_START = re.compile(r"^\s*(?:#{1,6}\s|[-*+•]\s|\d{1,3}[.)]\s|>\s?|\||```|:::|---+\s*$|===+\s*$)")
_LIST_MARK = re.compile(r"^\s*(?:#{1,6}\s|[-*+•]\s|\d{1,3}[.)]\s|>\s?)")
_CITATION = re.compile(r"\s*\[(?:[^\[\]]*@[\w:.#$%&+?<>~/-]+[^\[\]]*|\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\](?!\()")
_STOP = re.compile(r"(?:[.!?]+|…)[\"'”’»)\]*_]*(?:\s*\[(?:[^\[\]]*@[^\[\]]*|\d{1,3})\])*(?=\s|$)")
_NEXT = re.compile(r"\s+[\"'“‘«(\[*_]*(\S+)")


def split_sentences(text: str) -> list[str]:
    """Sentences in reading order, stripped, with their Markdown marks and citations; headings and list items alone."""
    return [sentence for block in _blocks(text) for sentence in _cut(block)]


def _blocks(text: str) -> list[str]:
    blocks: list[list[str]] = [[]]
    for line in text.splitlines():
        if not line.strip():
            blocks.append([])
        elif _BLOCK_START.match(line):
            blocks.append([line.strip()])
            if line.lstrip().startswith(("#", "|")):
                blocks.append([])
        else:
            blocks[-1].append(line.strip())
    return [" ".join(lines) for lines in blocks if lines and re.search(r"\w", " ".join(lines))]


def _cut(block: str) -> list[str]:
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
    if not _may_open(word, block[following.start() : following.start(1)]):
        return False
    if not stop.group().startswith(".") or stop.group().startswith(".."):
        return True
    before = re.search(r"([\w.&’'-]*)$", block[start : stop.start()])
    return _not_short_form(before.group(1) if before else "", word)


def _may_open(word: str, gap: str) -> bool:
    return (
        word[0].isupper()
        or word[0].isdigit()
        or not word[0].isalnum()
        or "“" in gap
        or bool(re.match(r"[a-z]+[A-Z]", word))
    )


def _not_short_form(before: str, after: str) -> bool:
    form = before.lower().lstrip("(.")
    opener = re.sub(r"\W+$", "", after).lower() in _OPENERS
    if form in _TITLES:
        return form == "al" and opener
    if form in _BEFORE_NUMBER and before != "no":
        return not after[0].isdigit() and not (len(form) == 1 and before.isupper() and not opener)
    if form in _MAY_END:
        return opener
    if re.fullmatch(r"[A-Z]|(?:[A-Z]\.)+[A-Z]", before) and before != "I":
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
_ATTRIBUTION = re.compile(
    r"\baccording to\b|\b(?:said|says|argued|argues|warned|warns|reported|reports that|found that|finds that|showed that|"
    r"shows that|stated|states that|claimed|claims that|admitted|conceded|insisted|announced|promised|predicted|recommended|"
    r"calculated|estimated|estimates|criticised|praised|told|wrote|noted|declared|called it|say|argue|warn|claim|insist|complain)\b"
)
_FIRST_PERSON = re.compile(r"\b(?:we|i|us|our|let us|let's)\b")
_ASK_FIRST = re.compile(
    r"\b(?:we|i)(?: therefore| now| thus| hereby| also| strongly| respectfully| would| do)* "
    r"(?:propose|ask|call (?:on|for|upon)|urge|request|invite|recommend|suggest|want|wish|hope|demand|appeal|plead|need|like|"
    r"encourage|beg|would welcome|would like)\b|\bour (?:request|proposal|ask|appeal|wish|plea|demand)\b|\bplease\b|\blet us\b|\blet's\b"
)
_ASK_DUTY = re.compile(
    r"\b(?:should|ought to|must|needs? to|have to|has to|it is time|the time has come|now is the time|deserves?|shall)\b"
)
_IMPERATIVE = re.compile(
    r"^(?:\W*(?:so|now|then|and|but|please|therefore)\W+)?(?:vote|support|fund|back|give|make|take|ask|tell|write|join|sign|build|act|"
    r"invest|put|choose|start|begin|consider|imagine|think|remember|look|read|help|bring|create|set|open|protect|"
    r"reject|refuse|insist|do not|don't|keep|send|call|speak|stand|stop|let|name|use|commit|agree|adopt|decide|demand|"
    r"do|be|come|go|see|note)\b(?!\s+(?:is|are|was|were|has|have|had|of|by)\b)"
)
_FACTIVE = re.compile(
    r"\b(?:forget|remember|recall|note|know|deny|ignore|admit|recogni[sz]e|acknowledge|fact|reminds?|shows?|proves?|proof) that\b|"
    r"\b(?:because|since|given that|now that|whereas|just as|as .{0,40}\b(?:did|does|has|was|shows?|showed)|after|when|"
    r"like .{0,30}\bdid|which|who|whose)\b"
)
_OPINION = re.compile(
    r"\b(?:i|we) (?:believe|think|feel|hold|trust|fear|find it|regret|admire|welcome)\b|\b(?:in our view|in my view|to my mind|in our opinion|"
    r"in my opinion|to our mind)\b|\b(?:triumph|tragedy|disgrace|shame|wonderful|beautiful|absurd|foolish|wise|unwise|"
    r"right|wrong|good|bad|better|best|worst|worse|important|vital|crucial|essential|worth|worthy|fair|unfair|sensible|bold|brave|"
    r"timid|noble|dangerous|promising|exciting|inspiring|remarkable|impressive|great|priceless|proud|mistake|folly|"
    r"opportunity|hope|dream|lesson|moral|excellent|poor|disappointing|deplorable|welcome|urgent|imperative|"
    r"naive|reasonable|unreasonable|justified|strong case|ambitious|courageous|visionary)\b"
)
_HAPPENED = re.compile(
    r"\b(?:rose|fell|grew|increased|decreased|declined|doubled|lost|won|left|joined|failed|succeeded|cost|costs|led to|"
    r"caused|resulted in|because of|due to|thanks to|more than|less than|fewer than|larger than|smaller than|cheaper than|higher than|"
    r"lower than|faster than|slower than|largest|smallest|oldest|only|leaving|pays?|paid|founded|created|built|closed|"
    r"signed|adopted|rejected|voted|majority|minority|consensus|members?|employs?|publish(?:ed|es)?)\b"
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|became|began|went|came|took|made|gave|got|held|met|ran|stood|chose|paid|spent|sent|built|"
    r"brought|[a-z]{3,}ed)\b"
)
_LINK_START = re.compile(
    r"^\W*(?:and|but|so|yet|still|that is|this is|here|there|hence|thus|therefore|first|second|third|finally|now|then|why|how|what|"
    r"it|the (?:reason|question|answer|point|lesson|result|choice|upshot|short)|in short|in other words|of course|none of this|"
    r"all this|to begin|consider|let|more on|these|those|such|both|one|again|however|instead|meanwhile|put simply)\b"
)
_COMMON_CAPITALS = _words(
    """
    europe europeans european ai i member states state government governments science monday tuesday wednesday
    thursday friday saturday sunday
    """
)
_LINK_WORDS = 14


def classify(sentence: str) -> SentenceKind:
    """`fact` if the sentence states something a reader could check, else `ask`, `opinion` or `link`.

    A number, a date or a named body with a statement about the world wins over rhetoric around it; the content of a
    request or a proposal of our own ("we propose to spend ...") is no statement about the world.
    """
    text = plain(sentence)
    low = fold(text)
    numbers, named = _has_number(low), _names_something(text)
    ask = _ask(low)
    if ask is not None:
        return "fact" if _states_beside_the_ask(low, ask, numbers, named) else "ask"
    if numbers or _attributes(low):
        return "fact"
    opinion = _OPINION.search(low)
    if low.endswith("?") and not named:
        return "link"
    if named:
        return "opinion" if opinion and not _HAPPENED.search(low) and not _PAST.search(low) else "fact"
    if opinion:
        return "opinion"
    return _without_anchor(low)


def _has_number(low: str) -> bool:
    return bool(_NUMBER.search(re.sub(r"\b(?:number|no\.?|day|step|point) (?:1|one)\b|\b1\.(?=\s)", "", low)))


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
    return found is not None and not re.search(r"\b(?:we|i)(?: have| had)? $", low[: found.start()])


def _ask(low: str) -> re.Match[str] | None:
    return _ASK_FIRST.search(low) or _IMPERATIVE.search(low) or _ASK_DUTY.search(low)


def _states_beside_the_ask(low: str, ask: re.Match[str], numbers: bool, named: bool) -> bool:
    if _attributes(low) and not _ASK_FIRST.search(low):
        return True
    factive = _FACTIVE.search(low)
    if factive and (_has_number(low[factive.start() :]) or (named and _PAST.search(low[factive.start() :]))):
        return True
    if _has_number(low[: ask.start()]):
        return True
    # A duty with a figure is as a rule a rule of somebody ("a unit must bring EUR 1.5 million a year").
    return (
        numbers
        and not _FIRST_PERSON.search(low)
        and ask.group() in ("must", "has to", "have to", "need to", "needs to")
    )


def _without_anchor(low: str) -> SentenceKind:
    if _HAPPENED.search(low):
        return "fact"
    if _LINK_START.search(low) and len(low.split()) <= _LINK_WORDS:
        return "link"
    if _PAST.search(low) and not _FIRST_PERSON.search(low):
        return "fact"
    return "link" if len(low.split()) <= 4 else "opinion"
