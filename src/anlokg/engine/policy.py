"""Which endpoints SERVICE may call: an allow-list of exact origins and path prefixes.

An entry is an address, followed by words that opt in to what is refused otherwise:
``https://query.wikidata.org/sparql`` or ``http://127.0.0.1:3030/ds http loopback``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..errors import QueryRefused, SettingError
from . import reach

PORTS = {"http": 80, "https": 443}
WORDS = ("http", "loopback", "private")

ADDRESS = re.compile(
    r"""
    (?P<scheme>https?)://
    (?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])
    (?: : (?P<port>[0-9]{1,5}))?
    (?P<path>/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?
    (?: \? (?P<query>(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*))?
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
"""No user names, no fragments, no dot behind a host, no escapes in it: nothing to read two ways."""

DOUBTFUL = re.compile(r"/\.{1,2}(?=[/;]|$)|%(?:2[EF5]|5C|[01]|7F)", re.IGNORECASE)
"""Parts of a path that servers resolve in their own ways: dot segments, encoded signs."""

NUMBER_LIKE = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$")
"""A host that ends in a number is taken for an IPv4 address, in forms such as 127.1 or 0x7f.1."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address taken apart; scheme and host in lower case, the port always there."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def authority(self) -> str:
        """Host and port for a Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def request_target(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def parse(text: str) -> Address:
    """Takes an address apart; ``ValueError`` says what is wrong with it."""
    match = ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError("not a plain http(s) address without user name and fragment")
    host, scheme = match["host"].lower(), match["scheme"].lower()
    if host.startswith("["):
        host = reach.canonical(host[1:-1])
    elif NUMBER_LIKE.search(host):
        reach.canonical(host)
    port = int(match["port"] or PORTS[scheme])
    if not 0 < port < 65536:
        raise ValueError(f"{port} is not a port")
    path = match["path"] or "/"
    if DOUBTFUL.search(path):
        raise ValueError("its path has '.', '..' or an encoded sign, which could lead elsewhere")
    return Address(scheme, host, port, path, match["query"] or "")


@dataclass(frozen=True, slots=True)
class Entry:
    """An endpoint that may be called, and what stands below its path."""

    text: str
    address: Address
    kind: str = reach.PUBLIC

    def covers(self, other: Address) -> bool:
        """Whether an address has this origin and query, and this path or one below it."""
        own = self.address
        same = (own.scheme, own.host, own.port, own.query)
        if same != (other.scheme, other.host, other.port, other.query):
            return False
        return other.path == own.path or other.path.startswith(own.path.rstrip("/") + "/")


def read_entry(text: str) -> Entry:
    """An entry of the allow-list; ``ValueError`` says what is wrong and what to write."""
    iri, *words = text.split() or [""]
    unknown = sorted(set(words) - set(WORDS))
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of: {', '.join(WORDS)}")
    if {"loopback", "private"} <= set(words):
        raise ValueError("an endpoint is loopback or private, not both")
    address = parse(iri)
    if (address.scheme == "http") != ("http" in words):
        raise ValueError(
            "http can be read and changed on the way. Use https, or add the word 'http'"
            if address.scheme == "http"
            else "the word 'http' stands behind an https address"
        )
    kind = next((word for word in words if word != "http"), reach.PUBLIC)
    if (found := reach.kind_of_literal(address.host)) not in (None, kind):
        hint = f" Add the word '{found}' if it is meant" if found in WORDS else ""
        raise ValueError(f"{address.host} is a {found} address, not a {kind} one.{hint}")
    return Entry(" ".join([iri, *words]), address, kind)


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be called. ``own`` are the service's own hosts and ports: those never may."""

    entries: tuple[Entry, ...] = ()
    own: tuple[tuple[str, int], ...] = ()

    def check(self, iri: str) -> tuple[Address, Entry]:
        """The address of an endpoint and the entry that allows it; else ``QueryRefused``."""
        try:
            address = parse(iri)
        except ValueError as error:
            raise refusal(iri, str(error)) from None
        if (address.host, address.port) in self.own:
            raise refusal(iri, "this service does not call itself")
        for entry in self.entries:
            if entry.covers(address):
                return address, entry
        raise refusal(iri, "this endpoint is not one of those that may be called")

    def admit(self, iri: str, entry: Entry, port: int, numbers: Sequence[str]) -> None:
        """Looks at all numeric addresses of an endpoint; ``QueryRefused`` if one is not allowed."""
        for number in numbers:
            kind = reach.kind(number)
            if kind != entry.kind:
                raise refusal(iri, f"its host has a {kind} address, not a {entry.kind} one")
            if any(port == taken and reach.leads_to(number, host) for host, taken in self.own):
                raise refusal(iri, "this service does not call itself")


def read(entries: Iterable[str], own: Iterable[tuple[str, int]] = ()) -> Policy:
    """The policy of an allow-list; ``SettingError`` names every entry that is wrong.

    ``own`` are hosts and ports of the service: of its public address, and where it listens.
    """
    taken = tuple((host.lower().strip("[]"), port) for host, port in own)
    made, problems = [], []
    for text in entries:
        try:
            entry = read_entry(text)
            if (entry.address.host, entry.address.port) in taken:
                raise ValueError("this is the service itself")
            made.append(entry)
        except ValueError as error:
            problems.append(f"service: {text!r}: {error}")
    if problems:
        raise SettingError("\n".join(problems))
    return Policy(tuple(made), taken)


def refusal(iri: str, reason: str) -> QueryRefused:
    """The error for an endpoint that may not be called; an IRI of any length stays one line."""
    shown = "".join(sign if sign.isprintable() else "?" for sign in iri[:200])
    return QueryRefused(f"SERVICE <{shown}>: {reason}")
