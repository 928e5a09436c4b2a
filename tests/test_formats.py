"""Formats and voices: their shape, what is refused, and the mechanical rules for every line of ours."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from prompts import Format, Line, PromptError, Voice, fill, format_of, voice_of
from prompts.formats import Instrument, Lean, Position, known_formats, known_voices
from prompts.registry import read

OP_ED = format_of("op-ed")
OWN_MOVES = ("open", "problem", "why_together", "return", "objection", "ask")
POSITIONS: tuple[Position, ...] = ("lead", "close")
INSTRUMENTS: tuple[Instrument, ...] = ("yes", "no", "partly", "unknown")
LEANS: tuple[Lean, ...] = ("hub", "balanced", "network")
CASES = list(itertools.product(INSTRUMENTS, LEANS, (True, False), (True, False)))
PROPOSALS = [
    ("a CERN for AI", "artificial intelligence"),
    ("a shared neutron source with nodes", "neutron science"),
    ("a common archive of pandemic data", "pandemic research"),
    ("a network of social-science data services", "social science"),
]


def all_lines() -> list[tuple[str, str]]:
    """Where a line stands, and the line."""
    moves = [(f"op-ed.{move.id}", move.lines) for move in OP_ED.moves]
    moves += [
        (f"{voice}.{move}", lines)
        for voice in known_voices()
        for move, lines in voice_of(voice).lines.items()
    ]
    return [
        (f"{where}.{position}", line.text)
        for where, lines in moves
        for position in POSITIONS
        for line in getattr(lines, position)
    ]


LINES = all_lines()
FORBIDDEN = re.compile(
    r"""\b(
    only|unique(ly)?|all|always|never|every(one|thing|where)?|will|shall|guarantee\w*|prove[sn]?|undoubtedly|certainly
    |landscape|paradigms?|game-changer|robust|crucial\w*|leverag\w*|vital|unlock\w*|ecosystem|synerg\w*|moonshot
    |in\ today’s\ world|at\ the\ crossroads|now\ more\ than\ ever|the\ time\ is\ now|let\ us\ be\ clear|think\ big
    |invest(s|ed|ing|ments?)?|trustworthy|misunderstood|fraction|per\ ?cent|half\ of|most\ of
    |three|four|five|six|seven|eight|nine|ten|dozens?|hundreds?|thousands?|millions?|billions?
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)
AMERICAN = re.compile(
    r"\b(centers?|labors?|programs?|behaviors?|favors?|favorable|defense|toward|fulfill|skeptic\w*|judgment|gray|honor\w*"
    r"|(?!sized?\b|sizes\b|prizes?\b|seized?\b)\w+iz(e[sd]?|ing|ation))\b",
    re.IGNORECASE,
)


def test_the_moves_of_an_op_ed_come_in_order() -> None:
    wanted = ["open", "problem", "proposal", "hub_network", "why_together", "return", "objection", "ask"]
    assert [move.id for move in OP_ED.moves] == wanted
    assert [move.takes for move in OP_ED.moves] == [
        (id, "reply") if id == "objection" else (id,) for id in wanted
    ]
    assert known_formats() == ["op-ed"]


def test_each_audience_of_the_dossier_has_a_voice() -> None:
    profiles = yaml.safe_load((files("knowledge") / "dossier" / "audiences.yaml").read_text(encoding="utf-8"))
    assert known_voices() == sorted(profile["id"] for profile in profiles)


@pytest.mark.parametrize("audience", known_voices())
def test_a_voice_has_lines_of_its_own_for_the_moves_that_differ(audience: str) -> None:
    lines = voice_of(audience).lines
    assert set(lines) <= {move.id for move in OP_ED.moves}
    for move in OWN_MOVES:
        assert len(lines[move].lead) + len(lines[move].close) >= 2, move


def test_each_lead_and_close_has_five_choices_for_any_proposal() -> None:
    for move, position, (instrument, lean, label, rival) in itertools.product(OP_ED.moves, POSITIONS, CASES):
        lines = move.lines_for(
            position, None, instrument=instrument, lean=lean, has_label=label, has_rival=rival
        )
        assert len(lines) >= 5, (move.id, position, instrument, lean, label, rival)


def test_the_lines_of_a_lean_are_its_own() -> None:
    families = [
        set(
            OP_ED.move("hub_network").lines_for(
                "lead", None, instrument="no", lean=lean, has_label=False, has_rival=False
            )
        )
        for lean in LEANS
    ]
    assert all(not a & b for a, b in itertools.combinations(families, 2))


def test_a_line_appears_only_where_its_conditions_hold() -> None:
    move = OP_ED.move("objection")

    def leads(label: bool, rival: bool, instrument: Instrument) -> str:
        lines = move.lines_for(
            "lead", None, instrument=instrument, lean="hub", has_label=label, has_rival=rival
        )
        return " ".join(lines)

    assert "borrowed name" in leads(True, False, "yes")
    assert "borrowed name" not in leads(False, False, "yes")
    assert "rival" in leads(False, True, "yes")
    assert "rival" not in leads(False, False, "yes")
    assert "one great machine" in leads(False, False, "no")
    assert "one great machine" not in leads(False, False, "unknown")


def test_the_audience_speaks_first() -> None:
    voice = voice_of("rectors")
    lines = OP_ED.move("open").lines_for(
        "lead", voice, instrument="no", lean="hub", has_label=False, has_rival=False
    )
    own = [line.text for line in voice.lines["open"].lead]
    assert lines[: len(own)] == own
    assert len(lines) > len(own)


def test_a_filled_line_starts_with_a_capital() -> None:
    assert (
        fill("$field needs tools.", project="a hub", field="climate modelling")
        == "Climate modelling needs tools."
    )
    assert fill("We propose $project.", project="a CERN for AI", field="AI") == "We propose a CERN for AI."


@pytest.mark.parametrize(
    "text", ["We ask $reader.", "$project for $field.", "It costs 5$ a day.", "${field} and $field."]
)
def test_a_line_with_another_variable_or_two_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        Line(text=text)


def test_bare_yes_and_no_of_yaml_are_words() -> None:
    line = Line.model_validate(yaml.safe_load("{text: Some line., when: {instrument: [yes, partly]}}"))
    assert line.when.instrument == ("yes", "partly")


def test_what_does_not_exist_is_said_with_what_does() -> None:
    with pytest.raises(PromptError, match=r"no format 'oped' \(did you mean 'op-ed'\?\)"):
        format_of("oped")
    with pytest.raises(PromptError, match=r"did you mean 'rectors'.*finance_ministry"):
        voice_of("rector")
    with pytest.raises(PromptError, match="hub_network"):
        OP_ED.move("finale")


@pytest.mark.parametrize(
    ("sound", "broken", "words"),
    [
        ("share: 0.1\n", "share: 0.3\n", "shares add up to"),
        ("facts: {least: 1,", "facts: {least: 3,", "is above most"),
        ("default: 600", "default: 60", "is not between"),
        ("  takes: [open]\n", "", r"moves\.0\.takes"),
        ("  purpose:", "  porpoise:", r"moves\.0\.p"),
        ("- Some decisions", "- $reader, some decisions", r"moves\.0\.lines\.lead\.1"),
    ],
    ids=["shares", "range", "words", "missing", "key", "variable"],
)
def test_a_broken_format_is_refused_with_file_and_field(
    tmp_path: Path, sound: str, broken: str, words: str
) -> None:
    text = (files("prompts") / "formats" / "op_ed.yaml").read_text(encoding="utf-8")
    assert sound in text
    file = tmp_path / "op_ed.yaml"
    file.write_text(text.replace(sound, broken, 1), encoding="utf-8")
    with pytest.raises(PromptError, match=words) as caught:
        read(Format, file)
    assert str(file) in str(caught.value)


def test_an_unknown_key_in_a_voice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("id: x\nlines: {open: {leed: [Some line.]}}\n")
    with pytest.raises(PromptError, match=r"lines\.open\.leed"):
        read(Voice, file)


def faults(line: str) -> list[str]:
    """What is wrong with a line, in words."""
    lengths = [len(fill(line, project=project, field=field).split()) for project, field in PROPOSALS]
    names = [word for word in re.findall(r"\b[A-Z]\w*", line[1:]) if word != "I"]
    rules = {
        "a number is a fact": re.search(r"\d", line),
        "exclamation mark or straight quote": re.search(r"[!'\"]", line),
        f"over-claim, promise, number or cliché: {FORBIDDEN.findall(line)}": FORBIDDEN.search(line),
        "American spelling": AMERICAN.search(line),
        "is not one sentence": line[-1] not in ".?" or re.search(r"[.?] ", line),
        "starts with no word of ours": not line[0].isupper(),
        f"a name is a fact: {names}": names,
        f"has {lengths} words, not 8 to 26": min(lengths) < 8 or max(lengths) > 26,
    }
    return [fault for fault, found in rules.items() if found]


@pytest.mark.parametrize("part", sorted({where.split(".")[0] for where, _ in LINES}))
def test_our_lines_keep_the_rules(part: str) -> None:
    found = {line: faults(line) for where, line in LINES if where.startswith(part)}
    assert {line: wrong for line, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize(
    "line",
    [
        "The centre would cost 5 thousand times what a laboratory costs in a year.",
        "A laboratory of this kind will create jobs in many places and for many people.",
        "The work of Geneva deserves the attention of those who pay for it.",
        "We ask for the only plan that could serve the whole of a field.",
        "We organize the work so that those who pay can follow it.",
        "We ask for a fair hearing! It is time for one.",
        "Far too short a line.",
    ],
)
def test_a_line_that_breaks_a_rule_is_found(line: str) -> None:
    assert faults(line)


def test_no_line_is_said_twice() -> None:
    assert [line for line, count in Counter(line for _, line in LINES).items() if count > 1] == []


def test_openings_vary() -> None:
    starts = Counter(" ".join(re.findall(r"[\w’$-]+", line.lower())[:3]) for _, line in LINES)
    assert {start: count for start, count in starts.items() if count > 3} == {}
    first = Counter(re.findall(r"[\w’$-]+", line.lower())[0] for _, line in LINES)
    # More would read as a mannerism when several lines of one set meet in a text.
    assert max(first.values()) <= len(LINES) / 8, first.most_common(3)


def test_questions_and_not_but_are_rare() -> None:
    assert sum(line.endswith("?") for _, line in LINES) <= len(LINES) / 20
    contrasts = [line for _, line in LINES if re.search(r"\bnot\b.*\bbut\b|\brather\b.*\bthan\b", line)]
    assert len(contrasts) <= len(LINES) / 10
