"""Fetching a web address, from real servers on this machine; the name says what must hold."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from knowledge.errors import SourceUnreadable
from knowledge.web import Fetched, fetch
from knowledge.web.fetching import _fetch, _gunzipped, _media
from knowledge.web.robots import allows, rules
from knowledge.web.wire import Address, Guard, resolve

# Made for these tests alone: a certificate for library.example that vouches for itself.
CERTIFICATE = """\
-----BEGIN CERTIFICATE-----
MIIBtzCCAV2gAwIBAgIUJVk6SF7vxbBv5me8qraPcTVKiiIwCgYIKoZIzj0EAwIw
GjEYMBYGA1UEAwwPbGlicmFyeS5leGFtcGxlMCAXDTI2MTEyMzE4NDMxMFoYDzIx
MjYxMDMwMTg0MzEwWjAaMRgwFgYDVQQDDA9saWJyYXJ5LmV4YW1wbGUwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAATnb4U0najgc2TQmftjB09wmcjcn3vYol++TJP0
/slSTKSZL290PUZTIQ1wUQUfkQuVMlZew9jHWlPcoGq5X8Dzo38wfTAdBgNVHQ4E
FgQUNol71cYdk8kwBCwH2fgV/yowJoUwHwYDVR0jBBgwFoAUNol71cYdk8kwBCwH
2fgV/yowJoUwGgYDVR0RBBMwEYIPbGlicmFyeS5leGFtcGxlMA8GA1UdEwEB/wQF
MAMBAf8wDgYDVR0PAQH/BAQDAgKEMAoGCCqGSM49BAMCA0gAMEUCIQD/KM6rFqVO
d2ePDV0Pj08Bf4U4+VAVlOyqKCU3gkyhUQIgRWPO5NxNZglgyUH8XB1nzzzF1h61
PDwqumLp1oxZAiI=
-----END CERTIFICATE-----
"""
KEY = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5WYT/BKavRkChm1E
+2lqsSTbK54uFZPNnRxiYXeKW9GhRANCAATnb4U0najgc2TQmftjB09wmcjcn3vY
ol++TJP0/slSTKSZL290PUZTIQ1wUQUfkQuVMlZew9jHWlPcoGq5X8Dz
-----END PRIVATE KEY-----
"""

Page = tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]
HTML = {"Content-Type": "text/html; charset=ISO-8859-1"}
NO_RULES: dict[str, Page] = {"/robots.txt": (404, {}, b"")}


class Loopback(Guard):
    """The real guard, but for the one address that the test servers listen on."""

    def allows(self, address: Address, *, own: bool = False) -> bool:
        return str(address) == "127.0.0.1" or super().allows(address, own=own)


class Site:
    """A server in a thread: its pages, and what it was asked for."""

    def __init__(self, pages: dict[str, Page]) -> None:
        self.pages = NO_RULES | pages
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.headers.append(dict(self.headers))
                page = site.pages.get(self.path, (404, {}, b"no such page"))
                if callable(page):
                    page(self)
                    return
                status, headers, data = page
                self.send_response(status)
                for name, value in ({"Content-Length": str(len(data))} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """The client hung up, as many tests want it to."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]

    def get(
        self,
        path: str,
        *,
        host: str = "library.example",
        scheme: str = "http",
        guard: Guard | None = None,
        look_up: Callable[[str, int], list[str]] = lambda _host, _port: ["127.0.0.1"],
        trust: ssl.SSLContext | None = None,
        timeout_s: float = 20.0,
        max_bytes: int = 1_000_000,
    ) -> Fetched:
        return _fetch(
            f"{scheme}://{host}:{self.port}{path}",
            timeout_s=timeout_s,
            max_bytes=max_bytes,
            guard=guard or Loopback(),
            look_up=look_up,
            trust=trust or ssl.create_default_context(cadata=CERTIFICATE),
        )


@contextmanager
def serve(pages: dict[str, Page], *, tls: Path | None = None) -> Iterator[Site]:
    site = Site(pages)
    if tls:
        (tls / "both.pem").write_text(KEY + CERTIFICATE)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tls / "both.pem")
        site.server.socket = context.wrap_socket(site.server.socket, server_side=True)
    thread = threading.Thread(target=site.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        site.server.shutdown()
        site.server.server_close()
        thread.join()


def to(location: str, status: int = 302) -> Page:
    return status, {"Location": location}, b""


# What may be connected to


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.5",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",  # the space between a provider and its customers
        "169.254.169.254",  # what a cloud tells its machines, secrets too
        "168.63.129.16",  # the same at Azure, under an address that looks public
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "::",
        "::1",
        "::7f00:1",
        "fc00::1",
        "fd00::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff0e::1",
        "::ffff:10.0.0.5",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.5",
        "64:ff9b:1::8.8.8.8",
        "2002:a00:5::1",  # 6to4 around 10.0.0.5
        "2002:808:808::1",
        "2001:0:808:808::f5ff:fffa",  # Teredo around 10.0.0.5
        "2001:db8::1",
        "3fff::1",
        "100::1",
    ],
)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not Guard().allows(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2a00:1450::1"]
)
def test_a_public_address_is_allowed_unless_it_is_this_machines_own(address: str) -> None:
    assert Guard().allows(ipaddress.ip_address(address))
    assert not Guard().allows(ipaddress.ip_address(address), own=True)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0177.0.0.1",
        "0x7f.1",
        "127.1",
        "[::ffff:127.0.0.1]",
        "127.0.0.1.",
    ],
)
def test_the_public_door_never_reaches_a_server_on_this_machine(host: str) -> None:
    with serve({"/": (200, HTML, b"secret")}) as site, pytest.raises(SourceUnreadable) as refusal:
        fetch(f"http://{host}:{site.port}/")
    assert site.asked == []
    # Not each system reads each spelling; those that do must see through it.
    reasons = ("inside this network (", "is not known", "no valid web address")
    assert any(reason in str(refusal.value) for reason in reasons)


def test_the_refusal_names_the_address_asked_for_and_where_it_leads() -> None:
    with pytest.raises(SourceUnreadable) as refusal:
        fetch("http://10.0.0.5/report.pdf")
    assert str(refusal.value) == (
        "http://10.0.0.5/report.pdf cannot be fetched: it leads to an address inside this network (10.0.0.5)"
    )


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with (
        serve({"/": (200, HTML, b"page")}) as site,
        pytest.raises(SourceUnreadable, match=r"\(192\.168\.0\.9\)"),
    ):
        site.get("/", look_up=lambda _host, _port: ["127.0.0.1", "192.168.0.9"])
    assert site.asked == []


def test_a_name_is_looked_up_once_so_a_second_answer_cannot_lead_inside() -> None:
    answers = [["127.0.0.1"], ["10.0.0.5"], ["10.0.0.5"]]
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return answers[len(asked) - 1]

    # robots.txt, a redirect and the page: three connections.
    with serve({"/": to("/page"), "/page": (200, HTML, b"page")}) as site:
        assert site.get("/", look_up=rebinding).data == b"page"
    assert asked == ["library.example"]
    assert site.asked == ["/robots.txt", "/", "/page"]


def test_a_way_back_to_this_machine_is_refused_before_anything_is_sent() -> None:
    class NotOwn(Guard):
        def allows(self, address: Address, *, own: bool = False) -> bool:
            return not own and address.is_loopback

    with (
        serve({"/": (200, HTML, b"page")}) as site,
        pytest.raises(SourceUnreadable, match="back to this machine"),
    ):
        site.get("/", guard=NotOwn())
    assert site.asked == []


def test_a_second_address_is_tried_when_the_first_does_not_answer() -> None:
    class Either(Guard):
        def allows(self, address: Address, *, own: bool = False) -> bool:
            return address.is_loopback or super().allows(address, own=own)

    with serve({"/": (200, HTML, b"page")}) as site:
        assert site.get("/", guard=Either(), look_up=lambda *_: ["127.0.0.9", "127.0.0.1"]).data == b"page"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("example.org/x", "write the whole address, with https:// in front"),
        ("//example.org/x", "with https:// in front|begin with https://"),
        ("ftp://example.org/x", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("gopher://127.0.0.1:6379/_x", "begin with https://"),
        ("https://example.org:22/", "port 22 is not one for web pages"),
        ("https://example.org:0/", "port 0 is not one"),
        ("https://example.org:99999/", "port 99999 is not one"),
        ("https:///x", "names no server"),
        (f"https://example.org/{'a' * 4000}", "longer than 4000 characters"),
        ("https://a b.example/", "no valid web address"),
        ("https://[fe80::1%25eth0]/", "no valid web address"),
        ("https://example.org/\r\nHost: inside", "no valid web address"),
        ("http://①②⑦.0.0.1/", "no valid web address"),
        (f"https://{'a' * 70}.example/", "is not known|no valid web address"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_why(url: str, reason: str) -> None:
    with pytest.raises(SourceUnreadable, match=reason):
        fetch(url, timeout_s=5)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(SourceUnreadable, match="user name or password") as refusal:
        fetch("https://anna:geheim@example.org/x")
    assert "geheim" not in str(refusal.value)
    assert str(refusal.value).startswith("https://example.org/x cannot be fetched: ")


# Redirects


def test_redirects_are_followed_and_reported() -> None:
    pages: dict[str, Page] = {"/a": to("b", 301), "/b": to("/c?q=1", 303), "/c?q=1": (200, HTML, b"page")}
    with serve(pages) as site:
        found = site.get("/a#part")
        base = f"http://library.example:{site.port}"
    assert (found.url, found.redirects) == (f"{base}/c?q=1", (f"{base}/a", f"{base}/b"))


def test_a_redirect_to_a_private_address_is_refused() -> None:
    with (
        serve({"/": to("http://169.254.169.254/latest/meta-data")}) as site,
        pytest.raises(SourceUnreadable) as refusal,
    ):
        site.get("/", look_up=lambda host, port: ["127.0.0.1"] if "library" in host else resolve(host, port))
    assert str(refusal.value).endswith(
        "it leads on to http://169.254.169.254/latest/meta-data, "
        "but it leads to an address inside this network (169.254.169.254)"
    )


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("file:///etc/passwd", "begin with https://"),
        ("http://anna:geheim@library.example/", "user name or password"),
        ("http://library.example:25/", "port 25"),
        ("http://a\tb/", "no valid web address"),
    ],
)
def test_a_redirect_is_checked_like_an_address_that_was_typed(location: str, reason: str) -> None:
    with serve({"/": to(location)}) as site, pytest.raises(SourceUnreadable, match=reason) as refusal:
        site.get("/")
    assert "geheim" not in str(refusal.value)


def test_a_robots_txt_that_redirects_inside_is_not_followed() -> None:
    with (
        serve({"/robots.txt": to("http://10.0.0.5/"), "/": (200, HTML, b"page")}) as site,
        pytest.raises(SourceUnreadable, match=r"its robots.txt leads on to .* \(10\.0\.0\.5\)"),
    ):
        site.get("/", look_up=lambda host, port: ["127.0.0.1"] if "library" in host else resolve(host, port))
    assert site.asked == ["/robots.txt"]


def test_a_circle_of_redirects_ends() -> None:
    with (
        serve({"/a": to("/b"), "/b": to("/a")}) as site,
        pytest.raises(SourceUnreadable, match="in a circle"),
    ):
        site.get("/a")


def test_five_redirects_are_followed_and_six_are_not() -> None:
    pages: dict[str, Page] = {f"/{n}": to(f"/{n - 1}") for n in range(1, 7)}
    with serve(pages | {"/0": (200, HTML, b"page")}) as site:
        assert len(site.get("/5").redirects) == 5
        with pytest.raises(SourceUnreadable, match="more than 5 times"):
            site.get("/6")


# Secure connections


def test_a_page_comes_over_a_connection_whose_certificate_names_the_server(tmp_path: Path) -> None:
    with serve({"/": (200, HTML, b"page")}, tls=tmp_path) as site:
        assert site.get("/", scheme="https").data == b"page"


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1"])
def test_a_certificate_for_another_server_is_refused(host: str, tmp_path: Path) -> None:
    with (
        serve({"/": (200, HTML, b"page")}, tls=tmp_path) as site,
        pytest.raises(SourceUnreadable, match=r"certificate is not valid \(.*mismatch"),
    ):
        site.get("/", scheme="https", host=host)
    assert site.asked == []


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    with (
        serve({"/": (200, HTML, b"page")}, tls=tmp_path) as site,
        pytest.raises(SourceUnreadable, match="certificate is not valid"),
    ):
        site.get("/", scheme="https", trust=ssl.create_default_context())


def test_https_to_a_server_that_speaks_http_is_no_page() -> None:
    with (
        serve({"/": (200, HTML, b"page")}) as site,
        pytest.raises(SourceUnreadable, match="no secure connection"),
    ):
        site.get("/", scheme="https")


def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    with (
        serve({"/": to("http://library.example/page")}, tls=tmp_path) as site,
        pytest.raises(SourceUnreadable, match="from https to an unprotected address"),
    ):
        site.get("/", scheme="https")


# Time and size


def dripping(start: bytes) -> Page:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        for _ in range(2_000):
            handler.wfile.write(b"x")
            time.sleep(0.01)

    return drip


@pytest.mark.parametrize(
    "start",
    [b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"],
    ids=["head", "body"],
)
def test_a_server_that_sends_drop_by_drop_is_cut_off_at_the_limit(start: bytes) -> None:
    with serve({"/": dripping(start)}) as site, pytest.raises(SourceUnreadable, match=r"within 0\.3 seconds"):
        site.get("/", timeout_s=0.3)


def test_a_server_that_says_nothing_is_cut_off() -> None:
    done = threading.Event()

    def silent(_handler: BaseHTTPRequestHandler) -> None:
        done.wait(20)

    with serve({"/": silent}) as site, pytest.raises(SourceUnreadable, match=r"within 0\.3 seconds"):
        site.get("/", timeout_s=0.3)
    done.set()


def test_a_name_server_that_says_nothing_is_cut_off() -> None:
    done = threading.Event()

    def silent(_host: str, _port: int) -> list[str]:
        done.wait(20)
        return []

    with serve({}) as site, pytest.raises(SourceUnreadable, match=r"within 0\.2 seconds"):
        site.get("/", look_up=silent, timeout_s=0.2)
    done.set()


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        handler.wfile.write(b"x" * 10_000)


@pytest.mark.parametrize(
    "page",
    [
        (200, {"Content-Length": "9000000000"}, b"x"),
        (200, {}, b"x" * 1_000_001),
        endless,
        (200, {"Content-Encoding": "gzip"}, gzip.compress(bytes(60_000_000))),
        (200, {"Content-Encoding": "gzip"}, b"".join([gzip.compress(bytes(400_000))] * 3)),
    ],
    ids=["declared", "sent", "endless", "gzip bomb", "many small gzip members"],
)
def test_what_is_larger_than_allowed_is_not_taken(page: Page) -> None:
    with serve({"/": page}) as site, pytest.raises(SourceUnreadable, match="larger than 1 MB"):
        site.get("/")


def test_as_much_as_allowed_is_taken() -> None:
    with serve({"/": (200, {}, b"x" * 1_000_000)}) as site:
        assert len(site.get("/").data) == 1_000_000


def test_a_gzip_bomb_is_unpacked_in_small_pieces() -> None:
    pieces = [len(piece) for piece in _gunzipped([gzip.compress(bytes(30_000_000))])]
    assert sum(pieces) == 30_000_000
    assert max(pieces) <= 1_000_000


@pytest.mark.parametrize("size", [0, 1, 999_999, 1_000_000, 1_000_001, 1_000_257, 2_500_000])
@pytest.mark.parametrize("step", [1, 7, 10**9])
def test_unpacking_gives_back_every_byte_whatever_the_network_cuts(size: int, step: int) -> None:
    data = (b"a report " * (size // 9 + 1))[:size]
    packed = gzip.compress(data[: size // 2]) + gzip.compress(data[size // 2 :])
    chunks = [packed[at : at + step] for at in range(0, len(packed), step)]
    assert b"".join(_gunzipped(chunks)) == data


# What the server answers


def test_type_and_charset_are_the_servers_and_the_agent_is_named() -> None:
    with serve({"/": (200, HTML, "Größe".encode("latin-1"))}) as site:
        found = site.get("/")
    assert (found.media_type, found.charset, found.data) == ("text/html", "iso-8859-1", b"Gr\xf6\xdfe")
    assert found.redirects == ()
    assert site.headers[-1]["User-Agent"].startswith("ScienceAttache/")
    assert site.headers[-1]["Host"] == f"library.example:{site.port}"


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("text/html; charset=utf-8", ("text/html", "utf-8")),
        ('TEXT/HTML;Charset="UTF-8"', ("text/html", "utf-8")),
        ("application/pdf", ("application/pdf", "")),
        ("text/plain; charset=klingon", ("text/plain", "")),
        ("text/plain; charset=zlib", ("text/plain", "")),
        ("text/plain; charset=undefined", ("text/plain", "")),
        ("", ("", "")),
    ],
)
def test_a_charset_is_named_only_if_text_can_be_decoded_with_it(
    content_type: str, expected: tuple[str, str]
) -> None:
    assert _media(content_type) == expected


def test_a_page_that_is_sent_packed_arrives_unpacked() -> None:
    with serve({"/": (200, {"Content-Encoding": "gzip"}, gzip.compress(b"a page"))}) as site:
        assert site.get("/").data == b"a page"


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        ((401, {}, b""), "it wants a login"),
        ((403, {}, b"no"), "it wants a login"),
        ((404, {}, b"no"), "there is no such page"),
        ((410, {}, b""), "there is no such page"),
        ((418, {}, b""), r"without a page \(code 418\)"),
        ((304, {}, b""), r"without a page \(code 304\)"),
        ((302, {}, b""), r"without a page \(code 302\)"),
        ((429, {}, b""), "try again later"),
        ((503, {}, b""), "try again later"),
        ((200, {}, b""), "the page is empty"),
        ((204, {}, b""), r"without a page \(code 204\)"),
        ((206, {}, b"half a page"), r"without a page \(code 206\)"),
        ((200, {"Content-Length": "100"}, b"half"), "broke off"),
        ((200, {"Content-Encoding": "gzip"}, gzip.compress(b"a page" * 99)[:-12]), "broke off"),
        ((200, {"Content-Encoding": "gzip"}, b"not packed"), "cannot be unpacked"),
        ((200, {"Content-Encoding": "br"}, b"\x0b\x02\x80page\x03"), "was not asked for"),
        (lambda handler: handler.wfile.write(b"SSH-2.0-x\r\n") and None, "broke off"),
        (lambda _handler: None, "broke off"),
    ],
)
def test_an_answer_without_a_page_is_told_in_a_sentence(page: Page, reason: str) -> None:
    with serve({"/": page}) as site, pytest.raises(SourceUnreadable, match=reason) as refusal:
        site.get("/")
    assert str(refusal.value).startswith(f"http://library.example:{site.port}/ cannot be fetched: ")


def test_a_server_that_is_off_is_told() -> None:
    with serve({}) as site:
        pass
    with pytest.raises(SourceUnreadable, match="the server does not answer"):
        site.get("/")


def test_a_name_that_nobody_knows_is_told() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with (
        serve({}) as site,
        pytest.raises(SourceUnreadable, match=r"the server's name library\.example is not known"),
    ):
        site.get("/", look_up=unknown)


# robots.txt


def test_a_page_that_robots_txt_closes_is_not_asked_for() -> None:
    closed: Page = (200, {}, b"User-agent: *\nDisallow: /private\n")
    with serve({"/robots.txt": closed, "/private/x": (200, HTML, b"page"), "/x": (200, HTML, b"x")}) as site:
        with pytest.raises(SourceUnreadable, match=r"asks programs not to fetch this page \(robots.txt\)"):
            site.get("/private/x")
        assert site.get("/x").data == b"x"
    assert "/private/x" not in site.asked


def test_a_redirect_does_not_lead_around_robots_txt() -> None:
    closed: Page = (200, {}, b"User-agent: *\nDisallow: /private\n")
    with (
        serve({"/robots.txt": closed, "/": to("/private"), "/private": (200, HTML, b"page")}) as site,
        pytest.raises(SourceUnreadable, match=r"leads on to .*/private, but the site asks programs not to"),
    ):
        site.get("/")
    assert site.asked == ["/robots.txt", "/"]


def test_another_site_is_asked_for_its_own_robots_txt() -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        body = b"User-agent: *\nDisallow: /" if "elsewhere" in handler.headers["Host"] else b""
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n" + body)

    with serve({"/robots.txt": page}) as site:
        site.pages["/"] = to(f"http://elsewhere.example:{site.port}/there")
        with pytest.raises(SourceUnreadable, match="asks programs not to"):
            site.get("/")
    assert site.asked == ["/robots.txt", "/", "/robots.txt"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 429])
def test_a_robots_txt_that_is_refused_sets_no_rules(status: int) -> None:
    with serve({"/robots.txt": (status, {}, b"Disallow: /"), "/": (200, HTML, b"page")}) as site:
        assert site.get("/").data == b"page"


@pytest.mark.parametrize("status", [500, 503])
def test_a_robots_txt_that_fails_closes_the_site(status: int) -> None:
    with (
        serve({"/robots.txt": (status, {}, b""), "/": (200, HTML, b"page")}) as site,
        pytest.raises(SourceUnreadable, match=rf"robots.txt: code {status}\): try again later"),
    ):
        site.get("/")
    assert site.asked == ["/robots.txt"]


def test_only_the_beginning_of_a_huge_robots_txt_is_read() -> None:
    huge = b"User-agent: *\nDisallow: /a\n" + b"# more\n" * 100_000 + b"Disallow: /b\n"
    with serve({"/robots.txt": (200, {}, huge), "/b": (200, HTML, b"page")}) as site:
        assert site.get("/b").data == b"page"
        with pytest.raises(SourceUnreadable, match="asks programs not to"):
            site.get("/a")


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/x", True),
        ("<html>not found</html>", "/x", True),
        ("User-agent: *\nDisallow:", "/x", True),
        ("User-agent: *\nDisallow: /", "/x", False),
        ("user-agent: *\r\ndisallow: /p # why", "/page", False),
        ("User-agent: *\nDisallow: /p\nAllow: /page", "/page", True),  # the longest counts
        ("User-agent: *\nAllow: /page\nDisallow: /page/x", "/page/x", False),  # and not the first
        ("User-agent: *\nDisallow: /page\nAllow: /page", "/page", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x=1", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf/b.pdf", False),
        ("User-agent: *\nDisallow: /a$", "/a", False),
        ("User-agent: *\nDisallow: /a$", "/ab", True),
        ("User-agent: *\nDisallow: /*?print=", "/a?print=1", False),
        ("User-agent: *\nDisallow: /größe", "/gr%C3%B6%c3%9fe", False),
        ("User-agent: *\nDisallow: /%7Eanna", "/~anna", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: ScienceAttache\nDisallow: /x", "/y", True),
        ("User-agent: *\nDisallow:\n\nUser-agent: scienceattache/1.0\nDisallow: /x", "/x", False),
        ("User-agent: Other\nUser-agent: *\nDisallow: /x", "/x", False),
        ("User-agent: Other\nDisallow: /x", "/x", True),
        ("User-agent: *\nCrawl-delay: 5\nDisallow: /x", "/x", False),
        ("User-agent: *\nDisallow: /a\nUser-agent: *\nDisallow: /b", "/a", False),
        ("Disallow: /x", "/x", True),  # a rule of nobody's
    ],
)
def test_robots_txt_is_read_as_rfc_9309_says(text: str, path: str, allowed: bool) -> None:
    assert allows(rules(text, "ScienceAttache"), path) is allowed


@pytest.mark.timeout(20)
def test_a_hostile_robots_txt_does_not_hold_up_the_reader() -> None:
    text = "User-agent: *\n" + "Disallow: /" + "*a" * 5_000 + "$\n"
    assert allows(rules(text, "ScienceAttache"), "/" + "a" * 9_000 + "b")
