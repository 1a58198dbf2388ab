"""An answer as a page for people, whole or to be put into another one."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from . import wording
from .wording import Data

FOLDER = Path(__file__).parent / "templates"


@cache
def environment() -> Environment:
    """The templates; everything that is filled in is escaped."""
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def document(data: Data, svg: str) -> str:
    """A page that needs nothing else: the plot is in it, links are the IRIs of things."""
    return _filled("document.html", data, Markup(svg), str)  # noqa: S704  drawn here


def fragment(data: Data, plot: Markup, href: Callable[[str], str]) -> Markup:
    """The part of a page; ``plot`` shows the plot, ``href`` gives the address of an IRI."""
    return Markup(_filled("answer.html", data, plot, href))  # noqa: S704  escaped by the template


def _filled(template: str, data: Data, plot: Markup, href: Callable[[str], str]) -> str:
    columns, rows = wording.inputs(data)
    return (
        environment()
        .get_template(template)
        .render(
            data=data,
            plot=plot,
            href=href,
            columns=columns,
            rows=rows,
            results=list(wording.results(data)),
            without=wording.without(data),
        )
    )
