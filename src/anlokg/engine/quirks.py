"""What servers write that parsers do not take or take wrongly, put right on the way in.

Virtuoso names blank nodes ``nodeID://b10001``, which is a label in no syntax, and writes booleans
as ``1`` and ``0``. In results as XML, spaces at the edges of a literal would be lost in reading.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

# A quotation mark within a JSON string is escaped, so none of this is found within a literal.
IN_JSON = re.compile(
    rb'("type"\s*:\s*"bnode"\s*,\s*"value"\s*:\s*")nodeID://'
    rb'|("datatype"\s*:\s*"http://www\.w3\.org/2001/XMLSchema#boolean"\s*,\s*"value"\s*:\s*")([01])"'
)
IN_XML = re.compile(
    rb"(<bnode>)nodeID://|(<literal[^<>]*>)([ \t\r\n]*)([^<>]*?)([ \t\r\n]*)(</literal>)"
)
BOOLEANS = {b"0": b"false", b"1": b"true"}


def repaired(pieces: Iterable[bytes], media_type: str) -> Iterator[bytes]:
    """The pieces of an answer, with the quirks of its server put right."""
    if media_type.endswith("xml"):
        return _substituted(pieces, IN_XML, _as_xml, b"</result>")
    return _substituted(pieces, IN_JSON, _as_json, b"}")


def _substituted(
    pieces: Iterable[bytes],
    pattern: re.Pattern[bytes],
    change: Callable[[re.Match[bytes]], bytes],
    seam: bytes,
) -> Iterator[bytes]:
    """Replaces a pattern that never reaches over a seam; cuts only there."""
    held: list[bytes] = []
    for piece in pieces:
        cut = piece.rfind(seam)
        if cut < 0:
            held.append(piece)
            continue
        cut += len(seam)
        yield pattern.sub(change, b"".join([*held, piece[:cut]]))
        held = [piece[cut:]]
    yield pattern.sub(change, b"".join(held))


def _as_json(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return match[1]
    return match[2] + BOOLEANS[match[3]] + b'"'


def _as_xml(match: re.Match[bytes]) -> bytes:
    if match[1] is not None:
        return match[1]
    return b"".join([match[2], _escaped(match[3]), match[4], _escaped(match[5]), match[6]])


def _escaped(blanks: bytes) -> bytes:
    return b"".join(b"&#%d;" % sign for sign in blanks)
