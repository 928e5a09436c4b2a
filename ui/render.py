"""Values -> HTML for the page: answers with numbered citations, evidence cards, findings, balance, voices.

Everything that a source, a model or a user wrote passes `plain` here and nowhere else becomes markup. It knows no
Gradio and opens nothing; `Numbers` is the one thing that remembers, and it belongs to one conversation or draft.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.answer import Answer, Balance, OverClaim, PassageView, Sentence
from knowledge.interest import LABELS, MEANINGS

if TYPE_CHECKING:
    from .handlers import Turn

TITLES = ("headline", "standfirst")
# Pandoc's citation marks; on the page the numbers say the same.
CITATION_MARK = re.compile(r"\s*\[-?@[^\[\]]*\]")

VERDICT_WORDS = {
    "supported": "supported by the passage",
    "partly": "partly supported: read the passage",
    "unsupported": "not supported: do not use",
    "not_checked": "not checked",
}
OUTCOME_WORDS = {
    "supported": "supported by the passage",
    "contradicted": "contradicted by a passage: do not use",
    "not_found": "not found in the sources: do not use",
    "unclear": "unclear, supported in part: read the passage",
}
FLAGS = {"contradicted": "contradicted", "not_found": "not found", "unclear": "unclear"}
"""What stands behind a sentence that is not supported, by outcome; where there is none, the verdict's own word."""
VERDICT_FLAGS = {"partly": "partly supported", "unsupported": "unsupported", "not_checked": "not checked"}
KIND_WORDS = {"opinion": "opinion", "ask": "request", "link": "linking sentence"}
SUPPORT_WORDS = {
    "alone": "supports {} alone",
    "with_others": "supports {} with others",
    "no": "does not support {}",
    "better": "supports {} better than what is cited",
    "against": "speaks against {}",
}
PENDING = "Being written, not checked yet:"
WRONG = "not borne out by the passages"
GUESSED = "Guessed from its record and first page, not confirmed by anybody"
LEGEND = (
    ("supported", "supported"),
    ("partly", "unclear or not checked"),
    ("unsupported", "contradicted or not found"),
    ("voice", "opinion, request or link"),
)


def plain(text: object) -> str:
    """A text of anybody's, safe inside HTML and inside Markdown's HTML blocks: escaped and without blank lines."""
    return html.escape(re.sub(r"\s*\n\s*", " ", str(text)).strip(), quote=True)


def escaped(piece: str) -> str:
    """A piece of a text, as `plain`, with its spaces at both ends kept."""
    return html.escape(re.sub(r"\s*\n\s*", " ", piece), quote=True)


def without_marks(text: str) -> str:
    """A sentence without pandoc's `[@key]` marks."""
    return CITATION_MARK.sub("", text).strip()


def web_link(url: str) -> str:
    """The address as a link if it is a web address, else as text only."""
    if urlsplit(url).scheme not in ("http", "https"):
        return plain(url)
    return f'<a href="{plain(url)}" target="_blank" rel="noopener noreferrer">{plain(url)}</a>'


@dataclass
class Numbers:
    """Passages numbered in the order in which they are first cited, from 1; `prefix` keeps two lists on one page apart."""

    prefix: str = "evidence"
    order: list[str] = field(default_factory=list)

    def of(self, passage_id: str) -> int:
        if passage_id not in self.order:
            self.order.append(passage_id)
        return self.order.index(passage_id) + 1

    def link(self, passage_id: str, known: Mapping[str, str]) -> str:
        number = self.of(passage_id)
        title = plain(known.get(passage_id, ""))
        return f'<a class="sa-cite" href="#{self.prefix}-{number}" title="{title}">[{number}]</a>'


def tone(sentence: Sentence) -> str:
    """Which of the legend's four colours and words a sentence gets; a bad finding shows whatever the sentence is."""
    if sentence.finding.verdict in ("partly", "unsupported"):
        return sentence.finding.verdict
    if sentence.kind != "fact":
        return "voice"
    return "supported" if sentence.finding.verdict == "supported" else "partly"


def finding_words(sentence: Sentence) -> str:
    """The finding in words, for the tooltip and for readers who see no colour."""
    finding = sentence.finding
    if tone(sentence) == "voice":
        reason = "" if finding.reason == "states no fact" else finding.reason
        words = KIND_WORDS[sentence.kind]
    else:
        reason = finding.reason
        words = OUTCOME_WORDS.get(finding.outcome, VERDICT_WORDS[finding.verdict])
    return f"{words} ({reason})" if reason else words


def sentence_html(sentence: Sentence, numbers: Numbers, titles: Mapping[str, str]) -> str:
    """One sentence with its finding and its citation numbers; an unsupported one is struck through and says so."""
    ids = list(dict.fromkeys(citation.passage_id for citation in sentence.citations))
    links = "".join(numbers.link(passage_id, titles) for passage_id in ids)
    mood = tone(sentence)
    words = plain(finding_words(sentence))
    tag = "s" if mood == "unsupported" else "span"
    text = words_html(sentence)
    return f'<{tag} class="sa-s sa-{mood}" title="{words}">{text}</{tag}>{flags_html(sentence)}{links}'


def flags_html(sentence: Sentence) -> str:
    """What is to be said of a sentence, in words behind it: its outcome if not supported, whose words, over-claims."""
    mood = tone(sentence)
    flags = []
    if mood in ("partly", "unsupported"):
        word = FLAGS.get(sentence.finding.outcome, VERDICT_FLAGS[sentence.finding.verdict])
        flags.append(f'<small class="sa-flag sa-flag-{mood}">{word}</small>')
    elif mood == "supported":
        # A word on each of them would drown the rest; whoever cannot see the underline hears it.
        flags.append('<small class="sa-heard">supported</small>')
    if sentence.written_by == "brief" and mood == "voice":
        flags.append('<small class="sa-flag sa-flag-own">your brief, not checked</small>')
    for one in sentence.over_claims:
        flags.append(f'<small class="sa-flag sa-flag-over">{plain(_over_words(one))}</small>')
    return "".join(flags)


def _over_words(claim: OverClaim) -> str:
    return f"over-claim: write “{claim.sober}”" if claim.sober else "over-claim: leave it out"


def words_html(sentence: Sentence) -> str:
    """The sentence's words: those not borne out and those that say too much underlined, each with its reason as a title."""
    spots = [(match.start(), match.end(), "", "") for match in CITATION_MARK.finditer(sentence.text)]
    spots += [(one.start, one.end, "over", f"{_over_words(one)} ({one.why})") for one in sentence.over_claims]
    spots += [(start, end, "wrong", WRONG) for start, end in _wrong_places(sentence)]
    pieces: list[str] = []
    at = 0
    for start, end, name, title in sorted(spots):
        if start < at or end > len(sentence.text):
            continue
        pieces.append(escaped(sentence.text[at:start]))
        if name:
            inside = escaped(sentence.text[start:end])
            pieces.append(f'<u class="sa-{name}" title="{plain(title)}">{inside}</u>')
        at = end
    return "".join([*pieces, escaped(sentence.text[at:])]).strip()


def _wrong_places(sentence: Sentence) -> list[tuple[int, int]]:
    """Where the finding's wrong words stand; each is looked for behind the one before, as they come in order."""
    places = []
    at = 0
    for words in sentence.finding.wrong:
        found = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)", re.IGNORECASE)
        match = found.search(sentence.text, at) or found.search(sentence.text)
        if words and match:
            places.append(match.span())
            at = match.end()
    return places


def paragraphs(sentences: Sequence[Sentence], text: str = "") -> list[list[Sentence]]:
    """The sentences in paragraphs: where `text` has a blank line between two, or else where the move changes."""
    body = CITATION_MARK.sub("", text)
    groups: list[list[Sentence]] = []
    at = 0
    for index, sentence in enumerate(sentences):
        found = body.find(without_marks(sentence.text), at)
        if found >= 0:
            breaks = "\n\n" in body[at:found]
            at = found + len(without_marks(sentence.text))
        else:
            breaks = index > 0 and sentence.move != sentences[index - 1].move
        if breaks or not groups:
            groups.append([])
        groups[-1].append(sentence)
    return groups


def prose_html(
    sentences: Sequence[Sentence],
    numbers: Numbers,
    passages: Iterable[PassageView],
    *,
    text: str = "",
    pending: str = "",
) -> str:
    """Checked sentences as paragraphs, then what is being written and not checked yet."""
    titles = {passage.passage_id: passage.title for passage in passages}
    blocks = [
        " ".join(sentence_html(one, numbers, titles) for one in group)
        for group in paragraphs(sentences, text)
    ]
    if pending.strip():
        # In the last paragraph, so that the text does not jump when the sentence takes its place there.
        written = f'<span class="sa-pending"><small class="sa-flag sa-flag-own">{PENDING}</small> {plain(pending)}</span>'
        blocks = [*blocks[:-1], " ".join([*blocks[-1:], written])]
    return "".join(f"<p>{block}</p>" for block in blocks)


def counts(sentences: Iterable[Sentence]) -> dict[str, int]:
    """How many sentences have which tone, in the order of the legend."""
    tones = [tone(sentence) for sentence in sentences]
    return {key: tones.count(key) for key, _ in LEGEND}


def legend_html(sentences: Sequence[Sentence]) -> str:
    """The colours with their words and how many sentences have each."""
    if not sentences:
        return ""
    items = "".join(
        f'<span class="sa-key sa-key-{key}"><b>{counts(sentences)[key]}</b> {words}</span>'
        for key, words in LEGEND
    )
    return f'<p class="sa-legend" aria-label="Findings">{items}</p>'


def stage_html(stage: str) -> str:
    """What is being done now; an empty stage takes no room."""
    return f'<p class="sa-stage" role="status"><i aria-hidden="true"></i>{plain(stage)}</p>' if stage else ""


def notice_html(sentence: str) -> str:
    """One sentence about what went wrong and what to do; empty takes no room."""
    return f'<p class="sa-notice" role="alert">{plain(sentence)}</p>' if sentence else ""


def question_html(question: str) -> str:
    lines = "<br>".join(plain(line) for line in question.strip().splitlines() if line.strip())
    return f"<p>{lines}</p>"


def turn_html(turn: Turn, numbers: Numbers) -> str:
    """What has been said to one question so far; empty before the first word."""
    text = turn.answer.text if turn.answer else ""
    prose = prose_html(turn.sentences, numbers, turn.passages, text=text, pending=turn.pending)
    if turn.stopped:
        return f'<div class="sa-answer">{prose}<p class="sa-cut">Stopped before the end.</p></div>'
    if turn.answer is None:
        return f'<div class="sa-answer">{prose}</div>' if prose else ""
    end = (
        abstained_html(turn.answer) + open_points_html(turn.answer.open_points) + legend_html(turn.sentences)
    )
    return f'<div class="sa-answer">{prose}{end}</div>'


def turn_draft_html(turn: Turn, numbers: Numbers) -> str:
    """The draft so far: finished, or as many sentences as are written."""
    if turn.answer is not None:
        return draft_html(turn.answer, numbers)
    cut = '<p class="sa-cut">Stopped before the end.</p>' if turn.stopped else ""
    titles = [one for one in turn.sentences if one.move in TITLES]
    body = [one for one in turn.sentences if one.move not in TITLES]
    prose = titles_html(titles) + prose_html(body, numbers, turn.passages, pending=turn.pending)
    sheet = f'<article class="sa-draft"><div>{prose}{cut}</div></article>' if prose or cut else ""
    return sheet + legend_html(body)


def titles_html(titles: Sequence[Sentence]) -> str:
    """Headline and standfirst with what was found on them."""
    tags = {"headline": ("<h2>", "</h2>"), "standfirst": ('<p class="sa-standfirst">', "</p>")}
    parts = []
    for title in titles:
        before, after = tags[title.move]
        words = plain(finding_words(title))
        parts.append(f'{before}<span title="{words}">{words_html(title)}</span>{flags_html(title)}{after}')
    return "".join(parts)


def abstained_html(answer: Answer) -> str:
    return (
        '<p class="sa-abstained">The library does not hold an answer to this.</p>' if answer.abstained else ""
    )


def open_points_html(points: Sequence[str]) -> str:
    if not points:
        return ""
    items = "".join(f"<li>{plain(point)}</li>" for point in points)
    return f'<div class="sa-open"><h4>Open points</h4><ul>{items}</ul></div>'


@dataclass(frozen=True, kw_only=True)
class Card:
    """A passage with what the reader needs to find and judge its source."""

    passage: PassageView
    year: str = ""
    link: str = ""
    interest: str = ""
    guessed: bool = False
    """The interest is a guess, nobody has said it."""


def evidence_html(
    cards: Sequence[Card], numbers: Numbers, *, empty: str, sentences: Sequence[Sentence] = ()
) -> str:
    """The cited passages in their numbers' order, then, folded, those that were read and not cited.

    Args:
        sentences: those that the passages are cited for; each card says what it does for them.
    """
    by_id = {card.passage.passage_id: card for card in cards}
    does = support_of(sentences)
    cited = [card_html(by_id[key], f"{numbers.prefix}-{numbers.of(key)}", str(numbers.of(key)), does.get(key, ""))
             for key in numbers.order if key in by_id]  # fmt: skip
    others = [
        card_html(card, "", "", does.get(key, "")) for key, card in by_id.items() if key not in numbers.order
    ]
    if not cited and not others:
        return f'<div class="sa-evidence"><p class="sa-empty">{plain(empty)}</p></div>'
    rest = ""
    if others:
        # Before anything is cited the found passages are all there is to look at.
        opened = "" if cited else " open"
        word = "Read, not cited" if cited else "Found in the library"
        rest = f"<details{opened}><summary>{word} ({len(others)})</summary>{''.join(others)}</details>"
    return f'<div class="sa-evidence">{"".join(cited)}{rest}</div>'


def support_of(sentences: Sequence[Sentence]) -> dict[str, str]:
    """Passage -> what it does for the sentences, in words; not in it where nobody looked."""
    told: dict[str, Counter[str]] = {}
    for sentence in sentences:
        found = {one.passage_id: str(one.support) for one in sentence.citations if one.support}
        found |= {one.passage_id: "better" for one in sentence.better}
        found |= {one.passage_id: "against" for one in sentence.against}
        for passage_id, part in found.items():
            told.setdefault(passage_id, Counter())[part] += 1
    return {
        passage_id: "; ".join(
            words.format("its sentence" if parts[part] == 1 else f"{parts[part]} sentences")
            for part, words in SUPPORT_WORDS.items()
            if parts[part]
        )
        for passage_id, parts in told.items()
    }


def card_html(card: Card, anchor: str, number: str, does: str = "") -> str:
    """One passage: number, words, source, what it does for the text, and how far it can be trusted."""
    passage = card.passage
    badge = f'<span class="sa-n">{plain(number)}</span>' if number else ""
    year = f" ({plain(card.year)})" if card.year else ""
    voice = voice_html(card.interest, guessed=card.guessed)
    facts = [fact for fact in (_confidence(passage), voice, _as_of(passage), _place(passage)) if fact]
    first = '<p class="sa-original">Open the original first</p>' if passage.needs_original else ""
    link = f'<p class="sa-link">{web_link(card.link)}</p>' if card.link else ""
    part = f'<p class="sa-part">{plain(does[:1].upper() + does[1:])}</p>' if does else ""
    return (
        f'<article class="sa-card"{f" id={chr(34)}{plain(anchor)}{chr(34)}" if anchor else ""} tabindex="-1">'
        f"<header>{badge}<cite>{plain(passage.title or passage.source_id)}{year}</cite></header>"
        f"<blockquote>{plain(passage.text)}</blockquote>{part}{first}"
        f'<p class="sa-meta">{" · ".join(facts)}</p>{link}</article>'
    )


def _confidence(passage: PassageView) -> str:
    return f"confidence: <b>{plain(passage.confidence)}</b>" if passage.confidence else "your source"


def voice_html(interest: str, *, guessed: bool) -> str:
    """Whose voice a source is, with what that means as a tooltip; a guess says so. Empty if nobody knows."""
    if interest not in LABELS:
        return ""
    label = f'<span class="sa-voice" title="{plain(MEANINGS[interest])}">{plain(LABELS[interest])}</span>'
    return label + (
        f' <span class="sa-guess" title="{GUESSED}" aria-label="{GUESSED}">guess</span>' if guessed else ""
    )


def meaning_html(interest: str, *, guess: bool = False) -> str:
    """One line on what a label means."""
    words = GUESSED if guess else MEANINGS.get(interest, "Nobody has said yet whose voice this is.")
    return f'<p class="sa-hint">{plain(words)}</p>'


def _as_of(passage: PassageView) -> str:
    return f"as of {plain(passage.as_of)}" if passage.as_of else ""


def _place(passage: PassageView) -> str:
    page = f"page {passage.page}" if passage.page is not None else ""
    span = f"characters {passage.start}–{passage.end}" if passage.start is not None else ""
    return ", ".join(part for part in (page, span) if part)


def balance_html(balance: Balance | None) -> str:
    """The shares for hub, joined and network as one bar that reads without colour too."""
    if balance is None:
        return ""
    shares = {"hub": balance.hub, "joined": balance.joined, "network": balance.network}
    neither = max(0.0, 1 - sum(shares.values()))
    told = ", ".join(f"{name} {round(100 * share)} %" for name, share in shares.items())
    parts = "".join(
        f'<span class="sa-{name}" style="width:{100 * share:.1f}%"></span>' for name, share in shares.items()
    )
    words = "".join(
        f'<span class="sa-key sa-key-{name}">{name} <b>{round(100 * share)} %</b></span>'
        for name, share in shares.items()
    )
    return (
        f'<figure class="sa-balance"><div class="sa-bar" role="img" aria-label="Balance: {told}, neither {round(100 * neither)} %">'
        f"{parts}</div><figcaption>{words}<span>neither {round(100 * neither)} %</span></figcaption></figure>"
    )


def draft_html(answer: Answer, numbers: Numbers) -> str:
    """A finished draft: headline, standfirst, body, findings, balance, open points."""
    head = titles_html(answer.titles) or _bare_titles(answer)
    body = prose_html(answer.sentences, numbers, answer.passages, text=answer.text)
    size = f'<p class="sa-size">{answer.words} words</p>' if answer.words else ""
    return (
        f'<article class="sa-draft"><div>{head}{body}</div></article>'
        f'<aside class="sa-measures">{size}{legend_html(answer.sentences)}{balance_html(answer.balance)}'
        f"{open_points_html(answer.open_points)}</aside>"
    )


def _bare_titles(answer: Answer) -> str:
    """Headline and standfirst of an answer from before they had findings."""
    head = f"<h2>{plain(answer.headline)}</h2>" if answer.headline else ""
    stand = f'<p class="sa-standfirst">{plain(answer.standfirst)}</p>' if answer.standfirst else ""
    flag = '<p class="sa-cut">Headline and standfirst were not checked.</p>' if head or stand else ""
    return head + stand + flag


def counted(number: int, word: str) -> str:
    """`1 passage`, `4,987 passages`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def state_html(parts: Sequence[tuple[str, str, str]]) -> str:
    """The state line: (mood `good` | `wait` | `bad`, name, words) for library and model."""
    items = "".join(
        f'<span class="sa-dot-{mood}"><i aria-hidden="true"></i><b>{plain(name)}</b> {plain(words)}</span>'
        for mood, name, words in parts
    )
    return f'<div class="sa-state" role="status">{items}</div>'
