"""The error of a request that HTTP alone decides."""

from __future__ import annotations

from ..errors import AnlokgError


class HttpProblem(AnlokgError):
    """A request that cannot be answered for a reason of HTTP alone."""

    def __init__(
        self,
        status: int,
        name: str,
        title: str,
        detail: str,
        headers: dict[str, str] | None = None,
        **members: object,
    ) -> None:
        self.status, self.name, self.title = status, name, title
        self.headers, self.members = headers, members
        super().__init__(detail)
