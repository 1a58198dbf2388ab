"""The requests of the protocol tests: read from a manifest, sent as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from rdflib import Graph, Namespace
from rdflib.collection import Collection
from rdflib.term import Node

from . import answers

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
FORMS = {"boolean": bool, "tabular": answers.Rows, "RDF": frozenset}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request of a protocol test, and what may be answered.

    ``path`` stands behind the address of the endpoint and holds the parameters; ``statuses`` are
    first digits; ``form`` is ``boolean``, ``tabular``, ``RDF`` or empty.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statuses: frozenset[int]
    form: str
    boolean: bool | None

    def fault(self, client: httpx.Client, endpoint: str) -> str:
        """What is wrong with the reply of an endpoint; empty if nothing is."""
        request = client.build_request(
            self.method, endpoint + self.path, headers=self.headers, content=self.body or None
        )
        reply = client.send(request)
        status = reply.status_code
        if status // 100 not in self.statuses:
            return f"{self.method} is answered with {status}"
        if status // 100 != 2 or not self.form:
            return ""
        try:
            answer = answers.of_reply(reply)
        except answers.AnswerError as error:
            return str(error)
        if not isinstance(answer, FORMS[self.form]):
            return f"{reply.headers.get('content-type')} where the form is to be {self.form}"
        if self.boolean is not None and answer is not self.boolean:
            return f"{answer} instead of {self.boolean}"
        return ""


def exchanges(graph: Graph, connection: Node | None) -> tuple[Exchange, ...]:
    """The requests of a connection of a manifest, in order."""
    heads = graph.objects(connection, HT.requests)
    return tuple(_exchange(graph, node) for head in heads for node in Collection(graph, head))


def _exchange(graph: Graph, node: Node) -> Exchange:
    body, reply = graph.value(node, HT.body), graph.value(node, HT.resp)
    boolean = graph.value(reply, MF.expectedBoolean)
    encoding = str(graph.value(body, CNT.characterEncoding) or "UTF-8")
    codes = " ".join(map(str, graph.objects(reply, MF.expectedStatus)))
    return Exchange(
        method=str(graph.value(node, HT.methodName)),
        path=str(graph.value(node, HT.absolutePath)).removeprefix("/sparql/"),
        headers=tuple(_headers(graph, node)),
        body=str(graph.value(body, CNT.chars) or "").encode(encoding),
        statuses=frozenset(map(int, re.findall(r"StatusCode(\d)", codes))),
        form=str(graph.value(reply, MF.expectedFormat) or ""),
        boolean=None if boolean is None else str(boolean) == "true",
    )


def _headers(graph: Graph, node: Node) -> Iterator[tuple[str, str]]:
    for head in graph.objects(node, HT.headers):
        for field in Collection(graph, head):
            yield str(graph.value(field, HT.fieldName)), str(graph.value(field, HT.fieldValue))
