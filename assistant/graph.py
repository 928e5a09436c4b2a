"""The wiring of ask and draft as LangGraph graphs; what the nodes do is in answering.py and drafting.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from . import answering, drafting
from .answering import AskState, Tools
from .drafting import DraftState

# A slot takes two steps; a text of 1,200 words has some sixty slots.
STEP_LIMIT = 400


def _node(work: Callable[[Any, Tools], Any]) -> Callable[..., Any]:
    def run(state: Any, runtime: Runtime[Tools]) -> Any:
        return work(state, runtime.context)

    return run


def after_retrieve(state: AskState) -> Literal["write", "abstain"]:
    return "write" if state["evidence"] else "abstain"


def after_sentence(state: AskState) -> Literal["write", "answer"]:
    return "write" if len(state["sentences"]) < len(state["evidence"]) else "answer"


def after_slot(state: DraftState) -> Literal["write", "extend", "finish"]:
    if state["position"] < len(state["slots"]):
        return "write"
    return "extend" if drafting.can_extend(state) else "finish"


def ask_graph() -> Any:
    """retrieve -> write <-> check -> answer, or retrieve -> abstain."""
    graph = StateGraph(AskState, context_schema=Tools)
    for name in ("retrieve", "write", "check", "answer", "abstain"):
        graph.add_node(name, _node(getattr(answering, name)))
    graph.add_edge(START, "retrieve")
    graph.add_conditional_edges("retrieve", after_retrieve)
    graph.add_edge("write", "check")
    graph.add_conditional_edges("check", after_sentence)
    graph.add_edge("answer", END)
    graph.add_edge("abstain", END)
    return graph.compile()


def draft_graph() -> Any:
    """plan -> write <-> check -> finish, with extend where the text is short."""
    graph = StateGraph(DraftState, context_schema=Tools)
    for name in ("plan", "write", "check", "extend", "finish"):
        graph.add_node(name, _node(getattr(drafting, name)))
    graph.add_edge(START, "plan")
    graph.add_edge("plan", "write")
    graph.add_edge("write", "check")
    graph.add_conditional_edges("check", after_slot)
    graph.add_edge("extend", "write")
    graph.add_edge("finish", END)
    return graph.compile()
