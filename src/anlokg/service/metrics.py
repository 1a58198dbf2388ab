"""Counts and times in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

if TYPE_CHECKING:
    from .context import Context

PLACES = frozenset(
    ("sparql", "queries", "search", "resolve", "id", "page", "data", "ontology", "dumps", "health",
     "version", "metrics", "admin", ".well-known", "docs", "openapi.json", "static", "graph",
     "resource", "linkset", "shapes", "problems", "query", "dataset", "synthesis", "integrity",
     "function", "")
)  # fmt: skip
"""First parts of paths that are counted by name; the others together, so that nobody can fill
the memory with names of his own."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one service."""

    def __init__(self, context: Context) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "anlokg_requests", "Requests", ("place", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "anlokg_request_seconds", "Time of requests", ("place",), buckets=BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.bytes = Counter("anlokg_sent_bytes", "Bytes of answers", registry=self.registry)
        self.registry.register(_State(context))
        self._kept: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def count(self, path: str, status: int, seconds: float, size: int) -> None:
        """One request that was answered."""
        place = path.split("/", 2)[1] if path.startswith("/") else ""
        place = place if place in PLACES else "other"
        kept = self._kept.get((place, status))
        if kept is None:
            kept = (self.requests.labels(place, str(status)), self.seconds.labels(place))
            self._kept[place, status] = kept
        kept[0].inc()
        kept[1].observe(seconds)
        self.bytes.inc(size)

    def text(self) -> bytes:
        """All metrics in the text format."""
        return generate_latest(self.registry)


class _State:
    """What the engine and the cache are doing, read when it is asked for."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def collect(self) -> Iterator[Metric]:
        pool, cache = self.context.pool, self.context.cache
        running = pool.running()
        at_work = sum(query.state == "running" for query in running)
        yield _gauge("anlokg_queries_running", "Queries in a worker", at_work)
        yield _gauge("anlokg_queries_waiting", "Queries that wait for a worker", pool.waiting)
        yield _gauge("anlokg_workers", "Worker processes", len(pool.processes[1]))
        yield _gauge("anlokg_triples", "Quads in the store", pool.triples)
        yield _gauge("anlokg_cache_bytes", "Bytes of kept answers", cache.bytes)
        events = CounterMetricFamily("anlokg_engine_events", "What happened", labels=["event"])
        for name in ("forked", "killed", "timeout", "heavy", "lost", "keeper_lost"):
            events.add_metric([name], pool.counts[name])
        yield events
        looked = CounterMetricFamily("anlokg_cache_lookups", "Look-ups", labels=["outcome"])
        looked.add_metric(["hit"], cache.hits)
        looked.add_metric(["miss"], cache.misses)
        yield looked


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
