"""The graphs of a release as N-Triples, in documents of a size that servers take."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from ..errors import ReleaseError
from ..namespaces import Base
from ..release.shelf import Release


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines of a file from an offset on; each ends in ``suffix``, which N-Triples have not."""

    file: BinaryIO
    start: int
    count: int
    suffix: bytes = b" .\n"

    def raw(self) -> Iterator[bytes]:
        """The lines as they are in the file."""
        self.file.seek(self.start)
        for _ in range(self.count):
            yield self.file.readline()

    def triples(self) -> Iterator[bytes]:
        """The lines as N-Triples."""
        end = -len(self.suffix)
        for line in self.raw():
            yield line[:end] + b" .\n"

    def sample(self, most: int) -> list[str]:
        """Triples without blank nodes, evenly spread, as ``subject predicate object``."""
        step = max(1, -(-self.count // most)) if most else 1
        lines = (line for place, line in enumerate(self.triples()) if place % step == 0)
        return [line[:-3].decode() for line in lines if not has_blank_node(line)]

    def documents(self, most: int) -> Iterator[bytes]:
        """All triples in documents of at most ``most`` bytes; there is at least one document.

        A label of a blank node counts for its document only. So the first document holds all
        triples with blank nodes, and is longer if it must be.
        """
        held = [line for line in self.triples() if has_blank_node(line)]
        size = sum(map(len, held))
        for line in self.triples():
            if has_blank_node(line):
                continue
            if held and size + len(line) > most:
                yield b"".join(held)
                held, size = [], 0
            held.append(line)
            size += len(line)
        yield b"".join(held)


class ReleaseGraphs:
    """What there is to publish of a release: its named graphs, and their union as one more.

    A server has its own idea of a default graph. The union, each triple once, is loaded as a named
    graph, so that queries have the same default graph everywhere.
    """

    def __init__(self, release: Release) -> None:
        self.release = release
        self.manifest = release.manifest
        self.union = union_name(self.manifest.base)
        self._files = ExitStack()

    def close(self) -> None:
        """Closes the files."""
        self._files.close()

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 by graph: of its lines in the release; for the union, that of all lines."""
        named = {entry.name: entry.sha256 for entry in self.manifest.graphs}
        return named | {self.union: self.manifest.quads_sha256}

    def lines(self, name: str) -> Lines:
        """The lines of a graph; ``ReleaseError`` if they are not those the manifest tells of."""
        if name == self.union:
            return self._union
        lines = self._named[name]
        digest = hashlib.sha256()
        for line in lines.raw():
            digest.update(line)
            if not line.endswith(lines.suffix):
                break
        if digest.hexdigest() != self.digests[name]:
            raise ReleaseError(
                f"{self.release.quads} is not what its manifest tells of: graph {name}."
                " 'anlokg build --force' makes a new release"
            )
        return lines

    @cached_property
    def _named(self) -> dict[str, Lines]:
        file = self._files.enter_context(_opened(self.release.quads))
        found = {}
        for entry in self.manifest.graphs:
            suffix = f" <{entry.name}> .\n".encode()
            found[entry.name] = Lines(file, file.tell(), entry.triples, suffix)
            for _ in range(entry.triples):
                file.readline()
        return found

    @cached_property
    def _union(self) -> Lines:
        """The union, written out once to an unnamed file."""
        from ..engine import union

        file = self._files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  closed with all
        union.write(self.release.store, file)
        file.seek(0)
        count = sum(1 for _ in file)
        return Lines(file, 0, count)


def union_name(base: str) -> str:
    """The name of the graph that holds the union of the others."""
    return Base(base).graph("union", "all")


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror}") from error


def has_blank_node(line: bytes) -> bool:
    """Whether a triple may have a blank node; true for some strings too, which does no harm."""
    return line.startswith(b"_:") or b" _:" in line
