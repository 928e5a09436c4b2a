"""The tables the claim check compares words by: names, synonyms, opposites, and words that shift what is claimed.

Plain data, one group a line, turned once into lookups by stem. Nothing here knows of claims or passages.
"""

from __future__ import annotations

import re

from .words import fold, stem

# Names of one body or place, phrases parted by "|".
_ALIASES = """
eu | european union | e.u. | the union | the bloc
un | united nations | u.n.
ep | european parliament | parliament
ec | european commission | commission
council | council of the european union | eu council
ai | artificial intelligence | a.i.
mep | meps | member of the european parliament | members of the european parliament
member states | member state | states | eu countries | countries | nations
lhc | large hadron collider | hadron collider
sme | smes | small and medium-sized enterprises | smaller firms
europe | european | europeans
africa | african
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

# A country: its names, its adjective and people, its capital and what stands for its government, other cities. Names and adjectives
# stand for each other; a capital or city is tied to its country but is not the same.
_COUNTRIES = """
us usa united_states u.s. america | american americans yankee | washington white_house congress capitol | texas chicago boston silicon_valley california
uk united_kingdom britain great_britain u.k. | british briton britons brits | london downing_street whitehall westminster treasury | oxford cambridge hinxton reading
germany | german germans | berlin bundestag | munich bonn hamburg heidelberg darmstadt tübingen
france | french frenchmen | paris élysée | grenoble strasbourg cadarache lyon
italy | italian italians | rome | bologna milan trieste turin
spain | spanish spaniard spaniards | madrid | barcelona bilbao
switzerland | swiss | bern berne | geneva zurich lausanne
austria | austrian austrians | vienna | graz linz
netherlands holland | dutch dutchman | the_hague amsterdam | leiden eindhoven
belgium | belgian belgians | brussels | leuven ghent
luxembourg | luxembourgish | luxembourg_city |
portugal | portuguese | lisbon | porto
greece | greek greeks | athens | heraklion
ireland | irish | dublin | cork
denmark | danish dane danes | copenhagen | aarhus
sweden | swedish swede swedes | stockholm | lund uppsala
norway | norwegian norwegians | oslo | bergen
finland | finnish finn finns | helsinki | kajaani
iceland | icelandic icelander icelanders | reykjavik |
poland | polish pole poles | warsaw | kraków poznań
czechia czech_republic | czech czechs | prague | brno ostrava
slovakia | slovak slovaks slovakian | bratislava |
hungary | hungarian hungarians | budapest | debrecen szeged
romania | romanian romanians | bucharest | măgurele
bulgaria | bulgarian bulgarians | sofia |
slovenia | slovenian slovene slovenes slovenians | ljubljana | maribor
croatia | croatian croat croats | zagreb | split
serbia | serbian serb serbs | belgrade |
lithuania | lithuanian lithuanians | vilnius | kaunas
latvia | latvian latvians | riga |
estonia | estonian estonians | tallinn | tartu
cyprus | cypriot cypriots | nicosia |
malta | maltese | valletta |
turkey türkiye | turkish turk turks | ankara | istanbul
ukraine | ukrainian ukrainians | kyiv kiev |
russia | russian russians | moscow kremlin | dubna novosibirsk
yugoslavia | yugoslav yugoslavs yugoslavian | |
soviet_union ussr | soviet soviets | |
israel | israeli israelis | jerusalem | haifa
jordan | jordanian jordanians | amman | allan
egypt | egyptian egyptians | cairo |
iran | iranian iranians | tehran |
saudi_arabia | saudi saudis | riyadh |
india | indian indians | delhi new_delhi | mumbai bangalore
pakistan | pakistani pakistanis | islamabad |
china | chinese | beijing | shanghai shenzhen
taiwan | taiwanese | taipei |
japan | japanese | tokyo | tsukuba rokkasho kamioka
south_korea korea | korean koreans | seoul | daejeon
singapore | singaporean | |
indonesia | indonesian indonesians | jakarta |
australia | australian australians | canberra | perth sydney
new_zealand | | wellington | auckland
canada | canadian canadians | ottawa | montreal toronto vancouver
mexico | mexican mexicans | mexico_city |
brazil | brazilian brazilians | brasília | campinas
argentina | argentine argentinian argentines | buenos_aires |
chile | chilean chileans | santiago | paranal
south_africa | south_african south_africans | pretoria | cape_town
kenya | kenyan kenyans | nairobi |
nigeria | nigerian nigerians | abuja |
morocco | moroccan moroccans | rabat |
"""
# What a writer may say for a body that the passage names: phrase | phrases of the passage. No proof either way.
_METONYMS = """
geneva | cern european_organization_for_nuclear_research who meyrin
brussels berlaymont | eu european_union european_commission commission council european_parliament meps mep horizon_europe dg_rtd dg_connect eurohpc europe
strasbourg | european_parliament parliament meps
european europe europeans | eu european_union commission member_states euro horizon_europe eurohpc meps cern european_parliament eric erics
union | eu european_union
eu european_union the_union | commission european_parliament council meps member_states horizon_europe eurohpc europe european dg_rtd framework_programme
meps mep | parliament european_parliament parliamentary
parliament house | mps meps mep parliamentary commons bundestag lawmakers
frankfurt | european_central_bank ecb
the_hague | icj international_court_of_justice
vienna | iaea
un united_nations | unesco who iaea ipcc general_assembly security_council
house | parliament
hill | congress
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
more greater higher larger bigger exceed above | less fewer lower smaller below
keep retain preserve maintain | abandon relinquish forfeit
praise | criticise
gain | lose loss forfeit
lender lend | borrower borrow
employer | employee
seller | buyer
always invariably | never
optimist optimistic | pessimist pessimistic
profit surplus | loss deficit
cause | prevent
arrive | depart
unite integrate integrated | separate
plentiful ample abundant | scarce scarcity limited
underestimate underestimated understate | overestimate overestimated overstate
before earlier prior predate precede | after later afterwards following follow
join accede enter | leave quit exit withdraw withdrawal
first initial earliest oldest | last final latest newest youngest
support back endorse favour approve welcome praise champion advocate promote defend prefer confirm uphold | oppose reject criticise condemn resist object attack denounce fight refuse dismiss reverse overturn
accept adopt approve pass ratify grant | reject refuse deny veto defeat block
public publicly | private privately commercial
start begin launch inaugurate founded create establish | end stop finish cancel abandon abolish dissolve halt shut cease terminate scrap
succeed success successful win triumph victory | fail failure unsuccessful lose defeat collapse
strengthen improve reinforce boost enhance help | weaken worsen undermine harm damage hinder hurt hamper
central centralise centralisation centralised centralized centralization concentrate | decentral decentralise decentralised decentralisation decentralized decentralization distribute disperse dispersed spread scattered
include inclusion admit | exclude exclusion bar ban omit
allow permit enable authorise | forbid prohibit ban prevent outlaw exclude
cheap inexpensive affordable | expensive costly unaffordable
permanent lasting | temporary provisional interim short-lived
formal official | informal unofficial
direct directly | indirect indirectly
majority | minority
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
    ("recommended against", "recommended a"),
    ("gave up", "kept"),
    ("paid off", "led nowhere"),
    ("led nowhere", "paid off"),
    ("turned down", "accepted"),
    ("turned down", "agreed to"),
    ("agreed to", "refused to"),
    ("still open", "no longer open"),
    ("for the first time", "for the last time"),
    ("ahead of schedule", "late"),
    ("under budget", "over budget"),
    ("ahead of", "behind"),
)

_INTENT = """
propose proposal plan ask want promise aim call seek request pledge intend hope demand recommend suggest consider discuss urge advise
foresee target expect would mean await idea offer wish could bid
"""
_INTENT_NOUNS = "call calls idea ideas bid bids plan plans wish means demand request aim hope"
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
_NEGATING_VERBS = "lack refuse fail absent absence avoid deny forgo"
# Other ways to say no, by which a text without a "not" may deny what another denies.
_HIDDEN_NEGATIONS = """
lack | lacks | lacked | lacking | absent | absence | missing | miss | misses | refus\\w* | declin\\w* | reject\\w* | fail\\w* | den(?:y|ies|ied) | avoid\\w*
exclu\\w+ | except\\w* | without | no longer | only | solely | alone | just | below | under | less\\w* | fewer | short of | instead | rather | outside | beyond
end(?:s|ed)? | stop\\w* | ceas\\w+ | los(?:e|es|t|ing) | loss | drop\\w* | cancel\\w* | abandon\\w* | withdr[ae]w\\w* | le(?:ave|aves|ft|aving) | quit\\w*
hard | harder | difficult\\w* | impossib\\w+ | unable | before | until | unless | yet | still | await\\w* | waiting | put off | postpone\\w* | delay\\w* | separat\\w+
single | few | rarely | seldom | hardly | scarcely | barely | turn(?:s|ed)? down | ruled? out | rules out | shut out | shuts out | spar(?:e|ed|es) | keeps? out
kept out | too | contrast\\w* | apart | other than | others? | differ\\w* | independent\\w* | against | oppos\\w+ | object\\w* | critic\\w* | limit\\w* | at most
block\\w* | prevent\\w* | ban | bans | banned | forbid\\w* | prohibit\\w* | veto\\w* | free of | spread | disagree\\w* | open | poorly | over\\b | preferred | invitation-only
un(?!i|d|t)[a-z]{4,} | in(?:dependent|formal|complete|direct|sufficient|adequate)\\w* | non-\\w+ | dis(?:agree|pute|tribut)\\w* | partly | half | part | nearly | almost
"""
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


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _pattern(phrase: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(fold(phrase))}(?:'s|s')?(?!\w)")


def _columns(line: str) -> list[list[str]]:
    return [[_spoken(name) for name in part.split()] for part in _parts(line)]


_COUNTRY_ROWS = [_columns(line) for line in _lines(_COUNTRIES)]
_BODY_NAMES = [_parts(line) for line in _lines(_ALIASES)]
ALIASES = tuple(
    (number, _pattern(phrase))
    for number, phrases in enumerate(
        _BODY_NAMES + [[*names, *people] for names, people, _, _ in _COUNTRY_ROWS]
    )
    for phrase in phrases
)
"""Number of a body or place and a pattern for each of its names in folded text."""
METONYMS = tuple(
    (tuple(map(_pattern, one)), tuple(map(_pattern, other)))
    for one, other in [
        *((capital, [*names, *people]) for names, people, capital, _ in _COUNTRY_ROWS),
        *(([*names, *people], [*capital, *cities]) for names, people, capital, cities in _COUNTRY_ROWS),
        *(_columns(line) for line in _lines(_METONYMS)),
    ]
)
"""What a claim may say, and what the passage must have for it: a capital for its government, a country for its cities."""
OPPOSITES = tuple((_stems(one), _stems(other)) for one, other in map(_parts, _lines(_OPPOSITES)))
OPPOSITE_PHRASES = _OPPOSITE_PHRASES
INTENT, DONE, ACTS, NEUTRAL = _stems(_INTENT), _stems(_DONE), _stems(_ACTS), _stems(_NEUTRAL)
"""By stem: plans and requests; things done; what somebody does to somebody; what a rewording may add."""
INTENT_NOUNS = _words(_INTENT_NOUNS)
NEGATING_VERBS = _stems(_NEGATING_VERBS)
HIDDEN_NEGATION = re.compile(
    rf"\b(?:{'|'.join(pattern for line in _lines(_HIDDEN_NEGATIONS) for pattern in _parts(line))})\b"
)
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
