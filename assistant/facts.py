"""A sentence into the statements in it that can be checked one by one.

In comes one sentence, out come its statements in order, each with its subject: clauses, predicates that share a subject,
relative clauses, appositions. There is no parser, only tables of verbs and patterns, so a sentence is cut only where one
reading is possible; conditions, choices, questions and negations over several things stay whole. It knows nothing of passages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .sentences import plain, split_sentences
from .words import content


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


# Verbs. Without a parser only a verb of these tables is taken for one.
_REGULAR = """
absorb accept achieve acquire add adopt advise affect aim allow amend announce apply appoint approve arrive ask attack attend
attract award ban begin belong boost borrow cancel carry cause cease chair change charge cite claim close collapse collect combine
commission compare complete concentrate concern conclude confirm connect consist contain continue contribute control cooperate
coordinate cover create criticise damage decide decline decrease defend delay deliver demand depend describe deserve design destroy
develop differ direct discover discuss double draft drain drop earn elect emit employ enable encourage end enrol enter establish
examine exceed exclude exempt exist expand expel explain explore export extend face fail favour feature fill finance finish follow
fund gain gather govern grant handle happen help host house identify ignore import improve include increase inform inherit insist
inspire install introduce invent invest invite involve issue join justify kill lack last launch lead learn like limit link list
live locate lower maintain manage measure merge miss monitor move name need negotiate obtain occupy offer open operate oppose
order organise originate overtake own participate pass permit place plan point pool praise predict prefer prepare present preserve
prevent produce prohibit promise promote propose protect provide publish purchase qualify raise ratify reach receive recommend
record recover recruit reduce refuse regulate reject release rely remain remove rename renew rent repair replace report represent
require rescue reserve resign respond restore restrict result retain retire return reveal reverse revise rule save score secure
select separate serve settle share shift sign solve sponsor spread start state stay stimulate stop store stress study succeed suffer
supply support survey survive suspend target tend test touch train transfer treat triple turn unite use value vary visit vote wait
want warn weigh welcome withhold witness work yield
analyse bloom breathe carve circle clean compensate contract convert cool correct crash cure date detect die digest digitise dissolve
divide dominate donate drill emerge enjoy equip erupt estimate evolve explode exploit fear flood focus form guarantee hatch heal heat
house hunt illustrate infect influence inspect invade leak load map mark melt migrate mine mobilise monitor mount multiply note nest observe
orbit outnumber overlook oversee pilot plant pollute possess predate process pump rank react recognise reflect reform refute relax relocate
resemble resume reunite reward schedule ship simulate slow speed stem strengthen study subsidise suggest sum surround suspect switch
threaten trace trade translate trap trigger update upgrade urge vanish verify warm weaken widen
"""
_IRREGULAR = """
become became become|bind bound bound|cast cast cast|catch caught caught|eat ate eaten|hit hit hit|spread spread spread|strike struck struck
bear bore borne|begin began begun|break broke broken|bring brought brought|build built built|buy bought bought|choose chose chosen
come came come|cost cost cost|cut cut cut|deal dealt dealt|draw drew drawn|drive drove driven|fall fell fallen|feed fed fed
feel felt felt|fight fought fought|find found found|flee fled fled|fly flew flown|freeze froze frozen|get got got|give gave given|go went gone
grow grew grown|hold held held|keep kept kept|know knew known|lead led led|leave left left|lend lent lent|lie lay lain|lose lost lost|make made made
mean meant meant|meet met met|pay paid paid|put put put|rise rose risen|run ran run|see saw seen|seek sought sought|sell sold sold
send sent sent|set set set|shrink shrank shrunk|sink sank sunk|speak spoke spoken|spend spent spent|split split split|stand stood stood|sit sat sat
take took taken|teach taught taught|think thought thought|tell told told|win won won|withdraw withdrew withdrawn|write wrote written
oversee oversaw overseen|overtake overtook overtaken|forbid forbade forbidden|withhold withheld withheld|say said said|hear heard heard|hide hid hidden|swim swam swum|grind ground ground|light lit lit|understand understood understood|lay laid laid|read read read|arise arose arisen|undergo underwent undergone|show showed shown
"""
# A form in -s of these is as often a plural noun, the bare form a singular one.
_NOUNS_TOO = _words(
    """
    contract date estimate fear focus form house influence load map mark mine note pilot plant process pump rank reform reward schedule ship
    slow speed stem sum suspect switch trace trade trap trigger update upgrade flood heat crash guarantee
    aim attack award ban boost cause change charge claim commission control cost cover cut damage deal delay demand design draft drain
    drop end export face feature find fund gain grant help host import increase issue land lack last launch lead like limit link list
    name need offer order own place plan point pool promise question record release rent report result return rise rule run score set share
    shift sign start state stay stop store stress study supply support survey target test touch train transfer treat turn use value visit
    vote wait want work yield read stand
    """
)
_ADJECTIVES_TOO = _words("clear complete direct double last live lower own present secure separate triple")
# Without an object these can only be passive after "was ... and".
_TRANSITIVE = _words(
    """
    adopted appointed approved awarded built cancelled cited created criticised designed destroyed discovered elected established
    financed founded funded given held installed invented launched made named paid praised presented proposed published put ratified
    rejected renamed replaced repaired restored selected tested translated treated examined collected stored cast drilled sent signed sold taken written
    """
)
_SAYING = _words(
    """
    add admit announce argue assume believe claim complain conclude concede confirm consider declare deny doubt estimate expect explain fear
    feel find guess hold hope imply insist know maintain mean note predict promise prove read recall reckon recommend report reveal rule
    say see show state stress suggest suspect tell think understand warn write
    """
)


def _doubled(base: str) -> str:
    return base + base[-1] if base in _DOUBLED else base


_DOUBLED = _words(
    "admit ban cancel commit control drop enrol expel fulfil label occur permit plan prefer refer stop submit transfer travel"
)


def _past(base: str) -> str:
    if base.endswith("e"):
        return base + "d"
    return base[:-1] + "ied" if re.search(r"[^aeiou]y$", base) else _doubled(base) + "ed"


def _third(base: str) -> str:
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ies"
    return base + ("es" if re.search(r"(?:s|x|ch|sh|z|o)$", base) else "s")


Form = Literal["third", "bare", "past", "participle"]


def _forms() -> dict[str, dict[Form, str]]:
    """Form -> what it can be -> the verb's base."""
    found: dict[str, dict[Form, str]] = {}
    rows = [row.split() for line in _IRREGULAR.strip().splitlines() for row in line.split("|")]
    irregular = {row[0] for row in rows}
    extra = (_words(_REGULAR) | _SAYING) - irregular
    rows += [[base, _past(base), _past(base)] for base in sorted(extra)]
    for base, past, participle in rows:
        kinds: tuple[tuple[str, Form], ...] = (
            (_third(base), "third"),
            (base, "bare"),
            (past, "past"),
            (participle, "participle"),
        )
        for form, kind in kinds:
            found.setdefault(form, {})[kind] = base
    # Not "to found": its bare form is the past of "to find".
    found["founded"] = {"past": "establish", "participle": "establish"}
    return found


_FORMS = _forms()
_BE = _words("is are was were")
_HAVE = _words("has have had")
_MODALS = _words("will would can could may might must should shall")
_DO = _words("does do did")
_AUXILIARIES = _BE | _HAVE | _MODALS | _DO | {"cannot"}
_PLURAL = _words("are were have do")
_SINGULAR = _words("is was has does")

# Words about the verb.
_ADVERBS = _words(
    "now then later today still also soon since already again thus therefore currently once even always often usually first finally"
)
_ADVERB = re.compile(rf"(?:{'|'.join(sorted(_ADVERBS))}|\w+ly)\b")
_HEDGES = re.compile(
    r"\b(?:probably|possibly|perhaps|maybe|allegedly|reportedly|apparently|presumably|supposedly|seemingly|arguably|likely|said to|"
    r"thought to|believed to|reported to|rumou?red to|never|hardly|rarely|seldom|no longer|only|merely|solely|nearly|almost)\b",
    re.IGNORECASE,
)
_TIME_BEFORE_VERB = re.compile(r"(?:now|then|today|still|currently|already|first|once|later|soon|finally) $")
# What stands right before a noun, so that the word behind it is no verb.
_BEFORE_NOUNS = _words(
    """
    a an the its their his her our my this these those each every no some any all of in on at by for from to with into under over between
    than as per about against through during without within and or more less
    """
)
_SUBORDINATORS = re.compile(
    r"\b(?:that|which|who|whom|whose|where|when|because|since|after|before|until|while|as|although|though|whereas|than|how|why|what|"
    r"so|once|to)\b(?! \d)",
)
# An object that can open a noun phrase and nothing else, and a preposition.
_OBJECT = re.compile(
    r"(?:the|a|an|its|their|his|her|this|these|those|all|each|every|more|most|no|some|many|two|three|four|five|six|seven|eight|nine|ten|"
    r"twelve|half|about|over|nearly|them|it)\b|[\d€$£~]|[A-ZÀ-Þ\ue000-\uefff]"
)
_PREPOSITION = re.compile(
    r"(?:in|on|at|to|for|by|from|with|into|under|as|until|since|through|between|within|out|up|down|off|against|after|before|back)\b"
)

# Sentences with these stay whole: their parts would say more, or less, than they do.
_WHOLE = re.compile(
    r"\b(?:if|unless|whether|either|neither|nor|lest|provided|otherwise|not only|as long as|in case|suppose|supposing|rather than|respectively|"
    r"each other|one another|or else|without which|no sooner)\b|\?|[:–—/]\s|\s[–—-]\s|\n|^(?:Had|Were|Should|Did|Does|Do|Is|Are|Was)\b|"
    r", (?:\S+ ){1,5}(?:sa(?:id|ys?)|wr(?:ote|ites?)|found|finds?|told|think|believe|hope|fear|(?:argue|report|warn|claim|suggest|estimate)(?:s|e?d)?)"
    r"(?:,| in \d{4}|$)|, (?:according to|in the (?:view|words|opinion) of|by \w+ own account)\b|[\"“”‘]",
    re.IGNORECASE,
)
# Subjects whose parts are weaker or stronger than the whole.
_DOWNWARD = re.compile(
    r"\b(?:no|none|nobody|nothing|not|few|fewer|only|at most|less|hardly|exactly|just|both|alone|never|rarely|solely|merely|there)\b",
    re.IGNORECASE,
)
# A clause that opens so cannot be read alone.
_LEANS = re.compile(
    r"(?:it|they|he|she|we|i|you|this|that|these|those|its|their|his|her|none|neither|both|others?|another|some|most|all|such|many|half|few|each|"
    r"so|one|two|three|four|five|six|the (?:latter|former|others?|rest|same|result|two))\b",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"(?:one|two|three|four|five|six|most|many|some|all|half) (?:of the )?(?P<noun>[a-z]{4,})",
    re.IGNORECASE,
)
_FRONTED = re.compile(
    r"(?:(?:In|On|By|Since|From|Until|After|Before|During|At|For|Under|With|Within|Between|As|Of|Despite|Because|Thanks|Due|To|Like|Unlike|"
    r"Among|Over|Through|Without|Perhaps|Probably|Possibly|Maybe|Apparently|Allegedly|Reportedly|When|Where|Once|According|Today|Now|"
    r"Meanwhile|Later|Then)\b|\w+ly,)"
)
_FRONTED_TIME = re.compile(r"(?:In|On|By|Since|From|After|During|At)\b[^,]{0,30}?\b\d{4}\b,? ")
_SUBORDINATE_FIRST = re.compile(
    r"(?:When|Where|Because|Since|After|Before|Until|As|Once|What|How|Why|Who|To|That)\b(?! (?:early |late |mid)?-?\d)"
)
_YEAR = re.compile(r"\b1[5-9]\d\d\b|\b20\d\d\b")


@dataclass(frozen=True, slots=True)
class _Verb:
    start: int
    end: int
    """After the whole verb group: "has been" in "has been built"."""
    word: str
    head: str
    """What further participles and infinitives share: "has been", "may"; empty for a full verb."""
    base: str
    strength: int
    """3 cannot be anything but a verb in the indicative, 2 may be a participle, 1 may be a noun."""
    negated: bool = False


def facts_of(sentence: str) -> tuple[str, ...]:
    """The statements of a sentence that can be checked separately, in order, without citations and final stops.

    Where no cut is safe the answer is the sentence alone, as it came. Every number, name and content word of the
    sentence is in one of the parts, and no part says what the sentence does not.
    """
    whole = (sentence.strip(),)
    found: list[str] = []
    for single in split_sentences(plain(sentence)):
        found += _parts(single)
    return tuple(found) if len(found) > 1 and _keeps_all(sentence, found) else whole


# Words between the parts, of which nothing is left.
_JOINTS = _words("whereas whose though although")


def _keeps_all(sentence: str, parts: list[str]) -> bool:
    joined = " ".join(parts)
    words = {word.fold for word in content(joined)} | _JOINTS
    numbers = set(re.findall(r"\d+", joined))
    text = plain(sentence)
    return all(word.fold in words for word in content(text)) and set(re.findall(r"\d+", text)) <= numbers


_LONGEST = 800
"""Characters beyond which no sentence is plain enough to cut."""


def _parts(sentence: str) -> list[str]:
    masked, hidden = _masked(sentence.strip())
    masked = re.sub(r"[.!]+$", "", masked)
    if len(masked) > _LONGEST or _WHOLE.search(masked):
        return [sentence]
    parts = _split(masked)
    if len(parts) < 2:
        return [sentence]
    return [_opened(_unmasked(part, hidden)) for part in parts]


_HIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|“[^“”]*”|\"[^\"]*\"|‘[^‘’]*’|«[^«»]*»")
_FIRST_MARK = 0xE000


def _masked(text: str) -> tuple[str, list[str]]:
    """Quotations and brackets each as one character, so that nothing in them is cut."""
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        hidden.append(match.group())
        return chr(_FIRST_MARK + len(hidden) - 1)

    return _HIDE.sub(hide, text), hidden


def _unmasked(text: str, hidden: list[str]) -> str:
    return re.sub(r"[\ue000-\uefff]", lambda match: hidden[ord(match.group()) - _FIRST_MARK], text)


def _opened(part: str) -> str:
    first = part.split()[0]
    return part if any(letter.isupper() for letter in first) else part[0].upper() + part[1:]


def _split(text: str) -> list[str]:
    said = _reported(text)
    if said is not None:
        return said
    rules = (_by_contrast, _opening_participle, _aside, _clauses, _predicates)
    for rule in (_by_semicolon,) if ";" in text else rules:
        parts = rule(text)
        if parts:
            return [small for part in parts for small in _split(part)]
    return [text]


# Verbs in a text


def _verbs(text: str) -> list[_Verb]:
    """The finite verbs of a text in order, as far as the tables know them."""
    found: list[_Verb] = []
    tokens = list(re.finditer(r"[\w’'-]+", text))
    skip_to = 0
    for index, token in enumerate(tokens):
        if token.start() < skip_to:
            continue
        before = tokens[index - 1].group().lower() if index else ""
        verb = _verb(text, token, before)
        if verb:
            found.append(verb)
            skip_to = _group_end(text, verb)
    return found


def _verb(text: str, token: re.Match[str], before: str) -> _Verb | None:
    word = token.group()
    if (
        token.start() == 0
        or before in _BEFORE_NOUNS
        or (before.isdigit() and word not in _AUXILIARIES and "past" not in _FORMS.get(word, {}))
    ):
        return None
    if word in _AUXILIARIES or re.sub(r"n[’']t$", "", word) in _AUXILIARIES:
        return _auxiliary(text, token)
    kinds = _FORMS.get(word)
    if kinds is None:
        return None
    base = next(iter(kinds.values()))
    if "third" in kinds:
        if base not in _NOUNS_TOO:
            return _Verb(token.start(), token.end(), word, "", base, 3)
        noun = re.match(r",| (?:of|and|or)\b", text[token.end() :])
        return None if noun else _Verb(token.start(), token.end(), word, "", base, 1)
    if "past" in kinds and not re.match(r" by\b", text[token.end() :]):
        plain_past = "participle" not in kinds and "bare" not in kinds
        return _Verb(token.start(), token.end(), word, "", base, 3 if plain_past else 2)
    plural = before.endswith("s") and not before.endswith("ss")
    if "bare" in kinds and plural and (base not in _NOUNS_TOO or _OBJECT.match(text[token.end() :].lstrip())):
        return _Verb(token.start(), token.end(), word, "", base, 3)
    return None


_GROUP = re.compile(r"(?: (?:not|also|been|being|be|have|\w+ly|now|still|already|since|never))*")


def _auxiliary(text: str, token: re.Match[str]) -> _Verb:
    word = token.group()
    group = _GROUP.match(text, token.end())
    more = group.group() if group else ""
    shared = [piece for piece in more.split() if piece in ("been", "being", "be", "have")]
    negated = (
        bool(re.search(r"\b(?:not|never)\b", more)) or word == "cannot" or "n’t" in word or "n't" in word
    )
    return _Verb(token.start(), token.end() + len(more), word, " ".join([word, *shared]), word, 3, negated)


def _group_end(text: str, verb: _Verb) -> int:
    """Where the verb group ends, its participle included: that is no verb of its own."""
    follower = re.match(r" ([\w’'-]+)", text[verb.end :]) if verb.head else None
    return verb.end + (follower.end() if follower and follower.group(1) in _FORMS else 0)


_BREAK = re.compile(
    r"[,;]\s|\s(?:and|or|but|that|which|who|whose|where|when|because|while|although|though|as|than)\s"
)


def _main(text: str) -> _Verb | None:
    """The verb of the text's first clause, None where it is not plain which one it is."""
    verbs = _verbs(text)
    if not verbs or _SUBORDINATE_FIRST.match(text):
        return None
    comma = text.find(", ")
    fronted = comma + 2 if 0 < comma < verbs[0].start and _FRONTED.match(text) else 0
    lead = text[fronted : verbs[0].start]
    if "," in lead or _SUBORDINATORS.search(lead.rstrip()) or re.search(r"[;]", lead):
        return None
    stop = _BREAK.search(text, verbs[0].end - 1)
    near = [verb for verb in verbs if stop is None or verb.start < stop.start()]
    return _first_of(text, near, fronted)


def _first_of(text: str, near: list[_Verb], start: int) -> _Verb | None:
    first, later = near[0], near[1:]
    # What a verb of saying is followed by has a verb of its own.
    if first.strength == 3 or (first.strength == 2 and first.base in _SAYING):
        return first
    stronger = [verb for verb in later if verb.strength > first.strength]
    if first.strength == 2 and any(verb.strength == 2 for verb in later):
        return None
    if not stronger:
        return first if _plainly_verb(text, first, text[start : first.start]) else None
    return stronger[0] if len(stronger) == 1 else None


def _plainly_verb(text: str, verb: _Verb, subject: str) -> bool:
    """Whether a form that may be a noun or a participle is the verb: the real one may be missing from the tables."""
    short = len(subject.split()) <= 2 or subject.split()[-1][0].isupper()
    return short or verb.base in _NEVER_PASSIVE or bool(_OBJECT.match(text[verb.end :].lstrip()))


# Rules: each gives the parts of a text, or none.


_SAID_THAT = re.compile(r"(?P<lead>[a-z]+(?: [\w’-]+){0,4}? that )(?P<rest>.+)")
_ACCORDING = re.compile(r"(?P<lead>According to [^,]+, )(?P<rest>.+)")


def _reported(text: str) -> list[str] | None:
    """What somebody says stays theirs: the words that say so stand before each part. None if nobody says anything."""
    found = _ACCORDING.match(text)
    if found:
        # Behind a comma the source may no longer be the one who says it.
        open_end = re.search(r";|, (?:and|but|while|whereas|although|though)\b", found["rest"])
        return [text] if open_end else [found["lead"] + part for part in _split(found["rest"])]
    main = _main(text)
    found = _SAID_THAT.match(text, main.start) if main and main.base in _SAYING else None
    if not found:
        return None
    lead = text[: found.end("lead")]
    pieces = re.split(r",? and that ", found["rest"])
    if any(re.search(r"[,;]", piece) for piece in pieces):
        return [text]
    smaller = [small for piece in pieces for small in _clauses(piece) or [piece]]
    return [lead + piece for piece in smaller]


def _by_semicolon(text: str) -> list[str]:
    """The clauses between semicolons; one that cannot be read alone stays with the one before it."""
    pieces = text.split("; ")
    first = _main(pieces[0])
    if len(pieces) < 2 or first is None or first.base in _SAYING:
        return []
    if any(re.match(r"(?:and|or|but|however|instead)\b", piece) for piece in pieces):
        return []
    groups = [pieces[0]]
    for piece in pieces[1:]:
        named = _named(pieces[0], piece)
        if named is None or _main(named) is None:
            groups[-1] += f"; {piece}"
        else:
            groups.append(named)
    return groups if len(groups) > 1 else []


def _free_clauses(pieces: list[str]) -> list[str]:
    """The pieces as clauses that can be read alone, a pronoun at their head replaced where it is plain; or none."""
    free = [pieces[0]]
    for piece in pieces[1:]:
        named = _named(pieces[0], piece)
        if named is None or _main(named) is None:
            return []
        free.append(named)
    return free


_PRONOUN = re.compile(r"(?:it|they)\b")
# "It" that stands for nothing.
_EMPTY_IT = re.compile(
    r"it (?:rain|snow|seem|appear|follow|takes|took|turned|became|(?:is|was|has been) (?:not |now |also )?"
    r"(?:said|clear|true|thought|hoped|feared|likely|raining|agreed|decided|reported|known|possible|necessary|time))"
)
# A clause that names nothing but its subject: "X was founded in Paris in 1954".
_ONE_NAME = re.compile(
    r"(?:(?: (?:in|on|at|by|from|until|since|to))?(?: (?:early|late|mid))?(?: [A-ZÀ-Þ][\w-]*| \d[\d.,]*))*$"
)


def _named(first: str, clause: str) -> str | None:
    """The clause with the first one's subject in place of its pronoun; None if it leans on something that is not plain."""
    pronoun = _PRONOUN.match(clause)
    if not pronoun:
        counted = _COUNTED.match(clause)
        return None if _LEANS.match(clause) and not (counted and counted["noun"] not in _FORMS) else clause
    main = _main(first)
    if main is None or not _ONE_NAME.match(first[_group_end(first, main) :]) or _FRONTED.match(first):
        return None
    subject = first[: main.start].strip()
    if _EMPTY_IT.match(clause) or re.search(r"\b(?:of|in|for|and)\b", subject):
        return None
    same_number = _is_plural(subject, main) == (pronoun.group() == "they")
    return subject + clause[pronoun.end() :] if same_number else None


_CONTRAST_FIRST = re.compile(
    r"(?:Although|Though|Even though|While|Whereas) (?P<one>[^,;]+), (?P<two>[^;]+)$"
)
_CONTRAST = re.compile(r"(?P<one>[^,;]+), (?:while|whereas|although|though|even though) (?P<two>[^,;]+)$")


def _by_contrast(text: str) -> list[str]:
    found = _CONTRAST_FIRST.match(text)
    if found:
        return _named_later(found["one"], found["two"]) or _contrasted(found["one"], found["two"])
    found = _CONTRAST.match(text)
    return _contrasted(found["one"], found["two"]) if found and not _FRONTED.match(text) else []


def _named_later(one: str, two: str) -> list[str]:
    """ "it has no ships", "the institute employs divers": the second clause says what the pronoun of the first is."""
    pronoun = re.match(r"(it|they) (?=(?:has|have|had|lacks?|lost|owns?|owned)\b)", one)
    main = _main(two) if pronoun else None
    if pronoun is None or main is None:
        return []
    subject = two[: main.start].strip()
    if not _plain_subject(subject) or _is_plural(subject, main) != (pronoun.group(1) == "they"):
        return []
    return [f"{subject} {one[pronoun.end() :]}", two]


def _contrasted(one: str, two: str) -> list[str]:
    if _main(one) is None or _LEANS.match(one) or _has_saying(one):
        return []
    return _free_clauses([one, two])


def _has_saying(clause: str) -> bool:
    """Whether somebody says or thinks what follows, so that a later clause may be said too."""
    main = _main(clause)
    if main and main.base in _SAYING and not _OBJECT.match(clause[main.end :].lstrip()):
        return True
    last = max((verb.start for verb in _verbs(clause) if verb.strength > 1), default=0)
    said = (
        word
        for word in re.finditer(r"[a-z]+", clause[:last])
        if _SAYING & set(_FORMS.get(word.group(), {}).values())
    )
    return any(word.end() < last for word in said)


_MADE = (
    "founded|created|established|launched|opened|set up|built|announced|designed|signed|adopted|published|located|based|named|"
    "discovered|inaugurated|completed|invented|commissioned|chaired|funded|financed|led|run|backed|written|known|made|proposed"
)
_OPENING = re.compile(
    rf"(?P<made>(?:{_MADE}) (?:in|on|at|by|from|under|with|near|as|between|after)\b[^,;]*), (?P<rest>(?!and |but |so )[^;]+)$",
    re.IGNORECASE,
)


def _opening_participle(text: str) -> list[str]:
    found = _OPENING.match(text)
    main = _main(found["rest"]) if found else None
    if found is None or main is None or not text[0].isupper() or _SUBORDINATORS.search(found["made"]):
        return []
    subject = found["rest"][: main.start].strip()
    if not _plain_subject(subject) or _verbs("x " + found["made"])[1:]:
        return []
    made = found["made"][0].lower() + found["made"][1:]
    return [f"{subject} {_be(subject, main, made)} {made}", found["rest"]]


def _plain_subject(subject: str) -> bool:
    return (
        bool(subject)
        and not re.search(r"[,;]", subject)
        and not _FRONTED.match(subject)
        and not _DOWNWARD.search(subject)
        and not _PRONOUN.match(subject.lower())
    )


def _be(subject: str, main: _Verb, made: str = "") -> str:
    """The form of "to be" that goes with the subject and the time of the main verb."""
    plural = _is_plural(subject, main)
    past = main.word in ("was", "were", "had", "did") or (
        not main.head and "past" in _FORMS.get(main.word, {})
    )
    if not made and re.fullmatch(r"(?:.* )?[A-Z]{3,}", subject):
        # A body known by its letters outlasts what it once did; a person may not.
        past = False
    lasting = re.match(r"(?:based|located|known|led|run|chaired|funded|financed|backed)\b", made)
    if made and not lasting:
        past = True
    return {(True, True): "were", (True, False): "was", (False, True): "are", (False, False): "is"}[
        past, plural
    ]


def _is_plural(subject: str, main: _Verb) -> bool:
    if main.word in _PLURAL:
        return True
    if main.word in _SINGULAR or "third" in _FORMS.get(main.word, {}):
        return False
    head = re.split(r" (?:of|in|for|from|at|to|with|on) ", subject)[0]
    return " and " in subject or bool(
        re.search(r"[a-z](?<![suia])s$", head) and head.split()[-1][0].islower()
    )


_ASIDE = re.compile(r"(?P<subject>[^,;]+), (?P<aside>[^;]+?), (?P<rest>[^;]+)$")
_RELATIVE = re.compile(r"(?:which|who) (?P<said>.+)$")
_WHOSE = re.compile(r"whose (?P<said>.+)$")
_PARTICIPLE = re.compile(rf"(?:{_MADE})\b")
_APPOSITION = re.compile(
    r"(?:a|an|the|one of) (?!(?:\w+ )?(?:years?|months?|weeks?|days?|decades?|century|moment|time|while|bit|little|lot|way)\b)"
)


def _aside(text: str) -> list[str]:
    """What stands between two commas behind the subject: a relative clause, a participle or an apposition."""
    found = _ASIDE.match(text)
    if not found or re.search(r"[,;]", found["aside"]):
        return []
    subject, aside, rest = found["subject"], found["aside"], f"{found['subject']} {found['rest']}"
    main = _main(rest)
    if main is None or not _right_behind(subject, rest, main) or not _names_one(subject):
        return []
    said = _said_aside(subject, aside, main)
    return [said, rest] if said else []


def _right_behind(subject: str, text: str, verb: _Verb) -> bool:
    return bool(re.fullmatch(rf"(?:{_ADVERB.pattern} )*", text[len(subject) + 1 : verb.start]))


def _names_one(subject: str) -> bool:
    """Whether the words before the comma name one thing, so that what follows can only be said of it."""
    return (
        _plain_subject(subject)
        and not _verbs(subject)
        and not re.search(r"\b(?:and|or|of|in|for|at|from|to|by|with|on|as|between|that|which)\b", subject)
        and len(subject.split()) <= 8
    )


def _said_aside(subject: str, aside: str, main: _Verb) -> str:
    relative = _RELATIVE.match(aside)
    if relative:
        clause = f"{subject} {relative['said']}"
        verb = _main(clause)
        return clause if verb and _right_behind(subject, clause, verb) else ""
    whose = _WHOSE.match(aside)
    if whose:
        clause = f"{subject}’{'' if subject.endswith('s') else 's'} {whose['said']}"
        return clause if _main(clause) else ""
    if _verbs("x " + aside)[1:] or _SUBORDINATORS.search(aside):
        return ""
    if _PARTICIPLE.match(aside):
        return f"{subject} {_be(subject, main, aside)} {aside}"
    if _APPOSITION.match(aside) and not _verbs(aside):
        return f"{subject} {_be(subject, main)} {aside}"
    return ""


_CLAUSE_JOINT = re.compile(r"(?P<comma>,)? (?:and|but) ")
# What may hold for all that stands before it: "pays half and hosts the site once Russia has left".
_TRAILING = re.compile(
    r"\b(?:when(?:ever)?|once|until|as soon as|so long as|depending|except|subject to|in the event|wherever|without)\b"
)
_SCOPE = re.compile(
    r"\b(?:because|since(?! \d)|that|when|as|why|how|what|so|than|until(?! \d)|before(?! \d)|after(?! \d)|where)\b"
)


def _clauses(text: str) -> list[str]:
    """Two clauses with subjects of their own, or a list of such."""
    if _FRONTED.match(text) or _DOWNWARD.match(text):
        return []
    for joint in _CLAUSE_JOINT.finditer(text):
        left, right = text[: joint.start()], text[joint.end() :]
        if _joined_clauses(left, right, bool(joint["comma"])):
            named = _named(left, right)
            return [*_listed(left), named] if named else []
    return []


def _joined_clauses(left: str, right: str, comma: bool) -> bool:
    first = _main(left)
    if (
        first is None
        or _has_saying(left)
        or (not comma and (_HEDGES.search(left) or _TRAILING.search(right)))
    ):
        return False
    behind = left[_group_end(left, first) :]
    if _SCOPE.search(behind) or (not comma and _SUBORDINATORS.search(behind)):
        return False
    if not comma and not re.match(r"(?:the|a|an) |[A-ZÀ-Þ]|\w+s (?:are|were|have)\b", right):
        return False
    if not comma and first.base in _SAYING:
        return False
    second = _main(right)
    if second is None or _FRONTED.match(right):
        return False
    subject = right[: second.start]
    if second.strength == 2 and not _surely_finite(second, subject, right[second.end :].lstrip()):
        return False
    return len(subject.split()) <= (8 if comma else 5) and not re.search(r"[,;]", subject)


_NEVER_PASSIVE = _words(
    "appear arrive begin close collapse differ end exist fail grow happen live move open participate remain resign retire return start "
    "stay succeed survive vote wait follow work"
)


def _surely_finite(verb: _Verb, subject: str, behind: str) -> bool:
    """Whether a form in -ed says what somebody did: "a plan adopted in Rome" has none."""
    named = all(word[0].isupper() for word in subject.split())
    return named or not behind or bool(_OBJECT.match(behind)) or verb.base in _NEVER_PASSIVE


def _listed(left: str) -> list[str]:
    """The clauses before the last of a list: "A was cut, B left" is two where each is a whole clause."""
    pieces = left.split(", ")
    if len(pieces) == 1 or any(_main(piece) is None or _LEANS.match(piece) for piece in pieces):
        return [left]
    return pieces


_PREDICATE_JOINT = re.compile(r",? (?:and|but) |, ")


def _predicates(text: str) -> list[str]:
    """Predicates that share a subject, each with the subject before it."""
    main = _main(text)
    if main is None:
        return []
    subject = text[: main.start]
    if _DOWNWARD.search(subject) or _SUBORDINATORS.search(subject) or _TRAILING.search(text, main.end):
        return []
    pieces = _predicate_pieces(text, main)
    if len(pieces) < 2:
        return []
    again = _TIME_BEFORE_VERB.sub("", subject)
    return [text[: main.start] + pieces[0]] + [_with_subject(again, piece) for piece in pieces[1:]]


def _with_subject(subject: str, piece: str) -> str:
    # "In 1961 it joined and left in 1969": the year at the front is not that of the second predicate.
    if _YEAR.search(piece):
        subject = _FRONTED_TIME.sub("", subject, count=1)
    return subject + piece


def _predicate_pieces(text: str, main: _Verb) -> list[str]:
    body = text[main.start :]
    pieces: list[str] = []
    start, head, last_joint = 0, main, ""
    shared = ""
    for joint in _PREDICATE_JOINT.finditer(body):
        if joint.start() < start:
            continue
        before, after = body[start : joint.start()], body[joint.end() :]
        if not _closed(shared + before, head):
            break
        prefix = _own_or_shared(before, after, head)
        if prefix is None:
            continue
        pieces.append(shared + before)
        start, shared, last_joint = joint.end(), prefix, joint.group()
        subject = text[: main.start]
        follower = [verb for verb in _verbs(subject + prefix + after) if verb.start >= main.start]
        if not follower:
            return []
        head = follower[0]
    if not pieces or last_joint == ", ":
        return []
    return [*pieces, shared + body[start:]]


def _closed(piece: str, head: _Verb) -> bool:
    """Whether nothing in the predicate reaches over the "and" behind it: no clause within, no doubt, no second verb."""
    behind = piece[len(head.word) :]
    if re.search(
        r"\b(?:that|which|who|whom|whose|where|when|because|while|although|though|how|why|what|as if|so)\b",
        behind,
    ):
        return False
    if _HEDGES.search(behind):
        return False
    if re.search(r"\b(?:since|after|before|until)\b(?! (?:early |late |mid-)?(?:\d|[A-Z]|the\b))", behind):
        return False
    verbs = [verb for verb in _verbs("x " + piece) if verb.strength > 1]
    if len(verbs) > 1:
        return False
    return head.base not in _SAYING or bool(_OBJECT.match(behind.lstrip())) or bool(head.head)


def _own_or_shared(before: str, after: str, head: _Verb) -> str | None:
    """What must stand before `after` to make it a predicate of the same subject; None if it is none, or not plainly."""
    opened = re.match(rf"(?:{_ADVERB.pattern} )*(?P<word>[\w’'-]+)(?P<rest>.*)$", after)
    if not opened:
        return None
    word, rest = opened["word"], opened["rest"].lstrip()
    if word in _AUXILIARIES:
        return "" if _agrees(word, head.word) else None
    kinds = _FORMS.get(word, {})
    if not kinds or ("bare" in kinds and re.search(r"\bto \w", before)):
        return None
    # "is accused of having built one and sold it", "was to be closed and sold".
    if "participle" in kinds and re.search(r"\b(?:having|being|to be|to have)\b", before):
        return None
    if head.head:
        return _after_auxiliary(before, word, rest, head)
    return _after_verb(word, rest, head)


def _agrees(word: str, head: str) -> bool:
    return not ({word, head} & _PLURAL and {word, head} & _SINGULAR)


def _after_auxiliary(before: str, word: str, rest: str, head: _Verb) -> str | None:
    kinds = _FORMS[word]
    base = next(iter(kinds.values()))
    if "third" in kinds:
        return "" if _third_is_verb(base, rest) else None
    if "past" in kinds and "participle" not in kinds:
        return ""
    last = head.head.split()[-1]
    if head.negated or last in _DO:
        return None
    if last in _MODALS:
        bare = "bare" in kinds and _OBJECT.match(rest)
        adjective = base in _ADJECTIVES_TOO and not re.match(r"(?:the|a|an|its|their)\b", rest)
        return f"{head.head} " if bare and not adjective else None
    if "participle" not in kinds:
        return None
    takes_object = bool(_OBJECT.match(rest))
    if last in _HAVE or last == "have":
        return _if(takes_object, f"{head.head} " if _has_participle(before, head) else "")
    if rest.startswith("by ") or (word in _TRANSITIVE and (_PREPOSITION.match(rest) or not rest)):
        return _if(_has_participle(before, head), f"{head.head} ")
    return _if(takes_object or (base in _NEVER_PASSIVE and bool(_PREPOSITION.match(rest))), "")


def _if(sure: bool, prefix: str) -> str | None:
    return prefix if sure else None


def _has_participle(before: str, head: _Verb) -> bool:
    """Whether the auxiliary goes with a participle: "has built", "was founded", not "has a ship"."""
    follower = re.match(rf"{head.head}(?: \w+ly| also| already| since| then)? (\w+)", before)
    return bool(follower and "participle" in _FORMS.get(follower.group(1), {}))


def _after_verb(word: str, rest: str, head: _Verb) -> str | None:
    kinds, first = _FORMS[word], _FORMS.get(head.word, {})
    base = next(iter(kinds.values()))
    takes_object = bool(_OBJECT.match(rest))
    if "third" in kinds:
        own = _third_is_verb(base, rest) and ("third" in first or takes_object)
    elif "past" in kinds and "third" in first:
        own = "bare" not in kinds and takes_object
    elif "past" in kinds and "past" in first:
        own = (
            "participle" not in kinds
            or takes_object
            or (not rest.startswith("by ") and word not in _TRANSITIVE)
        )
    else:
        both_plural = "bare" in kinds and "bare" in first and "third" not in first
        own = both_plural and base not in _NOUNS_TOO and (takes_object or bool(_PREPOSITION.match(rest)))
    return "" if own else None


def _third_is_verb(base: str, rest: str) -> bool:
    return base not in _NOUNS_TOO or bool(_OBJECT.match(rest))
