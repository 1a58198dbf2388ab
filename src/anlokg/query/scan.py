"""A tokenizer of SPARQL that knows strings, comments and IRIs: enough to find a place in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<comment>\#[^\n\r]*)
  | (?P<iri><[^\x00-\x20<>"{}|^`\\]*>)
  | (?P<string>'''(?:[^'\\]|\\.|'(?!''))*''' | \"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}
      | '(?:[^'\\\n\r]|\\.)*' | "(?:[^"\\\n\r]|\\.)*")
  | (?P<open>'(?:[^'\\\n\r]|\\.)*+ | "(?:[^"\\\n\r]|\\.)*+)
  | (?P<variable>[?$]\w+)
  | (?P<name>(?:\w[\w\-]*+)?:(?:[\w\-.:%/]|\\.)*+ | \w[\w\-]*+)
  | (?P<sign>.)
    """,
    re.VERBOSE | re.DOTALL,
)


ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: its kind, its text and where it ends."""

    kind: str
    text: str
    end: int


def scan(query: str) -> Iterator[Token]:
    """The tokens of a query, without spaces and comments."""
    for match in TOKEN.finditer(query):
        kind = match.lastgroup or "sign"
        if kind not in ("space", "comment"):
            yield Token(kind, match.group(), match.end())


def unescaped(query: str) -> str:
    """A query with its code point escapes (``\\u0053``) read: they may spell a keyword."""
    return ESCAPE.sub(_character, query) if "\\" in query else query


def _character(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number < 0x110000 else ""


def variables(query: str) -> frozenset[str]:
    """Names of all variables of a query, without ``?``."""
    return frozenset(token.text[1:] for token in scan(query) if token.kind == "variable")


def form(query: str) -> str:
    """SELECT, ASK, CONSTRUCT or DESCRIBE; empty if the query has none of these words."""
    forms = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
    words = (token.text.upper() for token in scan(query) if token.kind == "name")
    return next((word for word in words if word in forms), "")


def where_start(query: str) -> int | None:
    """Position just behind the brace that opens the outermost WHERE group.

    ``None`` if there is none, and for ``CONSTRUCT WHERE``, whose group takes only triples.
    """
    construct = False
    depth = 0
    inside = 0  # parentheses: EXISTS among the projected expressions has a group too
    before = ""
    for token in scan(query):
        word = token.text.upper()
        if before == "CONSTRUCT" and word == "WHERE":
            return None  # the short form: its group is a template too, and takes no VALUES
        before = word
        inside += (token.text == "(") - (token.text == ")")
        if token.kind == "name" and word == "CONSTRUCT":
            construct = True
        elif token.kind == "name" and word == "WHERE" and depth == 0:
            construct = False
        elif token.text == "{":
            if depth == 0 and not construct and not inside:
                return token.end
            depth += 1
        elif token.text == "}":
            depth -= 1
            construct = construct and depth > 0
    return None
