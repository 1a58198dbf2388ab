"""A first endpoint: SPARQL 1.1 query by GET and POST, and readiness."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

from ..engine import Answer
from ..errors import QuerySyntaxError
from ..opened import OpenRelease
from ..query import scan
from . import negotiation
from .problem import problem

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
MAX_BODY = 1_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A query as the protocol carries it."""

    query: str
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


class Refused(Exception):
    """A request that is not a query; carries its answer."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__()


def create_app(opened: OpenRelease) -> FastAPI:
    """The application over one release."""
    from ..version import __version__

    app = FastAPI(
        title="anlokg",
        version=__version__,
        description="Clinical evidence on anlotinib: every figure with the cell it was printed in.",
    )

    @app.get("/health/ready", summary="Whether queries are answered")
    def ready() -> dict[str, str | int]:
        return {
            "status": "ready",
            "release": opened.manifest.id,
            "triples": opened.manifest.triples,
        }

    @app.api_route("/sparql", methods=["GET", "POST"], summary="SPARQL 1.1 query")
    async def sparql(request: Request) -> Response:
        try:
            asked = await _asked(request)
            media_type, form = _negotiated(request, asked.query)
        except Refused as refusal:
            return refusal.response
        return await run_in_threadpool(_answer, opened, asked, media_type, form)

    return app


async def _asked(request: Request) -> Asked:
    pairs = _pairs(request.scope["query_string"])
    if request.method == "POST":
        body = await _body(request)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == FORM:
            pairs += _pairs(body)
        elif kind == DIRECT:
            pairs.append(("query", _decoded(body)))
        else:
            detail = f"Send {FORM} or {DIRECT}"
            raise Refused(problem(415, "media-type", "Unsupported media type", detail))
    queries = [value for name, value in pairs if name == "query"]
    if any(name == "update" for name, _ in pairs):
        raise Refused(problem(403, "read-only", "Read-only", "This service answers queries only"))
    if len(queries) != 1:
        detail = f"Exactly one parameter 'query' is needed, {len(queries)} were sent"
        raise Refused(problem(400, "parameter", "Wrong number of queries", detail))
    return Asked(queries[0], _graphs(pairs, "default"), _graphs(pairs, "named"))


def _pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Names and values of a form or query string, which is UTF-8 below its escapes."""
    try:
        return parse_qsl(_decoded(encoded), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise _not_utf_8() from None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_utf_8() from None


def _not_utf_8() -> Refused:
    detail = "Queries and parameters must be UTF-8"
    return Refused(problem(400, "encoding", "Not UTF-8", detail))


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            detail = f"The body may have {MAX_BODY} bytes"
            raise Refused(problem(413, "too-large", "Body too large", detail))
    return bytes(body)


def _graphs(pairs: list[tuple[str, str]], kind: str) -> tuple[str, ...]:
    return tuple(value for name, value in pairs if name == f"{kind}-graph-uri")


def _negotiated(request: Request, query: str) -> tuple[str, str]:
    if scan.calls_service(query):
        detail = "This service does not call other services"
        raise Refused(problem(403, "service", "SERVICE is off", detail))
    is_graph = scan.form(query) in ("CONSTRUCT", "DESCRIBE")
    offered = negotiation.GRAPHS if is_graph else negotiation.RESULTS
    chosen = negotiation.choose(request.headers.get("accept"), offered)
    if chosen is None:
        detail = "None of the accepted types is offered"
        raise Refused(
            problem(406, "not-acceptable", "Not acceptable", detail, offered=list(offered))
        )
    return chosen


def _answer(opened: OpenRelease, asked: Asked, media_type: str, form: str) -> Response:
    # Made, consumed and dropped in this one thread: pyoxigraph ties results to it.
    try:
        answer = opened.engine.query(
            asked.query, default_graphs=asked.default_graphs, named_graphs=asked.named_graphs
        )
        body = _serialised(answer, form)
    except QuerySyntaxError as error:
        return problem(
            400, "syntax", "Syntax error", str(error), line=error.line, column=error.column
        )
    except ValueError as error:
        return problem(400, "query", "The query cannot be run", str(error))
    headers = {"Access-Control-Allow-Origin": "*", "Vary": "Accept"}
    return Response(body, media_type=media_type, headers=headers)


def _serialised(answer: Answer, form: str) -> bytes:
    # CSV and TSV have no form for the answer of ASK; a bare word is what tools expect.
    if answer.boolean is not None and form in ("csv", "tsv"):
        return b"true\n" if answer.boolean else b"false\n"
    return answer.to_bytes(form)
