"""Runs the service: the server, the watch for new releases, and the end within seconds."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import urlsplit

import uvicorn

from ..engine import namespace
from ..engine import policy as policies
from ..engine.policy import Policy
from ..engine.source import RemoteSource
from ..errors import AnlokgError, SettingError
from .app import create_app
from .connection import limited
from .context import Context
from .edition import Edition
from .settings import Settings

LOG = logging.getLogger("anlokg")
LOOK_S = 1.0
BACKLOG = 2048
LAST_S = 1.0
"""What is left for sending last answers, beyond the time that queries have."""

Look = Callable[[Edition], Awaitable[Edition | None]]


class Server(uvicorn.Server):
    """Stops the engine together with the connections, so that no query holds the end up."""

    def __init__(self, config: uvicorn.Config, context: Context) -> None:
        super().__init__(config)
        self.context = context

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listens, and says where."""
        await super().startup(sockets)
        if self.servers:
            host, port = (sockets or self.servers[0].sockets)[0].getsockname()[:2]
            host = f"[{host}]" if ":" in host else host
            edition = self.context.edition
            print(f"anlokg: http://{host}:{port}/ serves {edition.id}", file=sys.stderr, flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets queries end for a while, then ends them, and closes."""
        closing = asyncio.ensure_future(self.context.close())
        await super().shutdown(sockets)
        await closing


async def run(
    settings: Settings, edition: Edition, host: str, port: int, look: Look | None = None
) -> None:
    """Serves until told to stop. ``look`` finds a newer edition to go over to.

    Raises ``SettingError`` if it cannot listen there or a setting cannot be kept, and
    ``EngineUnavailable`` if the edition cannot be loaded.
    """
    listener = _listen(host, port)
    policy = _policy(settings, edition, listener)
    context = Context(settings, edition, policy)
    await context.start()
    config = uvicorn.Config(
        create_app(context),
        http=limited(settings),
        ws="none",
        loop="none",
        lifespan="off",
        access_log=False,
        log_level="error",
        server_header=False,
        timeout_keep_alive=int(settings.idle_time_s),
        timeout_graceful_shutdown=int(settings.stop_time_s + LAST_S),
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
    )
    watch = asyncio.ensure_future(_watch(context, look)) if look else None
    try:
        await Server(config, context).serve([listener])
    finally:
        if watch is not None:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens; ``SettingError`` says why it cannot."""
    try:
        kind, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=kind, backlog=BACKLOG)
    except OSError as error:
        reason = error.strerror or error
        raise SettingError(f"cannot listen on {host}, port {port}: {reason}") from error


def _policy(settings: Settings, edition: Edition, listener: socket.socket) -> Policy | None:
    """What SERVICE may call; ``None`` where it is off."""
    if not settings.service:
        return None
    if isinstance(edition.source, RemoteSource):
        raise SettingError("service: a remote engine makes its own calls; leave the setting out")
    namespace.check()
    own = [listener.getsockname()[:2]]
    if settings.base_url:
        parts = urlsplit(settings.base_url)
        own.append((parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)))
    return policies.read(settings.service, own=own)


async def _watch(context: Context, look: Look) -> None:
    """Goes over to a newer edition as soon as there is one."""
    while True:
        await asyncio.sleep(LOOK_S)
        try:
            found = await look(context.edition)
            if found is not None:
                await context.switch(found)
                LOG.info('{"event": "switched", "release": "%s"}', found.id)
        except AnlokgError as error:
            LOG.error('{"event": "not switched", "reason": "%s"}', error)
            await asyncio.sleep(10 * LOOK_S)
