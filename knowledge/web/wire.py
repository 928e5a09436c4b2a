"""A server's name -> a connection to it, within a time limit and never to an address inside this network.

`Backend` is the one place where the library opens a socket to an address that a user typed. It looks a name up
once, refuses it unless all its addresses are allowed, and connects to exactly those. So it does not matter how
a private address is disguised: as a number, in octal, or by a name that answers differently the second time.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future

import httpcore

from ..errors import SourceUnreadable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """All addresses that the system knows for a name, or for an IP address in any of its spellings."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class Guard:
    """Which addresses may be connected to."""

    # Several Python versions call these global. 168.63.129.16 is Azure's service inside each of its networks.
    _CLOSED = tuple(
        ipaddress.ip_network(network)
        for network in (
            "192.0.0.0/24",
            "192.88.99.0/24",
            "168.63.129.16/32",
            "2001::/23",
            "2002::/16",
            "3fff::/20",
        )
    )
    _UNICAST = ipaddress.IPv6Network("2000::/3")
    _NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

    def allows(self, address: Address, *, own: bool = False) -> bool:
        """Whether it is a public address of another machine; `own` says that it is one of this machine's."""
        if isinstance(address, ipaddress.IPv6Address):
            # Both forms carry an IPv4 address, which is where the connection ends.
            if address in self._NAT64:
                address = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
            else:
                address = address.ipv4_mapped or address
        if own or not address.is_global or address.is_multicast or address.is_reserved:
            return False
        if address.version == 6 and address not in self._UNICAST:
            return False
        return not any(address in network for network in self._CLOSED)


class Clock:
    """The time limit of one fetch, over all its steps."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._end = time.monotonic() + limit_s

    def left_s(self) -> float:
        """Seconds left, more than 0.

        Raises:
            SourceUnreadable: the time is up.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.too_slow()
        return left

    def too_slow(self) -> SourceUnreadable:
        return SourceUnreadable(
            f"it did not arrive within {self._limit_s:g} seconds: try again later, "
            "or download it yourself and add the file"
        )


class Backend(httpcore.NetworkBackend):
    """Connects one fetch to allowed addresses only; remembers what it looked up."""

    def __init__(self, guard: Guard, resolve: Resolve, clock: Clock) -> None:
        self._guard = guard
        self._resolve = resolve
        self.clock = clock
        self._found: dict[tuple[str, int], list[Address]] = {}

    def addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of a server; asked for once, so that a second answer cannot differ.

        Raises:
            SourceUnreadable: the name is not known, or one of its addresses is not allowed.
        """
        if (host, port) not in self._found:
            found = [ipaddress.ip_address(text) for text in dict.fromkeys(self._look_up(host, port))]
            for address in found:
                if not self._guard.allows(address):
                    raise _refused(address)
            self._found[host, port] = found
        return self._found[host, port]

    def _look_up(self, host: str, port: int) -> list[str]:
        # The system's look-up knows no time limit; a thread of its own can be left behind.
        answer: Future[list[str]] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._resolve(host, port))
            except (OSError, UnicodeError) as exc:
                answer.set_exception(exc)

        threading.Thread(target=ask, daemon=True, name="look-up").start()
        try:
            found = answer.result(self.clock.left_s())
        except TimeoutError as exc:
            raise self.clock.too_slow() from exc
        except (OSError, UnicodeError) as exc:
            again = isinstance(exc, socket.gaierror) and exc.errno == socket.EAI_AGAIN
            problem = "cannot be looked up now: is there a connection?" if again else "is not known"
            raise SourceUnreadable(f"the server's name {host} {problem}") from exc
        if not found:
            raise SourceUnreadable(f"the server's name {host} is not known")
        return found

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the clock of the whole fetch counts, here and below
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = self.addresses(host, port)
        for tried, address in enumerate(addresses):
            share_s = self.clock.left_s() / (len(addresses) - tried)
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    str(address), port, share_s, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            own = stream.get_extra_info("client_addr")[0] == stream.get_extra_info("server_addr")[0]
            if not self._guard.allows(address, own=own):
                stream.close()
                raise SourceUnreadable(f"it leads back to this machine ({address})")
            return _Timed(stream, self.clock)
        raise SourceUnreadable("the server does not answer: is the address right?")


def _refused(address: Address) -> SourceUnreadable:
    where = "inside this network" if address.is_private or address.is_link_local else "that is not public"
    return SourceUnreadable(f"it leads to an address {where} ({address})")


class _Timed(httpcore.NetworkStream):
    """A connection whose every step has as much time as the whole fetch has left: drops do not prolong it."""

    def __init__(self, stream: httpcore.NetworkStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, self._clock.left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        self._stream.write(buffer, self._clock.left_s())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._clock.left_s())
        return _Timed(stream, self._clock)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)
