"""What went wrong with a server of others, in one line: its own first words, or ours."""

from __future__ import annotations

import json
import re
from urllib.error import URLError

LONGEST = 300
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
TELLING = ("detail", "exception", "message", "error", "title")
"""Members of an error in JSON, the one that says most first."""


def first_words(body: bytes, content_type: str) -> str:
    """What an error page says, in one short line: never the whole page."""
    text = body.decode("utf-8", errors="replace")
    if "json" in content_type:
        text = _told(text)
    elif "html" in content_type or text.lstrip()[:1] == "<":
        match = TITLE.search(text)
        text = match[1] if match else ""
    line = next((line for line in text.splitlines() if line.strip()), "")
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in line).split())
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"


def reason(error: BaseException) -> str:
    """Why a connection failed, in words."""
    inner = error.reason if isinstance(error, URLError) else error
    if isinstance(inner, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(inner, TimeoutError):
        return "it does not answer in time"
    text = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return " ".join(text.split())


def _told(text: str) -> str:
    try:
        data = json.loads(text)
    except ValueError:
        return text
    if isinstance(data, dict):
        for name in TELLING:
            if isinstance(data.get(name), str):
                return str(data[name])
    return text
