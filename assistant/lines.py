"""Sentences that state no fact: what the brief itself gives, and where the model may better a line of the format.

A model's line is taken only if it can smuggle no fact in: a wish or judgement in a modal mood, made of the words of our own
line and of the brief's names, without figures, markup, promise, over-claim or cliché. Else the format's own line stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .answer import Brief
from .overclaims import over_claims
from .quantities import quantities
from .sentences import classify, split_sentences
from .words import content
from .writing import marked_up, tidy

if TYPE_CHECKING:
    from .answering import Tools

SUMMARY_SENTENCES = 3
LINE_WORDS = range(7, 25)
HEADLINE_WORDS = range(4, 11)
# Cosine between a model's line and ours: below, it does another job; above, it is the same line.
LIKE_ENOUGH, TOO_LIKE = 0.5, 0.97
# Which slots the model may better: where a mood of wish or request is natural. Measured, see docs/drafting.md.
FREE_ROLES = ("headline",)
FREE_MOVES = ("ask", "why_together")

_WISH = re.compile(
    r"\b(should|must|ought|could|would|may|might|let us|deserves?|needs?|propose|ask|call on|want|hope)\b",
    re.I,
)
_PROMISE = re.compile(
    r"\b(will|guarantees?|ensures?|ensuring|proven|always|never|only|best|unique|leading|first|revolution\w*|transform\w*|boost\w*|"
    r"maximi[sz]\w*|crucial|robust|leverage\w*|landscape|paradigm|game.changer|cutting.edge|unlock\w*|seamless\w*|foster\w*|today|"
    r"currently|increasingly|growing|world.class|innovative|innovation|significant\w*|greatly|vital|essential|synerg\w*|reader|sentence)\b",
    re.I,
)
# What a line may say beyond the words of ours: nothing that has a matter of its own.
_EMPTY_WORDS = frozenset(
    ("should", "must", "ought", "could", "would", "may", "might", "let", "us", "we", "our", "ask", "propose", "want", "hope",
     "need", "needs", "deserve", "deserves", "call", "anyone", "anybody", "rather", "also", "together")
)  # fmt: skip
_DENIAL = re.compile(r"\b(?:no|not|never|nor|neither|none|nobody|nothing|without|cannot)\b|n[’']t\b", re.I)
# In a name: a statement about what it names.
_STATEMENT = re.compile(
    r"\b(that|which|who|whose|will|would|is|are|was|were|has|have|had|creates?|created|creating|saves?|saved|ensures?|proven)\b",
    re.I,
)
_ARTICLE = re.compile(r"^(a|an|the|our|one|europe[’']s)\b", re.I)
_CAPITAL = re.compile(r"(?<!^)(?<![.!?] )\b(?!Europe(?:an|’s)?\b)[A-Z][\w’-]+")
_ACRONYM = re.compile(r"\b[A-Z]{2,}\b")


@dataclass(frozen=True, kw_only=True)
class Material:
    """The proposal in sentences made of the user's own words."""

    sentences: tuple[str, ...]

    @classmethod
    def of(cls, brief: Brief) -> Material:
        """The summary (two sentences at most), what stands at the centre and around it, and the cost as a request."""
        said = split_sentences(" ".join(brief.summary.split()))[:SUMMARY_SENTENCES]
        parts = (
            [_stopped(said[0] if _has_verb(said[0]) else f"What we mean is {_lower(said[0])}")]
            if said
            else []
        )
        parts += [_stopped(sentence) for sentence in said[1:]]
        if brief.hub and brief.network and not _says(" ".join(said), brief.hub, brief.network):
            parts.append(
                f"At its centre we see {_lower(_bare(brief.hub))}; around it, {_lower(_bare(brief.network))}."
            )
        if brief.cost:
            parts.append(
                f"We ask that our own estimate of the cost, {_bare(brief.cost)}, be examined by independent auditors."
            )
        return cls(sentences=tuple(parts))


def project_phrase(title: str) -> str:
    """The title as a noun phrase in the middle of a sentence: "a CERN for AI", "the European Grid Lab"."""
    phrase = re.split(r"\s*[:–—]\s+|,\s+(?:built|made|run|set up|based)\b", _bare(title))[0].strip()
    if _ARTICLE.match(phrase):
        return _lower(phrase)
    words = phrase.split()
    if sum(word[:1].isupper() for word in words) > max(1, len(words) // 2):
        return f"the {phrase}"
    phrase = _lower(phrase)
    return f"{'an' if phrase[:1].lower() in 'aeio' else 'a'} {phrase}"


def says_more_than_a_name(phrase: str) -> bool:
    """Whether a phrase of the brief that our lines repeat states something: a figure, a clause, an over-claim."""
    return bool(quantities(phrase) or _STATEMENT.search(phrase) or over_claims(phrase))


def _bare(text: str) -> str:
    return " ".join(text.split()).rstrip(" .;,")


def _lower(text: str) -> str:
    first = text.split()[0] if text.split() else ""
    # An acronym or a name keeps its capitals.
    return text if sum(letter.isupper() for letter in first) > 1 else text[:1].lower() + text[1:]


def _stopped(text: str) -> str:
    text = _bare(text)
    return text if text[-1:] in "!?”" else f"{text}."


_VERB = re.compile(
    r"\b(is|are|was|were|will|would|should|can|could|has|have|must|we|develops|runs|links|joins|pools|offers|provides|brings|"
    r"lets|gives|connects|combines|coordinates|shares|serves|uses|needs|builds|creates|supports|operates|hosts|keeps)\b",
    re.I,
)


def _as_sentence(text: str) -> str:
    """A summary's opening as a sentence, where it may be a mere noun phrase."""
    if _has_verb(text):
        return text
    return f"What we mean is {_lower(text)}" if _ARTICLE.match(text) else f"In a sentence: {_lower(text)}"


def _has_verb(text: str) -> bool:
    # A relative clause ("a hub where researchers agree") has a verb that is not the sentence's own.
    main = re.split(r"\b(?:where|which|that|who|whose|when)\b", re.split(r"[:;]", text)[0])[0]
    return bool(_VERB.search(main))


def _says(text: str, *fields: str) -> bool:
    from .retrieval import content_words

    there = set(content_words(text))
    words = [word for field in fields for word in content_words(field)]
    return not words or sum(word in there for word in words) / len(words) > 0.45


def better_line(
    tools: Tools,
    brief: Brief,
    reader: str,
    slot: dict[str, Any],
    taken: Sequence[str],
    tell: Callable[[str], None],
) -> str | None:
    """The model's line for a slot if it passes, else None; asks the model only where it is free."""
    role, move = slot["role"], slot["move"]
    if not tools.samples or (role not in FREE_ROLES and move not in FREE_MOVES):
        return None
    project = project_phrase(brief.title)
    if role == "headline":
        prompt = tools.prompts["headline"]
        messages = prompt.render(
            project=project,
            point="share what must be shared, spread what can be spread",
            example=slot["text"],
        )
    else:
        prompt = tools.prompts["line"]
        messages = prompt.render(
            reader=reader, project=project, purpose=slot["purpose"], example=slot["text"]
        )
    reply = ""
    for piece in tools.model.stream(
        messages, max_tokens=prompt.max_tokens or 48, temperature=prompt.temperature or 0.0, seed=len(taken)
    ):
        reply += piece
        tell(piece)
        if "\n" in reply.strip():
            break
    text = tidy(reply)
    return text if passes(text, slot["text"], brief, role, taken, tools) else None


def passes(text: str, ours: str, brief: Brief, role: str, taken: Sequence[str], tools: Tools) -> bool:
    """Whether a model's line may stand: no fact, no promise, no foreign name or matter, its own job, nothing said before."""
    words = text.split()
    allowed = HEADLINE_WORDS if role == "headline" else LINE_WORDS
    if len(words) not in allowed or len(split_sentences(text)) != 1 or marked_up(text):
        return False
    # A name may stand only as part of the project's own: "CERN should ..." is about somebody else.
    without_project = re.sub(re.escape(project_phrase(brief.title)), "it", text, flags=re.I)
    if _CAPITAL.search(without_project) or _ACRONYM.search(without_project):
        return False
    if (
        any(letter.isdigit() for letter in text)
        or quantities(without_project)
        or any(mark in text for mark in '“”"')
        or _PROMISE.search(text)
        or over_claims(without_project)
        or classify(without_project) == "fact"
        or _adds_matter(without_project, ours, brief)
    ):
        return False
    if role != "headline" and not _WISH.search(text):
        return False
    if any(" ".join(words[:3]).lower() == " ".join(other.split()[:3]).lower() for other in taken):
        return False
    vectors = tools.library.embedder.documents([text, ours, *taken[-40:]])
    near = [float(vectors[0] @ vector) for vector in vectors[1:]]
    return LIKE_ENOUGH <= near[0] <= TOO_LIKE and max(near[1:], default=0.0) < 0.9


def _adds_matter(text: str, ours: str, brief: Brief) -> bool:
    """Whether the line speaks of something that ours does not, or denies where ours does not: a fact comes as new words."""
    known = {word.stem for word in content(f"{ours} {brief.field}")}
    new = [word for word in content(text) if word.stem not in known and word.fold not in _EMPTY_WORDS]
    return bool(new) or len(_DENIAL.findall(text)) != len(_DENIAL.findall(ours))
