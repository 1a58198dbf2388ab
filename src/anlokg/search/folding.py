"""Spellings made equal: letter case, diacritics, Greek letters, hyphens and spaces.

``key`` is what two spellings of a name have in common; ``parts`` and ``terms`` do the same for the
words of a text, and know where in the text they stand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

GREEK = dict(zip("αβγδεζηθικλμνξοπρσςτυφχψω", "abgdezetiklmnxoprsstupcpo", strict=True))
"""Each Greek letter as the first letter of its name: PDGFRβ, PDGFR beta and PDGFRB are one."""
SPELLED = re.compile("alpha|beta|gamma|delta|epsilon|zeta|theta|kappa|lambda|sigma|omega")
ROMAN = {"ii": "2", "iii": "3", "iv": "4"}
ENDINGS = (("ases", "asis"), ("ies", "y"))
NO_PLURAL = ("ss", "us", "is")
SHORTEST_PLURAL = 4
SPACE, MARK = " ", "-"
RUN = re.compile(f"[0-9]+|[^0-9{SPACE}{MARK}]+")
MOST_GLUED = 3
SHORT = 2
MINOR = frozenset({"an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or",
                   "the", "to", "with"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """A run of letters or of digits, folded; ``start`` and ``end`` in the text it is from.

    ``joined`` says that no space stands before it, ``stop`` where it ends in the folded text.
    """

    text: str
    start: int
    end: int
    joined: bool
    stop: int


@lru_cache(maxsize=8192)
def folded(character: str) -> str | None:
    """A character as it counts: lower case, bare of marks; ``None`` for what separates words.

    A mark alone gives nothing and separates nothing.
    """
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    letters = "".join(GREEK.get(c, c) for c in spread if c.isalnum())
    if letters:
        return letters
    return "" if all(unicodedata.category(c).startswith("M") for c in spread) else None


def parts(text: str) -> list[Part]:
    """The runs of letters and of digits in a text."""
    line, places = [], []
    for place, character in enumerate(text):
        letters = folded(character)
        if letters is None:
            letters = SPACE if character.isspace() else MARK
        line.append(letters)
        places += [place] * len(letters)
    whole = "".join(line)
    found: list[Part] = []
    for run in RUN.finditer(whole):
        gap = whole[found[-1].stop : run.start()] if found else SPACE
        start, end = places[run.start()], places[run.end() - 1] + 1
        while end < len(text) and folded(text[end]) == "":
            end += 1  # marks that stand after their letter
        found.append(Part(_unspelled(run[0]), start, end, SPACE not in gap, run.end()))
    return found


def key(text: str) -> str:
    """What all spellings of a name have in common; empty if nothing of it counts."""
    return _unspelled("".join(filter(None, map(folded, text))))


def word(text: str) -> str:
    """A folded run as a word: without its plural ending, small Roman numerals as digits."""
    if text in ROMAN:
        return ROMAN[text]
    if len(text) < SHORTEST_PLURAL or not text.endswith("s") or text.endswith(NO_PLURAL):
        return text
    for ending, base in ENDINGS:
        if text.endswith(ending):
            return text[: -len(ending)] + base
    return text[:-1]


def terms(found: list[Part]) -> Iterator[tuple[str, int, int]]:
    """The words of a text, and what neighbours make when written as one: first and last part.

    ``PD-L1`` gives pd, l, 1, pdl, l1 and pdl1. A word is glued to the one before if no space
    parts them, or if one of them is a number or as short as the letter of a series.
    """
    for first, part in enumerate(found):
        yield word(part.text), first, first
        glued = part.text
        for last in range(first + 1, min(first + MOST_GLUED, len(found))):
            before, here = found[last - 1], found[last]
            if not (here.joined or _small(before) or _small(here)):
                break
            glued += here.text
            yield word(glued), first, last


def initials(text: str) -> set[str]:
    """The first letters of the words of a name, with and without its small words."""
    words = [part.text for part in parts(text)]
    if len(words) <= SHORT or any(part.isdigit() for part in words):
        return set()
    major = [part for part in words if part not in MINOR]
    return {"".join(part[0] for part in some) for some in (words, major) if len(some) > SHORT}


def _small(part: Part) -> bool:
    return part.text.isdigit() or (len(part.text) <= SHORT and part.text not in MINOR)


def _unspelled(text: str) -> str:
    return SPELLED.sub(lambda found: found[0][0], text)
