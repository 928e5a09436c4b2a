"""Whose voice a source is: the labels, what they mean, and a guess from a bibliographic record.

The guess reads what a record states (kind, DOI, publisher, authors, address) and fixed formulas at the head of the
text. It judges no content: whether a page praises or attacks a plan it does not know, so it never says `rival` or
`own_project`, which depend on the reader's own project. Where nothing speaks for a label, there is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from .references import Interest, Reference

__all__ = ["INTERESTS", "LABELS", "MEANINGS", "Interest", "guess_interest"]

LABELS: dict[str, str] = {
    "advocate": "Advocate’s own word",
    "rival": "Rival’s own word",
    "public_body": "Public body",
    "auditor": "Auditor or appointed reviewer",
    "peer_reviewed": "Peer-reviewed",
    "press": "Press or other third party without review",
    "own_project": "Your own project",
}
"""What a reader sees for each label."""

MEANINGS: dict[str, str] = {
    "advocate": "Speaks for a project, body, plan or product that it promotes or is paid by.",
    "rival": "Speaks for a competing plan, or against the project as a competitor.",
    "public_body": "A government, parliament, EU institution or international authority, or a legal text.",
    "auditor": "A court of auditors, evaluator or panel that was appointed to judge.",
    "peer_reviewed": "A journal article, conference paper or scholarly book that others in the field reviewed.",
    "press": "A newspaper, magazine, blog, encyclopaedia or other third party; nobody reviewed it.",
    "own_project": "A document of your own project.",
}
"""What each label means, in one line."""

INTERESTS: tuple[str, ...] = tuple(LABELS)

_HEAD = 1500  # characters: formulas count at the head of a text, further on they may be quoted

_OWN_VOICE_TYPES = {
    "webpage",
    "report",
    "document",
    "post",
    "post-weblog",
    "pamphlet",
    "speech",
    "manuscript",
}
_LEGAL_TYPES = {"legislation", "bill", "legal_case", "regulation", "treaty", "hearing"}
_PRESS_TYPES = {"article-newspaper", "article-magazine", "entry-encyclopedia", "broadcast"}
_REVIEWED_TYPES = {"article-journal", "paper-conference"}
_BOOK_TYPES = {"book", "chapter"}

# Names of bodies are folded (lower case, no accents) and matched as whole words, in authors and publisher.
_AUDITOR_NAMES = (
    "court of auditors|courts of auditors|court of audit|cour des comptes|(?:bundes|landes)?rechnungshof|finanzkontrolle|corte dei conti"
    "|tribunal de cuentas|rekenkamer|riksrevisionen|national audit office|auditor general|accountability office"
    "|inspector general|evaluation panel|expert evaluation group|independent review panel|public accounts committee"
)
_PUBLIC_NAMES = (
    "european commission|european council|council of the european union|european parliament|council of europe"
    "|european union agency|publications office of the european union|eurostat|(?<!institute for )government|ministry|ministries|minister|ministere|ministerium|bundesministerium|ministero|ministerio"
    "|state secretariat|staatssekretariat|federal office|federal department|department of state|department of energy"
    "|department for|parliament(?! magazine)|bundestag|bundesrat|house of commons|house of lords|us congress|us senate"
    "|house of representatives|assemblee nationale|embassy|republic of|russian federation|white house|prime minister"
    "|president of the (united states|republic)|oecd|united nations|research council|national science foundation"
    "|deutsche forschungsgemeinschaft|agence nationale de la recherche|fundacao para a ciencia e a tecnologia"
    "|uk research and innovation|unesco|world bank|international monetary fund|world health organization|international energy agency"
    "|international telecommunication union|world trade organization|statistical office|statistisches bundesamt"
    "|national statistics|security review commission|joint research centre"
)
_PRESS_NAMES = (
    "financial times|new york times|the times|the guardian|le monde|le figaro|der spiegel|die welt|welt|die zeit"
    "|die presse|der standard|frankfurter allgemeine zeitung|handelsblatt|der tagesspiegel|el pais|corriere della sera"
    "|la repubblica|washington post|wall street journal|the economist|the conversation|politico|politico europe"
    "|euractiv|euobserver|reuters|agence france-presse|afp|dpa|apa|ani|ansa|associated press|bloomberg|bbc|swissinfo"
    "|physics world|physics today|new scientist|scientific american|ieee spectrum|wired|times higher education"
    "|science business|research professional news|chemical & engineering news|mit technology review|foreign affairs"
)
_PRESS_WORDS = (
    "times|news|nachrichten|nyheter|zeitung|tagblatt|tageblatt|tribune|gazette|herald|newspaper|magazine|magazin|daily"
    "|weekly|wikipedia|encyclopedia|encyclopaedia|blog|weblog|substack|digest|news agency|podcast"
)
_ADVOCATE_NAMES = (
    "alliance|association|confederation|federation|coalition|campaign|consortium|network|initiative|signatories"
    "|observatory|foundation|lobby|chamber of commerce|trade union|forum|platform|eric|research infrastructure"
    "|inc|ltd|llc|gmbh|corporation"
)
_ACADEMIC_PUBLISHERS = (
    "university press|university of [a-z ]+ press|presses universitaires|universitatsverlag|springer|springer nature|palgrave|palgrave macmillan"
    "|routledge|taylor & francis|elsevier|academic press|wiley|sage|brill|de gruyter|edward elgar|mit press|nomos"
    "|iop publishing|world scientific|emerald|ieee|acm|association for computing machinery|mohr siebeck|crc press"
)

# Hosts, apart by spaces: a name stands for itself and all below it.
_AUDITOR_HOSTS = (
    "eca.europa.eu nao.org.uk gao.gov ccomptes.fr bundesrechnungshof.de rechnungshof.gv.at efk.admin.ch rekenkamer.nl "
    "riksrevisionen.se rigsrevisionen.dk corteconti.it tcu.es ignet.gov"
)
_PUBLIC_HOSTS = (
    "europa.eu parliament.uk bundestag.de bundesrat.de bund.de bundesregierung.de admin.ch parlament.gv.at gv.at gc.ca "
    "un.org oecd.org oecd.int oecd-ilibrary.org who.int itu.int wipo.int wto.org coe.int nato.int unesco.org "
    "worldbank.org imf.org iea.org iaea.org assemblee-nationale.fr senat.fr elysee.fr camera.it destatis.de ons.gov.uk "
    "esfri.eu scientificadvice.eu"
)
_PUBLIC_HOST_PARTS = {"gov", "gouv", "gob", "govt", "mil"}
_PROJECTS_HOSTS = "cordis.europa.eu"
"""Public hosts on which projects report about themselves: neither the one label nor the other is sure."""
_BODY_HOSTS = (
    "cern.ch home.cern cern cerncourier.com embl.org embl.de embl-hamburg.de embo.org eso.org iter.org esa.int "
    "ecmwf.int eumetsat.int skao.int skatelescope.org esrf.fr esrf.eu ill.eu xfel.eu desy.de gsi.de "
    "europeanspallationsource.se ess.eu sesame.org.jo elixir-europe.org clarin.eu dariah.eu icos-cp.eu lifewatch.eu "
    "eiroforum.org eric-forum.eu fusionforenergy.eu euro-fusion.org fnal.gov anl.gov bnl.gov ornl.gov lbl.gov llnl.gov "
    "pnnl.gov slac.stanford.edu cairne.eu claire-ai.org leru.org cesaer.org"
)
"""Laboratories, infrastructures and their associations, also some below .gov: their pages are their own word."""
_PRESS_HOSTS = (
    "theguardian.com nytimes.com ft.com economist.com lemonde.fr lefigaro.fr spiegel.de zeit.de faz.net welt.de "
    "sueddeutsche.de tagesspiegel.de nzz.ch swissinfo.ch derstandard.at diepresse.com elpais.com corriere.it "
    "repubblica.it politico.eu politico.com euractiv.com euobserver.com sciencebusiness.net table.media reuters.com "
    "apnews.com bloomberg.com bbc.co.uk bbc.com dw.com wsj.com washingtonpost.com wired.com theverge.com heise.de "
    "physicsworld.com newscientist.com scientificamerican.com technologyreview.com wikipedia.org britannica.com "
    "substack.com medium.com theconversation.com sta.si tweakers.net svt.se arstechnica.com techcrunch.com"
)
_SECTION = re.compile(r"news|blog|magazine|publications|press( releases)?")
"""A container that only names a part of somebody's site."""
_PRESS_HOST_PARTS = ("news", "times", "zeitung", "nachrichten", "tribune", "gazette", "herald", "magazine")
_SHARED_LABELS = {"co", "com", "ac", "org", "net", "or", "edu"}
"""Second levels below a country, as in co.uk."""
_RELEASE_HOSTS = "presseportal.de idw-online.de alphagalileo.org eurekalert.org prnewswire.com businesswire.com globenewswire.com"
"""Services that pass on what a body writes about itself."""

_PREPRINTS = re.compile(
    r"arxiv|biorxiv|medrxiv|ssrn|research square|preprint|osf|zenodo|working paper|hal science"
)
_PREPRINT_DOIS = (
    "10.48550/",
    "10.1101/",
    "10.2139/",
    "10.21203/",
    "10.31219/",
    "10.31235/",
    "10.5281/",
    "10.20944/",
)
_NEWS_DOIS = ("10.1038/d41586", "10.1038/d43978", "10.1126/science.z", "10.1126/science.ad", "10.1063/pt.")
"""Numbers that journals give to their news and comment, which no peers review."""

_OPINION_TITLE = re.compile(
    r"(op-?ed|opinion|viewpoint|guest (post|essay|column)|gastbeitrag|gastkommentar) ?[:|–-]"
)
_OPINION_PATH = re.compile(
    r"/(opinions?|op-ed|viewpoints?|commentisfree|tribunes?|gastbeitrag|gastkommentar)(/|$)"
)

_DATE = r"(?:\d{1,2} \w+|\w+ \d{1,2},) \d{4}"
_TEXT_FORMULAS: tuple[tuple[Interest, str], ...] = (
    ("auditor", r"pursuant to article 287\(4\)|report by the comptroller and auditor general"),
    ("auditor", r"\bgao-\d\d-\d{4,}.{0,200}report to congressional (?:committees|requesters)"),
    (
        "public_body",
        r"brussels, [\d. ]+com\(\d{4}\) ?\d+ final|having regard to the treaty on|be it enacted by",
    ),
    (
        "public_body",
        r"official journal of the european union (?:en|[lc] ?\d)|en official journal of the european union",
    ),
    ("peer_reviewed", rf"\breceived:?(?: on)? {_DATE}.{{0,80}}?\baccepted:?(?: on)? {_DATE}"),
    ("advocate", r"\bwe, the undersigned\b|\bthe undersigned (?:call|urge)\b|\bfor immediate release\b"),
    ("press", r"\((?:reuters|afp|dpa|ap|apa|ansa|ats|efe|bloomberg|sda|tt)\) ?[-–—]"),
)
"""Set phrases that only such a document carries at its head; the text is folded as names are."""


@dataclass(frozen=True, kw_only=True)
class _Clues:
    """What the rules read of a record; names are folded."""

    type: str
    title: str
    container: str
    bodies: tuple[str, ...]
    """Authors that are bodies, then the publisher."""
    doi: str
    host: str
    """Without a leading www."""
    path: str
    located: bool
    """Has a volume or pages."""


def guess_interest(reference: Reference, text: str = "") -> Interest:
    """The label that the record, or else the head of its text, speaks for; "" where nothing does.

    The record's own `interest` is not read. Never `rival` nor `own_project`.
    """
    clues = _clues(reference)
    for rule in (
        _auditor,
        _law,
        _reviewed,
        _laboratory,
        _public_site,
        _press,
        _public_name,
        _press_site,
        _own_word,
    ):
        if label := rule(clues):
            return label
    return _by_text(text)


def _clues(reference: Reference) -> _Clues:
    host, path = _address(reference.URL or "")
    found = re.search(r"10\.\d{4,9}/\S+", f"{reference.DOI} {reference.URL or ''}".lower())
    names = [name.literal for name in reference.author if name.literal] + [reference.publisher]
    return _Clues(
        type=reference.type,
        title=_fold(reference.title),
        container=_fold(reference.container_title),
        bodies=tuple(_fold(name) for name in names if name),
        doi=found.group() if found else "",
        host=host,
        path=path,
        located=bool(reference.volume or reference.page),
    )


def _address(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url.strip().lower())
        return (parts.hostname or "").removeprefix("www."), parts.path
    except ValueError:
        # Imported records hold broken addresses ("http://[sic]/"): they tell nothing, and that is no fault here.
        return "", ""


def _fold(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold())
    # The bar splits names in some records ("Science|Business").
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).replace("|", " ").split())


def _auditor(clues: _Clues) -> Interest:
    return "auditor" if _under(clues.host, _AUDITOR_HOSTS) or _names(_AUDITOR_NAMES, clues.bodies) else ""


def _law(clues: _Clues) -> Interest:
    return "public_body" if clues.type in _LEGAL_TYPES else ""


def _reviewed(clues: _Clues) -> Interest:
    if _preprint(clues) or clues.doi.startswith(_NEWS_DOIS) or re.fullmatch(_PRESS_NAMES, clues.container):
        return ""
    in_journal = clues.type in _REVIEWED_TYPES and clues.container and (clues.doi or clues.located)
    scholarly = clues.type in _BOOK_TYPES and _names(_ACADEMIC_PUBLISHERS, clues.bodies[-1:])
    return "peer_reviewed" if in_journal or scholarly else ""


def _preprint(clues: _Clues) -> bool:
    where = " ".join((clues.container, clues.host, *clues.bodies))
    return clues.doi.startswith(_PREPRINT_DOIS) or bool(_PREPRINTS.search(where))


def _laboratory(clues: _Clues) -> Interest:
    return "advocate" if _under(clues.host, _BODY_HOSTS) else ""


def _public_site(clues: _Clues) -> Interest:
    if _under(clues.host, _PROJECTS_HOSTS):
        return ""
    by_name = _under(clues.host, _PUBLIC_HOSTS)
    return "public_body" if by_name or _PUBLIC_HOST_PARTS & set(clues.host.split(".")[-2:]) else ""


def _press(clues: _Clues) -> Interest:
    if _opinion(clues):
        return ""
    by_kind = clues.type in _PRESS_TYPES or clues.doi.startswith(_NEWS_DOIS)
    # A weblog with a publisher is a body's own, one without is a person's.
    by_kind = by_kind or (clues.type == "post-weblog" and not clues.bodies)
    container = "" if _SECTION.fullmatch(clues.container) else clues.container
    return "press" if by_kind or _names(f"{_PRESS_NAMES}|{_PRESS_WORDS}", (container, *clues.bodies)) else ""


def _opinion(clues: _Clues) -> bool:
    """Whether it speaks for whoever wrote it: a record does not say for whom that is."""
    return bool(_OPINION_TITLE.match(clues.title) or _OPINION_PATH.search(clues.path))


def _public_name(clues: _Clues) -> Interest:
    if _under(clues.host, _PROJECTS_HOSTS):
        return ""
    return "public_body" if _names(_PUBLIC_NAMES, clues.bodies) else ""


def _press_site(clues: _Clues) -> Interest:
    if _opinion(clues):
        return ""
    named = _under(clues.host, _PRESS_HOSTS) or any(part in _chosen(clues.host) for part in _PRESS_HOST_PARTS)
    return "press" if named else ""


def _own_word(clues: _Clues) -> Interest:
    by_name = clues.type in _OWN_VOICE_TYPES and _names(_ADVOCATE_NAMES, clues.bodies)
    return "advocate" if by_name or _under(clues.host, _RELEASE_HOSTS) else ""


def _by_text(text: str) -> Interest:
    head = _fold(text[:_HEAD])
    return next((label for label, formula in _TEXT_FORMULAS if re.search(formula, head)), "")


def _names(alternatives: str, names: Iterable[str]) -> bool:
    pattern = re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)")
    return any(pattern.search(name) for name in names)


def _under(host: str, domains: str) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains.split())


def _chosen(host: str) -> str:
    """The part of a host that its owner chose: `example` of `pages.example.co.uk`, `see.news` whole."""
    labels = host.split(".")
    if labels[-1] in _PRESS_HOST_PARTS:
        return host
    shared = len(labels) > 2 and labels[-2] in _SHARED_LABELS
    return labels[-3 if shared else -2] if len(labels) > 1 else host
