"""The command that publishes a release to a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from ..engine.endpoint import Endpoint
from ..publish import verify
from ..publish.addresses import query_address
from ..publish.run import Outcome, PublishOptions
from ..publish.run import publish as run
from ..publish.store import GraphStore
from ..release.shelf import Release
from . import access
from .output import Output

CHECKS = {"count": 0, "sample": verify.SAMPLE, "all": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to publish, and as whom."""

    to: str
    query: str | None = None
    user: str | None = None
    password_file: Path | None = None
    token_file: Path | None = None


def publish(release: Release, target: Target, options: PublishOptions, output: Output) -> None:
    """Publishes a release and says what was done."""
    query = target.query or query_address(target.to)
    if query is None:
        message = "cannot tell where this server takes queries; give that address too"
        raise typer.BadParameter(message, param_hint="--query")
    known = access.read(target.user, target.password_file, target.token_file)
    endpoint = Endpoint(query, known.user, known.password, known.token)
    store = GraphStore(target.to, known.user, known.password, known.token)
    try:
        outcome = run(release, store, endpoint, options, output.progress)
    finally:
        store.close()
    output.say(
        _sentence(release, query, outcome, dry_run=options.dry_run),
        release=release.manifest.id,
        query=query,
        loaded=outcome.loaded,
        kept=outcome.kept,
        removed=outcome.removed,
        complete=outcome.complete,
        dry_run=options.dry_run,
    )


def _sentence(release: Release, query: str, outcome: Outcome, *, dry_run: bool) -> str:
    counts = f"{len(outcome.loaded)} {{}}, {len(outcome.kept)} up to date"
    if outcome.removed:
        counts += f", {len(outcome.removed)} {{}}"
    if dry_run:
        told = counts.format("graphs to load", "to remove")
        return f"Release {release.manifest.id}: {told}; nothing was written"
    told = counts.format("graphs loaded", "removed")
    if not outcome.complete:
        return f"{told}. The release is not whole there yet: publish without --graph"
    return f"Release {release.manifest.id} is published: {told}. Ask it at {query}"
