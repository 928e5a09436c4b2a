"""What all tests share: the built-in library, opened once, and no way to any other machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import Assistant, Settings
from knowledge import Library


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The built-in library in a home of its own; tests that add or remove open another one."""
    with Library.open(home=tmp_path_factory.mktemp("home")) as library:
        yield library


@pytest.fixture(scope="session")
def model_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder for the embedded model's weights, joined once for all tests."""
    return tmp_path_factory.mktemp("model_home")


@pytest.fixture(scope="session")
def assistant(library: Library, model_home: Path) -> Assistant:
    """The real thing: built-in library and embedded model, which is loaded at first use."""
    return Assistant(library, settings=Settings.load({}, home=model_home))


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection to anything but this machine fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            pytest.fail(f"a connection to {address[0]} was tried: tests stay on this machine")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
