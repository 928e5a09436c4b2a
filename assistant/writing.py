"""One sentence from one passage: the model's wording if the strict check passes, else our own or the source's.

In: a passage and what the sentence is for. Out: a checked `Sentence` with its citations as data, what its passage does
for it, and its over-claims. The model never names a source: the citations are those of the passage it was given, attached
here.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from knowledge import Embedder, Library, Passage
from prompts import Prompt

from .answer import Citation, Finding, Sentence
from .check import check_claim
from .edges import SURE, Cited, edges
from .models import ChatModel, count_tokens
from .overclaims import over_claims
from .retrieval import content_words
from .rewording import turns
from .sentences import plain, split_sentences
from .styles.markup import clean

# A citation mark of three keys already reads badly; the fact-check sheet names all sources.
CITED_SOURCES = 2
# Of the words that carry a note's matter, a rewording may leave out one in ten: what it drops is seldom a side detail.
MAY_DROP = 0.1
QUOTE_WORDS = 60
QUOTED = "quoted from the source"
SCRAP_WORDS = 6
REPLY_TOKENS = 90
# Passages that are asked where the cited one does not surely bear a sentence out.
FURTHER = 4
_MARKUP = re.compile(r"[<>\[\]{}`@#|\\^~*_]|\bhttps?:|\bwww\.", re.IGNORECASE)

# Words that turn a statement round or change how sure it is; a rewording has them all, in the same order.

Citable = Callable[[str], bool]


def tidy(text: str) -> str:
    """The first paragraph of a model's reply without labels, quotes around the whole, and a stop at the end."""
    text = text.strip().split("\n")[0].strip()
    for label in ("Sentence:", "Headline:", "Answer:", "Rewritten:"):
        text = text.removeprefix(label).strip()
    if len(text) > 1 and text[0] in "\"“'" and text[-1] in "\"”'":
        text = text[1:-1].strip()
    if text and text[-1] not in ".!?”":
        text += "."
    return text.replace("'", "’")


def evidence_texts(passage: Passage) -> list[str]:
    """What a sentence about this passage may rest on: its text and, for a note, our approved wording of it."""
    return [passage.text, passage.wording] if passage.wording else [passage.text]


def marked_up(text: str) -> bool:
    """Whether a model wrote more than words: a citation of its own, Markdown, HTML, an address, a hidden sign.

    The check reads past citations and marks, so what stands in them would go out unchecked.
    """
    words = " ".join(text.split())
    return words != plain(text) or words != clean(text) or _MARKUP.search(text) is not None


def accept(text: str, passage: Passage) -> Finding | None:
    """The finding if the strict check lets this wording of the passage through, else None."""
    if marked_up(text) or not 1 <= len(split_sentences(text)) <= 2:
        return None
    findings = [
        check_claim(text, [evidence], strict=True)
        for evidence in evidence_texts(passage)
        if _dropped(text, evidence) <= MAY_DROP and turns(text) == turns(evidence)
    ]
    passed = [finding for finding in findings if finding.verdict == "supported"]
    best = max(passed, key=lambda finding: finding.score or 0.0, default=None)
    return best.model_copy(update={"outcome": "supported"}) if best else None


def _dropped(text: str, evidence: str) -> float:
    """Share of the evidence's words of matter that the text lacks, 0 to 1."""
    said, wanted = set(content_words(text)), content_words(evidence)
    return sum(word not in said for word in wanted) / max(len(wanted), 1)


def _adds(text: str, passage: Passage) -> bool:
    """Whether the words so far already hold one that the passage lacks, so that no more need be written."""
    whole = text[: text.rfind(" ")] if " " in text else ""
    known = {word for evidence in evidence_texts(passage) for word in content_words(evidence)}
    return any(word not in known for word in content_words(whole))


def cite(passage: Passage, quote: str, citable: Citable) -> list[Citation]:
    """The citations of a sentence that rests on this passage: its printable sources first, at most two."""
    keys = [key for key in passage.citekeys if citable(key)] or [passage.source_id]
    return [
        Citation(passage_id=passage.id, source_id=key, quote=quote)
        for key in dict.fromkeys(keys[:CITED_SOURCES])
    ]


def own_wording(passage: Passage, about: str = "", embedder: Embedder | None = None) -> Sentence:
    """The floor: the note's own wording, or, for a user's source, its most fitting sentences in quotation marks."""
    if passage.kind != "span":
        text = passage.wording or passage.text
        finding = Finding(
            verdict="supported", score=1.0, reason="the note’s own wording", outcome="supported"
        )
        return Sentence(text=text, kind="fact", finding=finding, written_by="note")
    quoted = best_quote(passage.text, about, embedder)
    title = " ".join(passage.title.split())
    finding = Finding(verdict="supported", score=1.0, reason=QUOTED, outcome="supported")
    return Sentence(
        text=f"“{inner_quotes(title)}” says: “{inner_quotes(quoted)}”",
        kind="fact",
        finding=finding,
        written_by="source",
    )


def weigh(sentence: Sentence, passage: Passage, library: Library) -> Sentence:
    """The cited sentence with what its passage does for it, what else bears on it, and its over-claims.

    A sentence that its passage does not bear out loses its good finding: it goes out marked or not at all.
    """
    texts = evidence_texts(passage)
    loud = over_claims(sentence.text, texts)
    if sentence.written_by == "source" and _quotes(sentence, passage):
        own = [one.model_copy(update={"support": "alone", "score": 1.0}) for one in sentence.citations]
        return sentence.model_copy(update={"citations": own, "over_claims": loud})
    held = edges(sentence.text, [_cited(passage)])
    if (held.finding.score or 0.0) < SURE:
        # Searched for only here: beside a sure passage no other could be clearly better, or speak against it.
        further = [_cited(hit.passage) for hit in library.search(sentence.text, FURTHER)]
        held = edges(sentence.text, [_cited(passage)], further)
    support, score = held.supports[0]
    own = [one.model_copy(update={"support": support, "score": score}) for one in sentence.citations]
    finding = sentence.finding
    if held.finding.verdict != "supported":
        finding = held.contradiction or held.finding
    found = {"citations": own, "better": held.better, "against": held.against, "finding": finding}
    return sentence.model_copy(update={**found, "over_claims": loud})


def _cited(passage: Passage) -> Cited:
    return Cited(passage_id=passage.id, source_id=passage.source_id, texts=tuple(evidence_texts(passage)))


def _quotes(sentence: Sentence, passage: Passage) -> bool:
    """Whether a source's sentence holds its quotation, and the passage the same words."""
    quotes = [_letters(citation.quote) for citation in sentence.citations]
    return all(
        quote and quote in _letters(sentence.text) and quote in _letters(passage.text) for quote in quotes
    )


def _letters(text: str) -> str:
    """Words alone: marks and spaces do not count."""
    return " ".join(re.findall(r"\w+", text))


def inner_quotes(text: str) -> str:
    """Double quotation marks as single ones, for text that stands inside double ones."""
    return text.replace("“", "‘").replace("”", "’").replace('"', "’")


def best_quote(text: str, about: str, embedder: Embedder | None = None) -> str:
    """The sentence of a text nearest to a question by words and, with an embedder, by meaning; at most 60 words.

    The sentence after it comes along where both fit, since a question's words often stand just before their answer.
    """
    sentences = [" ".join(sentence.split()) for sentence in split_sentences(text)] or [text]
    wanted = set(content_words(about))
    near = [0.0] * len(sentences)
    if embedder is not None and about:
        near = [float(cosine) for cosine in embedder.documents(sentences) @ embedder.query(about)]

    def worth(i: int) -> float:
        words = len(wanted & set(content_words(sentences[i]))) / max(len(wanted), 1)
        # Headings and scraps say little, however near they are.
        return near[i] + words - (0.5 if len(sentences[i].split()) < SCRAP_WORDS else 0.0)

    best = max(range(len(sentences)), key=worth)
    pair = " ".join(sentences[best : best + 2])
    chosen = pair if len(pair.split()) <= QUOTE_WORDS else sentences[best]
    words = chosen.split()
    # A quotation that is cut says so: what was cut off may have been its "but".
    return " ".join(words[:QUOTE_WORDS]) + (" …" if len(words) > QUOTE_WORDS else "")


def fit(text: str, budget_tokens: int) -> str:
    """The text cut at a sentence border so that it needs at most `budget_tokens`; at words if one sentence is too long."""
    if count_tokens(text) <= budget_tokens:
        return text
    kept = ""
    for sentence in split_sentences(text):
        if count_tokens(f"{kept} {sentence}") > budget_tokens:
            break
        kept = f"{kept} {sentence}".strip()
    if kept:
        return kept
    words = text.split()
    while words and count_tokens(" ".join(words)) > budget_tokens:
        words = words[: len(words) * 3 // 4]
    return " ".join(words)


def reword(
    model: ChatModel,
    prompt: Prompt,
    variables: dict[str, str],
    passage: Passage,
    *,
    samples: int,
    tell: Callable[[str], None],
) -> tuple[str, Finding] | None:
    """The first of a few of the model's wordings that the strict check lets through, or None.

    Args:
        samples: how many wordings the model may try; the first is its most likely one.
        tell: is given each piece of text as the model writes it.
    """
    messages = prompt.render(**variables)
    for sample in range(samples):
        reply = ""
        temperature = (prompt.temperature or 0.0) if sample else 0.0
        for piece in model.stream(
            messages, max_tokens=prompt.max_tokens or REPLY_TOKENS, temperature=temperature, seed=sample
        ):
            reply += piece
            tell(piece)
            if "\n" in reply.strip() or _adds(reply, passage):
                break
        text = tidy(reply)
        if not _adds(reply, passage) and (finding := accept(text, passage)):
            return text, finding
    return None
