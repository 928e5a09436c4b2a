"""LaTeX as it stands in bibliographies <-> Unicode: accents, symbols, braces, dashes.

Made for field values, not for documents: a command that is not known loses its backslash and name, its text stays.
"""

from __future__ import annotations

import re
import unicodedata

_COMBINING = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331", "t": "\u0361",
}  # fmt: skip
_SYMBOLS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł",
    "ss": "ß", "SS": "ẞ", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ", "th": "þ", "TH": "Þ",
    "ng": "ŋ", "NG": "Ŋ", "textless": "<", "textgreater": ">", "textbar": "|", "textbackslash": "\\",
    "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_", "textbraceleft": "{",
    "textbraceright": "}", "textdollar": "$", "textquotesingle": "'", "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’", "guillemotleft": "«",
    "guillemotright": "»", "textendash": "–", "textemdash": "—", "textellipsis": "…", "ldots": "…", "dots": "…",
    "textbullet": "•", "cdot": "·", "times": "×", "textdegree": "°", "degree": "°", "pm": "±", "euro": "€",
    "texteuro": "€", "pounds": "£", "textsterling": "£", "S": "§", "P": "¶", "copyright": "©",
    "textregistered": "®", "texttrademark": "™", "rightarrow": "→", "to": "→", "leftarrow": "←", "infty": "∞",
    "leq": "≤", "geq": "≥", "neq": "≠", "approx": "≈", "textquestiondown": "¿", "textexclamdown": "¡",
    "TeX": "TeX", "LaTeX": "LaTeX", "slash": "/", "textendashdash": "–", "textonehalf": "½",
}  # fmt: skip
_ESCAPED = "&%$#_{}"
_PRIVATE = 0xE000  # code points that no text uses, to keep escaped signs apart from marks

_ACCENT = re.compile(
    r"""\\(?:([`'^"~=.])|([uvHtcdbkr])(?![a-zA-Z]))\s*(?:\{\s*(\\[ij]|[^\W\d_])\s*\}|(\\[ij])(?![a-zA-Z])\s?|([^\W\d_]))"""
)
_COMMAND = re.compile(r"\\([a-zA-Z]+)\*?(?:[ \t]+|\{\})?")
_MATH = re.compile(r"(?<!\\)\$([^$\n]*[\\^_][^$\n]*|[^$\s]{1,4})\$")


def to_unicode(text: str) -> str:
    """The text as it would print."""
    if "\\" in text:
        text = text.replace("\\\\", " ").replace("\\~{}", chr(_PRIVATE + 20)).replace("\\^{}", "^")
        text = _plain_signs(text)
        text = _ACCENT.sub(_accented, text)
        text = re.sub(r"\\href\s*\{[^{}]*\}", "", text)
    if "$" in text:
        text = _MATH.sub(lambda found: re.sub(r"[_^](?=[\w{\\])", "", found[1]), text)
    if "\\" in text:
        text = _COMMAND.sub(_symbol, text)
        text = re.sub(r"\\([,;:! \\/-])", lambda found: "" if found[1] in "/-!" else " ", text)
    text = text.replace("---", "—").replace("--", "–").replace("``", "“").replace("''", "”")
    text = text.replace("{", "").replace("}", "").replace("~", " ")
    return " ".join(_signs_back(text).split())


def paragraphs(text: str) -> str:
    """The same for a long field: empty lines between paragraphs stay."""
    return "\n\n".join(filter(None, (to_unicode(part) for part in re.split(r"\n[ \t]*\n", text))))


def verbatim(text: str) -> str:
    """An address, DOI or path: only escapes and braces go, tildes and dashes stay."""
    text = re.sub(r"^\\(?:url|path)\s*(?=\{)", "", text)
    text = re.sub(r"\\([&%$#_{}~])(?:\{\})?", r"\1", text)
    text = _COMMAND.sub(lambda found: _SYMBOLS.get(found[1], found[0]), text)
    return "".join(text.replace("{", "").replace("}", "").split())


def _plain_signs(text: str) -> str:
    def kept(found: re.Match[str]) -> str:
        return chr(_PRIVATE + _ESCAPED.index(found[1]))

    return re.sub(r"\\([&%$#_{}])", kept, text)


def _signs_back(text: str) -> str:
    for place, sign in enumerate(_ESCAPED):
        text = text.replace(chr(_PRIVATE + place), sign)
    return text.replace(chr(_PRIVATE + 20), "~").replace(chr(_PRIVATE + 21), "\\")


def _accented(found: re.Match[str]) -> str:
    letter = (found[3] or found[4] or found[5]).removeprefix("\\")
    return unicodedata.normalize("NFC", letter + _COMBINING[found[1] or found[2]])


def _symbol(found: re.Match[str]) -> str:
    name = found[1]
    if name in _SYMBOLS:
        # Not yet marks of LaTeX themselves: they come back at the end.
        sign = _SYMBOLS[name]
        if sign in _ESCAPED:
            return chr(_PRIVATE + _ESCAPED.index(sign))
        return {"~": chr(_PRIVATE + 20), "\\": chr(_PRIVATE + 21)}.get(sign, sign)
    return _greek(name)


def _greek(name: str) -> str:
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {name.upper()}")
    except KeyError:
        return ""


_TO_ESCAPE = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "—": "---", "–": "--",
}  # fmt: skip
_SIGNS = re.compile("[" + re.escape("".join(_TO_ESCAPE)) + "]|-(?=-)|'(?=')|`(?=`)")


def escape(text: str) -> str:
    """The text as a field value; letters beyond ASCII stay, as every program since BibLaTeX reads UTF-8."""
    # Two hyphens or apostrophes side by side would be read as one longer sign.
    return _SIGNS.sub(lambda found: _TO_ESCAPE.get(found[0], found[0] + "{}"), text)


def protect(title: str) -> str:
    """The escaped title with words in braces whose case a style would change: `Europe`, and `a` in `Left: a tale`."""
    words = escape(title).split(" ")
    starts = [True, *(word.endswith((":", ".", "?", "!")) for word in words)]
    return " ".join(
        f"{{{word}}}" if _changed_by_styles(word, first=i == 0, start=starts[i]) else word
        for i, word in enumerate(words)
    )


def _changed_by_styles(word: str, *, first: bool, start: bool) -> bool:
    return any(char.isupper() for char in word[first:]) or (start and not first and _begins_small(word))


def _begins_small(word: str) -> bool:
    first = re.search(r"[^\W\d_]", word)
    return first is not None and first[0].islower()
