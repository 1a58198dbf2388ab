"""The body of ``anlokg serve``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Coroutine
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..build import BuildOptions
from ..build import build as make
from ..engine.endpoint import Endpoint
from ..engine.source import RemoteSource
from ..errors import FileError
from ..namespaces import Base
from ..publish import state
from ..release.shelf import Shelf
from ..resources import Resources
from ..service import edition as editions
from ..service import server
from ..service import settings as settings_of
from ..service.edition import Edition
from .access import Access
from .output import Output

if TYPE_CHECKING:
    from ..service.server import Look


def serve(
    resources: Resources,
    shelf: Shelf,
    output: Output,
    *,
    host: str,
    port: int,
    data: tuple[Path, ...],
    engine: str | None,
    known: Access,
    release: str | None,
    pairs: tuple[str, ...],
) -> None:
    """Serves a release, plain RDF files or a remote engine until it is stopped."""
    settings = settings_of.read(pairs, os.environ)
    look: Look | None = None
    if engine is not None:
        edition = _of_endpoint(engine, known, resources)
    elif data:
        edition = _of_files(data)
    else:
        if shelf.current_id() is None:
            make(resources, shelf, BuildOptions(), output.progress)
        edition = editions.of_release(shelf.get(release), resources)
        look = None if release else _look(shelf, resources)
    _log()
    _run(server.run(settings, edition, host, port, look))


def _of_endpoint(url: str, known: Access, resources: Resources) -> Edition:
    """The release that was published there; without one, whatever the endpoint holds."""
    publication = state.find(Endpoint(url, known.user, known.password, known.token))
    source = RemoteSource(url) if publication is None else publication.source(url)
    base = Base() if publication is None else Base(publication.base)
    source = replace(source, user=known.user, password=known.password, token=known.token)
    return editions.of_remote(source, resources, base)


def _of_files(files: tuple[Path, ...]) -> Edition:
    for path in files:
        if not path.is_file():
            raise FileError(f"{path}: there is no such file")
    return editions.of_files(files)


def _look(shelf: Shelf, resources: Resources) -> Look:
    async def look(edition: Edition) -> Edition | None:
        now = shelf.current_id()
        if now is None or now == edition.id:
            return None
        return editions.of_release(shelf.get(now), resources)

    return look


def _run(serving: Coroutine[None, None, None]) -> None:
    """Runs on uvloop where there is one: it is not made for every system."""
    try:
        import uvloop
    except ImportError:
        asyncio.run(serving)
    else:
        uvloop.run(serving)


def _log() -> None:
    """One line of JSON for each request, on standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("anlokg")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
