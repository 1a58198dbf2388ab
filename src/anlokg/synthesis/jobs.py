"""Jobs for a process that makes answers, and their outcomes, as both ends know them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass

from .findings import Flag
from .inputs import Row
from .plan import Asked
from .request import Request

LENGTH = 8
"""Bytes before each frame that tell how many follow."""


@dataclass(frozen=True, slots=True)
class Job:
    """One answer to make: what ``answer`` takes, and the form of ``forms`` to write it in."""

    request: Request
    asked: tuple[Asked, ...]
    rows: tuple[list[Row], ...]
    flags: Mapping[str, tuple[Flag, ...]]
    release: str
    form: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job: a body, or the reasons of a refusal; neither if it failed.

    ``forcible`` says whether force would help against the refusal.
    """

    body: bytes | None = None
    reasons: tuple[str, ...] = ()
    forcible: bool = False


def frame(thing: Job | Done) -> bytes:
    """A job or its outcome as it goes from one process to the other."""
    data = pickle.dumps(thing, protocol=pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(LENGTH, "big") + data
