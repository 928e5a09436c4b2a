"""The words of a text: folded, stemmed lightly, told apart into content, stop words and likely names.

No dictionary and no model: tables and endings, so that the same text always gives the same words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, hyphens and possessives cut off."""

    text: str
    fold: str
    """Lower case without accents."""
    stem: str
    start: int
    """Characters into the text; `end` is exclusive."""
    end: int
    first: bool
    """Opens a sentence, a quotation or what follows a colon, so that its capital says nothing."""

    @property
    def capital(self) -> bool:
        return self.text[0].isupper() or any(letter.isupper() for letter in self.text[1:])

    @property
    def acronym(self) -> bool:
        return sum(letter.isupper() for letter in self.text) >= 2


_WORD = re.compile(r"[^\W\d_]+(?:\d+)?(?:[.](?=[A-Za-z][.\s])[A-Za-z])*(?:['’](?!s\b)[^\W\d_]+)*(?:['’]s\b)?")


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text in order, numbers left out."""
    return tuple(_word(text, match) for match in _WORD.finditer(text))


def _word(text: str, match: re.Match[str]) -> Word:
    raw = re.sub(r"['’]s$", "", match.group())
    before = text[: match.start()].rstrip()
    first = not before or (
        before[-1] in '.!?:“"‘(' and not re.search(r"\b[A-Z]\.$|\b(?:Dr|Prof|Mr|Mrs|St)\.$", before)
    )
    return Word(raw, fold(raw), stem(raw), match.start(), match.start() + len(raw), first)


_MARKS = dict.fromkeys(code for code in range(0x300, 0x370))
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "’": "'", "đ": "d"})


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower case without accents, typographic apostrophes made plain."""
    return unicodedata.normalize("NFD", text.translate(_LETTERS)).translate(_MARKS).lower()


_IRREGULAR = """
be: is are was were been being am
have: has had having
do: did does done doing
begin: began begun beginning
become: became
bring: brought
build: built
buy: bought
choose: chose chosen
come: came
deal: dealt
draw: drew drawn
drive: drove driven
fall: fell fallen
fight: fought
find: found
get: got gotten
give: gave given
go: went gone goes
grow: grew grown growth
hold: held
keep: kept
know: knew known
lead: led leader leadership
learn: learnt
leave: left
lose: lost loss
make: made
mean: meant
meet: met
pay: paid payment
rise: rose risen
run: ran
say: said
see: saw seen
seek: sought
sell: sold
send: sent
set: setting
shrink: shrank shrunk
speak: spoke spoken
spend: spent
spread: spreading
stand: stood
take: took taken
teach: taught
tell: told
think: thought
win: won winner
note: noted notes noting
use: used uses using user users usage
write: wrote written
founded: founding founder foundation
child: children
person: people persons
datum: data
crisis: crises
analysis: analyses
woman: women
man: men
good: better best
bad: worse worst
far: further farther
decide: decision decisions
propose: proposal proposals
argue: argument arguments
approve: approval
agree: agreement agreements
govern: governance
criticise: criticism criticisms critic critics criticize criticized criticised criticising
compute: computing computed computer computers computation computational
centre: center centers centres centered centred
programme: program programs programmes
organise: organisation organization organisations organizations organised organized
fund: funding funded funds funder funders
member: membership memberships members
establish: establishment
recommend: recommendation recommendations
announce: announcement announcements
appoint: appointment
invest: investment investments investor
contribute: contribution contributions
cooperate: cooperation
compare: comparison comparisons
warn: warning warnings
withdraw: withdrawal withdrew withdrawn
prefer: preference preferred preferring
"""
_FORMS = {
    form: line.split(": ")[0]
    for line in _IRREGULAR.strip().splitlines()
    for form in line.split(": ")[1].split()
}
_UNTOUCHED = _words(
    """
    this its news physics politics mathematics economics series species thus always perhaps less bus gas basis
    consensus status campus focus versus various previous access process success business across need speed seed
    indeed hundred feed exceed proceed succeed bring during king ring spring thing nothing something anything
    everything string wing evening morning sibling red bed note founded
    """
)


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """A light stem: one form for inflections of a word and for British and American spelling; no dictionary."""
    form = fold(word).replace("'", "").replace(".", "")
    form = _FORMS.get(form, form)
    if len(form) < 4 or form in _UNTOUCHED:
        return form
    form = _without_plural(form)
    return _without_ending(_FORMS.get(form, form))


def _without_plural(form: str) -> str:
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith(("sses", "shes", "ches", "xes", "zzes")):
        return form[:-2]
    if form.endswith("s") and not form.endswith(("ss", "us", "is")):
        return form[:-1]
    return form


def _without_ending(form: str) -> str:
    if form in _UNTOUCHED or form.endswith("ee"):
        return form
    if form.endswith("eed"):
        return form[:-1]
    for ending in ("ingly", "edly", "ing", "ed"):
        if (
            form.endswith(ending)
            and re.search(r"[aeiouy]", form[: -len(ending)])
            and len(form) - len(ending) >= 3
        ):
            form = _undouble(form[: -len(ending)])
            break
    form = re.sub(r"is(e|ation)?$", "iz", form) if re.search(r"[a-z]{3}is(e|ation)$", form) else form
    form = re.sub(r"ization$|(?<=[a-z]{4})is$", "iz", form)
    form = re.sub(r"our$", "or", form) if len(form) > 5 else form
    form = re.sub(r"i$", "y", form)
    form = re.sub(r"e$", "", form) if len(form) > 3 else form
    return re.sub(r"(?<=[a-z]{3})ly$", "", form)


def _undouble(form: str) -> str:
    return form[:-1] if re.search(r"([bdfgmnprt])\1$", form) else form


STOP_WORDS = _words(
    """
    a an the this that these those it its itself he him his she her hers they them their theirs we us our ours
    you your i me my mine one ones who whom whose which what where when why how there here be is are was were
    been being am do does did done doing have has had having will would shall should can could may might must
    need ought of in on at by for from to into onto with within without over under about above below between
    among through during against across after before since until till as than and or but nor so yet if then
    because while though although whether both either neither not no never also too very just even still already
    only again ever more most less least much many few several some any all each every other others another such
    same own out up down off per via upon toward towards s t let
    """
)
STOP_STEMS = frozenset(stem(word) for word in STOP_WORDS) | STOP_WORDS | frozenset({"be", "have", "do"})


def content(text: str) -> list[Word]:
    """The words of a text that carry its content, in order."""
    return [
        word
        for word in words(text)
        if word.fold not in STOP_WORDS and word.stem not in STOP_STEMS and len(word.fold) > 1
    ]


_ORDINARY_ENDINGS = re.compile(
    r"(?:s|ing|ed|ly|tion|sion|ment|ness|ity|ism|ists?|ance|ence|ship|ful|less|ous|ive|able|ible|ical|ory|ure|age|hood|dom|ward)$"
)
_ORDINARY = _words(
    """
    research science money membership time history work data power software hardware talent people government
    parliament industry money trade law peace trust health energy climate computing compute part half nobody
    everyone anyone someone everybody somebody anybody none much little few several many most speaking asked
    given according despite like unlike today tomorrow yesterday once twice next last early late later earlier
    recently currently now then thus hence perhaps maybe indeed rather quite almost nearly about around roughly
    some any other another public private national local international global large small big new old young good
    better best open central common joint shared scientific political economic social every each either neither
    both all no not yes under over between beyond within without inside outside objection fair reply history
    place europe critic scientist researcher country nation region university institute laboratory centre center
    hub network project programme budget fee cost price report study paper building access support success
    failure change growth light heat water air earth space far near whoever whatever whenever wherever having
    being during per via total average expert official staff experience evidence proof leadership governance
    progress scale size speed place advice debate work value money spending funding evidence twenty thirty forty
    fifty sixty seventy eighty ninety hundred thousand million
    take ask add look think count consider imagine remember note forget read see compare keep put give let go try tell
    entry first second third last enter call say call build pay make start stop leave
    """
)


_NO_NAMES = _words(
    "madam sir mr mrs ms dr prof professor dear ladies gentlemen friends colleagues tv pr it ceo gdp phd gmbh mp pm"
)
"""Titles and common short forms, which stand for nobody in particular."""


def likely_name(word: Word, lower_text: str) -> bool:
    """Whether a capitalised word names somebody or something; a sentence's first word only if it looks like no ordinary word.

    `lower_text` is folded text in which the word, written small, would show that it is an ordinary one.
    """
    if not word.capital or len(word.fold) < 2 or (word.fold in STOP_WORDS and not word.text.isupper()):
        return False
    if word.fold in _NO_NAMES:
        return False
    if word.acronym or not word.first:
        return True
    if word.fold in _ORDINARY or (
        _ORDINARY_ENDINGS.search(word.fold) and word.fold not in _PLACES_LIKE_WORDS
    ):
        return False
    return not re.search(rf"\b{re.escape(word.fold)}\b", lower_text)


_PLACES_LIKE_WORDS = _words(
    """
    paris brussels netherlands france greece cyprus wales athens texas los mars philips siemens lagos davos
    copernicus honduras laos united states airbus jonas thomas james charles johannes nikolas hans lucas marcus
    demis hassabis veugelers
    """
)
