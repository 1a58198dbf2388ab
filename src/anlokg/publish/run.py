"""Publishes a release: what is not there yet, graph by graph, each one verified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from ..engine.endpoint import Endpoint
from ..errors import ReleaseError, RemoteError
from ..release.shelf import Release
from . import state, verify
from .graphs import Lines, ReleaseGraphs
from .state import Loaded, Publication
from .store import GraphStore

CHUNK_BYTES = 8_000_000
FIRST_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """What to publish and how.

    ``graphs`` are names, all of the release if none; ``sample`` is how many triples of each graph
    are looked for on the server afterwards, ``None`` for all; ``force`` loads what seems to be
    there too; a dry run writes nothing.
    """

    graphs: tuple[str, ...] = ()
    chunk_bytes: int = CHUNK_BYTES
    sample: int | None = verify.SAMPLE
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Names of the graphs that were loaded, left as they were, and removed."""

    loaded: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    complete: bool


def publish(
    release: Release,
    store: GraphStore,
    endpoint: Endpoint,
    options: PublishOptions | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Brings a server to hold a release; safe to run again, whenever and however it ended.

    Raises ``RemoteError`` if the server refuses or what is there differs from what was sent, and
    ``ReleaseError`` if the release has no such graph or is damaged.
    """
    with closing(ReleaseGraphs(release)) as graphs:
        return _Publishing(graphs, store, endpoint, options or PublishOptions(), progress).run()


class _Publishing:
    def __init__(
        self,
        graphs: ReleaseGraphs,
        store: GraphStore,
        endpoint: Endpoint,
        options: PublishOptions,
        progress: Callable[[str], None],
    ) -> None:
        self.graphs, self.manifest = graphs, graphs.manifest
        self.store, self.endpoint = store, endpoint
        self.options, self.progress = options, progress

    def run(self) -> Outcome:
        before = state.find(self.endpoint, self.manifest.base) or Publication(self.manifest.base)
        wanted = self._wanted()
        kept = [] if self.options.force else [n for n in wanted if self._is_there(n, before)]
        to_load = [name for name in wanted if name not in kept]
        whole = not self.options.graphs
        surplus = sorted(before.loaded.keys() - self.graphs.digests.keys()) if whole else []
        outcome = Outcome(tuple(to_load), tuple(kept), tuple(surplus), complete=True)
        if self.options.dry_run:
            return outcome
        done = {n: item for n, item in before.loaded.items() if n not in {*to_load, *surplus}}
        if to_load or surplus or before.release != self.manifest.id:
            self._begin(done)
            for number, name in enumerate(to_load, 1):
                self.progress(f"loading {number} of {len(to_load)}: {name}")
                done[name] = self._load(name)
            for name in surplus:
                self.progress(f"removing {name}")
                self.store.remove(name)
            self._end(done)
        complete = self._is_complete(done)
        return Outcome(outcome.loaded, outcome.kept, outcome.removed, complete)

    def _wanted(self) -> Sequence[str]:
        """Names of the graphs to publish, the smallest first: what is wrong shows early."""
        sizes = {entry.name: entry.triples for entry in self.manifest.graphs}
        for name in self.options.graphs:
            if name not in self.graphs.digests:
                known = ", ".join(sorted(self.graphs.digests))
                raise ReleaseError(f"there is no graph {name} in the release. There are: {known}")
        names = self.options.graphs or tuple(self.graphs.digests)
        return sorted(dict.fromkeys(names), key=lambda name: sizes.get(name, self.manifest.triples))

    def _is_there(self, name: str, before: Publication) -> bool:
        item = before.loaded.get(name)
        if item is None or item.sha256 != self.graphs.digests[name]:
            return False
        return verify.count(self.endpoint, name) == item.triples

    def _begin(self, done: dict[str, Loaded]) -> None:
        """Writes the record without what is about to change, and sees whether it arrives."""
        document = state.record(self.manifest.base, done)
        name = state.state_name(self.manifest.base)
        self.progress(f"writing to {self.store.url}")
        self.store.patience_s, patience = FIRST_PATIENCE_S, self.store.patience_s
        self.store.replace(name, document)
        if self.store.compressed and verify.count(self.endpoint, name) != document.count(b"\n"):
            # A server that takes compressed documents and makes nothing of them.
            self.store.compressed = False
            self.store.replace(name, document)
        self.store.patience_s = patience
        found = verify.count(self.endpoint, name)
        if found != document.count(b"\n"):
            raise RemoteError(
                f"what was written to {self.store.url} is not found by {self.endpoint.url}."
                " Are the two addresses of the same server? --query gives the second one"
            )

    def _load(self, name: str) -> Loaded:
        lines = self.graphs.lines(name)
        self._send(name, lines)
        self.progress(f"verifying {lines.count} triples")
        verify.verify(self.endpoint, name, lines, self.options.sample)
        item = Loaded(name, lines.count, self.graphs.digests[name])
        self.store.add(state.state_name(self.manifest.base), state.entry(item))
        return item

    def _send(self, name: str, lines: Lines) -> None:
        for number, document in enumerate(lines.documents(self.options.chunk_bytes)):
            if number == 0:
                self.store.replace(name, document)
            else:
                self.progress(f"sending part {number + 1}")
                self.store.add(name, document)

    def _is_complete(self, done: dict[str, Loaded]) -> bool:
        return {name: item.sha256 for name, item in done.items()} == self.graphs.digests

    def _end(self, done: dict[str, Loaded]) -> None:
        if self._is_complete(done):
            name = state.state_name(self.manifest.base)
            self.store.add(name, state.completion(self.manifest))
