"""Downloads: a release as files, in each form and graph by graph, with their digests."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ..description import about, access
from ..errors import NotFound
from ..export.dumps import MEDIA_TYPES, SUMS, Dumps, File
from ..namespaces import Base
from ..release.shelf import Release
from . import files, pages, places
from .answers import Body, answered
from .context import Context
from .dumping import Dumping

OFFERED = {"application/json": "json"}
KINDS = ("application/gzip", *sorted(set(MEDIA_TYPES.values())))
SENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {kind: {} for kind in KINDS}},
    206: {"description": "The parts that the Range header asks for"},
    304: {"description": "The client has it"},
    416: {"$ref": "#/components/responses/Problem"},
}
NAME = re.compile(r"[\w.-]+", re.ASCII)


def router(context: Context) -> APIRouter:
    """The routes of downloads."""
    routes = APIRouter(tags=["Downloads"])
    dumping = Dumping()

    @routes.get("/dumps/", include_in_schema=False)
    @routes.get(
        "/dumps",
        summary="All files of the release, with sizes and digests",
        **places.told({**OFFERED, "text/html": "html"}),
    )
    async def catalogue(request: Request) -> Response:
        return await _catalogue(context, dumping, request)

    @routes.get(
        "/dumps/latest/{file}",
        summary="Goes on to a file of the release that is served",
        status_code=302,
        response_class=Response,
    )
    async def latest(file: str, request: Request) -> Response:
        release = _current(context).folder.name
        if not NAME.fullmatch(file):
            raise _missing(file, release)
        address = access.dump(places.root(context, request), file, release)
        return RedirectResponse(address, 302, {"Cache-Control": "no-cache"})

    @routes.get(
        "/dumps/{release}/{file}",
        summary="A file of a release, or parts of it",
        response_class=Response,
        responses=SENT,
    )
    async def download(release: str, file: str, request: Request) -> Response:
        current = _current(context)
        if release == current.folder.name:
            return await _file(context, request, current, await dumping.of(current), file)
        other = dumping.other(current, release)
        if other is None:
            detail = f"there are no files of a release {release!r}; served is {context.edition.id}"
            raise NotFound(detail)
        return await _file(context, request, *other, file)

    return routes


def _current(context: Context) -> Release:
    release = context.edition.release
    if release is None:
        raise NotFound(
            "what is served here is no release, so there are no files of it."
            " Ask /sparql for the data"
        )
    return release


async def _catalogue(context: Context, dumping: Dumping, request: Request) -> Response:
    media_type, form = places.form_of(request, OFFERED, page=True)
    release, root = _current(context), places.root(context, request)

    async def produce() -> Body:
        told = _told(release, await dumping.of(release), root)
        if form == "html":
            return pages.fill(context, "dumps.html", told).encode()
        return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"

    links = [(f"{root}.well-known/void", "describedby", "text/turtle")]
    if licence := _licence(release):
        links.append((licence, "license", ""))
    safe = pages.SAFE if form == "html" else {}
    return await answered(
        context,
        request,
        key=("dumps", release.folder.name, root),
        produce=produce,
        media_type=media_type,
        headers={"Link": places.links(*links), **safe},
    )


def _told(release: Release, dumps: Dumps, root: str) -> dict[str, Any]:
    """The catalogue: the release, and each file with its address."""
    name = release.folder.name
    return {
        "release": name,
        "created": release.manifest.created,
        "licence": _licence(release),
        "sums": access.dump(root, SUMS, name),
        "files": [
            {
                "name": file.name,
                "address": access.dump(root, file.name, name),
                "title": file.title,
                "form": file.form,
                "media_type": file.media_type,
                "bytes": file.bytes,
                "sha256": file.sha256,
                "graph": file.graph,
                "triples": file.triples,
                "licence": file.licence,
            }
            for file in dumps.files
        ],
    }


def _licence(release: Release) -> str | None:
    base = Base(release.manifest.base)
    return about.dataset((graph.name for graph in release.manifest.graphs), base).licence


async def _file(
    context: Context, request: Request, release: Release, dumps: Dumps, name: str
) -> Response:
    file = dumps.file(name) or (await _sums(dumps) if name == SUMS else None)
    if file is None:
        raise _missing(name, release.folder.name)
    root = places.root(context, request)
    links = [
        (f"{root}dumps", "collection", ""),
        (f"{root}.well-known/void", "describedby", "text/turtle"),
    ]
    if file.licence:
        links.append((file.licence, "license", ""))
    return files.sent(
        request,
        dumps.folder / file.name,
        sha256=file.sha256,
        created=release.manifest.created,
        media_type=file.media_type,
        headers={
            "Link": places.links(*links),
            "Content-Disposition": f'attachment; filename="{file.name}"',
        },
    )


async def _sums(dumps: Dumps) -> File:
    """The list of digests as a file like the others."""
    data = await asyncio.to_thread((dumps.folder / SUMS).read_bytes)
    digest = hashlib.sha256(data).hexdigest()
    return File(SUMS, "Digests of the files", "txt", len(data), digest)


def _missing(file: str, release: str) -> NotFound:
    return NotFound(f"release {release} has no file {file!r}; /dumps lists what it has")
