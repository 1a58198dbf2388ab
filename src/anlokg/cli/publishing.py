"""The command that publishes a release to a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from ..engine.endpoint import Endpoint
from ..errors import FileError
from ..publish import verify
from ..publish.addresses import query_address
from ..publish.run import Outcome, PublishOptions
from ..publish.run import publish as run
from ..publish.store import GraphStore
from ..release.shelf import Release
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
    password, token = _secret(target.password_file), _secret(target.token_file)
    if target.user is not None and password is None:
        message = "a user needs a password, in a file"
        raise typer.BadParameter(message, param_hint="--password-file")
    endpoint = Endpoint(query, target.user, password, token)
    store = GraphStore(target.to, target.user, password, token)
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


def _secret(path: Path | None) -> str | None:
    """What a file holds, without the line end."""
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", None) or "it is not UTF-8"
        raise FileError(f"{path} cannot be read: {detail}") from error
    if not text or not text.isprintable():
        raise FileError(f"{path} should hold one line: the password or the token")
    return text
