"""A web address -> the bytes behind it, without opening a way into the network that it is fetched from."""

from __future__ import annotations

from .fetching import Fetched, fetch

__all__ = ["Fetched", "fetch"]
