"""What cells become: parts of IRIs, texts of literals, labels; and what each may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

XSD = "http://www.w3.org/2001/XMLSchema#"
# Beyond this many remembered cells a memory is emptied: it is there for those that come again.
CACHE_LIMIT = 10_000

MONTH, DAY, ZONE = "(0[1-9]|1[0-2])", r"(0[1-9]|[12]\d|3[01])", r"(Z|[+-]\d\d:\d\d)?"
LEXICAL: dict[str, re.Pattern[str]] = {
    f"{XSD}{name}": re.compile(pattern, re.ASCII)
    for name, pattern in {
        "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)",
        "integer": r"[+-]?\d+",
        "double": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?INF|NaN",
        "boolean": r"true|false|1|0",
        "date": rf"-?\d{{4,}}-{MONTH}-{DAY}{ZONE}",
        "gYearMonth": rf"-?\d{{4,}}-{MONTH}{ZONE}",
        "gYear": rf"-?\d{{4,}}{ZONE}",
        "anyURI": r"[^\s<>\"{}|\\^`]*",
    }.items()
}
SCHEME = re.compile(r"[A-Za-z][\w+.-]*:")
ESCAPED = re.compile(r'[\\"\n\r\t\x08\f]')
ESCAPES = str.maketrans(
    {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
# All but ``iunreserved`` of RFC 3987: letters, digits, four signs and ``ucschar``.
RESERVED = re.compile(
    r"[^A-Za-z0-9\-._~\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14))
    + "\U000e1000-\U000efffd]+"
)
IRI_FORBIDDEN = re.compile(r"[\x00-\x20<>\"{}|^`\\]")


class Memory(dict[str, str]):
    """What cells become, remembered up to a limit."""

    def __init__(self, make: Callable[[str], str]) -> None:
        super().__init__()
        self.make = make

    def __missing__(self, cell: str) -> str:
        made = self.make(cell)
        if len(self) >= CACHE_LIMIT:
            self.clear()
        self[cell] = made
        return made


class UnfitError(Exception):
    """A text that cannot be the term it should be; ``kind`` says of which terms."""

    def __init__(self, kind: str, text: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.kind, self.text, self.fix = kind, text, fix


def encode(cell: str) -> str:
    """Percent-encodes what is not an ``iunreserved`` character (RFC 3987), as R2RML asks."""
    return RESERVED.sub(lambda found: quote(found[0], safe=""), cell)


def label(text: str) -> str:
    """A blank node label that no other text gives, of signs that N-Quads allows anywhere."""
    return "".join(c if c.isascii() and c.isalnum() else f"_{ord(c):x}_" for c in text)


def escape(text: str) -> str:
    """Text as it stands between the quotes of an N-Quads literal."""
    return text.translate(ESCAPES) if ESCAPED.search(text) else text
