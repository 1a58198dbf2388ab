"""Writes to a server by the SPARQL 1.1 Graph Store HTTP Protocol."""

from __future__ import annotations

import gzip
import time
from contextlib import suppress

import requests
from requests.auth import AuthBase, HTTPBasicAuth, HTTPDigestAuth
from urllib3.exceptions import ProtocolError

from ..engine.endpoint import checked
from ..engine.saying import first_words, reason
from ..errors import RemoteError
from ..version import __version__

N_TRIPLES = "application/n-triples"
CONNECT_S = 30.0
ATTEMPTS = 3
PAUSE_S = 1.0
LEVEL = 3
# What a server says to a content coding it does not know.
UNKNOWN_CODING = frozenset({400, 406, 415, 422, 500, 501})

HINTS = {
    404: "there is no graph store at this address. Is it the address for queries? Oxigraph's graph"
    " store ends in /store, Virtuoso's in /sparql-graph-crud-auth, Fuseki's in /data, GraphDB's in"
    " /rdf-graphs/service",
    413: "the document is too large for it. Send smaller ones with --chunk-mb",
    415: f"it does not take {N_TRIPLES}",
}
HINTS[405] = HINTS[501] = HINTS[404]


class GraphStore:
    """The graph store of a server; graphs are named by ``?graph=``.

    User and password answer a challenge, Basic or Digest. Documents are sent compressed to a
    server that takes them so.
    """

    def __init__(
        self,
        url: str,
        user: str | None = None,
        password: str | None = None,
        token: str | None = None,
        patience_s: float = 600.0,
    ) -> None:
        self.url, self.patience_s = checked(url), patience_s
        self.compressed: bool | None = None
        self._user, self._password = user, password or ""
        self._auth: AuthBase | None = None
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"anlokg/{__version__}"
        if token is not None:
            self._session.headers["Authorization"] = f"Bearer {token}"

    def replace(self, graph: str, document: bytes) -> None:
        """Makes a graph hold the triples of a document (N-Triples), and nothing else."""
        self._write("PUT", graph, document)

    def add(self, graph: str, document: bytes) -> None:
        """Adds the triples of a document to a graph. Without blank nodes twice is as once."""
        self._write("POST", graph, document)

    def remove(self, graph: str) -> None:
        """Removes a graph; one that is not there is no error."""
        response = self._send("DELETE", graph, None, {})
        if not _done(response) and response.status_code != 404:
            raise self._failure(response)

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _write(self, method: str, graph: str, document: bytes) -> None:
        headers = {"Content-Type": N_TRIPLES}
        if self.compressed is not False:
            packed = gzip.compress(document, LEVEL)
            coded = headers | {"Content-Encoding": "gzip"}
            response = self._send(method, graph, packed, coded)
            if _done(response):
                self.compressed = True
                return
            if self.compressed or response.status_code not in UNKNOWN_CODING:
                raise self._failure(response)
        response = self._send(method, graph, document, headers)
        if not _done(response):
            raise self._failure(response)
        self.compressed = False

    def _send(
        self, method: str, graph: str, data: bytes | None, headers: dict[str, str]
    ) -> requests.Response:
        """One request; sent again if the connection breaks, as every request here may be."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._request(method, graph, data, headers)
            except requests.RequestException as error:
                if attempt == ATTEMPTS or not _broken(error):
                    raise RemoteError(f"{self.url} cannot be reached: {_cause(error)}") from error
                time.sleep(PAUSE_S * attempt)
                self._greet(graph)
                continue
            if response.status_code != 401 or self._auth is not None or self._user is None:
                return response
            self._auth = self._challenged(response, self._user)
        return response

    def _greet(self, graph: str) -> None:
        """A short request for a new challenge: where the old one is stale, a long one breaks."""
        if isinstance(self._auth, HTTPDigestAuth):
            self._auth = HTTPDigestAuth(self._user or "", self._password)
            with suppress(requests.RequestException):
                self._request("HEAD", graph, None, {})

    def _request(
        self, method: str, graph: str, data: bytes | None, headers: dict[str, str]
    ) -> requests.Response:
        return self._session.request(
            method,
            self.url,
            params={"graph": graph},
            data=data,
            headers=headers,
            auth=self._auth,
            timeout=(CONNECT_S, self.patience_s),
            allow_redirects=False,
        )

    def _challenged(self, response: requests.Response, user: str) -> AuthBase:
        scheme = response.headers.get("WWW-Authenticate", "").partition(" ")[0].lower()
        kind = HTTPDigestAuth if scheme == "digest" else HTTPBasicAuth
        return kind(user, self._password)

    def _failure(self, response: requests.Response) -> RemoteError:
        status = response.status_code
        if status == 401:
            known = self._user is not None or "Authorization" in self._session.headers
            told = "refuses this user" if known else "wants a user: --user and --password-file"
            return RemoteError(f"{self.url} {told} (401)")
        if response.is_redirect:
            place = response.headers["Location"]
            return RemoteError(f"{self.url} sends on to {place}; give that address if you trust it")
        words = first_words(response.content, response.headers.get("Content-Type", ""))
        said = f"{self.url} answered {status} {words or response.reason}"
        return RemoteError(f"{said}: {HINTS[status]}" if status in HINTS else said)


def _done(response: requests.Response) -> bool:
    return 200 <= response.status_code < 300


def _broken(error: requests.RequestException) -> bool:
    """Whether a connection stood and broke; where none came about, trying again does not help."""
    return any(isinstance(item, ProtocolError) for item in error.args)


def _cause(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "it does not answer in time"
    return reason(_innermost(error))


def _innermost(error: BaseException) -> BaseException:
    """The error that the libraries wrapped."""
    below = (*error.args, error.__cause__)
    return next((_innermost(item) for item in below if isinstance(item, BaseException)), error)
