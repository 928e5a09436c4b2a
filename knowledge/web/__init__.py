"""A web address -> the bytes behind it, without opening a way into the network that it is fetched from.

In: an address as a user typed it, which may be hostile. Out: the bytes, their media type as the server says it and the
address that they came from in the end; or `SourceUnreadable`, a sentence why not. Importing it loads httpx.
"""

from __future__ import annotations

from .fetching import Fetched, fetch

__all__ = ["Fetched", "fetch"]
