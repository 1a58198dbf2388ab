"""What all parts measure with: the servers that run, the queries, and how much of everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import empty
from .client import Job, Outcome
from .queries import Kind
from .samples import Sample, load
from .server import Running

# A cell whose first round took longer than this is not measured again in later rounds.
SLOW_S = 5.0
UNCACHED = "Cache-Control: no-cache"
STEP = 1_000_000  # more requests than any one job sends


@dataclass(frozen=True, slots=True)
class Bench:
    """``seconds`` are those of one thing in all rounds; ``limit_s`` is the time of a runaway.

    ``absent`` says why a server does not run. ``wrong`` holds pairs of a server and the name of a
    kind of query that it answers otherwise than the others; they are not compared. ``late`` holds
    the pairs that took longer than the limit of ``answers``; they are not asked again.
    """

    data: Path
    triples: int
    running: Mapping[str, Running]
    kinds: Sequence[Kind]
    clients: Sequence[int] = (1, 8)
    repeats: int = 3
    seconds: float = 1.5
    limit_s: int = 10
    absent: Mapping[str, str] = field(default_factory=dict)
    wrong: frozenset[tuple[str, str]] = frozenset()
    late: frozenset[tuple[str, str]] = frozenset()

    @property
    def versions(self) -> list[str]:
        return [f"{server.name} {server.version}" for server in self.running.values()]

    @property
    def peers(self) -> list[str]:
        """The servers but anlokg."""
        return [name for name in self.running if name != "anlokg"]

    def kind(self, name: str) -> Kind:
        """A kind of query by its name."""
        return next(kind for kind in self.kinds if kind.name == name)

    def turns(self, number: int) -> list[str]:
        """The servers in the order of a round: each round begins with another one."""
        names = list(self.running)
        start = number % len(names)
        return names[start:] + names[:start]

    def uncached(
        self, sample: Sample, name: str, kind: Kind, clients: int, varied: bool = True
    ) -> None:
        """One round of a query that no cache may answer; ``varied``: each text is another one."""
        rounds = len(sample.outcomes)
        if rounds and sample.seconds > SLOW_S * rounds:
            return
        server = self.running[name]
        headers = [f"Accept: {kind.accept}", UNCACHED]
        requests = [server.request(text, headers, varied) for text in kind.texts]
        first = STEP * (rounds + self.repeats * self.clients.index(clients))
        sample.outcomes.append(self.round(server, requests, clients, first=first))

    def round(
        self,
        server: Running,
        requests: Sequence[Sequence[str]],
        clients: int,
        status: int = 200,
        first: int = 0,
    ) -> Outcome:
        """One round of requests; each client sends at least one."""
        seconds = self.seconds / self.repeats
        return load(
            Job(server.port, requests, clients, seconds, clients, status=status, first=first)
        )

    def once(
        self, server: Running, requests: Sequence[Sequence[str]], status: int = 200
    ) -> Outcome:
        """One request."""
        return load(Job(server.port, requests, 1, 0.0, status=status))

    def lookups(self, sample: Sample, name: str, seconds: float) -> None:
        """Point look-ups by one client for so many seconds."""
        server, kind = self.running[name], self.kind("point")
        headers = [f"Accept: {kind.accept}", UNCACHED]
        requests = [server.request(text, headers) for text in kind.texts]
        sample.outcomes.append(load(Job(server.port, requests, 1, seconds)))

    def empty_server(self, clients: int) -> Sample:
        """What a server gives that does nothing: the most that the client can see."""
        sample = Sample()
        with empty.running() as server:
            requests = [server.request(self.kind("point").texts[0])]
            sample.outcomes.append(self.round(server, requests, clients))
        return sample
