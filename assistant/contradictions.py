"""Where a claim says something else than its evidence: negation, direction, modality, quantifiers, who did it to whom.

Each check compares the claim with the sentences of the passages that speak of the same thing.
"""

from __future__ import annotations

import re

from . import cues
from .claims import Evidence, Issue, Text, after_by, as_written, kept_share, passive, written_there
from .words import STOP_WORDS, Word


def contradictions(claim: Text, evidence: Evidence) -> list[Issue]:
    """Negations, directions, modalities and quantifiers of the claim that its evidence speaks against."""
    return [
        *_negation(claim, evidence),
        *_opposites(claim, evidence),
        *_modality(claim, evidence),
        *_quantifiers(claim, evidence),
    ]


_CLOSE, _NEAR, _FREE = 0.6, 0.5, 0.4
"""Shares of kept words from which a clash of words is taken for one of meaning."""


def _negation(claim: Text, evidence: Evidence) -> list[Issue]:
    affirmed = frozenset[str]().union(*(sentence.affirmed for sentence in evidence.near))
    everywhere = frozenset[str]().union(*(sentence.affirmed for sentence in evidence.all))
    denied = frozenset[str]().union(*(sentence.denied_widely for sentence in evidence.near))
    kept = kept_share(claim, evidence)
    wrongly = _clash(claim.scopes, denied, affirmed - denied)
    if wrongly:
        told = " ".join(sentence.low for sentence in evidence.near)
        hard = kept >= (_FREE if not cues.HIDDEN_NEGATION.search(told) else _CLOSE)
        return [Issue(f"the claim denies ‘{wrongly.text}’, the passage does not", hard=hard)]
    for sentence in evidence.near:
        wrongly = _clash(sentence.scopes, claim.denied_widely, claim.affirmed - everywhere)
        if wrongly:
            hard = kept >= (_FREE if not cues.HIDDEN_NEGATION.search(claim.low) else _CLOSE)
            hard = hard and not _DOUBLE.search(sentence.low)
            return [Issue(f"the passage denies ‘{wrongly.text}’, the claim does not", hard=hard)]
    if claim.scopes and not any(sentence.scopes for sentence in evidence.near):
        return [Issue("the claim’s denial is not in the passage", hard=False)]
    return []


_DOUBLE = re.compile(r"\b(?:no|not|never|nobody|none)\b(?:(?!\band\b)[^.;,])*\bwithout\b")


def _clash(
    scopes: tuple[tuple[Word, ...], ...], denied: frozenset[str], affirmed: frozenset[str]
) -> Word | None:
    """A word under a negation here that the other text affirms, unless the other denies a word of that scope too."""
    for scope in scopes:
        if not any(word.stem in denied for word in scope):
            for word in scope:
                # "Not at CERN" denies a place, not that there is a CERN.
                if word.stem in affirmed and not word.text[0].isupper():
                    return word
    return None


def _opposites(claim: Text, evidence: Evidence) -> list[Issue]:
    issues = []
    known = evidence.near_stems
    kept = kept_share(claim, evidence)
    for one, other in cues.OPPOSITES:
        for mine, theirs in ((one, other), (other, one)):
            said = (claim.stems & mine) - known - claim.denied
            against = known & theirs
            if said and against and not known & mine and not claim.stems & theirs:
                told = f"the claim says ‘{as_written(claim, said)}’, the passage ‘{written_there(evidence, against)}’"
                issues.append(Issue(told, hard=_of_the_same(claim, said, evidence, against, kept)))
    hard = [issue for issue in issues if issue.hard]
    return (hard or issues)[:1] or _opposite_phrases(claim, evidence)


def _of_the_same(
    claim: Text, said: frozenset[str], evidence: Evidence, against: frozenset[str], kept: float
) -> bool:
    """Whether opposite words stand by the same ones, so that they are said of the same thing."""
    ours = _beside(claim, said)
    for sentence in evidence.near:
        theirs = _beside(sentence, against)
        if kept >= _NEAR and any(sentence.holds(word) and word.stem in theirs for word in ours.values()):
            return not (sentence.denied & against) or bool(claim.denied & said)
    return False


def _beside(text: Text, stems: frozenset[str]) -> dict[str, Word]:
    """The content words near those of `stems`, by stem."""
    others = [word for word in text.content if word.stem not in stems]
    found: dict[str, Word] = {}
    for place in [word for word in text.words if word.stem in stems]:
        before = [word for word in others if word.start < place.start][-_BESIDE:]
        after = [word for word in others if word.start > place.start][:_BESIDE]
        found |= {word.stem: word for word in before + after}
    return found


_BESIDE = 4


def _opposite_phrases(claim: Text, evidence: Evidence) -> list[Issue]:
    text = " ".join(sentence.low for sentence in evidence.near)
    hard = kept_share(claim, evidence) >= _NEAR
    for one, other in (*cues.OPPOSITE_PHRASES, *((other, one) for one, other in cues.OPPOSITE_PHRASES)):
        if one in claim.low and other not in claim.low and other in text and one not in text:
            return [Issue(f"the claim says ‘{one}’, the passage ‘{other}’", hard=hard)]
    return []


def _modality(claim: Text, evidence: Evidence) -> list[Issue]:
    if claim.stems & cues.INTENT:
        return []
    issues = [*_realised(claim, evidence), *_unhedged(claim, evidence)][:1]
    doubtful = kept_share(claim, evidence) < _NEAR or bool(claim.folds & cues.HEDGES)
    return [Issue(issue.reason, hard=False) for issue in issues] if doubtful else issues


def _realised(claim: Text, evidence: Evidence) -> list[Issue]:
    """What the passage only plans or asks for and the claim tells as done."""
    for sentence in evidence.near:
        for word in sentence.words:
            if (
                word.stem in cues.INTENT
                and word.stem not in claim.stems
                and not _done_already(sentence, word)
            ):
                told = _told_as_done(claim, sentence, word)
                if told:
                    return [Issue(f"the claim says ‘{told.text}’, the passage only ‘{word.text}’")]
    return []


def _done_already(text: Text, plan: Word) -> bool:
    """ "Could not", "would have been" and nouns ("the idea", "a call for bids") plan nothing."""
    if re.match(r"\s+(?:not\b|have\b|\w+\s+been\b)", text.low[plan.end :]):
        return True
    return plan.fold in cues.INTENT_NOUNS and bool(
        re.search(r"\b(?:a|an|the|its|their|first|of|\d+)\s$", text.low[: plan.start])
    )


def _told_as_done(claim: Text, sentence: Text, plan: Word) -> Word | None:
    """The claim's word for doing what `plan` in the sentence only intends."""
    planned = [word.stem for word in _next_content(sentence, plan)]
    if re.match(r"\s+to\b", sentence.low[plan.end :]):
        for word in claim.words:
            if word.stem in planned[:1] and _past(claim, word):
                return word
    known = sentence.stems - set(planned)
    if known & cues.DONE:
        return None
    return next((word for word in claim.words if word.stem in cues.DONE and word.stem not in known), None)


def _next_content(text: Text, word: Word) -> list[Word]:
    return [other for other in text.words if other.start > word.end and other.fold not in STOP_WORDS][:2]


def _past(text: Text, word: Word) -> bool:
    return bool(_DONE_TO.search(word.fold)) or bool(
        re.search(r"\b(?:has|have|had|was|were)\s(?:\w+\s)?$", text.low[: word.start])
    )


def _unhedged(claim: Text, evidence: Evidence) -> list[Issue]:
    """What the passage holds for possible and the claim for certain."""
    if claim.folds & cues.HEDGES:
        return []
    for sentence in evidence.near:
        for word in sentence.words:
            about = (
                {other.stem for other in _next_content(sentence, word)} if word.fold in cues.DOUBTS else set()
            )
            if about & claim.stems:
                sure = claim.folds & cues.CERTAIN - sentence.folds
                if sure:
                    return [Issue(f"the claim says ‘{min(sure)}’, the passage ‘{word.text}’")]
                if word.fold != "would":
                    return [Issue(f"the passage’s ‘{word.text}’ is lost", hard=False)]
    return []


_NOT_QUITE_ALL = re.compile(r"\b(?:nearly|almost|not|virtually) (?:all|every)\b")


def _quantifiers(claim: Text, evidence: Evidence) -> list[Issue]:
    known = frozenset[str]().union(*(sentence.folds for sentence in evidence.near))
    every = (claim.folds & cues.ALL) - known
    close = kept_share(claim, evidence) >= _NEAR
    if every and not known & cues.ALL:
        return [Issue(f"‘{min(every)}’ is not in the passage", hard=close and bool(known & cues.SOME))]
    nearly = _NOT_QUITE_ALL.search(" ".join(sentence.low for sentence in evidence.near))
    if nearly and claim.folds & cues.ALL and not _NOT_QUITE_ALL.search(claim.low):
        return [Issue(f"the passage says ‘{nearly.group()}’", hard=close)]
    for mine, theirs in cues.RIVAL_QUANTIFIERS:
        said = claim.folds & mine - known
        if said and known & theirs and not known & mine:
            told = f"the claim says ‘{min(said)}’, the passage ‘{min(known & theirs)}’"
            return [Issue(told, hard=close)]
    sole = (claim.folds & cues.SUPERLATIVES) - known
    return [Issue(f"‘{min(sole)}’ is not in the passage", hard=False)] if sole else []


def turned_round(claim: Text, evidence: Evidence) -> list[Issue]:
    """What is done by another, to another, or preferred to another than in the evidence."""
    return [
        issue
        for sentence in evidence.near
        for issue in (
            *_agents(claim, sentence),
            *_agents(sentence, claim),
            *_subjects(claim, sentence),
            *_contrast(claim, sentence),
            *_attached(claim, sentence),
        )
    ]


_BY = re.compile(r"\bby (?:the |a |an |its |their |some |about )*(?=[^\W\d_])")


_DONE_TO = re.compile(
    r"ed$|^(?:led|held|made|built|written|chosen|given|taken|run|paid|put|set|won|drawn|seen|brought|sent|found|told)$"
)


def _agents(one: Text, other: Text) -> list[Issue]:
    """Agents after "by" in one text that stand in the other neither after "by" nor before what is done."""
    issues = []
    for match in _BY.finditer(one.low):
        agent = next((word for word in one.words if word.start >= match.end()), None)
        done = next((word for word in reversed(one.content) if word.end <= match.start()), None)
        if agent is None or done is None or not _DONE_TO.search(done.fold):
            continue
        if agent.stem in other.stems and done.stem in other.stems and not _does(other, agent, done):
            issues.append(Issue(f"it is not clear that ‘{agent.text}’ did it"))
    return issues


def _does(text: Text, agent: Word, done: Word) -> bool:
    places = [word for word in text.words if word.stem == agent.stem]
    before = any(
        place.start < word.start for place in places for word in text.words if word.stem == done.stem
    )
    return before or any(after_by(text, place) for place in places)


_GAP = re.compile(
    r"(?:\s|’s\b|\b(?:has|have|had|also|then|first|later|once|already|itself|himself|even|would|will|does|did|do)\b)*"
)


def _subjects(claim: Text, sentence: Text) -> list[Issue]:
    """Words that stand right before a verb in the claim and only after it in the passage, neither being passive."""
    issues = []
    for left, right in zip(claim.content, claim.content[1:], strict=False):
        if right.stem not in cues.ACTS or not _GAP.fullmatch(claim.low[left.end : right.start]):
            continue
        done = [word for word in sentence.words if word.stem == right.stem]
        places = [word for word in sentence.words if word.stem == left.stem]
        if not done or not places or any(passive(sentence, word) for word in done) or passive(claim, right):
            continue
        if all(place.start > word.start for place in places for word in done) and not any(
            after_by(sentence, place) for place in places
        ):
            issues.append(Issue(f"in the passage it is not ‘{left.text}’ that ‘{right.text}’"))
    return issues


_OVER = re.compile(r"\b(?:over|rather than|instead of|to)\b(?!\s*\d)")
_CHOICE = re.compile(r"\b(?:prefer|chose|choose|picked|selected)\w*")


def _contrast(claim: Text, sentence: Text) -> list[Issue]:
    """What is chosen and what it is preferred to, changed over."""
    mine, theirs = _choice(claim), _choice(sentence)
    if mine and theirs:
        kept = len(mine[0] & theirs[0] - theirs[1]) + len(mine[1] & theirs[1] - theirs[0])
        changed = len(mine[0] & theirs[1] - theirs[0]) + len(mine[1] & theirs[0] - theirs[1])
        if changed > kept:
            return [Issue("the passage prefers it the other way round")]
    return []


def _choice(text: Text) -> tuple[frozenset[str], frozenset[str]] | None:
    chosen = _CHOICE.search(text.low)
    over = _OVER.search(text.low, chosen.end()) if chosen else None
    if chosen is None or over is None:
        return None
    one = frozenset(word.stem for word in text.content if chosen.end() <= word.start < over.start())
    return one, frozenset(word.stem for word in text.content if word.start >= over.end())


_PART = re.compile(r"[,;:()]|\b(?:and|but|while|whereas)\b")
_ATTACHING = re.compile(r"\b(in|at|under|by|of|for|from|to|with) (?:the )?$")
_ATTACHED_WORDS = 2
"""Content words before "in Lund" that are taken to say what is there."""


def _attached(claim: Text, sentence: Text) -> list[Issue]:
    """Names that the claim attaches to what the passage attaches to another name ("its machine in Copenhagen")."""
    parts = _parts(sentence)
    for part in _parts(claim):
        for place, name in enumerate(part):
            near = {word.stem for word in part[max(0, place - _ATTACHED_WORDS) : place]}
            by = _preposition(claim, name)
            homes = [home for home in parts if name.stem in {word.stem for word in home}]
            if not near or not by or len(homes) != 1 or near & {word.stem for word in homes[0]}:
                continue
            if any(_attaches(sentence, other, near, by) for other in parts):
                return [Issue(f"the passage does not tie ‘{name.text}’ to ‘{part[place - 1].text}’")]
    return []


def _preposition(text: Text, name: Word) -> str:
    found = _ATTACHING.search(text.low[: name.start]) if name.capital else None
    return found.group(1) if found else ""


def _attaches(sentence: Text, part: list[Word], near: set[str], by: str) -> bool:
    """Whether this part of the passage puts another name behind these words, with the same preposition."""
    if not near <= {word.stem for word in part}:
        return False
    last = max(word.start for word in part if word.stem in near)
    return any(word.start > last and _preposition(sentence, word) == by for word in part)


def _parts(text: Text) -> list[list[Word]]:
    """The content words of each part of a sentence between commas and conjunctions."""
    parts: dict[int, list[Word]] = {}
    for word in text.content:
        parts.setdefault(len(_PART.findall(text.low, 0, word.start)), []).append(word)
    return list(parts.values())
