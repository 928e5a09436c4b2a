"""The claim check on the real dossier: every statement, changed in one place each time, and light rewordings by hand."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from assistant.check import check_claim
from assistant.quantities import quantities
from assistant.words import fold, likely_name, words

FACTS: dict[str, str] = {
    fact["id"]: fact["statement"]
    for fact in yaml.safe_load(
        (Path(__file__).parent.parent / "knowledge/dossier/facts.yaml").read_text(encoding="utf-8")
    )
}
IDS = list(FACTS)

# Perturbations: one changed place each, chosen by the text alone.


def change_number(text: str) -> str | None:
    for quantity in quantities(text):
        digits = re.search(r"\d+(?:[.,]\d+)*", quantity.text)
        if quantity.kind == "number" and quantity.unit != "document" and digits:
            new = _other_digits(digits.group(), text)
            start = quantity.start + digits.start()
            return text[:start] + new + text[start + len(digits.group()) :]
    return None


def _other_digits(digits: str, text: str) -> str:
    for step in (3, 2, 4, 1, 5):
        new = digits[:-1] + str((int(digits[-1]) + step) % 10)
        if new not in text and float(new.replace(",", "")) > 0:
            return new
    raise AssertionError(digits)


WORDS = {"two": "four", "three": "five", "four": "six", "five": "nine", "six": "eight", "seven": "ten", "eight": "eleven", "nine": "six", "ten": "twelve", "eleven": "thirteen", "twelve": "fifteen"}  # fmt: skip


def change_number_word(text: str) -> str | None:
    for quantity in quantities(text):
        new = WORDS.get(quantity.text.lower())
        if quantity.kind == "number" and new and not re.search(rf"\b{new}\b", text):
            return text[: quantity.start] + new + text[quantity.end :]
    return None


def change_year(text: str) -> str | None:
    for year in re.findall(r"\b(?:19|20)\d\d\b", text):
        for step in (-1, 2, 3, -4):
            if str(int(year) + step) not in text and str(int(year) + step)[2:] not in text:
                return text.replace(year, str(int(year) + step), 1)
    return None


def names(text: str) -> list[str]:
    return [word.text for word in words(text) if not word.first and likely_name(word, "") and len(word.text) > 2]


ALL_NAMES = sorted({name for text in FACTS.values() for name in names(text)})


def change_name(text: str) -> str | None:
    """The first name becomes another of the dossier's that does not occur in the text."""
    own = [name for name in names(text) if not any(q.start <= text.find(name) < q.end for q in quantities(text))]
    if not own:
        return None
    start = (len(text) * 7) % len(ALL_NAMES)
    for other in ALL_NAMES[start:] + ALL_NAMES[:start]:
        if fold(other) not in fold(text) and other not in NOT_SWAPPED:
            return re.sub(rf"\b{re.escape(own[0])}\b", other, text, count=1)
    return None


NOT_SWAPPED = {"May", "March", "April", "June", "July", "August", "September", "October", "November", "December", "January", "February", "CHF", "Swiss", "States", "United"}  # fmt: skip
AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|can|could|may|might|would|should|must|will)\b(?! not\b| no\b)")
PAST = {
    "changed": "change", "asked": "ask", "proposed": "propose", "recommended": "recommend", "issued": "issue", "said": "say",
    "argued": "argue", "made": "make", "gave": "give", "paid": "pay", "took": "take", "went": "go", "left": "leave", "drew": "draw",
    "reported": "report", "found": "find", "chose": "choose", "adopted": "adopt", "set": "set", "began": "begin", "led": "lead",
    "ended": "end", "warned": "warn", "became": "become", "put": "put", "held": "hold", "published": "publish", "noted": "note",
    "announced": "announce", "praised": "praise", "called": "call", "thought": "think", "received": "receive", "met": "meet",
}  # fmt: skip
PRESENT = {"costs": "cost", "pays": "pay", "runs": "run", "works": "work", "gives": "give", "shows": "show", "finds": "find", "combines": "combine", "counts": "count", "pairs": "pair", "aims": "aim"}  # fmt: skip


def negate(text: str) -> str | None:
    found = AUXILIARY.search(text)
    if found:
        return text[: found.end()] + " not" + text[found.end() :]
    for table, helper in ((PAST, "did not"), (PRESENT, "does not")):
        verb = re.search(rf"\b({'|'.join(table)})\b", text)
        if verb:
            return text[: verb.start()] + f"{helper} {table[verb.group()]}" + text[verb.end() :]
    return None


def verdicts(change, *, strict):
    """(fact id, changed claim, finding) for every fact that the change applies to."""
    return [
        (key, changed, check_claim(changed, [text], strict=strict))
        for key, text in FACTS.items()
        if (changed := change(text))
    ]
