"""A robots.txt -> what it lets a program fetch, by RFC 9309.

urllib.robotparser takes the first rule that fits and knows no `*`; the RFC asks for the longest rule and for `*` and `$`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from urllib.parse import quote


def rules(text: str, agent: str) -> list[tuple[str, bool]]:
    """Path pattern and whether it is allowed, from the groups of a robots.txt that speak to `agent`, else to all."""
    groups: dict[str, list[tuple[str, bool]]] = {}
    names: set[str] = set()
    naming = False
    for line in text.splitlines():
        key, _, value = line.partition("#")[0].partition(":")
        key, value = key.strip().lower(), value.strip()
        if key == "user-agent":
            name = re.split(r"[/\s]", value.lower(), maxsplit=1)[0]
            names = (names if naming else set()) | ({name} & {"*", agent.lower()})
            naming = True
            for each in names:
                groups.setdefault(each, [])
        elif key in ("allow", "disallow"):
            naming = False
            for each in names if value else ():
                groups[each].append((_normal(value), key == "allow"))
    return groups.get(agent.lower(), groups.get("*", []))


def allows(rules: Iterable[tuple[str, bool]], path: str) -> bool:
    """Whether the longest pattern that fits path and query allows it; of two as long, the kinder one counts."""
    path = _normal(path)
    fitting = [(len(pattern), allowed) for pattern, allowed in rules if _fits(pattern, path)]
    return max(fitting, default=(0, True))[1]


def _fits(pattern: str, path: str) -> bool:
    # No regular expression: a pattern of many stars from a hostile server would take it for ever.
    if pattern.endswith("$"):
        pattern, path = f"{pattern[:-1]}\0", f"{path}\0"
    first, *rest = pattern.split("*")
    at = len(first)
    for part in rest if path.startswith(first) else ():
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return path.startswith(first)


def _normal(path: str) -> str:
    """The path with one spelling for each character, so that rules and addresses can be compared."""

    def spelled(escape: re.Match[str]) -> str:
        char = chr(int(escape[1], 16))
        return char if char.isascii() and (char.isalnum() or char in "-._~") else escape[0].upper()

    return re.sub("%([0-9A-Fa-f]{2})", spelled, quote(path, safe=string.punctuation))
