"""Makes a source ready to be asked: what the keeper does before it forks."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..errors import FileError, ReleaseError
from .limits import Limits
from .source import FilesSource, RemoteSource, Source, StoreSource
from .worker import Post

BYTES_PER_QUAD = 420
"""Measured: 371 to 602 bytes a triple in memory, by how many terms triples share."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Kinds of worker that can be forked now; ``triples`` counts quads in all graphs."""

    posts: dict[str, Post]
    triples: int
    in_memory: bool


def load(source: Source, limits: Limits) -> Loaded:
    """Loads a source; ``ReleaseError`` or ``FileError`` says why it cannot be."""
    if isinstance(source, RemoteSource):
        return _remote(source)
    if isinstance(source, StoreSource) and not fits(source.triples, limits.memory_share):
        return _on_disk(source)
    return _in_memory(source)


def fits(triples: int, share: float) -> bool:
    """Whether a release fits into a share of the memory; each triple is in the union too."""
    return 2 * triples * BYTES_PER_QUAD <= share * memory()


def memory() -> int:
    """Bytes of memory this process may use: of the machine, or of its control group."""
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    text = limit.read_text().strip() if limit.is_file() else "max"
    return min(whole, int(text)) if text.isdigit() else whole


def _in_memory(source: StoreSource | FilesSource) -> Loaded:
    import pyoxigraph

    from . import calls
    from .embedded import StoreBackend

    calls.load()
    store = pyoxigraph.Store()
    if isinstance(source, StoreSource):
        _copy(source.folder, store)
    else:
        for path in source.files:
            _read(path, store)
    backend = StoreBackend(store)
    plain = Post(lambda: backend, sealed=True, secluded=_can_seclude())
    service = Post(lambda: backend, sealed=False, secluded=_can_seclude(), gated=True)
    return Loaded({"plain": plain, "service": service}, len(store), True)


def _on_disk(source: StoreSource) -> Loaded:
    from . import calls
    from .embedded import StoreBackend

    calls.load()

    # Opened after the fork: the store on disk brings threads with it.
    def backend() -> StoreBackend:
        return StoreBackend.open(source.folder)

    plain = Post(backend, sealed=False, secluded=True)
    service = Post(backend, sealed=False, secluded=True, gated=True)
    return Loaded({"plain": plain, "service": service}, source.triples, False)


def _remote(source: RemoteSource) -> Loaded:
    from .remote import RemoteEngine

    def backend() -> RemoteEngine:
        return RemoteEngine(source)

    return Loaded({"plain": Post(backend, sealed=False, secluded=False)}, 0, False)


def _can_seclude() -> bool:
    import platform
    import sys

    from .fence import ARCHITECTURES

    return sys.platform == "linux" and platform.machine() in ARCHITECTURES


def _copy(folder: Path, store: object) -> None:
    """Copies a store on disk into memory, through a child: its threads end with the child."""
    import pyoxigraph

    assert isinstance(store, pyoxigraph.Store)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as file:
                pyoxigraph.Store.read_only(str(folder)).dump(file, pyoxigraph.RdfFormat.N_QUADS)
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    broken = False
    with os.fdopen(reading, "rb") as file:
        try:
            store.load(file, pyoxigraph.RdfFormat.N_QUADS)
        except (SyntaxError, OSError):  # the child ended in the middle of a line
            broken = True
    if os.waitpid(child, 0)[1] or broken:
        raise ReleaseError(f"{folder} cannot be read. 'anlokg build' makes a new release")


def _read(path: Path, store: object) -> None:
    import pyoxigraph

    assert isinstance(store, pyoxigraph.Store)
    form = pyoxigraph.RdfFormat.from_extension(path.suffix.removeprefix("."))
    if form is None:
        raise FileError(
            f"{path}: unknown kind of RDF file. Use .ttl, .nt, .nq, .trig, .rdf, .jsonld"
        )
    try:
        # Not bulk_load: in memory it is no quicker, and leaves a store that is slower to scan.
        store.load(path=str(path), format=form)
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror or error}") from error
    except (SyntaxError, ValueError) as error:
        raise FileError(f"{path}: does not parse: {error}") from error
