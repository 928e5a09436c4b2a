"""Drafts: plan the moves, choose the evidence, write sentence by sentence, check, keep to the length.

The nodes of the draft graph, as plain functions over plain data; graph.py only wires them. A text is made of slots: a
fact is written from one passage, a line is an opinion, link or request of the format, and a brief slot is the user's own
words. The embedded model may better a slot; where its words do not pass, ours stand.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from typing import Any, Literal, TypedDict

from knowledge import Audience, Passage, load_audiences
from prompts import Format, Move, Voice, fill, format_of, voice_of

from .answer import Answer, Brief, Finding, Lean, Sentence, Tokens
from .answering import Tools, beside, seconds_of
from .edges import Cited, edges
from .errors import DraftError
from .events import Event
from .evidence import choose_evidence
from .export import body_markdown
from .framing import balance_of, label_risk
from .lines import Material, better_line, project_phrase, says_more_than_a_name
from .overclaims import over_claims
from .quantities import quantities
from .retrieval import look_up, view_of
from .sentences import classify
from .writing import accept, cite, evidence_texts, fit, own_wording, reword, weigh

NOTE_TOKENS = 320
BRIEF_PASSAGES = 5
# Share of the words asked for that a text may miss by; the contract allows a tenth either way.
LEAST_SHARE, AIM_SHARE, MOST_SHARE = 0.95, 0.985, 1.03
# Which closing lines go first when a text is too long; leads and the request stay.
DROP_FIRST = ("open", "proposal", "return", "hub_network", "why_together", "problem")
# And what a short text does without when that is not enough: the move's last facts, in this order.
DROP_LAST = ("proposal", "problem", "hub_network", "return")

Role = Literal["headline", "standfirst", "lead", "brief", "fact", "close"]
TITLES = ("headline", "standfirst")
ROLE_ORDER: dict[str, int] = {"headline": 0, "standfirst": 1, "lead": 2, "brief": 3, "fact": 4, "close": 5}


class DraftState(TypedDict, total=False):
    """Data of one draft on its way through the graph; all of it plain, so that it can be stored."""

    brief: dict[str, Any]
    audience: str
    format: str
    words: int
    lean: Lean
    slots: list[dict[str, Any]]
    """Each with move, role, order, and text (lines, brief) or passage (facts)."""
    reserve: list[dict[str, Any]]
    position: int
    drafted: dict[str, Any] | None
    sentences: list[dict[str, Any]]
    open_points: list[str]
    answer: dict[str, Any]
    started: float
    retrieval_s: float
    first_token_s: float | None


def plan(state: DraftState, tools: Tools) -> DraftState:
    """Lays out the moves with their lines and evidence, to the length asked for."""
    tools.tell(Event(kind="stage", text="Planning the moves"))
    begun = time.perf_counter()
    brief, format, audience = _given(state)
    voice = _voice(audience)
    choices = choose_evidence(tools.library, brief, audience, format, state["lean"])
    _require_evidence(choices, format)
    slots: list[dict[str, Any]] = _title_slots(state, brief, format)
    reserve: list[dict[str, Any]] = []
    open_points = [*_unknowns(brief), *_loud_names(brief)]
    for number, (move, choice) in enumerate(zip(format.moves, choices, strict=True)):
        slots += _line_slots(state, brief, move, voice, number)
        slots += [_fact_slot(move.id, number, i, passage) for i, passage in enumerate(choice.chosen)]
        reserve += [_fact_slot(move.id, number, 50 + i, passage) for i, passage in enumerate(choice.reserve)]
        if move.id == "proposal":
            own, left_out = _brief_slots(brief, tools, number)
            slots += own
            open_points += left_out
    slots, spare = _to_length(slots, format, state["words"])
    used = [_passage(tools, slot) for slot in slots if slot["role"] == "fact"]
    tools.tell(
        Event(
            kind="evidence",
            passages=tuple(view_of(p, i) for i, p in enumerate(used, 1)),
            text=f"{len(used)} facts chosen",
        )
    )
    return {
        "slots": slots,
        "reserve": [*spare, *reserve],
        "position": 0,
        "sentences": [],
        "open_points": open_points,
        "retrieval_s": time.perf_counter() - begun,
    }


def _given(state: DraftState) -> tuple[Brief, Format, Audience]:
    audiences = load_audiences()
    if state["audience"] not in audiences:
        raise DraftError(f"unknown audience {state['audience']!r} (known: {', '.join(audiences)})")
    return Brief(**state["brief"]), format_of(state["format"]), audiences[state["audience"]]


def _voice(audience: Audience) -> Voice:
    return voice_of(audience.id)


def _require_evidence(choices: Sequence[Any], format: Format) -> None:
    if sum(len(choice.chosen) for choice in choices) < len(format.moves):
        raise DraftError(
            "the library holds too few printable facts for this proposal: add sources, or open the built-in library"
        )


def _unknowns(brief: Brief) -> list[str]:
    names = [name.replace("_", " ") for name in brief.unknown()]
    return [f"The brief leaves open: {', '.join(names)}. The text says nothing of it."] if names else []


def _names(brief: Brief) -> dict[str, str]:
    """The brief's own phrases that our lines repeat: field of the brief -> phrase."""
    return {"title": project_phrase(brief.title), "field": brief.field}


def _loud_names(brief: Brief) -> list[str]:
    return [
        f"The {field} of the brief says more than a name: “{phrase}”. The lines that repeat it were not checked."
        for field, phrase in _names(brief).items()
        if says_more_than_a_name(phrase)
    ]


def _seed(state: DraftState, *more: str) -> int:
    key = "|".join([str(state["brief"].get("title")), state["audience"], state["lean"], *more])
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")


def _pick(lines: Sequence[str], own: int, seed: int) -> str:
    """One line; those written for this audience come before the format's."""
    return lines[seed % own] if own else lines[seed % len(lines)]


def _filled(line: str, brief: Brief) -> str:
    return fill(line, project=project_phrase(brief.title), field=brief.field or "this field")


def _conditions(brief: Brief, lean: Lean) -> dict[str, Any]:
    return {
        "instrument": brief.needs_central_instrument,
        "lean": lean,
        "has_label": bool(brief.label),
        "has_rival": bool(brief.rival),
    }


def _title_slots(state: DraftState, brief: Brief, format: Format) -> list[dict[str, Any]]:
    slots = []
    for role, lines in (("headline", format.headlines), ("standfirst", format.standfirsts)):
        fitting = [
            line.text for line in lines if line.when.holds(*_conditions(brief, state["lean"]).values())
        ]
        text = _filled(_pick(fitting, 0, _seed(state, role)), brief)
        slots.append(
            {"move": "", "role": role, "order": [-1, ROLE_ORDER[role], 0], "text": text, "purpose": role}
        )
    return slots


def _line_slots(
    state: DraftState, brief: Brief, move: Move, voice: Voice, number: int
) -> list[dict[str, Any]]:
    slots = []
    for role in ("lead", "close"):
        lines = move.lines_for(role, voice, **_conditions(brief, state["lean"]))
        if not lines:
            continue
        own = len(getattr(voice.lines[move.id], role)) if move.id in voice.lines else 0
        text = _filled(_pick(lines, min(own, len(lines)), _seed(state, move.id, role)), brief)
        slots.append(
            {
                "move": move.id,
                "role": role,
                "order": [number, ROLE_ORDER[role], 0],
                "text": text,
                "purpose": move.purpose,
            }
        )
    return slots


def _fact_slot(move: str, number: int, place: int, passage: Passage) -> dict[str, Any]:
    words = len((passage.wording or passage.text).split())
    return {
        "move": move,
        "role": "fact",
        "order": [number, ROLE_ORDER["fact"], place],
        "passage": passage.id,
        "words": words,
    }


def _brief_slots(brief: Brief, tools: Tools, number: int) -> tuple[list[dict[str, Any]], list[str]]:
    """The user's own words on the proposal.

    What states a figure that no passage supports, or says what a passage contradicts, is left out and named.
    """
    material = Material.of(brief)
    slots: list[dict[str, Any]] = []
    left_out = []
    for place, text in enumerate(material.sentences):
        if objection := _objection(text, tools):
            left_out.append(f"Left out, since {objection}: “{text}” Add a source for it.")
            continue
        slots.append(
            {
                "move": "proposal",
                "role": "brief",
                "order": [number, ROLE_ORDER["brief"], place],
                "text": text,
                "purpose": "",
            }
        )
    return slots, left_out


def _objection(text: str, tools: Tools) -> str:
    """Why a sentence of the brief may not stand, or ""; a proposal without a figure need not be in the library."""
    if classify(text) != "fact":
        return ""
    hits = look_up(tools.library, text).hits[:BRIEF_PASSAGES]
    found = [
        Cited(passage_id=p.id, source_id=p.source_id, texts=tuple(evidence_texts(p)))
        for p in (hit.passage for hit in hits)
    ]
    held = edges(text, found, gathered=True)
    if held.contradiction is not None:
        return f"a passage of the library contradicts it ({held.contradiction.reason})"
    if quantities(text) and held.finding.verdict != "supported":
        return "no passage of the library supports it"
    return ""


def _length(slots: Sequence[dict[str, Any]]) -> int:
    return sum(slot["words"] if slot["role"] == "fact" else len(slot["text"].split()) for slot in slots)


def _to_length(
    slots: list[dict[str, Any]], format: Format, words: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The slots cut to the length asked for, and the facts that were cut, which may come back if the text is short."""
    kept = sorted(slots, key=lambda slot: slot["order"])
    spare: list[dict[str, Any]] = []
    least = {move.id: move.facts.least for move in format.moves}
    share = {move.id: move.share for move in format.moves}
    droppable = _droppable(kept)
    while _length(kept) > words * AIM_SHARE:
        extra = _most_over_share(kept, least, share, words)
        if extra is not None:
            kept.remove(extra)
            spare.append(extra)
        elif droppable:
            gone = droppable.pop(0)
            kept.remove(gone)
            spare += [gone] if gone["role"] == "fact" else []
        else:
            break
    return kept, spare


def _droppable(slots: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What may go once no move can spare a fact: closing lines, the brief's later sentences, then facts."""

    def of(role: str, move: str) -> list[dict[str, Any]]:
        return [slot for slot in slots if (slot["role"], slot["move"]) == (role, move)]

    closes = [slot for move in DROP_FIRST for slot in of("close", move)]
    briefs = of("brief", "proposal")[:0:-1]
    return [*closes, *briefs, *(slot for move in DROP_LAST for slot in of("fact", move)[:1])]


def _most_over_share(
    slots: Sequence[dict[str, Any]], least: dict[str, int], share: dict[str, float], words: int
) -> dict[str, Any] | None:
    """The last fact of the move that is longest for its share, among the moves that can spare one."""
    over: list[tuple[float, dict[str, Any]]] = []
    for move, part in share.items():
        mine = [slot for slot in slots if slot["move"] == move]
        facts = [slot for slot in mine if slot["role"] == "fact"]
        if len(facts) > least[move]:
            over.append((_length(mine) - part * words, facts[-1]))
    return max(over, key=lambda pair: pair[0])[1] if over else None


def write(state: DraftState, tools: Tools) -> DraftState:
    """Writes the next slot: a fact from its passage alone, a line in the format's words or better ones."""
    slot = state["slots"][state["position"]]
    if state["position"] == 0:
        tools.tell(Event(kind="stage", text="Writing" if tools.model.loaded else "Loading the model"))
    elif slot["role"] == "lead":
        tools.tell(Event(kind="stage", text=f"Writing: {_move_name(state, slot['move'])}"))
    tell, first = tools.listen(state["started"])
    sentence = (
        _write_fact(state, tools, slot, tell)
        if slot["role"] == "fact"
        else _write_line(state, tools, slot, tell)
    )
    found: DraftState = {"drafted": sentence.model_dump()}
    if state.get("first_token_s") is None and first:
        found["first_token_s"] = first[0]
    return found


def _move_name(state: DraftState, move: str) -> str:
    return format_of(state["format"]).move(move).name.lower()


def _write_fact(state: DraftState, tools: Tools, slot: dict[str, Any], tell: Any) -> Sentence:
    passage = _passage(tools, slot)
    floor = own_wording(passage)
    floor.move = slot["move"]
    if passage.kind == "opposing_view" or not tools.samples:
        # A critic's position and our reply to it are worded with care; a paraphrase may tilt them.
        return floor
    found = reword(
        tools.model,
        tools.prompts["restate"],
        {
            "reader": load_audiences()[state["audience"]].name,
            "note": fit(evidence_texts(passage)[-1], NOTE_TOKENS),
        },
        passage,
        samples=tools.samples,
        tell=tell,
    )
    if found is None:
        return floor
    return Sentence(text=found[0], kind="fact", finding=found[1], move=slot["move"], written_by="model")


def _write_line(state: DraftState, tools: Tools, slot: dict[str, Any], tell: Any) -> Sentence:
    brief = Brief(**state["brief"])
    if slot["role"] == "brief":
        return Sentence(text=slot["text"], kind="ask", move=slot["move"], written_by="brief")
    kind = classify(slot["text"])
    move = slot["role"] if slot["role"] in TITLES else slot["move"]
    floor = Sentence(
        text=slot["text"], kind="opinion" if kind == "fact" else kind, move=move, written_by="format"
    )
    taken = [item["text"] for item in state["sentences"]]
    better = better_line(tools, brief, load_audiences()[state["audience"]].name, slot, taken, tell)
    if better is None:
        return floor
    if slot["role"] == "headline":
        better = better.rstrip(".")
    return floor.model_copy(update={"text": better, "written_by": "model", "kind": classify(better)})


def _passage(tools: Tools, slot: dict[str, Any]) -> Passage:
    return tools.passage(slot["passage"])


def check(state: DraftState, tools: Tools) -> DraftState:
    """Attaches citations to a fact and a finding to every sentence; what does not pass falls back to the note."""
    slot = state["slots"][state["position"]]
    sentence = Sentence(**(state["drafted"] or {}))
    if slot["role"] == "fact":
        sentence = _with_citations(sentence, _passage(tools, slot), tools)
    else:
        sentence.finding = Finding(verdict="not_checked", reason=_whose(sentence, Brief(**state["brief"])))
        sentence.over_claims = over_claims(sentence.text)
    tools.tell(Event(kind="sentence", sentence=sentence))
    done = {**sentence.model_dump(), "_order": slot["order"], "_role": slot["role"]}
    return {"sentences": [*state["sentences"], done], "position": state["position"] + 1, "drafted": None}


def _whose(sentence: Sentence, brief: Brief) -> str:
    """Why a sentence without a source may stand."""
    if sentence.written_by == "brief":
        return "your own words, from the brief; not checked"
    loud = [phrase for phrase in _names(brief).values() if says_more_than_a_name(phrase)]
    if any(phrase.lower() in sentence.text.lower() for phrase in loud):
        return "states no fact but what the brief’s own words in it say; they were not checked"
    return "states no fact"


def _with_citations(sentence: Sentence, passage: Passage, tools: Tools) -> Sentence:
    if sentence.written_by == "model":
        worded = _cited(sentence, passage, tools)
        if accept(sentence.text, passage) is not None and worded.finding.verdict == "supported":
            return worded
        sentence = own_wording(passage).model_copy(update={"move": sentence.move})
    if passage.kind == "opposing_view" and sentence.text.startswith("We "):
        # A reply that promises ("We would ...") is the signer's own; a source behind it would look like support.
        finding = Finding(verdict="not_checked", reason="what the signers offer in reply; states no fact")
        loud = over_claims(sentence.text, evidence_texts(passage))
        return sentence.model_copy(update={"kind": "ask", "finding": finding, "over_claims": loud})
    return _cited(sentence, passage, tools)


def _cited(sentence: Sentence, passage: Passage, tools: Tools) -> Sentence:
    cited = sentence.model_copy(update={"citations": cite(passage, passage.text, tools.citable)})
    return weigh(cited, passage, tools.library)


def extend(state: DraftState, tools: Tools) -> DraftState:
    """Adds one more fact from the reserve, to the move that is shortest for its share."""
    tools.tell(Event(kind="stage", text="Filling up to the length asked for"))
    format = format_of(state["format"])
    fitting = _fitting(state)
    lacking = {move.id: move.share * state["words"] - _written(state, move.id) for move in format.moves}
    best = max(fitting, key=lambda slot: (lacking[slot["move"]], -slot["order"][2]))
    rest = [slot for slot in state["reserve"] if slot is not best]
    return {"slots": [*state["slots"], best], "reserve": rest}


def words_of(state: DraftState) -> int:
    """Words written so far, headline and standfirst among them."""
    return sum(len(item["text"].split()) for item in state["sentences"])


def _written(state: DraftState, move: str) -> int:
    return sum(len(item["text"].split()) for item in state["sentences"] if item["move"] == move)


def can_extend(state: DraftState) -> bool:
    """Whether the text is short and a fact in reserve fits into what is missing."""
    return words_of(state) < state["words"] * LEAST_SHARE and bool(_fitting(state))


def _fitting(state: DraftState) -> list[dict[str, Any]]:
    """Facts in reserve that are not in the text yet and not too long for what is missing."""
    room = state["words"] * MOST_SHARE - words_of(state)
    used = {slot.get("passage") for slot in state["slots"]}
    return [slot for slot in state["reserve"] if slot["words"] <= room and slot["passage"] not in used]


def finish(state: DraftState, tools: Tools) -> DraftState:
    """Puts the sentences in order and adds what a reader must know: balance, label risk, references, open points."""
    tools.tell(Event(kind="stage", text="Putting it together"))
    brief, format, _ = _given(state)
    ordered = sorted(state["sentences"], key=lambda item: item["_order"])
    titles = [_sentence(item) for item in ordered if item["_role"] in TITLES]
    body = [_sentence(item) for item in ordered if item["_role"] not in TITLES]
    headline, standfirst = (one.text for one in titles)
    used = list(dict.fromkeys(c.passage_id for s in body for c in s.citations))
    passages = [tools.passage(passage_id) for passage_id in used]
    shown = [view_of(passage, rank) for rank, passage in enumerate(passages, 1)]
    poles = {passage.id: passage.pole for passage in passages}
    usage = tools.model.take_usage()
    result = Answer(
        kind="draft",
        text="",
        sentences=body,
        passages=[*shown, *beside(body, shown, tools)],
        balance=balance_of(poles[s.citations[0].passage_id] if s.citations else "" for s in body),
        label=label_risk(tools.library, brief),
        audience=state["audience"],
        prompts=[tools.prompts[task].ref for task in ("restate", "line", "headline")],
        model=tools.model.name,
        tokens=Tokens(prompt=usage.prompt, completion=usage.completion),
        seconds=seconds_of(state["started"], state["retrieval_s"], state.get("first_token_s")),
        headline=headline,
        standfirst=standfirst,
        titles=titles,
        format=format.id,
        words=words_of(state),
        open_points=[*state["open_points"], *_loud_points([*titles, *body]), *_length_point(state)],
        references=tools.references(body),
    )
    result.text = body_markdown(result)
    return {"answer": result.model_dump()}


def _sentence(item: dict[str, Any]) -> Sentence:
    return Sentence(**{key: value for key, value in item.items() if not key.startswith("_")})


def _loud_points(sentences: Sequence[Sentence]) -> list[str]:
    """Over-claims with what to write instead, each once, so that they are named wherever the text goes."""
    found: dict[tuple[str, str], int] = {}
    for one in (claim for sentence in sentences for claim in sentence.over_claims):
        found[one.words, one.sober] = found.get((one.words, one.sober), 0) + 1
    return [
        f"“{words}” says more than can be known{f', in {times} places' if times > 1 else ''}. "
        + (f"Write “{sober}”." if sober else "Leave it out.")
        for (words, sober), times in found.items()
    ]


def _length_point(state: DraftState) -> list[str]:
    words, wanted = words_of(state), state["words"]
    if 0.9 * wanted <= words <= 1.1 * wanted:
        return []
    return [f"The text has {words} words, {wanted} were asked for: the library holds no more that fits."]
