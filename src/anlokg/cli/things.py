"""Writes what is known of things."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from ..show import Thing
from .output import Output


def write(things: Sequence[Thing], output: Output) -> None:
    """Each thing with its properties, its figures and what refers to it."""
    if output.as_json:
        print(json.dumps([asdict(thing) for thing in things], ensure_ascii=False))
        return
    for thing in things:
        print(thing.iri)
        for name, value in thing.properties:
            print(f"  {name}  {value}")
        if thing.figures:
            print("  figures:")
        for result, reported, locator in thing.figures:
            print(f"    {reported or '(no figure)'}  {result}  [{locator}]")
        for name, count in thing.references:
            print(f"  {count} × is {name} of")
        print()
