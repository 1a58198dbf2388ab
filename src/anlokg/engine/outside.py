"""Calls other services, by the policy: the only place that connects to the outside.

The host is resolved once, every address it has is judged, and the connection is made to an address
that was judged: a name cannot lead elsewhere between look and leap. TLS is verified for the name.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urljoin

import h11

from ..errors import QueryRefused, RemoteError
from . import exchange
from .exchange import Meter, Received, Redirect
from .policy import Address, Entry, Policy, refusal

MOST_ADDRESSES = 4
Resolve = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What calls of other services may use: times of one call, calls and bytes of one query."""

    time_s: float = 20.0
    connect_s: float = 5.0
    calls: int = 100
    answer_bytes: int = 50_000_000
    header_bytes: int = 65_536
    redirects: int = 2


async def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of a host, in the order of the machine's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class Outside:
    """Calls what the policy allows."""

    def __init__(
        self,
        policy: Policy,
        bounds: Bounds,
        *,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.policy, self.bounds, self._resolve = policy, bounds, resolve
        self._tls = tls or ssl.create_default_context()

    async def call(self, iri: str, query: bytes, meter: Meter) -> Received:
        """Sends a query to an endpoint, and follows redirects as far as the policy goes.

        ``QueryRefused`` where the policy does not allow it, ``RemoteError`` where the other
        service fails, takes too long or sends too much.
        """
        self.policy.check(iri)  # before it is named in a message
        try:
            async with asyncio.timeout(self.bounds.time_s):
                return await self._follow(iri, query, meter)
        except TimeoutError:
            raise RemoteError(f"<{iri}>: no answer within {self.bounds.time_s:g} s") from None
        except RemoteError as error:
            raise RemoteError(f"<{iri}>: {error}") from error

    async def _follow(self, iri: str, query: bytes, meter: Meter) -> Received:
        method, at = "POST", iri
        for _ in range(self.bounds.redirects + 1):
            found = await self._once(method, at, query, meter)
            if isinstance(found, Received):
                return found
            if found.status == 303:  # the answer lies there; the query is not sent again
                method, query = "GET", b""
            at = self._redirected(at, found)
        raise RemoteError(f"more than {self.bounds.redirects} redirects")

    def _redirected(self, iri: str, redirect: Redirect) -> str:
        try:
            to = urljoin(iri, redirect.location)
        except ValueError:
            raise refusal(redirect.location, "a redirect to what is no address") from None
        try:
            self.policy.check(to)
        except QueryRefused as error:
            raise QueryRefused(f"<{iri}> redirects. {error}") from error
        return to

    async def _once(self, method: str, iri: str, query: bytes, meter: Meter) -> Received | Redirect:
        address, entry = self.policy.check(iri)
        numbers = await self._numbers(iri, address, entry)
        reader, writer = await self._connect(address, numbers)
        http = h11.Connection(h11.CLIENT, self.bounds.header_bytes)
        try:
            writer.write(exchange.request(http, method, address, query))
            return await exchange.answer(http, reader, meter)
        except h11.RemoteProtocolError as error:
            raise RemoteError("no whole HTTP answer") from error
        except OSError as error:
            raise RemoteError("the connection broke off") from error
        finally:
            writer.transport.abort()

    async def _numbers(self, iri: str, address: Address, entry: Entry) -> list[str]:
        """All numeric addresses of the host, after each was found allowed."""
        try:
            async with asyncio.timeout(self.bounds.connect_s):
                numbers = await self._resolve(address.host, address.port)
        except (OSError, UnicodeError) as error:
            raise RemoteError("the host is not known") from error
        self.policy.admit(iri, entry, address.port, numbers)
        return numbers[:MOST_ADDRESSES]

    async def _connect(
        self, address: Address, numbers: list[str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls = self._tls if address.scheme == "https" else None
        for number in numbers:
            with suppress(TimeoutError, _Unreachable):
                async with asyncio.timeout(self.bounds.connect_s):
                    return await _open(number, address, tls)
        raise RemoteError("it cannot be reached")


class _Unreachable(Exception):
    """No way to one of the addresses of a host; another may do."""


async def _open(
    number: str, address: Address, tls: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    name = address.host if tls else None
    try:
        return await asyncio.open_connection(number, address.port, ssl=tls, server_hostname=name)
    except ssl.SSLCertVerificationError as error:
        raise RemoteError(f"its certificate is not valid: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise RemoteError("it does not speak TLS") from error
    except OSError as error:
        raise _Unreachable from error
