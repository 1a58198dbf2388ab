"""Puts the routers together; FastAPI only translates HTTP."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from ..errors import AnlokgError
from ..version import __version__
from . import (
    discovery,
    docs_page,
    dumps,
    entities,
    finding,
    home,
    integrity,
    openapi,
    pages,
    questions,
    running,
    sparql,
    synthesis,
)
from .context import Context
from .front import Front
from .problem import problem, respond

ROUTERS = (
    home, docs_page, questions, integrity, finding, synthesis, discovery, dumps, entities, running,
)  # fmt: skip
"""Where two could take a path, the first does."""

DESCRIPTION = """\
Clinical evidence on anlotinib and the drugs it meets: every figure with its interval, denominator,
direction, subgroup and grade, and the cell it was printed in. Ask by name under **Questions**,
or in SPARQL 1.1 at `/sparql`.
"""


def create_app(context: Context) -> ASGIApp:
    """The application over a started context."""
    app = FastAPI(
        title="anlokg",
        version=__version__,
        description=DESCRIPTION,
        license_info={"name": "CC BY 4.0", "identifier": "CC-BY-4.0"},
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.context = context
    for module in ROUTERS:
        app.include_router(module.router(context))
    openapi.install(app, context)
    app.mount("/static", StaticFiles(directory=pages.FOLDER / "static"), name="static")
    _handle_errors(app)
    direct = dict.fromkeys(sparql.PATHS, sparql.endpoint(context))
    app.state.front = Front(app, direct, context)
    return app.state.front  # type: ignore[no-any-return]


def _handle_errors(app: FastAPI) -> None:
    @app.exception_handler(AnlokgError)
    async def ours(request: Request, error: AnlokgError) -> Response:
        return respond(request, error)

    @app.exception_handler(HTTPException)
    async def theirs(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            detail = f"There is nothing at {request.url.path}"
            return problem(request, 404, "not-found", "Not found", detail)
        if error.status_code == 405:
            detail = f"{request.method} is not possible here"
            return problem(request, 405, "method", "Method not allowed", detail)
        return problem(request, error.status_code, "http", "Not possible", str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        fields = [
            {"parameter": str(item["loc"][-1]), "detail": str(item["msg"])}
            for item in error.errors()
        ]
        detail = "; ".join(f"{field['parameter']}: {field['detail']}" for field in fields)
        members = {"parameter": fields[0]["parameter"], "errors": fields}
        return problem(request, 400, "parameter", "Wrong parameter", detail, members=members)

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, _error: Exception) -> Response:
        detail = "The service failed; the failure is in its log"
        return problem(request, 500, "internal", "Internal error", detail)
