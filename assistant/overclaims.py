"""Words that claim more than can be known: one sentence in, the words with a reason and a sober wording out.

The table `CUES` is the whole of what is known here: a pattern, why it is too much, and what can stand in its place. Words
are left alone where somebody else says them (quoted or attributed), where they are denied or asked, and where a passage
that the sentence cites says the same. No passage is searched for here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .answer import OverClaim
from .sentences import split_sentences
from .words import content

FORECAST = "a forecast told as a fact"
UNANIMITY = "nobody has asked everyone"
SOLE = "that there is no other is hard to know"
PRAISE = "praise, which a reader cannot check"
CERTAINTY = "certainty that no source can give"
PROOF = "one case is evidence, seldom proof"
UNCOSTED = "a benefit without the figures behind it"
WITHOUT_EXCEPTION = "one exception makes it false"


@dataclass(frozen=True, kw_only=True)
class Cue:
    """One kind of over-claim: `pattern` marks the words, `sober` can stand in their place.

    In `sober`, `{a}` becomes the article that fits the next word, or nothing before a plural; `\\1` is the pattern's group.
    """

    pattern: str
    sober: str
    why: str
    after: str = ""
    """What stands right before the words when they are no over-claim."""
    before: str = ""
    """What follows the words right away when they are no over-claim."""


_A = r"(?:(?:a|an) )?"
_WILL = r"will (?:(?:finally|soon|also|thereby|then|again|once more|at last) )?"
_MUCH = (
    r"(?:[\d,.]+|hundreds of|thousands of|tens of thousands of|millions of|many|new|more|countless|well-paid|high-quality|skilled|"
    r"enormous|lasting|huge|real)"
)
_GAIN = (
    r"(?:jobs|posts|growth|prosperity|wealth|value|opportunities|companies|start-ups|spin-offs|revenue|returns|benefits|income|"
    r"profits?)"
)
_EXPERTS = r"(?:experts|scientists|economists|researchers|specialists)"
_KINDS = (
    r"(?:broad |wide |overwhelming |scientific |clear |strong |growing |political |expert |international )"
)
_PEOPLE = r"(?:\w+ )?(?:minds|researchers|scientists|engineers|laborator\w+|universit\w+|institutes?|institutions?|teams?|talents?|experts)\b"
_PLACE = (
    r"(?:places?|laborator\w+|facilit\w+|cent(?:re|er)s?|institut\w+|countr\w+|states?|continents?|regions?|projects?|plans?|proposals?|"
    r"models?|instruments?|machines?|telescopes?|sites?|organi[sz]ations?|bod(?:y|ies)|networks?|hubs?|programmes?|examples?|universit\w+|"
    r"one of its kind|compan\w+|collections?|archives?|sources?|technolog\w+)\b"
)
_ANYWHERE = r"(?:of its kind|in the world|in Europe|worldwide|anywhere|ever|on Earth|in (?:human )?history|on the planet|globally)"

CUES: tuple[Cue, ...] = (
    # --- forecasts told as facts
    Cue(pattern=rf"{_WILL}(create|generate|bring|add|deliver|yield|produce)((?: {_MUCH})*(?: \w+)? {_GAIN})\b", sober=r"could \1\2", why=FORECAST),
    Cue(pattern=rf"{_WILL}(generate|bring|return|yield|save)(?= (?:billions|millions|hundreds of millions)\b)", sober=r"could \1", why=FORECAST),
    Cue(pattern=rf"{_WILL}lose(?= (?:its|our|their|the race)\b)", sober="could lose", why=FORECAST),
    Cue(pattern=rf"{_WILL}(attract|boost|double|triple|strengthen|unlock|restore|accelerate|transform)\b", sober=r"could \1", why=FORECAST, before=r" (?:in|from|by|on) "),
    Cue(pattern=rf"{_WILL}(?:cure|eradicate|defeat)\b", sober="could help to treat", why=FORECAST),
    Cue(pattern=rf"{_WILL}(?:solve|eliminate|overcome|end(?= the | our | its | Europe))", sober="could help to reduce", why=FORECAST),
    Cue(pattern=rf"{_WILL}(?:prevent|avert)\b", sober="could help to prevent", why=FORECAST),
    Cue(pattern=rf"{_WILL}save(?= lives| millions| billions| thousands| money| the planet| Europe| taxpayers)", sober="could save", why=FORECAST),
    Cue(pattern=rf"{_WILL}(?:ensure|guarantee|make sure) that\b", sober="could make it more likely that", why=FORECAST),
    Cue(pattern=rf"{_WILL}(?:ensure|guarantee|secure|assure|safeguard)\b", sober="could help to secure", why=FORECAST),
    Cue(pattern=rf"{_WILL}(make|put|keep)(?= (?:Europe|us|our|the continent)\b)", sober=r"could help to \1", why=FORECAST),
    Cue(pattern=rf"{_WILL}(?:revolutioni[sz]e|reshape|redefine)\b", sober="could change", why=FORECAST),
    Cue(pattern=r"will (?:inevitably|certainly|undoubtedly|surely|definitely)\b", sober="may well", why=FORECAST),
    Cue(pattern=rf"{_WILL}lead the world\b", sober="could be among the leaders", why=FORECAST),
    Cue(pattern=r"will be (recouped|repaid|recovered)\b", sober=r"may be \1", why=UNCOSTED),
    Cue(pattern=r"(?:is|are) (?:guaranteed|certain|bound|sure) to\b", sober="may well", why=FORECAST),
    # --- everybody thinks so
    Cue(pattern=r"(?:everyone|everybody|all) (?:agrees?|knows?|accepts?) that\b", sober="many hold that", why=UNANIMITY),
    Cue(pattern=r"(?:everyone|everybody) (?:agrees|knows|accepts)\b", sober="many agree", why=UNANIMITY),
    Cue(pattern=rf"(?:all )?(?:the )?{_EXPERTS} (?:all |unanimously |universally )?agree that\b", sober="a number of experts hold that", why=UNANIMITY),
    Cue(pattern=rf"all (?:serious |leading )?({_EXPERTS})(?= (?:agree|support|know|accept|want|believe|welcome|back|favour)\b)", sober=r"a number of \1", why=UNANIMITY),
    Cue(pattern=rf"there is (?:a |an |now )*{_KINDS}?consensus (?:among \w+ )?that\b", sober="many hold that", why=UNANIMITY),
    Cue(pattern=rf"(?:a|the) {_KINDS}+consensus\b", sober="a widely held view", why=UNANIMITY, after=r"reach(?:es|ed|ing)? |seek |sought |build |built |need |needs |by "),
    Cue(pattern=r"the consensus is\b", sober="a widely held view is", why=UNANIMITY),
    Cue(pattern=r"(?:nobody|no one|no-one) (?:seriously )?(?:disputes|doubts|denies|questions|can (?:deny|doubt|dispute))( that)?\b", sober=r"few dispute\1", why=UNANIMITY),
    Cue(pattern=r"no (?:serious|reasonable|sane|credible) (\w+) (?:disputes|doubts|denies|questions)\b", sober=r"few \1s dispute", why=UNANIMITY),
    Cue(pattern=r"is (?:united|unanimous) behind\b", sober="largely supports", why=UNANIMITY),
    Cue(pattern=r"are (?:united|unanimous) behind\b", sober="largely support", why=UNANIMITY),
    Cue(pattern=r"(?:universally|unanimously) (accepted|agreed|recognised|recognized|supported|welcomed)\b", sober=r"widely \1", why=UNANIMITY),
    # --- the only one
    Cue(pattern=r"the (?:only|sole) (way|option|choice|answer|solution|path|chance|hope)\b", sober=r"one \1", why=SOLE),
    Cue(pattern=rf"the (?:only|sole)(?=(?: [\w-]+){{0,2}} {_PLACE})", sober="as far as is known the only", why=SOLE),
    Cue(pattern=rf"(?<=’s )(?:only|sole)(?=(?: [\w-]+){{0,2}} {_PLACE})", sober="only known", why=SOLE),
    Cue(pattern=r"nothing like it\b", sober="little like it", why=SOLE),
    Cue(pattern=r"no (?:rivals?|equals?|peers?|parallels?|competitors?)\b", sober="few rivals", why=SOLE),
    Cue(pattern=rf"{_A}once[- ]in[- ]a[- ](?:lifetime|generation)\b", sober="{a}rare", why=SOLE),
    Cue(pattern=rf"the first(?=[^.;:,]{{0,60}}\b{_ANYWHERE}\b)", sober="as far as is known the first", why=SOLE, before=r" (?:time|phase|step|year|of|half|place)\b"),
    Cue(pattern=r"no(?: other| real| credible| viable)? alternatives?(?= to\b|[.,;!]|$)", sober="in our view no better alternative", why=SOLE),
    Cue(pattern=rf"{_A}(?:truly |absolutely |completely )?unique\b", sober="{a}unusual", why=SOLE, before=r"(?: \w+)? (?:identifiers?|numbers?|keys?|codes?|ids?|names?|references?|address(?:es)?|visitors|users)\b"),
    Cue(pattern=r"uniquely\b", sober="unusually", why=SOLE, before=r" (?:identif\w+|determined|defined)\b"),
    Cue(pattern=rf"{_A}one-of-a-kind\b", sober="{a}unusual", why=SOLE),
    # --- praise
    Cue(pattern=rf"{_A}world[- ](?:leading|beating|class)\b", sober="{a}internationally recognised", why=PRAISE),
    Cue(pattern=rf"{_A}(?:globally|internationally) leading\b", sober="{a}internationally recognised", why=PRAISE),
    Cue(pattern=rf"the (most \w+|best|greatest|strongest|finest)(?=[^.;:,]{{0,60}}\b{_ANYWHERE}\b)", sober=r"as far as is known the \1", why=SOLE),
    Cue(pattern=rf"the (?:very )?best(?= {_PEOPLE})", sober="{a}leading", why=PRAISE),
    Cue(pattern=r"the (?:very )?best\b", sober="{a}good", why=PRAISE, before=r"-| (?:known|of|available|possible|practice|case|that|in|guess|estimates?|interests?|results?|scores?|year|time|paper)\b"),
    Cue(pattern=r"the most (advanced|powerful|ambitious|modern|innovative|exciting|effective|efficient|successful|promising|important)\b", sober=r"{a}highly \1", why=PRAISE),
    Cue(pattern=r"the (great|fine|strong)est\b", sober=r"{a}\1", why=PRAISE),
    Cue(pattern=rf"{_A}(?:unparalleled|unrivalled|unrivaled|unmatched|unequalled|unprecedented|incomparable)\b", sober="{a}uncommon", why=PRAISE),
    Cue(pattern=r"(?<=’s )most (advanced|powerful|ambitious|modern|innovative|successful|promising|important)\b", sober=r"highly \1", why=PRAISE),
    Cue(pattern=r"the envy of the (?:whole )?world\b", sober="well regarded abroad", why=PRAISE),
    Cue(pattern=r"second to none\b", sober="strong", why=PRAISE),
    Cue(pattern=rf"{_A}(?:revolutionary|ground-?breaking|game-changing|path-?breaking|trail-?blazing)\b", sober="{a}new", why=PRAISE, before=r" (?:calendar|wars?|government|period|army|guards?|council|France|Russia|years|movement|tribunal)\b"),
    Cue(pattern=rf"{_A}game[- ]changer\b", sober="{a}important step", why=PRAISE),
    Cue(pattern=r"revolutioni[sz]ed\b", sober="changed", why=PRAISE),
    Cue(pattern=rf"{_A}transformative\b", sober="{a}notable", why=PRAISE),
    Cue(pattern=r"nothing short of (?:\w+ly )?(?:miraculous|revolutionary|spectacular|extraordinary|sensational)\b", sober="notable", why=PRAISE),
    Cue(pattern=r"revolutioni[sz]es\b", sober="changes", why=PRAISE),
    Cue(pattern=rf"{_A}cutting[- ]edge\b", sober="{a}modern", why=PRAISE),
    Cue(pattern=rf"{_A}(?:limitless|unlimited|boundless)\b", sober="{a}large", why=PRAISE),
    # --- certainty
    Cue(pattern=r"(?:undoubtedly|unquestionably|indisputably|undeniably|without (?:a |any )?doubt|beyond (?:any )?doubt)\b", sober="probably", why=CERTAINTY),
    Cue(pattern=r"(?:undeniable|indisputable|unquestionable|beyond dispute)\b", sober="likely", why=CERTAINTY),
    Cue(pattern=r"it goes without saying that\b", sober="it is likely that", why=CERTAINTY),
    Cue(pattern=r"inevitably\b", sober="often", why=CERTAINTY),
    Cue(pattern=r"(?:guarantees|ensures) that\b", sober="makes it more likely that", why=CERTAINTY),
    Cue(pattern=r"(?:can )?guarantees?\b", sober="can help to secure", why=CERTAINTY, after=r"(?:the|an?|no|loan|state|bank|legal|such|of|these|those|credit|security|safety|any|without|export|and|or|public|government|financial|to|must|should|shall|would|may|might|could|with|under) "),
    Cue(pattern=r"(?:completely|absolutely|perfectly|totally|100 ?%|100 per cent|one hundred per ?cent) safe\b", sober="safe as far as is known", why=CERTAINTY),
    Cue(pattern=r"(?:without (?:any )?risks?|risk-free)\b", sober="at limited risk", why=CERTAINTY),
    Cue(pattern=r"impossible(?= to [^.,;]{1,50}(?:elsewhere|alone|otherwise|without)\b)", sober="very hard", why=CERTAINTY),
    # --- proof
    Cue(pattern=r"proves(?: beyond (?:any )?doubt)? (that|how)\b", sober=r"suggests \1", why=PROOF),
    Cue(pattern=r"prove(?: beyond (?:any )?doubt)? (that|how)\b", sober=r"suggest \1", why=PROOF),
    Cue(pattern=r"proved(?: beyond (?:any )?doubt)? (that|how)\b", sober=r"suggested \1", why=PROOF),
    Cue(pattern=r"(?:living |the |clear )?proof that\b", sober="a sign that", why=PROOF),
    # --- benefits without figures
    Cue(pattern=r"(?:will )?pays? for itself(?: many times over| several times over| easily)?", sober="may return part of its cost", why=UNCOSTED),
    Cue(pattern=r"(?:will )?pay for themselves(?: many times over| several times over| easily)?", sober="may return part of their cost", why=UNCOSTED),
    Cue(pattern=r"(?:every|each) (euro|pound|franc|dollar) (invested|spent) (?:returns?|yields?|brings?(?: back)?|generates?|pays? back)\b", sober=r"each \1 \2 may return", why=UNCOSTED),
    Cue(pattern=r"(gets?|receives?|earns?) back (?:far |much |many times )?more(?= than (?:they|it|we|she|he) pay)", sober=r"may get back more", why=UNCOSTED),
    Cue(pattern=r"many times over\b", sober="in some measure", why=UNCOSTED),
    Cue(pattern=r"(?:will )?costs? (?:the )?(?:taxpayers? |members? |us )?nothing\b", sober="will have costs that are still to be named", why=UNCOSTED),
    # --- without exception
    Cue(pattern=r"every (?:single )?(country|region|member|member state|taxpayer|citizen|state|nation) (benefits|gains|wins|profits)\b", sober=r"a \1 typically \2", why=WITHOUT_EXCEPTION),
    Cue(pattern=r"will always\b", sober="will often", why=WITHOUT_EXCEPTION),
    Cue(pattern=r"always\b", sober="often", why=WITHOUT_EXCEPTION, after=r"(?:almost|nearly|as|nor) "),
    Cue(pattern=r"will never\b", sober="may never", why=WITHOUT_EXCEPTION),
    Cue(pattern=r"can never\b", sober="can hardly", why=WITHOUT_EXCEPTION),
    Cue(pattern=r"never(?= (?:(?:fail|lose|regret|disappoint|err|die|lie|lack)s?|[a-z]+[^s\W]s)\b)", sober="rarely", why=WITHOUT_EXCEPTION),
)  # fmt: skip
_PATTERNS = tuple((cue, re.compile(rf"(?<![\w-]){cue.pattern}", re.IGNORECASE)) for cue in CUES)

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|(?<!\w)‘[^’]*’(?!\w)|«[^»]*»")
_CLAUSE = re.compile(r"[;:,()–—]|\bbut\b|\bwhile\b|\byet\b")
_DENIED = re.compile(
    r"\b(?:not|no|never|neither|nor|hardly|scarcely|cannot|without|whether|if|unless|doubts?|doubted|den(?:y|ies|ied)|"
    r"instead of|far from|rather than)\b|n[’']t\b",
    re.IGNORECASE,
)
_SAYS = (
    r"(?:said|says?|argue[sd]?|claim(?:s|ed)?|promise[sd]?|predict(?:s|ed)?|forecasts?|insist(?:s|ed)?|maintain(?:s|ed)?|assert(?:s|ed)?|"
    r"believe[sd]?|hope[sd]?|expect(?:s|ed)?|estimate[sd]?|warn(?:s|ed)?|wrote|writes?|announced?|announces|declare[sd]?|told|stated|states that|"
    r"suggest(?:s|ed)?|calculate[sd]?|call(?:s|ed)|described?|describes|asks?|asked|boasts?|boasted|advertise[sd]?|think|thinks|thought)"
)
_ATTRIBUTED = re.compile(
    rf"\baccording to\b|\bin (?:the )?(?:words|view|opinion) of\b|\bin (?:his|her|their) (?:words|view|opinion)\b|"
    rf"(?<!\bwe )(?<!\bi )(?<!\bwe all )\b{_SAYS}\b",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(
    rf", (?!we\b|i\b)(?:\w+[ -]){{1,6}}{_SAYS}\s*[.!]?$|, (?:said|says|argues|argued|writes|wrote) |, according to ",
    re.IGNORECASE,
)
_FUNCTION = frozenset(
    ("of", "in", "on", "at", "by", "for", "from", "with", "to", "and", "or", "but", "that", "which", "who", "as", "than", "is", "are", "was", "were", "it", "this")
)  # fmt: skip
_HEDGED = re.compile(
    r"\b(?:probably|perhaps|arguably|possibly|likely|one of|among|amongst|as far as is known|to our knowledge|in our view|almost|nearly) $",
    re.IGNORECASE,
)
_SHARED_WORDS = 2


def over_claims(sentence: str, passages: Sequence[str] = ()) -> list[OverClaim]:
    """The over-claims of one sentence, in its order and without overlap; none for a question.

    Args:
        sentence: as it stands in its text, citations included; offsets are characters into it.
        passages: what the sentence cites; words that a passage of the same matter has too are left alone.
    """
    if sentence.rstrip(' ”"’)*_').endswith("?"):
        return []
    found: list[OverClaim] = []
    for cue, match in _matches(sentence):
        start, end = match.span()
        if (found and start < found[-1].end) or _excused(cue, match) or _borne_out(cue, sentence, passages):
            continue
        words, sober = match.group(), _sober(cue, match)
        found.append(OverClaim(words=words, why=cue.why, sober=sober, start=start, end=end))
    return found


def _matches(text: str) -> list[tuple[Cue, re.Match[str]]]:
    """All matches by their place; of two at one place the longer, then the one higher in the table."""
    every = [(cue, match) for cue, pattern in _PATTERNS for match in pattern.finditer(text)]
    return sorted(every, key=lambda pair: (pair[1].start(), -pair[1].end()))


def _excused(cue: Cue, match: re.Match[str]) -> bool:
    """Whether the words are part of a set phrase, or somebody else's, or denied."""
    text, start, end = match.string, match.start(), match.end()
    if _HEDGED.search(text[:start]):
        return True
    if cue.after and re.search(rf"(?<!\w)(?:{cue.after})$", text[:start], re.IGNORECASE):
        return True
    if cue.before and re.match(cue.before, text[end:], re.IGNORECASE):
        return True
    if any(quote.start() < start and end < quote.end() + 1 for quote in _QUOTED.finditer(text)):
        return True
    if _ATTRIBUTED.search(text[:start]) or _SAID_AFTER.search(text[end:]):
        return True
    return bool(_DENIED.search(_CLAUSE.split(text[:start])[-1]))


def _borne_out(cue: Cue, sentence: str, passages: Sequence[str]) -> bool:
    """Whether a sentence of a passage says the same words, not denied, of the same matter."""
    pattern = re.compile(rf"(?<![\w-]){cue.pattern}", re.IGNORECASE)
    about = {word.stem for word in content(pattern.sub(" ", sentence))}
    for other in (single for passage in passages for single in split_sentences(passage)):
        match = pattern.search(other)
        if match is None or _DENIED.search(_CLAUSE.split(other[: match.start()])[-1]):
            continue
        shared = about & {word.stem for word in content(pattern.sub(" ", other))}
        if len(shared) >= min(_SHARED_WORDS, len(about)):
            return True
    return False


def _sober(cue: Cue, match: re.Match[str]) -> str:
    """The cue's wording for this place: groups filled in, the right article, a capital where the words had one."""
    filled = match.expand(cue.sober)
    if "{a}" in filled:
        bare = filled.replace("{a}", "")
        filled = filled.replace("{a}", _article(match, bare))
    return filled[:1].upper() + filled[1:] if match.group()[:1].isupper() else filled


def _article(match: re.Match[str], sober: str) -> str:
    """`a `, `an ` or nothing, by what stood there and by the noun that follows."""
    first = match.group().split()[0].lower()
    if first not in ("a", "an", "the"):
        return ""
    if first == "the" and not _singular(match.string[match.end() :]):
        return ""
    return "an " if sober[:1] in "aeiou" else "a "


def _singular(following: str) -> bool:
    """Whether a noun follows that is no plural, as far as its ending tells."""
    words = re.match(r"(?:[ -][\w’'-]+){0,3}", following)
    phrase: list[str] = []
    for word in words.group().split() if words else []:
        if word.lower() in _FUNCTION:
            break
        phrase.append(word)
    return bool(phrase) and not any(re.search(r"[^su’'i]s$", word) for word in phrase[:2])
