"""Asks another SPARQL endpoint over HTTP, and lets no answer through that may not be whole."""

from __future__ import annotations

import io
import json
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

from SPARQLWrapper import POST, POSTDIRECTLY, URLENCODED, SPARQLWrapper

from ..errors import RemoteError
from ..version import __version__
from .saying import first_words, reason

SILENCE_S = 3600.0
"""An endpoint may think that long. Whoever asks for a person ends the asking process earlier."""
PIECE = 65_536
LONGEST_ERROR = 65_536
JSON_RESULTS = "application/sparql-results+json"
# Headers with which servers say that they gave less than was asked for.
CUT = {
    "X-SPARQL-MaxRows": "cut its answer at {} rows, the most it gives",
    "X-SPARQL-Anytime": "gave a part of the answer, as its time ran out ({})",
    "X-SQL-State": "gave a part of the answer, as its time ran out (SQL state {})",
}


class BadQuery(RemoteError):
    """The endpoint refused the query itself (400); ``words`` are its own."""

    def __init__(self, message: str, words: str) -> None:
        self.words = words
        super().__init__(message)


class Endpoint:
    """A SPARQL 1.1 endpoint at an http or https address, with the name of a user if it wants one.

    ``token`` is sent as a bearer token. User and password answer a challenge, Basic or Digest, and
    are never sent to another address.
    """

    def __init__(
        self,
        url: str,
        user: str | None = None,
        password: str | None = None,
        token: str | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        self.url, self._token, self._silence_s = checked(url), token, silence_s
        self._method = URLENCODED
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if user is not None:
            passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
            passwords.add_password(None, url, user, password or "")
            handlers.append(urllib.request.HTTPBasicAuthHandler(passwords))
            handlers.append(urllib.request.HTTPDigestAuthHandler(passwords))
        self._opener = urllib.request.build_opener(*handlers)

    @contextmanager
    def ask(
        self, query: str, accept: str, dataset: Sequence[tuple[str, str]] = ()
    ) -> Iterator[Body]:
        """The answer to a query, to be read while the block lasts.

        ``dataset`` holds the parameters ``default-graph-uri`` and ``named-graph-uri``.
        Raises ``RemoteError`` with the status and the first words of the endpoint, ``BadQuery``
        if it takes the query for a wrong one.
        """
        try:
            response = self._send(query, accept, dataset)
        except HTTPError as error:
            with error:
                raise self._failure(error) from error
        except (OSError, HTTPException, ValueError) as error:
            raise RemoteError(f"{self.url} cannot be asked: {reason(error)}") from error
        with response:
            self._check(response)
            yield Body(response, self.url)

    def rows(self, query: str) -> list[dict[str, str]]:
        """Small answers: the text of the bound variables, row by row."""
        with self.ask(query, JSON_RESULTS) as body:
            data = b"".join(body.pieces())
        try:
            found = json.loads(data)["results"]["bindings"]
            return [{name: cell["value"] for name, cell in row.items()} for row in found]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RemoteError(f"{self.url} did not answer with {JSON_RESULTS}") from error

    def _send(self, query: str, accept: str, dataset: Sequence[tuple[str, str]]) -> HTTPResponse:
        try:
            return self._open(query, accept, dataset)
        except HTTPError as error:
            # The protocol has two ways to send a query; a server may know only the other one.
            if error.code != 415 or self._method == POSTDIRECTLY:
                raise
            error.close()
            self._method = POSTDIRECTLY
            return self._open(query, accept, dataset)

    def _open(self, query: str, accept: str, dataset: Sequence[tuple[str, str]]) -> HTTPResponse:
        asking = _Asking(self.url, agent=f"anlokg/{__version__}")
        asking.opener, asking.silence_s = self._opener, self._silence_s
        asking.setMethod(POST)
        asking.setRequestMethod(self._method)
        asking.setOnlyConneg(True)
        asking.addCustomHttpHeader("Accept", accept)
        if self._token is not None:
            asking.addCustomHttpHeader("Authorization", f"Bearer {self._token}")
        for name, value in dataset:
            asking.addParameter(name, value)
        # Not setQuery(), whose guess at the form of the query takes some queries for updates.
        asking.queryString, asking.queryType = query, "SELECT"
        response: HTTPResponse = asking.query().response
        return response

    def _check(self, response: HTTPResponse) -> None:
        """Refuses what is not a whole answer."""
        if response.status != 200:
            told = "in part" if response.status == 206 else "strangely"
            raise RemoteError(f"{self.url} answered {told}: {response.status} {response.reason}")
        for name, meaning in CUT.items():
            if (value := response.headers.get(name)) is not None:
                raise RemoteError(f"{self.url} {meaning.format(value)}")
        coding = response.headers.get("Content-Encoding", "identity").lower()
        if coding != "identity":
            raise RemoteError(f"{self.url} answers in {coding}, which was not asked for")

    def _failure(self, error: HTTPError) -> RemoteError:
        if 300 <= error.code < 400:
            place = error.headers.get("Location", "another address")
            return RemoteError(f"{self.url} sends on to {place}; give that address if you trust it")
        try:
            body = error.read(LONGEST_ERROR)
        except (OSError, HTTPException):
            body = b""
        words = first_words(body, error.headers.get("Content-Type", ""))
        message = f"{self.url} answered {error.code} {words or error.reason}"
        return BadQuery(message, words) if error.code == 400 else RemoteError(message)


class Body(io.RawIOBase):
    """The body of an answer; a stream that breaks off raises ``RemoteError``, and never just ends.

    ``framed`` is false where HTTP does not tell the end of the body from a broken connection.
    """

    def __init__(self, response: HTTPResponse, url: str) -> None:
        super().__init__()
        self._response, self._url = response, url
        self.framed = bool(response.chunked) or response.length is not None
        self.server = response.headers.get("Server", "")
        kind = response.headers.get("Content-Type", "")
        self.media_type = kind.partition(";")[0].strip().lower()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills a buffer; 0 at the end."""
        try:
            count = self._response.readinto(buffer)
        except (OSError, HTTPException, ValueError) as error:
            raise RemoteError(f"{self._url} broke off its answer: {reason(error)}") from error
        if not count and self._response.length:
            left = self._response.length
            raise RemoteError(f"{self._url} broke off its answer: {left} bytes are missing")
        return count

    def pieces(self) -> Iterator[bytes]:
        """The body in pieces."""
        while piece := self.read(PIECE):
            yield piece


class _Asking(SPARQLWrapper):
    """SPARQLWrapper that shows the whole response and leaves the process's own opener alone."""

    opener: urllib.request.OpenerDirector
    silence_s: float

    def _query(self) -> tuple[HTTPResponse, str]:
        return self.opener.open(self._createRequest(), timeout=self.silence_s), self.returnFormat


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Following would turn the query into a GET without one, and send the password along."""

    def redirect_request(self, *_: Any) -> None:
        return None


def checked(url: str) -> str:
    """An address, if it is one of http without a password in it; else ``RemoteError``."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not url.isascii() or any(sign <= " " for sign in url):
        raise RemoteError(f"{url!r} is not an http or https address")
    if parts.username is not None:
        raise RemoteError("the address holds a user name; give it apart from the address")
    return url
