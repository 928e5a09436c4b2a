"""Ask: one checked sentence from each piece of evidence, or a plain word that the library does not hold the answer.

The nodes of the ask graph, as plain functions over plain data; graph.py only wires them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from knowledge import Hit, Library, Passage
from prompts import Prompt

from .answer import Answer, Finding, PassageView, Seconds, Sentence, Tokens
from .events import Event, Tell
from .models import ChatModel
from .retrieval import Part, choose, in_context, look_up, parts_of, view, view_of
from .styles.markup import escaped
from .writing import Citable, accept, best_quote, cite, evidence_texts, fit, own_wording, reword, weigh

NOTE_TOKENS = 420
# A rewording takes 4 to 8 seconds on two cores and seldom passes; nobody should wait for more than these.
MODEL_SENTENCES = 3


class AskState(TypedDict, total=False):
    """Data of one question on its way through the graph; all of it plain, so that it can be stored."""

    question: str
    audience: str
    history: list[str]
    parts: list[dict[str, Any]]
    """Each with question, held, support, unknown_names."""
    evidence: list[str]
    """Passage ids to write from, in order."""
    asked: list[str]
    """For each of `evidence`, the part of the question it speaks to."""
    shown: list[dict[str, Any]]
    drafted: dict[str, Any] | None
    """The sentence that waits for its check."""
    sentences: list[dict[str, Any]]
    answer: dict[str, Any]
    started: float
    retrieval_s: float
    first_token_s: float | None


@dataclass
class Tools:
    """What the nodes work with; handed in at run time, never part of the state."""

    library: Library
    model: ChatModel
    prompts: dict[str, Prompt]
    samples: int
    """Rewordings that the model may try for a sentence; 0 keeps our own wording."""
    tell: Tell

    def citable(self, key: str) -> bool:
        reference = self.library.reference(key)
        return reference is not None and reference.citable != "pointer_only"

    def references(self, sentences: Sequence[Sentence]) -> list[dict[str, Any]]:
        """CSL-JSON of the sources that the sentences cite and that may be printed, by key."""
        keys = sorted({citation.source_id for sentence in sentences for citation in sentence.citations})
        found = [self.library.reference(key) for key in keys if self.citable(key)]
        return [reference.csl() for reference in found if reference is not None]

    def listen(self, started: float) -> tuple[Callable[[str], None], list[float]]:
        """Where a model's words go as they come, and a list that holds when each came, in seconds since `started`."""
        times: list[float] = []

        def tell(piece: str) -> None:
            times.append(time.perf_counter() - started)
            self.tell(Event(kind="token", text=piece))

        return tell, times

    def passage(self, passage_id: str) -> Passage:
        passage = self.library.passage(passage_id)
        if passage is None:
            raise LookupError(
                f"the passage {passage_id!r} left the library while the answer was being written"
            )
        return passage


def retrieve(state: AskState, tools: Tools) -> AskState:
    """Looks up each part of the question and shows the evidence before a word is written."""
    tools.tell(Event(kind="stage", text="Searching the library"))
    begun = time.perf_counter()
    questions = parts_of(state["question"])
    before = [*state.get("history", []), *questions]
    # A later part may lean on the one before it: "Which bodies have a hub, and what do they cost?"
    offset = len(before) - len(questions)
    parts = [
        look_up(tools.library, in_context(question, before[: offset + i]))
        for i, question in enumerate(questions)
    ]
    held = [part for part in parts if part.held]
    hits = choose(tools.library, [_for_asking(part) for part in held])
    shown = _to_show(hits, held or parts)
    tools.tell(Event(kind="evidence", passages=tuple(shown), text=_count(len(hits))))
    owner = {hit.passage.id: part.question for part in reversed(held) for hit in part.hits}
    return {
        "parts": [
            {
                "question": p.question,
                "held": p.held,
                "support": round(p.support, 3),
                "unknown_names": list(p.unknown_names),
            }
            for p in parts
        ],
        "evidence": [hit.passage.id for hit in hits],
        "asked": [owner[hit.passage.id] for hit in hits],
        "shown": [item.model_dump() for item in shown],
        "sentences": [],
        "retrieval_s": time.perf_counter() - begun,
    }


def _for_asking(part: Part) -> Part:
    """The part without what is advice to a writer rather than an answer, unless a reply is what was asked for."""
    wants_reply = any(
        word in part.question.lower() for word in ("reply", "respond", "answer to", "concede", "objection")
    )
    hits = [
        hit
        for hit in part.hits
        if wants_reply or not hit.passage.id.startswith("ov") or ".position" in hit.passage.id
    ]
    return Part(
        question=part.question, hits=tuple(hits), support=part.support, unknown_names=part.unknown_names
    )


def _to_show(hits: list[Hit], parts: list[Part]) -> list[PassageView]:
    chosen = {hit.passage.id for hit in hits}
    rest = [hit for part in parts for hit in part.hits if hit.passage.id not in chosen]
    ordered = list({hit.passage.id: hit for hit in [*hits, *rest]}.values())[: len(hits) + 4]
    return [view(hit, rank) for rank, hit in enumerate(ordered, 1)]


def _count(n: int) -> str:
    return f"{n} passage{'s' if n != 1 else ''} to answer from"


def write(state: AskState, tools: Tools) -> AskState:
    """Has the model say the next passage's answer in one sentence, from that passage alone."""
    position = len(state["sentences"])
    passage = tools.passage(state["evidence"][position])
    if position == 0:
        stage = "Writing" if tools.model.loaded else "Loading the model"
        tools.tell(Event(kind="stage", text=stage))
    tell, first = tools.listen(state["started"])
    found = reword(
        tools.model,
        tools.prompts["answer"],
        {"question": state["asked"][position], "note": fit(evidence_texts(passage)[-1], NOTE_TOKENS)},
        passage,
        samples=min(tools.samples, 1) if position < MODEL_SENTENCES else 0,
        tell=tell,
    )
    if found:
        text, finding = found
        sentence = Sentence(text=text, kind="fact", finding=finding, written_by="model")
    else:
        sentence = own_wording(passage, state["asked"][position], tools.library.embedder)
    if state.get("first_token_s") is None and first:
        return {"drafted": sentence.model_dump(), "first_token_s": first[0]}
    return {"drafted": sentence.model_dump()}


def check(state: AskState, tools: Tools) -> AskState:
    """Attaches the passage's citations to the sentence, and lets it stand only with a finding."""
    sentence = Sentence(**(state["drafted"] or {}))
    position = len(state["sentences"])
    passage, asked = tools.passage(state["evidence"][position]), state["asked"][position]
    sentence = _weighed(sentence, passage, asked, tools)
    if sentence.written_by == "model" and (
        accept(sentence.text, passage) is None or sentence.finding.verdict != "supported"
    ):
        sentence = _weighed(own_wording(passage, asked, tools.library.embedder), passage, asked, tools)
    if not passage.citable:
        sentence.finding.reason += "; a lead only: no source that may be printed was found for it"
    tools.tell(Event(kind="sentence", sentence=sentence))
    return {"sentences": [*state["sentences"], sentence.model_dump()], "drafted": None}


def _weighed(sentence: Sentence, passage: Passage, asked: str, tools: Tools) -> Sentence:
    quote = (
        passage.text if passage.kind != "span" else best_quote(passage.text, asked, tools.library.embedder)
    )
    sentence.citations = cite(passage, quote, tools.citable)
    return weigh(sentence, passage, tools.library)


def answer(state: AskState, tools: Tools) -> AskState:
    """Puts the checked sentences together, and names the parts of the question that stay open."""
    sentences = [Sentence(**item) for item in state["sentences"]]
    open_points = [_not_held(part) for part in state["parts"] if not part["held"]]
    sentences += [_own_words(point) for point in open_points]
    return {"answer": _result(state, tools, sentences, open_points, abstained=False)}


def abstain(state: AskState, tools: Tools) -> AskState:
    """Says that the library does not hold the answer, and what would be needed."""
    points = [_not_held(part) for part in state["parts"]]
    points.append(
        "Add a source that speaks to it (attache sources add FILE), or ask about what the library holds."
    )
    sentences = [_own_words(point) for point in points]
    for sentence in sentences:
        tools.tell(Event(kind="sentence", sentence=sentence))
    return {"answer": _result(state, tools, sentences, points, abstained=True)}


def _own_words(point: str) -> Sentence:
    """A sentence of the program's own about what the library holds."""
    finding = Finding(
        verdict="not_checked", reason="says what the library holds; states no fact of the matter"
    )
    return Sentence(text=point, kind="link", finding=finding, written_by="format")


def _not_held(part: dict[str, Any]) -> str:
    question = " ".join(str(part["question"]).split()).rstrip("?")
    names = part["unknown_names"]
    because = f" (nothing in it mentions {', '.join(names)})" if names else ""
    return f"The library holds no passage that answers “{question}?”{because}."


def _result(
    state: AskState, tools: Tools, sentences: list[Sentence], open_points: list[str], *, abstained: bool
) -> dict[str, Any]:
    usage = tools.model.take_usage()
    shown = [PassageView(**item) for item in state["shown"]]
    result = Answer(
        kind="ask",
        text=" ".join(marked(sentence, tools.citable) for sentence in sentences),
        sentences=sentences,
        passages=[*shown, *beside(sentences, shown, tools)],
        abstained=abstained,
        audience=state.get("audience", ""),
        prompts=[] if abstained else [tools.prompts["answer"].ref],
        model=tools.model.name,
        tokens=Tokens(prompt=usage.prompt, completion=usage.completion),
        seconds=seconds_of(state["started"], state["retrieval_s"], state.get("first_token_s")),
        words=sum(len(sentence.text.split()) for sentence in sentences),
        open_points=open_points,
        references=tools.references(sentences),
    )
    return result.model_dump()


def beside(sentences: Sequence[Sentence], shown: Sequence[PassageView], tools: Tools) -> list[PassageView]:
    """The passages that are better than the cited ones or speak against a sentence, as far as they are not shown yet."""
    known = {view.passage_id for view in shown}
    ids = dict.fromkeys(one.passage_id for s in sentences for one in (*s.against, *s.better))
    new = [passage_id for passage_id in ids if passage_id not in known]
    return [view_of(tools.passage(one), rank) for rank, one in enumerate(new, len(shown) + 1)]


def marked(sentence: Sentence, citable: Citable) -> str:
    """The sentence with its citation mark before the stop, as pandoc writes it; sources that may not be printed get none.

    What looks like markup in its words, such as a citation in a quoted source, is escaped: only our marks are marks.
    """
    keys = [citation.source_id for citation in sentence.citations if citable(citation.source_id)]
    text = escaped(sentence.text)
    if sentence.finding.verdict == "unsupported":
        text = f"~~{text}~~"
    if not sentence.citations:
        return text
    mark = "; ".join(f"@{key}" for key in dict.fromkeys(keys)) or "a lead only, no source for print"
    body, stop = (text[:-1], text[-1]) if text[-1:] in (".", "!", "?") else (text, "")
    return f"{body} [{mark}]{stop}"


def seconds_of(started: float, retrieval_s: float, first_token_s: float | None) -> Seconds:
    """How long a piece of work took until now, to the millisecond; None where the model wrote nothing."""
    return Seconds(
        retrieval=round(retrieval_s, 3),
        first_token=None if first_token_s is None else round(first_token_s, 3),
        total=round(time.perf_counter() - started, 3),
    )
