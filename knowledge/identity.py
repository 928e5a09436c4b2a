"""What says that two records are of one work: DOI, address, title with year; and the citekey that names a record.

It knows records only, not where they came from.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from .latex import to_unicode
from .references import Name, Reference

FEWEST_TITLE_WORDS = 3
"""Below it a title and a year do not tell one work from another."""
LONGEST_KEY = 60  # characters

_SMALL = "a an and at by der die das for from in into la le of on or the to und von with"
_SMALL_WORDS = frozenset(_SMALL.split())
_GENERIC = frozenset(
    {
        "abstract", "annual report", "book review", "book reviews", "conclusion", "conclusions", "contents",
        "editorial", "foreword", "from the editor", "from the editors", "general introduction", "in this issue",
        "index", "introduction", "letter to the editor", "list of abbreviations", "news in brief",
        "notes on contributors", "preface", "press release", "table of contents", "to the editor",
    }
)  # fmt: skip
_TRACKING = re.compile(r"utm_|(?:fbclid|gclid|mc_cid|mc_eid)$", re.IGNORECASE)


def citekey(authors: tuple[Name, ...], title: str, issued: str | None) -> str:
    """Such as `ruland-how-lobby-large-2025`: stable for one record, readable in a text; "" if nothing is known."""
    who = (authors[0].family or " ".join(authors[0].literal.split()[:1])) if authors else ""
    words = [word for word in _ascii(title).split() if word not in _SMALL_WORDS] or _ascii(title).split()
    parts = [*_ascii(who).split()[:1], *words[:4], (issued or "")[:4]]
    return "-".join(part for part in parts if part)[:LONGEST_KEY].strip("-")


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", " ", plain.lower()).strip()


def bare_doi(text: str) -> str:
    """The DOI as it was written, without resolver or `doi:`; "" if there is none."""
    found = re.search(r"10\.\d{4,9}(?:\.\d+)*/\S+", unquote(text))
    return found.group().rstrip(".,;") if found else ""


def normal_doi(text: str) -> str:
    """The DOI in small letters (case has no meaning in a DOI); "" if there is none."""
    return bare_doi(text).lower()


def normal_url(url: str) -> str:
    """The address without what does not tell one page from another: scheme, www., last slash, fragment, trackers."""
    try:
        parts = urlsplit(url.strip() if "://" in url else f"//{url.strip()}")
    except ValueError:  # such as a bracket that opens no IPv6 address
        return url.strip().lower()
    host = parts.netloc.lower().removeprefix("www.").removesuffix(":80").removesuffix(":443")
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _TRACKING.match(key)
    ]
    return host + unquote(parts.path).rstrip("/") + (f"?{urlencode(kept)}" if kept else "")


def normal_title(title: str) -> str:
    """The words of the title, subtitle included, without case, accents, punctuation, LaTeX and HTML marks."""
    text = to_unicode(re.sub(r"</?(?:i|b|em|strong|su[bp]|span)\b[^<>]*>", "", title))
    return _folded(text.replace("&", " and "))


def _folded(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    plain = "".join(char for char in letters if not unicodedata.combining(char)).replace("'", "")
    return " ".join(re.findall(r"[^\W_]+", plain))


def identities(reference: Reference) -> list[str]:
    """What names the work, the most trusted first: `doi:…`, `url:…`, `title:…|year`; empty if nothing does."""
    found = []
    if doi := _doi(reference):
        found.append(f"doi:{doi}")
    if reference.URL and not _is_resolver(reference.URL):
        found.append(f"url:{normal_url(reference.URL)}")
    title, year = normal_title(reference.title), _year(reference)
    if year and _telling(title):
        found.append(f"title:{title}|{year}")
    return found


def same_work(a: Reference, b: Reference) -> bool:
    """Whether two records are of one work; in doubt they are not."""
    if _doi(a) and _doi(b):
        return _doi(a) == _doi(b)
    title_a, title_b = normal_title(a.title), normal_title(b.title)
    if a.URL and b.URL and normal_url(a.URL) == normal_url(b.URL) and _alike(title_a, title_b):
        return True
    if not title_a or title_a != title_b or not _year(a) or _year(a) != _year(b):
        return False
    if a.author and b.author:
        return _first_family(a) == _first_family(b)
    return _telling(title_a)


def _doi(reference: Reference) -> str:
    url = reference.URL or ""
    return normal_doi(reference.DOI) or (normal_doi(url) if _is_resolver(url) else "")


def _is_resolver(url: str) -> bool:
    return re.match(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/", url, re.IGNORECASE) is not None


def _year(reference: Reference) -> str:
    return (reference.issued or "")[:4]


def _telling(title: str) -> bool:
    return len(title.split()) >= FEWEST_TITLE_WORDS and title not in _GENERIC


def _alike(a: str, b: str) -> bool:
    """Equal, or one without the subtitle or site name of the other."""
    return bool(a and b) and (a.startswith(b) or b.startswith(a) or a.endswith(b) or b.endswith(a))


def _first_family(reference: Reference) -> str:
    first = reference.author[0]
    # "van der Berg" and "Berg" are one name: catalogues differ in where the particle goes.
    return (_folded(first.family).split() or _folded(first.literal).split() or [""])[-1]
