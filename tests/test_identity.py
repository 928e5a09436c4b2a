from __future__ import annotations

from typing import Any

import pytest

from knowledge.identity import citekey, identities, normal_doi, normal_title, normal_url, same_work
from knowledge.latex import escape, protect, to_unicode, verbatim
from knowledge.references import Name, Reference


def reference(title: str = "How lobbies become large", **fields: Any) -> Reference:
    return Reference.model_validate({"id": "a", "title": title, "issued": "2025"} | fields)


RULAND = {"author": [{"family": "Rüland", "given": "Anna-Lena"}]}
BERG = {"author": [{"family": "van der Berg", "given": "Jan"}]}
EU = {"author": [{"literal": "European Commission"}]}
DOI = "10.1000/Ab.1"


@pytest.mark.parametrize(
    ("authors", "title", "issued", "key"),
    [
        ((Name(family="Rüland"),), "How to lobby for large infrastructures", "2025-03", "ruland-how-lobby-large-infrastructures-2025"),
        ((Name(literal="European Commission"),), "The Choose Europe", None, "european-choose-europe"),
        ((), "Of the and", "2020", "of-the-and-2020"),
        ((), "北京", None, ""),
        ((Name(given="Plato"),), "Große Straße", "1", "grosse-strasse-1"),
    ],
)  # fmt: skip
def test_a_citekey_is_made_of_author_title_and_year(
    authors: tuple[Name, ...], title: str, issued: str | None, key: str
) -> None:
    assert citekey(authors, title, issued) == key


@pytest.mark.parametrize(
    ("written", "doi"),
    [
        ("10.1000/ABC", "10.1000/abc"),
        ("https://doi.org/10.1000/abc", "10.1000/abc"),
        ("http://dx.doi.org/10.1000%2Fabc", "10.1000/abc"),
        ("doi: 10.1000/a(b)<c>;d.", "10.1000/a(b)<c>;d"),
        ("not one", ""),
        ("", ""),
    ],
)
def test_a_doi_is_one_however_it_is_written(written: str, doi: str) -> None:
    assert normal_doi(written) == doi


@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.org/A/b?x=1",
        "http://example.org/A/b/?x=1",
        "https://EXAMPLE.org:443/A/b?utm_source=mail&x=1&UTM_medium=y#part",
        "example.org/A/b?x=1&fbclid=abc",
        " https://example.org/%41/b?x=1 ",
    ],
)
def test_an_address_is_one_however_it_is_written(url: str) -> None:
    assert normal_url(url) == "example.org/A/b?x=1"


def test_an_address_with_a_stray_bracket_is_taken_as_it_is() -> None:
    assert normal_url("http://[x") == "http://[x"


@pytest.mark.parametrize(
    "title",
    [
        "CERN & Łódź: l’État, a co-operation",
        r"{CERN} \& {\L}{\'o}d{\'z}: l'{\'E}tat, a co-operation",
        "<i>Cern</i> and ŁÓDŹ — L'Etat. A co–operation!",
    ],
)
def test_a_title_is_one_however_it_is_written(title: str) -> None:
    # The stroke of ł is no accent: Unicode has no plain letter for it.
    assert normal_title(title) == "cern and łodz letat a co operation"


def test_identities_come_in_order_of_trust() -> None:
    both = reference(DOI="https://doi.org/10.1000/X", URL="https://www.example.org/a/")
    assert identities(both) == [
        "doi:10.1000/x", "url:example.org/a", "title:how lobbies become large|2025",
    ]  # fmt: skip
    assert identities(reference("Two words")) == []
    assert identities(reference(issued=None)) == []
    assert identities(reference("Annual report", URL="https://doi.org/10.1000/x")) == ["doi:10.1000/x"]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ({"DOI": DOI}, {"DOI": DOI.lower(), "title": "Quite another"}, True),
        ({"DOI": DOI}, {"URL": f"https://doi.org/{DOI}", "title": "Quite another"}, True),
        ({"DOI": DOI}, {"DOI": "10.1000/2"}, False),
        ({"DOI": DOI}, {}, True),
        (
            {"URL": "https://a.org/x"},
            {"URL": "http://www.a.org/x/", "title": "How lobbies become large | A"},
            True,
        ),
        ({"URL": "https://a.org/x"}, {"URL": "https://a.org/x", "title": "Quite another"}, False),
        ({"URL": "https://a.org/x", "DOI": DOI}, {"URL": "https://a.org/x", "DOI": "10.1000/2"}, False),
        ({"URL": "https://a.org/x"}, {"URL": "https://b.org/x"}, True),
        (RULAND, RULAND, True),
        (RULAND, {}, True),
        (RULAND, EU, False),
        (BERG, {"author": [{"family": "Berg", "given": "J."}]}, True),
        (RULAND, {**RULAND, "issued": "2024"}, False),
        ({}, {"issued": None}, False),
        ({"title": "Introduction"}, {"title": "Introduction"}, False),
        ({"title": "Introduction", **RULAND}, {"title": "Introduction"}, False),
        ({"title": "Introduction", **RULAND}, {"title": "INTRODUCTION", **RULAND}, True),
        ({"title": "Letter to the editor"}, {"title": "Letter to the Editor"}, False),
        ({"title": ""}, {"title": ""}, False),
    ],
)
def test_same_work(a: dict[str, Any], b: dict[str, Any], same: bool) -> None:
    assert same_work(reference(**a), reference(**b)) is same
    assert same_work(reference(**b), reference(**a)) is same


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"Universit{\"a}t, Universit\"at", "Universität, Universität"),
        (r"{\'E}cole \'{\i} \c{c}a \c ca \v{S}koda Erd\H{o}s", "École í ça ça Škoda Erdős"),
        (r"Stra{\ss}e, {\L}\'od\'z, \aa{} \O stfold", "Straße, Łódź, å Østfold"),
        (r"50\% of R\&D at \$5 and $5, a\_b \#1 \{x\}", "50% of R&D at $5 and $5, a_b #1 {x}"),
        (r"\textit{Homo} \emph{sapiens} {\textless}i{\textgreater}", "Homo sapiens <i>"),
        (r"$\alpha$-decay, $H_2O$, $x^{2}$", "α-decay, H2O, x2"),
        (r"``a'' -- b --- c-d~e\,f", "“a” – b — c-d e f"),
        (r"\href{https://x.org}{here} \unknown{kept}", "here kept"),
        ("{unbalanced \\", "unbalanced \\"),
        (r"\textasciitilde{} \~{} \textbackslash", "~ ~ \\"),
    ],
)
def test_latex_becomes_what_it_prints(latex: str, text: str) -> None:
    assert to_unicode(latex) == text


@pytest.mark.parametrize("text", [r"a\b {x} $5 50% R&D a_b ~^ #1", "-- – — --- '' ``", "“EU” – l’Été"])
def test_escaped_text_is_read_as_it_was(text: str) -> None:
    assert to_unicode(escape(text)) == text
    assert to_unicode(protect(text)) == text


def test_capitals_are_protected_where_a_style_would_change_them() -> None:
    assert protect("Can the EU lead: a tale of Łódź") == "Can the {EU} lead: {a} tale of {Łódź}"


def test_an_address_keeps_its_tildes_and_dashes() -> None:
    assert verbatim(r"\url{https://x.org/~me/a\_b--c?d=1\&e=\%20}") == "https://x.org/~me/a_b--c?d=1&e=%20"
