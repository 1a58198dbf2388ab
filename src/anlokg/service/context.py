"""What the routers share: settings, the edition that is served, and the way to ask it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from fastapi import Request as HttpRequest

from ..engine.outside import Bounds
from ..engine.policy import Policy
from ..engine.pool import Pool
from ..engine.proxy import Proxy
from ..engine.request import Reply, Request
from ..engine.source import RemoteSource, StoreSource
from ..errors import QueryRefused, QuerySyntaxError
from ..query import federation, guard
from ..query.guard import Inspection
from .cache import Cache
from .edition import Edition
from .settings import Settings

T = TypeVar("T")
CALL_S = 20.0
"""The most that one call of SERVICE may take."""


class Context:
    """The state of a running service."""

    def __init__(self, settings: Settings, edition: Edition, policy: Policy | None = None) -> None:
        self.settings = settings
        self.edition = edition
        self.policy = policy
        bounds = Bounds(time_s=min(CALL_S, settings.time_limit_s))
        self.proxy = Proxy(policy, bounds) if policy is not None else None
        self.pool = Pool(settings.limits(), self.proxy)
        self.cache = Cache(settings.cache_mb * 1_000_000)
        self._made: dict[str, tuple[str, object]] = {}

    async def start(self) -> None:
        """Starts the engine; ``EngineUnavailable`` if the edition cannot be loaded."""
        await self.pool.switch(self.edition.source, self.edition.id)

    async def switch(self, edition: Edition) -> None:
        """Serves another edition; requests under way end with the one they began with."""
        await self.pool.switch(edition.source, edition.id)
        self.edition = edition
        self.cache.clear()

    async def close(self) -> None:
        """Ends the engine; queries under way get the time that the settings give them."""
        await self.pool.close(self.settings.stop_time_s)
        if self.proxy is not None:
            self.proxy.close()

    @property
    def lasting(self) -> bool:
        """Whether equal questions have equal answers until the next release."""
        return not isinstance(self.edition.source, RemoteSource)

    async def ask(
        self,
        http_request: HttpRequest | None,
        query: str,
        form: str,
        *,
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
        timeout_s: float | None = None,
        inspection: Inspection | None = None,
    ) -> Reply:
        """Asks the engine; the answer in a form of ``engine.request``.

        Raises what ``errors`` lists below ``QueryError``. Ends the query when the asker is gone.
        """
        seen = inspection or guard.inspect(query)
        for target in seen.targets:
            self._check(target)
        request = Request(
            federation.rewrite(query) if seen.targets else query,
            form,
            default_graphs,
            named_graphs,
            default=self._default(seen, bool(default_graphs or named_graphs)),
            service=bool(seen.targets),
            base=self.url(http_request, "/sparql") if http_request is not None else "",
        )
        limit = self.limit_s(timeout_s)
        gone = _leaving(http_request) if http_request is not None else None
        try:
            return await self.pool.answer(request, limit, gone)
        except QuerySyntaxError as error:
            raise _where_it_was(error, query) if seen.targets else error from None

    def _check(self, target: str) -> None:
        """Whether SERVICE may call an endpoint; ``QueryRefused`` names it."""
        if self.policy is None:
            raise QueryRefused(f"the query calls <{target}>; SERVICE is off here")
        self.policy.check(target)

    def limit_s(self, wanted_s: float | None) -> float:
        """The time limit in seconds: what is asked for, up to the longest there is."""
        if wanted_s is None:
            return self.settings.time_limit_s
        return min(max(wanted_s, 0.001), self.settings.longest_time_limit_s)

    def _default(self, seen: Inspection, named: bool) -> str:
        """Which default graph the query asks where it names no dataset."""
        wanted = self.settings.default_graph
        if seen.names_dataset or named or wanted == "own":
            return "stored"
        if wanted == "union" and isinstance(self.edition.source, StoreSource):
            return "stored"  # that of a release is the union already, each triple once
        return wanted

    async def made(self, name: str, make: Callable[[], Awaitable[T]]) -> T:
        """Something made once for each edition, such as an index."""
        edition, kept = self._made.get(name, ("", None))
        if edition != self.edition.id:
            edition, kept = self.edition.id, await make()
            self._made[name] = (edition, kept)
        return kept  # type: ignore[return-value]

    def url(self, http_request: HttpRequest, path: str) -> str:
        """The address of a path of this service, as its users see it."""
        if self.settings.base_url:
            return f"{self.settings.base_url}{path}"
        scope = http_request.scope
        host = http_request.headers.get("host") or "localhost"
        return f"{scope['scheme']}://{host}{self.settings.root_path}{path}"

    def link(self, http_request: HttpRequest, iri: str) -> str:
        """The address at which this service shows an entity; the IRI itself if it is not ours."""
        base = self.edition.base.iri
        if not iri.startswith(base):
            return iri
        return self.url(http_request, "/" + iri[len(base) :])

    def path(self, path: str) -> str:
        """A path of this service for a link in a page: behind the proxy's prefix, without host."""
        if self.settings.base_url:
            return urlsplit(self.settings.base_url).path.rstrip("/") + path
        return self.settings.root_path + path


def _where_it_was(error: QuerySyntaxError, query: str) -> QuerySyntaxError:
    """The error with its place in the query as it came: the engine saw the calls rewritten."""
    if error.line is None or error.column is None:
        return error
    column = federation.original_column(query, error.line, error.column)
    return QuerySyntaxError(error.message, error.line, column)


def _leaving(http_request: HttpRequest) -> Callable[[], Awaitable[None]]:
    async def gone() -> None:
        while (await http_request.receive())["type"] != "http.disconnect":
            pass

    return gone
