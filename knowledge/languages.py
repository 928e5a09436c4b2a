"""A text -> the language it is written in, as an ISO 639-1 code, or "" where that cannot be said honestly.

A wrong language is worse than none: it would make a good passage look foreign, or hide that a passage is. So tables,
lists of names and lines of code get "", and so does what is too short. A text in two languages gets the one that
fills more of it, or "".
"""

from __future__ import annotations

import re
import threading
from functools import cache
from typing import Any

LETTERS_AT_LEAST = 60
CHARACTERS_READ = 2000
"""More does not make the answer surer, and it must be the same for a passage and its longer neighbour."""
SURE = 0.8
"""Share of the probability that the language must have. Of 1,964 English sentences and bits of YAML (60 to 400
letters) in this project, 98 % are English by it, the others, most of them no prose, are "", and none is wrong."""

_LINK = re.compile(r"\S*(?:://|www\.|@)\S*")

# Languages and their nearest, which a few sentences do not tell apart: their shares are added. The likeliest of
# the group gives the code behind it, so that a dialect (Moroccan Arabic, Cantonese) is called by its language.
_ALIKE = (
    {"ar": "ar", "arz": "ar", "ary": "ar"},
    {"zh": "zh", "yue": "zh", "wuu": "zh"},
    {"no": "no", "nn": "no"},
    {"en": "en", "pcm": "en"},
    {"hr": "hr", "bs": "bs", "sr": "sr"},
    {"id": "id", "ms": "ms"},
)

_NAMES = {
    "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian", "ca": "Catalan",
    "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fr": "French",
    "ga": "Irish", "gl": "Galician", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese",
    "ka": "Georgian", "ko": "Korean", "la": "Latin", "lb": "Luxembourgish", "lt": "Lithuanian",
    "lv": "Latvian", "mk": "Macedonian", "ms": "Malay", "mt": "Maltese", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovene",
    "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip


_ENGLISH = frozenset(
    [
        "the",
        "of",
        "and",
        "to",
        "in",
        "a",
        "is",
        "that",
        "for",
        "it",
        "as",
        "was",
        "with",
        "be",
        "by",
        "on",
        "not",
        "but",
        "at",
        "are",
        "this",
        "have",
        "from",
        "or",
        "had",
        "an",
        "they",
        "which",
        "were",
        "their",
        "we",
        "been",
        "has",
        "would",
        "when",
        "who",
        "will",
        "more",
        "its",
        "than",
        "these",
        "those",
        "can",
        "into",
        "between",
        "about",
    ]
)
_PLAINLY = 0.22  # share of such words; English prose has 0.25 to 0.5 of them, other languages hardly 0.1
_LIKELY = 0.14  # the same for a passage of a source that is English
_ENOUGH_WORDS = 20


def _is_plainly_english(text: str, share: float) -> bool:
    """True for prose that its little words tell to be English; saves asking the model, which takes longer."""
    words = text.casefold().split()
    return len(words) >= _ENOUGH_WORDS and sum(word in _ENGLISH for word in words) >= share * len(words)


def language_of(text: str, likely: str = "") -> str:
    """ISO 639-1 code of the language of a text; "" where it is too short, not prose, or not clear.

    `likely` is the language of what stands around it: less is then asked of a text in English.

    Only the first CHARACTERS_READ characters count. The first call loads the model: 1 to 2 seconds and about
    100 MB; later ones take a fraction of a millisecond. May be called from several threads.
    """
    text = _LINK.sub(" ", text[:CHARACTERS_READ])
    if _weight(text) < LETTERS_AT_LEAST:
        return ""
    if _is_plainly_english(text, _LIKELY if likely == "en" else _PLAINLY):
        return "en"
    shares = dict(_identifier().rank(text))
    best = max(shares, key=lambda code: shares[code])
    alike = next((group for group in _ALIKE if best in group), {best: best})
    if sum(shares.get(code, 0.0) for code in alike) < SURE:
        return ""
    code = alike[best]
    return code if len(code) == 2 else ""


def language_name(code: str) -> str:
    """The English name of a language for a message; the code itself where no name is known."""
    return _NAMES.get(code, code)


def _weight(text: str) -> int:
    """Letters of the text; one that is a syllable or a word, as in Chinese, counts for three."""
    return sum(3 if char >= "\u2e80" else 1 for char in text if char.isalpha())


_LOADING = threading.Lock()


def _identifier() -> Any:
    # functools.cache alone would let two threads load it at once.
    with _LOADING:
        return _load()


@cache
def _load() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
