"""The tables the claim check compares words by: names, synonyms, opposites, and words that shift what is claimed.

Plain data, one group a line, turned once into lookups by stem. Nothing here knows of claims or passages.
"""

from __future__ import annotations

import re

from .words import fold, stem

# Names of one body or place, phrases parted by "|".
_ALIASES = """
eu | european union | e.u.
us | usa | united states | u.s. | america | american | americans
uk | united kingdom | britain | british | great britain | u.k. | briton | britons
un | united nations | u.n.
ep | european parliament | parliament
ec | european commission | commission
council | council of the european union | eu council
ai | artificial intelligence | a.i.
mep | meps | member of the european parliament | members of the european parliament
member states | member state | states | eu countries | countries | nations
lhc | large hadron collider | hadron collider
sme | smes | small and medium-sized enterprises | smaller firms
germany | german | germans
france | french
italy | italian | italians
spain | spanish
switzerland | swiss
austria | austrian | austrians
netherlands | dutch | holland
finland | finnish
sweden | swedish
denmark | danish
norway | norwegian
poland | polish
hungary | hungarian
japan | japanese
china | chinese
russia | russian
canada | canadian
europe | european | europeans
africa | african
slovenia | slovenian | slovene
czechia | czech republic | czech
ireland | irish
israel | israeli
jordan | jordanian
greece | greek
portugal | portuguese
belgium | belgian
romania | romanian
bulgaria | bulgarian
estonia | estonian
lithuania | lithuanian
turkey | turkish | türkiye
cern | european organization for nuclear research | european laboratory for particle physics
esa | european space agency
eso | european southern observatory
ess | european spallation source
embl | european molecular biology laboratory
embo | european molecular biology organization | european molecular biology organisation
embc | european molecular biology conference
iea | international energy agency
hbp | human brain project
skao | ska observatory | ska
eit | european institute of technology
von der leyen | commission president | president of the commission
ssc | superconducting super collider
erc | european research council
icfg | centre for future generations
sam | scientific advice mechanism
eua | european university association
unesco | united nations educational scientific and cultural organization
ipcc | intergovernmental panel on climate change
eric | erics | european research infrastructure consortium
franc | francs | swiss franc | swiss francs | chf
"""

# Words that mean about the same.
_SYNONYMS = """
founded create establish start launch begin inaugurate set_up open form birth origin
big large huge vast sizeable major
cost price expense expensive spending worth
money fund cash finance resource
pay contribute give finance fund
ask request call demand seek urge appeal want
propose plan suggest recommend advise blueprint design
show demonstrate reveal prove indicate find
say state tell report declare note remark argue hold claim maintain
argue contend insist claim case
scientist researcher academic expert
laboratory lab institute institution facility centre
country state nation
group team cluster
choose pick select elect decide
join enter accede become
leave quit exit withdraw
build construct construction erect
run operate
head lead chair direct director
rise grow increase climb up
fall drop decline decrease shrink cut reduce
end stop finish close conclude halt cancel abandon
yearly annual annually year
about roughly around approximately some nearly
help assist support aid
back support endorse favour
against oppose opponent object objection resist
criticise attack fault question blame
goal aim purpose objective target intend
idea vision concept notion plan
name label brand term title
company firm business corporation enterprise industry
several many numerous
quick fast rapid speed
cheap inexpensive low
important key main central chief major crucial
use employ apply utilise
employ staff worker employee workforce
get receive obtain gain win
hold keep retain
join unite combine link connect merge bring
spread distribute disperse scatter decentralise decentral
single sole one unique
central centralise centralisation centre hub core
share part portion proportion
need require requirement necessary
allow permit let enable
ban exclude forbid prohibit bar
contract treaty convention agreement accord
sign conclude
vote ballot poll
member participant partner
seat headquarters base home site location
site place location spot
delay postpone defer slip late put
extra additional more further
rival competitor compete competition
quarrel dispute conflict fight clash row
reason cause why ground because
result outcome effect consequence lead
warn caution alert fear
promise pledge commit vow
public state government taxpayer
private company business
computer machine supercomputer processor
chip processor gpu
paper article study report publication essay document
opinion view judgement think believe
press media newspaper journalist
meeting summit conference gathering
event talk meeting
talent expert people
train education teach
world global international worldwide
joint common shared together
budget spending money
fee contribution dues
estimate put reckon calculate
reach arrive attain
collapse bankrupt fail failure
success succeed successful work
limited little modest small
fragment fragmentation fragmented split divide
power capacity strength
prefer favour better
replace successor follow
take effect force enter
electricity power energy
explain account reason
reject refuse decline deny
accept approve adopt agree pass
remind recall remember
appear emerge publish present issue release
now today currently present
former ex once previously earlier
new fresh recent young
oversee supervise govern manage control
independent autonomous
charge cost fee
route path way road
visit guest stay
return benefit gain profit advantage
work job labour
economy economist economic
law regulation act rule
talk negotiation negotiate discussion discuss debate
broad wide
worry concern fear afraid
draw attract receive
raise collect
serve act function
bid offer candidate contest compete
lack miss absence without
host house seat
copy imitate model
secure obtain ensure guarantee
spend cost pay
strengthen reinforce bolster
weaken undermine
own possess belong
original initial first early
final last ultimate
permanent lasting
reside base sit locate
supply provide offer give deliver
grid network web
"""

# Sides that exclude each other, parted by "|".
_OPPOSITES = """
rise rose grow increase climb gain raise growing doubled upward soar | fall drop decline decrease shrink reduce cut lower halve downward plunge
more greater higher larger bigger exceed above over | less fewer lower smaller below under
before earlier prior predate precede | after later afterwards following follow
join accede enter | leave quit exit withdraw withdrawal
first initial earliest oldest | last final latest newest youngest
support back endorse favour approve welcome praise champion advocate promote defend prefer confirm uphold | oppose reject criticise condemn resist object attack denounce fight refuse dismiss reverse overturn
accept adopt approve pass ratify grant | reject refuse deny veto defeat block
public publicly | private privately commercial
start begin launch open inaugurate founded create establish | end close stop finish cancel abandon abolish dissolve halt shut cease terminate scrap
succeed success successful win triumph victory | fail failure unsuccessful lose defeat collapse
strengthen improve reinforce boost enhance help | weaken worsen undermine harm damage hinder hurt hamper
central centralise centralisation centralised centralized centralization concentrate | decentral decentralise decentralised decentralisation decentralized decentralization distribute disperse dispersed spread scattered
include inclusion admit | exclude exclusion bar ban omit
allow permit enable authorise | forbid prohibit ban prevent outlaw exclude
cheap inexpensive affordable | expensive costly unaffordable
permanent lasting | temporary provisional interim short-lived
formal official | informal unofficial
direct directly | indirect indirectly
majority most | minority few
high highest | low lowest
large big largest biggest huge great | small smallest tiny little
fast quick rapid accelerate faster | slow delay postpone slower
early | late
new newer | old older
north northern | south southern
east eastern | west western
easy easily simple simpler | difficult hard complicated harder
agree agreement consensus unanimous unanimity | disagree disagreement quarrel dispute dissent
open openly | closed secret confidential limit restrict
welcome praise applaud | warn criticise fear worry
voluntary optional | mandatory compulsory obligatory
military | civilian peaceful
positive favourable | negative unfavourable adverse
similar same alike | different differ unlike
ally partner friend | rival competitor opponent
independent autonomous | dependent subordinate
strong stronger | weak weaker
maximum | minimum
buy purchase | sell
import | export
possible | impossible
gather united unite | divide split
confirm prove | deny refute disprove
advantage benefit | disadvantage drawback
attract draw | repel deter
narrow | broad wide
inside within | outside beyond
best | worst
better | worse
appoint hire | dismiss fire sack
recipient beneficiary | donor
single | several multiple many
sufficient adequate enough | insufficient inadequate
likely probable | unlikely improbable
national | international worldwide
trust trustworthy | distrust mistrust
"""
_OPPOSITE_PHRASES = (
    ("up from", "down from"),
    ("at least", "at most"),
    ("at least", "up to"),
    ("in favour of", "against"),
)

_INTENT = """
propose proposal plan ask want promise aim call seek request pledge intend hope demand recommend suggest consider discuss urge advise
foresee target expect would mean await idea offer wish could bid
"""
_DONE = """
receive obtain get build create decide adopt open launch founded establish approve grant win secure spend install complete achieve sign
agree ratify give appoint deliver introduce set accept already begin start pay fulfil realise award house host
"""
_ACTS = """
give pay take draw choose propose ask warn adopt reject support oppose interview criticise praise promote lead fund host find founded accept
promise recommend announce compare argue say tell report call win lose beat join leave replace buy sell send receive offer want prefer demand
invite copy follow threaten block stop cut raise launch build create sign object
"""
_NEGATORS = "not no never without neither nor nobody none nothing cannot hardly scarcely unable"
_NEGATING_VERBS = "lack refuse fail"
_HEDGES = """
may might could would can probably perhaps possibly likely seem apparently allegedly reportedly partly roughly expect plan propose aim
intend promise suggest
"""
_DOUBTS = "may might could would probably perhaps possibly likely"
_CERTAIN = "will certainly definitely surely undoubtedly guarantee prove proves proven inevitably always must certain"
_ALL = """
all every always entire whole everyone everybody unanimous unanimously universally everywhere completely fully entirely consensus any
globally worldwide invariably
"""
_SOME = "some several many most partly few half majority nearly"
_SUPERLATIVES = """
only sole solely exclusively first largest biggest best greatest highest smallest oldest fastest leading unique unprecedented ever main
"""

# Strict: words that a rewording may add, phrases that it may not lose, and those that stand for each other.
_NEUTRAL = """
also about include according such these those this that it its their they there here say state note report describe explain part among with by
and or of which who whose has have had be as while well time year so thus however both is are was were for in on at to
"""
_QUALIFIERS = """
about | some | roughly | around | approximately | nearly | almost | close to | an estimated
more than | over | at least | above
partly | partially | in part
may | might | could | can
proposed | planned | would | meant | aims | aim | suggested
probably | likely
reported | is reported | was reported | reportedly | according to | said to
argued | argues | according to | claimed | claims | stated | warned
asked | called for
but | however | although | though | yet
many | several | most
largely | mainly | mostly
up to
less than
under
in principle
only
expected
estimated
should
often
if
unless
except
until
provided
limited
informal
pledge
critics
promised
recommended
first
new
one of
part of
none of
half
sometimes
still
nearly all
"""


def _words(block: str) -> frozenset[str]:
    return frozenset(block.split())


def _stems(block: str) -> frozenset[str]:
    return frozenset(map(stem, block.split()))


def _lines(block: str) -> list[str]:
    return block.strip().splitlines()


def _parts(line: str) -> list[str]:
    return [part.strip() for part in line.split("|")]


def _groups(block: str) -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for number, line in enumerate(_lines(block)):
        for word in line.split():
            found[stem(word)] = found.get(stem(word), frozenset()) | {number}
    return found


CONCEPTS = _groups(_SYNONYMS)
"""Stem -> numbers of the synonym groups it belongs to."""
ALIASES = tuple(
    (number, re.compile(rf"(?<!\w){re.escape(fold(phrase))}(?:'s|s')?(?!\w)"))
    for number, line in enumerate(_lines(_ALIASES))
    for phrase in _parts(line)
)
"""Number of a body or place and a pattern for each of its names in folded text."""
OPPOSITES = tuple((_stems(one), _stems(other)) for one, other in map(_parts, _lines(_OPPOSITES)))
OPPOSITE_PHRASES = _OPPOSITE_PHRASES
INTENT, DONE, ACTS, NEUTRAL = _stems(_INTENT), _stems(_DONE), _stems(_ACTS), _stems(_NEUTRAL)
"""By stem: plans and requests; things done; what somebody does to somebody; what a rewording may add."""
NEGATING_VERBS = _stems(_NEGATING_VERBS)
NEGATORS, HEDGES, DOUBTS, CERTAIN = _words(_NEGATORS), _words(_HEDGES), _words(_DOUBTS), _words(_CERTAIN)
ALL, SOME, SUPERLATIVES = _words(_ALL), _words(_SOME), _words(_SUPERLATIVES)
RIVAL_QUANTIFIERS = tuple(
    (_words(one), _words(other))
    for one, other in (
        ("most many majority numerous widely", "some few several minority handful rarely seldom"),
        ("some few several minority handful rarely seldom", "most many majority numerous widely"),
        ("only solely exclusively entirely", "partly mainly mostly partially"),
    )
)
QUALIFIERS = {
    phrase: frozenset(
        other for line in _lines(_QUALIFIERS) if phrase in _parts(line) for other in _parts(line)
    )
    for line in _lines(_QUALIFIERS)
    for phrase in _parts(line)
}
"""Phrase -> the phrases that may stand for it."""
