"""A web address that a user typed -> the bytes of the page or file it leads to.

The library may run on a server that several people share, so an address must never become a way into the
network which that server stands in: every connection is made by wire.py, every redirect is checked like an
address that was typed. What the bytes mean is the readers' business.
"""

from __future__ import annotations

import re
import ssl
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version

import httpcore
import httpx

from ..errors import SourceUnreadable
from . import robots
from .wire import Backend, Clock, Guard, Resolve, resolve

MAX_REDIRECTS = 5
ROBOTS_BYTES = 500_000
"""As much of a robots.txt is read; RFC 9309 asks for about this much at least."""
AGENT = "ScienceAttache"
URL_CHARACTERS = 4000
"""Longer addresses are refused; they would only serve to make a hostile robots.txt slow to compare with."""

_PAGE = (200, 203)  # 202 is mostly a puzzle for browsers, 206 a part of a page

_STEP_BYTES = 1_000_000  # a compressed page is unpacked in pieces of at most this size


@dataclass(frozen=True, kw_only=True)
class Fetched:
    url: str
    """Where the data came from in the end, after redirects."""
    data: bytes
    """Unpacked if it was sent compressed."""
    media_type: str
    """As the server says, such as "text/html"; "" if it says nothing."""
    charset: str = ""
    """As the server says, such as "utf-8"; "" if it says nothing or a name that Python does not know."""
    redirects: tuple[str, ...] = ()
    """The addresses passed on the way, the one asked for first; empty if there was no redirect."""


def fetch(url: str, *, timeout_s: float = 20.0, max_bytes: int = 50_000_000) -> Fetched:
    """What a public web address holds.

    Only http and https, ports 80, 443 and above 1024, public addresses, no proxy (settings of the environment
    are not read), certificates checked against the list that comes with httpx. The site's robots.txt is
    honoured; where it answers with a server error, the page is left alone (RFC 9309).

    Args:
        timeout_s: seconds for everything together: name look-up, robots.txt, redirects, page.
        max_bytes: of the page, unpacked.

    Raises:
        SourceUnreadable: one sentence why it cannot be fetched.
    """
    trust = httpx.create_ssl_context(trust_env=False)
    return _fetch(url, timeout_s=timeout_s, max_bytes=max_bytes, guard=Guard(), look_up=resolve, trust=trust)


def _fetch(
    url: str, *, timeout_s: float, max_bytes: int, guard: Guard, look_up: Resolve, trust: ssl.SSLContext
) -> Fetched:
    visit = _Visit(Backend(guard, look_up, Clock(timeout_s)), trust, max_bytes)
    try:
        return visit.page(_parsed(url))
    except SourceUnreadable as exc:
        raise SourceUnreadable(f"{_shown(url)} cannot be fetched: {exc}") from exc


def _parsed(url: str) -> httpx.URL:
    if "://" not in url:
        raise SourceUnreadable("write the whole address, with https:// in front")
    try:
        return _checked(httpx.URL(url.strip()))
    except httpx.InvalidURL as exc:
        raise SourceUnreadable("this is no valid web address") from exc


def _checked(url: httpx.URL) -> httpx.URL:
    """The address without its fragment, which is no business of the server's."""
    if len(str(url)) > URL_CHARACTERS:
        raise SourceUnreadable(f"the address is longer than {URL_CHARACTERS} characters")
    if url.scheme not in ("http", "https"):
        raise SourceUnreadable("only addresses that begin with https:// or http:// are fetched")
    if url.userinfo:
        raise SourceUnreadable("it holds a user name or password: leave out what stands before the @")
    if not re.fullmatch(rb"[A-Za-z0-9._:-]+", url.raw_host):
        raise SourceUnreadable("this is no valid web address: it names no server")
    if not (_port(url) in (80, 443) or 1024 < _port(url) < 65_536):
        raise SourceUnreadable(f"port {_port(url)} is not one for web pages (80, 443 or above 1024)")
    return url.copy_with(fragment=None)


def _port(url: httpx.URL) -> int:
    # 0 is a port that was written and is refused, so `or` would be wrong here.
    return url.port if url.port is not None else {"http": 80, "https": 443}[url.scheme]


def _shown(url: str) -> str:
    """The address for a message, short and without a password."""
    bare = re.sub(r"(?<=://)[^/?#]*@", "", " ".join(url.split()))
    return bare if len(bare) <= 200 else f"{bare[:200]}…"


@dataclass(frozen=True, kw_only=True)
class _Answer:
    status: int
    location: str = ""
    """Where a redirect leads, as sent."""
    data: bytes = b""
    """Empty unless the status is one of a page."""
    content_type: str = ""


class _Visit:
    """One fetch, with the robots.txt of the sites that it has come to so far."""

    def __init__(self, backend: Backend, trust: ssl.SSLContext, max_bytes: int) -> None:
        self._backend = backend
        self._trust = trust
        self._max_bytes = max_bytes
        self._rules: dict[str, list[tuple[str, bool]]] = {}

    def page(self, url: httpx.URL) -> Fetched:
        url, answer, passed = self._follow(url)
        if complaint := _complaint(answer.status):
            raise SourceUnreadable(complaint)
        if not answer.data:
            raise SourceUnreadable("the page is empty")
        media_type, charset = _media(answer.content_type)
        redirects = tuple(str(url) for url in passed)
        return Fetched(
            url=str(url), data=answer.data, media_type=media_type, charset=charset, redirects=redirects
        )

    def _follow(
        self, url: httpx.URL, *, to_robots: bool = False
    ) -> tuple[httpx.URL, _Answer, list[httpx.URL]]:
        what = "its robots.txt" if to_robots else "it"
        passed: list[httpx.URL] = []
        while True:
            try:
                answer = self._robots(url) if to_robots else self._polite(url)
                target = _target(url, answer.location)
            except SourceUnreadable as exc:
                if not passed:
                    raise
                raise SourceUnreadable(f"{what} leads on to {_shown(str(url))}, but {exc}") from exc
            if target is None:
                return url, answer, passed
            passed.append(url)
            if target in passed:
                raise SourceUnreadable(f"{what} redirects in a circle: it may want cookies or a login")
            if len(passed) > MAX_REDIRECTS:
                raise SourceUnreadable(f"{what} redirects more than {MAX_REDIRECTS} times")
            url = target

    def _robots(self, url: httpx.URL) -> _Answer:
        return self._get(url, limit=ROBOTS_BYTES, cut=True)

    def _polite(self, url: httpx.URL) -> _Answer:
        """The answer of a page, after its site's robots.txt has been asked."""
        site = str(url.copy_with(raw_path=b"/robots.txt"))
        # First, so that a refused address is named as what it is and not as a robots.txt that failed.
        self._backend.addresses(url.raw_host.decode("ascii"), _port(url))
        if site not in self._rules:
            _, answer, _ = self._follow(httpx.URL(site), to_robots=True)
            if answer.status >= 500:
                raise SourceUnreadable(
                    f"the server cannot say what programs may fetch (its robots.txt: code {answer.status}): "
                    "try again later"
                )
            # Any other refusal means that there are no rules (RFC 9309, 2.3.1.3).
            self._rules[site] = robots.rules(answer.data.decode("utf-8-sig", "replace"), AGENT)
        if not robots.allows(self._rules[site], url.raw_path.decode("ascii")):
            raise SourceUnreadable(
                "the site asks programs not to fetch this page (robots.txt): "
                "open it in a browser, save it and add the file"
            )
        return self._get(url, limit=self._max_bytes)

    def _get(self, url: httpx.URL, *, limit: int, cut: bool = False) -> _Answer:
        wire = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=_port(url), target=url.raw_path or b"/"
        )
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._trust, network_backend=self._backend) as pool,
                pool.stream("GET", wire, headers=_headers(url)) as response,
            ):
                return _answer(response, limit=limit, cut=cut)
        except httpcore.TimeoutException as exc:
            raise self._backend.clock.too_slow() from exc
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as exc:
            raise SourceUnreadable(_broken(exc)) from exc


def _headers(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    agent = f"{AGENT}/{version('science-attache')} (+user-requested fetch)"
    return [
        (b"Host", url.netloc),
        (b"User-Agent", agent.encode("ascii")),
        (b"Accept", b"text/html, application/pdf, */*;q=0.8"),
        # gzip alone: it can be unpacked in pieces of a bounded size.
        (b"Accept-Encoding", b"gzip"),
    ]


def _broken(exc: Exception) -> str:
    # httpcore hands on what it caught as argument; the cause is cut off on the way through its pool.
    cause = exc.args[0] if exc.args else None
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the server's certificate is not valid ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return "no secure connection to the server could be made"
    if isinstance(exc, httpcore.ConnectError):
        return "the server does not answer"
    return "the connection broke off before all had arrived: try again"


def _answer(response: httpcore.Response, *, limit: int, cut: bool) -> _Answer:
    headers = {name.lower(): value for name, value in response.headers}
    location = headers.get(b"location", b"") if response.status in (301, 302, 303, 307, 308) else b""
    if response.status not in _PAGE:
        return _Answer(status=response.status, location=location.decode("utf-8", "replace"))
    if not cut and int(headers.get(b"content-length", b"0")) > limit:
        raise _too_large(limit)
    data = bytearray()
    for piece in _unpacked(response, headers.get(b"content-encoding", b"").strip().lower()):
        data += piece
        if len(data) > limit:
            if not cut:
                raise _too_large(limit)
            break
    content_type = headers.get(b"content-type", b"").decode("latin-1")
    return _Answer(status=response.status, data=bytes(data[:limit]), content_type=content_type)


def _too_large(limit: int) -> SourceUnreadable:
    return SourceUnreadable(f"it is larger than {limit / 1_000_000:g} MB: download it yourself and split it")


def _unpacked(response: httpcore.Response, encoding: bytes) -> Iterator[bytes]:
    if encoding in (b"", b"identity"):
        return response.iter_stream()
    if encoding in (b"gzip", b"x-gzip"):
        return _gunzipped(response.iter_stream())
    raise SourceUnreadable("it came in a kind of compression that was not asked for")


def _gunzipped(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The unpacked bytes in pieces of at most _STEP_BYTES; a few packed bytes can stand for gigabytes."""
    unzip = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            while chunk:
                if unzip.eof:  # a second member of the same file
                    unzip = zlib.decompressobj(wbits=31)
                yield unzip.decompress(chunk, _STEP_BYTES)
                chunk = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
        yield unzip.flush()
    except zlib.error as exc:
        raise SourceUnreadable("what it sent cannot be unpacked") from exc
    if not unzip.eof:
        raise SourceUnreadable("the connection broke off before all had arrived: try again")


def _target(url: httpx.URL, location: str) -> httpx.URL | None:
    """Where a redirect leads, checked like an address that was typed; None if there is none."""
    if not location:
        return None
    try:
        target = _checked(url.join(location))
    except httpx.InvalidURL as exc:
        raise SourceUnreadable("it redirects to something that is no valid web address") from exc
    if url.scheme == "https" and target.scheme == "http":
        raise SourceUnreadable(f"it redirects from https to an unprotected address ({_shown(str(target))})")
    return target


_COMPLAINTS = {
    401: "it wants a login: download it yourself and add the file",
    402: "it wants a payment",
    403: "it wants a login or refuses programs: download it yourself and add the file",
    404: "there is no such page",
    407: "it wants a login: download it yourself and add the file",
    408: "the server is too busy (code 408): try again later",
    410: "there is no such page any more",
    429: "the server is too busy (code 429): try again later",
    451: "it may not be shown here, for legal reasons (code 451)",
}


def _complaint(status: int) -> str:
    """What the answer's code means, "" for the page itself."""
    if status in _PAGE:
        return ""
    if status >= 500:
        return f"the server is out of order (code {status}): try again later"
    return _COMPLAINTS.get(status, f"the server answers without a page (code {status})")


def _media(content_type: str) -> tuple[str, str]:
    media_type = content_type.partition(";")[0].strip().lower()
    named = re.search(r"""charset\s*=\s*["']?([\w.:+-]+)""", content_type, re.IGNORECASE)
    charset = named[1].lower() if named else ""
    try:
        b"text".decode(charset or "utf-8", "replace")
    except (LookupError, UnicodeError):
        charset = ""
    return media_type, charset
