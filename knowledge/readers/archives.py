"""The parts of an Office or book file, which is a ZIP archive, read with bounds on what it may unpack to."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree

from ..errors import SourceUnreadable

_LARGEST_UNPACKED = 500_000_000  # bytes
_LARGEST_PART = 100_000_000  # bytes of one XML part
_MOST_PARTS = 20_000
_BOMB_RATIO = (
    400  # unpacked to packed, above which an archive of more than the next number of bytes is a bomb
)
_BOMB_FROM = 20_000_000


class Parts:
    """The parts of an Office or book archive by name, read with bounds on size."""

    def __init__(self, data: bytes) -> None:
        """Opens the archive.

        Raises:
            SourceUnreadable: it is damaged, encrypted, or unpacks to something absurd.
        """
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except _DAMAGED as exc:
            raise SourceUnreadable("it is damaged (a ZIP file, such as DOCX, that ends too early)") from exc
        entries = self._zip.infolist()
        total = sum(entry.file_size for entry in entries)
        ratio = total / max(1, len(data))
        absurd = total > _BOMB_FROM and ratio > _BOMB_RATIO
        if total > _LARGEST_UNPACKED or len(entries) > _MOST_PARTS or absurd:
            raise SourceUnreadable(
                f"it would unpack to {total // 1_000_000} MB, which no document does: not opened"
            )
        if any(entry.flag_bits & 1 for entry in entries):
            raise SourceUnreadable("it is encrypted: remove the password first")
        self.names = frozenset(self._zip.namelist())

    def read(self, name: str) -> bytes:
        """The bytes of a part.

        Raises:
            SourceUnreadable: there is no such part, or it is damaged or too large.
        """
        try:
            if self._zip.getinfo(name).file_size > _LARGEST_PART:
                raise SourceUnreadable(f"its part {name} is larger than {_LARGEST_PART // 1_000_000} MB")
            return self._zip.read(name)
        except KeyError as exc:
            raise SourceUnreadable(f"it is damaged (its part {name!a} is missing)") from exc
        except _DAMAGED as exc:
            raise SourceUnreadable(f"it is damaged (its part {name!a} cannot be unpacked)") from exc

    def xml(self, name: str) -> ElementTree.Element:
        """The root of an XML part.

        Raises:
            SourceUnreadable: the part is missing, damaged, too large or declares entities.
        """
        data = self.read(name)
        # Entities can make a small file swell; no program writes them into these files.
        if b"<!ENTITY" in data.replace(b"\0", b""):
            raise SourceUnreadable(
                f"its part {name} declares XML entities, which no document needs: not opened"
            )
        # LookupError and ValueError come from an unknown encoding in the first line.
        try:
            return ElementTree.fromstring(data)
        except (ElementTree.ParseError, LookupError, ValueError) as exc:
            raise SourceUnreadable(f"it is damaged (its part {name!a} is no valid XML)") from exc

    def targets(self, name: str) -> Iterator[tuple[str, str, str]]:
        """Id, kind and name of every part that a part points to; what lies outside of the archive is left out."""
        path = PurePosixPath(name)
        links = str(path.parent / "_rels" / f"{path.name}.rels") if name else "_rels/.rels"
        if links not in self.names:
            return
        for link in self.xml(links):
            target = joined(str(path.parent) if name else "", link.get("Target", ""))
            if link.get("TargetMode") != "External" and target in self.names:
                yield link.get("Id", ""), link.get("Type", "").rpartition("/")[2], target

    def target(self, name: str, kind: str) -> str:
        """The first part of a kind that a part points to; "" if there is none."""
        return next((target for _, found, target in self.targets(name) if found == kind), "")


# What zipfile raises for bytes that were cut off or changed.
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def joined(folder: str, target: str) -> str:
    """A path inside of an archive, as seen from one of its folders."""
    parts: list[str] = (
        [] if target.startswith("/") else [part for part in folder.split("/") if part not in ("", ".")]
    )
    for part in target.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def local(element: ElementTree.Element) -> str:
    """An element's name without its namespace, which differs between editions of one format."""
    return element.tag.rpartition("}")[2]


def attribute(element: ElementTree.Element | None, name: str) -> str:
    """An attribute's value whatever its namespace; "" if there is none."""
    if element is None:
        return ""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def child(element: ElementTree.Element | None, *path: str) -> ElementTree.Element | None:
    """What stands at the end of a path of names; None if it breaks off."""
    for name in path:
        element = (
            next((inner for inner in element if local(inner) == name), None) if element is not None else None
        )
    return element
