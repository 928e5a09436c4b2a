from __future__ import annotations

import pytest
from pydantic import ValidationError

from knowledge import Library, Reference

BLOG = {
    "id": "adamson2025",
    "type": "post-weblog",
    "title": "Can science diplomacy keep up?",
    "author": [{"family": "Adamson", "given": "Matthew"}, {"family": "Robinson"}, {"literal": "A Body"}],
    "container-title": "A Blog",
    "issued": "2025-04-29",
    "accessed": "2026-11-22",
    "URL": "https://example.org/post",
    "verified": "page",
    "access_level": "page_excerpt",
    "citable": "yes",
    "note": "Ours.",
}


def test_csl_holds_standard_fields_only_and_dates_as_parts() -> None:
    assert Reference.model_validate(BLOG).csl() == {
        "id": "adamson2025",
        "type": "post-weblog",
        "title": "Can science diplomacy keep up?",
        "author": [{"family": "Adamson", "given": "Matthew"}, {"family": "Robinson"}, {"literal": "A Body"}],
        "issued": {"date-parts": [[2025, 4, 29]]},
        "accessed": {"date-parts": [[2026, 11, 22]]},
        "URL": "https://example.org/post",
        "container-title": "A Blog",
    }


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({}, "Adamson et al. 2025"),
        ({"author": [{"family": "Rüland"}]}, "Rüland 2025"),
        ({"author": [{"family": "Krige"}, {"family": "Pestre"}], "issued": "1987"}, "Krige & Pestre 1987"),
        ({"author": [{"literal": "AI Now Institute"}], "issued": None}, "AI Now Institute n.d."),
        ({"author": []}, "A Blog 2025"),
    ],
    ids=["three", "one", "two", "undated", "nobody"],
)
def test_short_label(changes: dict[str, object], label: str) -> None:
    assert Reference.model_validate(BLOG | changes).short() == label


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ValidationError, match="isued"):
        Reference.model_validate(BLOG | {"isued": "2025"})


def test_a_reference_survives_the_library(library: Library) -> None:
    reference = library.reference("ruland2025alliance")
    assert reference is not None
    assert reference.short() == "Rüland 2025"
    assert reference.csl()["author"][0]["family"] == "Rüland"
    assert library.reference("nobody1900") is None
