"""Runs one test against a running server and says what is wrong with the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import httpx

from anlokg.query import scan

from . import answers, description
from .compare import difference
from .suite import Suite, SuiteError, Test

DIRECT = "application/sparql-query"
GRAPH = "text/turtle"
ACCEPTED = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
}
TIME_LIMIT_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a test at a server: passed, if nothing is at fault."""

    test: Test
    server: str
    fault: str

    @property
    def passed(self) -> bool:
        """Whether the answer was right."""
        return not self.fault


def client() -> httpx.Client:
    """A client that sends the headers it is given and none of its own making but the host's."""
    # A connection for each request: what one test does to a connection is nothing to the next.
    once = httpx.Limits(max_keepalive_connections=0)
    made = httpx.Client(timeout=TIME_LIMIT_S, limits=once, trust_env=False)
    for name in ("accept", "accept-encoding", "user-agent"):
        del made.headers[name]
    return made


def fault(suite: Suite, test: Test, endpoint: str, using: httpx.Client) -> str:
    """What is wrong with what a server answers to a test; empty if nothing is."""
    try:
        return CHECKS[test.kind](suite, test, endpoint, using)
    except answers.AnswerError as error:
        return str(error)
    except httpx.TimeoutException:
        return f"no answer within {TIME_LIMIT_S:g} s"
    except httpx.TransportError as error:
        return f"the connection broke: {error}"


def outer_order(query: str) -> bool:
    """Whether the outermost SELECT of a query has ORDER BY."""
    depth = 0
    for token in scan.scan(query):
        depth += (token.text == "{") - (token.text == "}")
        if not depth and token.kind == "name" and token.text.upper() == "ORDER":
            return True
    return False


def _ask(
    suite: Suite, test: Test, endpoint: str, using: httpx.Client, accept: str
) -> httpx.Response:
    """Sends the query by POST, below a BASE: the IRI of its file, which the protocol drops."""
    if test.query is None:
        raise SuiteError(f"{test.iri} has no query")
    content = f"BASE <{suite.iri(test.query)}>\n".encode() + test.query.read_bytes()
    headers = {"content-type": DIRECT, "accept": accept}
    return using.post(endpoint, content=content, headers=headers)


def _evaluation(suite: Suite, test: Test, endpoint: str, using: httpx.Client) -> str:
    if test.result is None:
        raise SuiteError(f"{test.iri} has no result")
    expected = answers.of_file(test.result, suite.iri(test.result))
    accept = GRAPH if isinstance(expected, frozenset) else ACCEPTED.get(
        test.result.suffix, ACCEPTED[".srj"]
    )  # fmt: skip
    reply = _ask(suite, test, endpoint, using, accept)
    if not reply.is_success:
        return _refused(reply)
    found = answers.of_reply(reply)
    return difference(expected, found, ordered=outer_order(suite.source(test)), lax=test.lax)


def _positive(suite: Suite, test: Test, endpoint: str, using: httpx.Client) -> str:
    reply = _ask(suite, test, endpoint, using, "*/*")
    return "" if reply.is_success else _refused(reply)


def _negative(suite: Suite, test: Test, endpoint: str, using: httpx.Client) -> str:
    status = _ask(suite, test, endpoint, using, "*/*").status_code
    return "" if status == httpx.codes.BAD_REQUEST else f"answered with {status} instead of 400"


def _protocol(_: Suite, test: Test, endpoint: str, using: httpx.Client) -> str:
    return next(filter(None, (e.fault(using, endpoint) for e in test.exchanges)), "")


def _description(_: Suite, test: Test, endpoint: str, using: httpx.Client) -> str:
    return description.fault(test.iri.rpartition("#")[2], endpoint, using)


def _refused(reply: httpx.Response) -> str:
    return f"answered with {reply.status_code}: {reply.text[:200]}"


CHECKS: dict[str, Callable[[Suite, Test, str, httpx.Client], str]] = {
    "QueryEvaluationTest": _evaluation,
    "CSVResultFormatTest": _evaluation,
    "PositiveSyntaxTest": _positive,
    "PositiveSyntaxTest11": _positive,
    "NegativeSyntaxTest": _negative,
    "NegativeSyntaxTest11": _negative,
    "ProtocolTest": _protocol,
    "ServiceDescriptionTest": _description,
}
