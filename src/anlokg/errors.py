"""Every error that anlokg raises on purpose.

::

    AnlokgError
    ├── ResourcesNotFound        ontology, shapes, queries or mappings are missing
    ├── TableError               evidence tables cannot be used; carries all problems
    ├── MappingError             a mapping cannot be read or does not fit its tables
    ├── ReasoningError           the ontology is inconsistent or cannot be classified
    ├── ShapeError               a shapes file cannot be read
    ├── ValidationFailed         the graph breaks a shape; carries the report
    ├── ReleaseError             a release is missing, broken or of another format
    ├── FileError                a file cannot be read or written
    ├── SettingError             a setting of the service that is unknown or out of range
    ├── NotFound                 nothing is there under this name or address
    ├── SynthesisRefused         figures that should not, or cannot, be pooled (synthesis.refusal)
    └── QueryError               a query cannot be run
        ├── QuerySyntaxError     with line and column where known
        ├── UnknownQuery
        ├── ParameterError       names the parameter and what is allowed
        ├── QueryRefused         against the rules of the service: SERVICE, updates
        ├── QueryTimeout         ran, or waited, longer than its limit
        ├── QueryMemoryExceeded  needed more memory than a worker may use
        ├── AnswerTooLarge       more bytes than an answer may have
        ├── QueryCancelled       by an operator, or because the asker went away
        ├── QueueFull            too many queries are waiting; says when to come again
        ├── EngineUnavailable    nothing answers now: starting, stopping or lost
        ├── EngineFailed         the query ended its worker
        └── RemoteError          another SPARQL endpoint failed, or answered in part
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class AnlokgError(Exception):
    """Base of all errors; ``exit_code`` is what the command line ends with."""

    exit_code = 1


class ResourcesNotFound(AnlokgError):
    """The resource folders were found in none of the places tried."""

    exit_code = 3


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one place of one file, and what to do about it."""

    file: str
    message: str
    fix: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.file
        if self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: {self.message}. {self.fix}"


class TableError(AnlokgError):
    """Evidence tables with problems; all of them, not the first."""

    exit_code = 4

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class MappingError(AnlokgError):
    """A mapping that cannot be read, or that asks for what its tables lack."""

    exit_code = 5


class ReasoningError(AnlokgError):
    """The ontology is inconsistent, or a class of it can have no member."""

    exit_code = 6


class ShapeError(AnlokgError):
    """A shapes file that does not parse or is not valid SHACL."""

    exit_code = 7


class ValidationFailed(AnlokgError):
    """The graph breaks one or more shapes."""

    exit_code = 8

    def __init__(self, message: str, violations: Sequence[object] = ()) -> None:
        self.violations = tuple(violations)
        super().__init__(message)


class ReleaseError(AnlokgError):
    """No usable release, or one written in another format."""

    exit_code = 9


class FileError(AnlokgError):
    """A file of the user that cannot be read or written."""

    exit_code = 11


class SettingError(AnlokgError):
    """Settings of the service that are unknown or out of range; all of them at once."""

    exit_code = 2


class NotFound(AnlokgError):
    """Nothing is known under this name or address."""


class QueryError(AnlokgError):
    """A query that cannot be run."""

    exit_code = 10


class QuerySyntaxError(QueryError):
    """SPARQL that does not parse."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        self.message, self.line, self.column = message, line, column
        place = f"line {line}, column {column}: " if line is not None else ""
        super().__init__(f"{place}{message}")


class UnknownQuery(QueryError):
    """No query of that name in the catalogue."""


class ParameterError(QueryError):
    """A parameter that is unknown, missing or has a value outside what is allowed."""

    def __init__(self, name: str, message: str) -> None:
        self.name = name
        super().__init__(f"parameter {name}: {message}")


class QueryRefused(QueryError):
    """A query that the rules of the service do not allow; names what."""


class QueryTimeout(QueryError):
    """A query that took longer than its limit; times in seconds."""

    def __init__(self, limit_s: float, elapsed_s: float) -> None:
        self.limit_s, self.elapsed_s = limit_s, elapsed_s
        super().__init__(f"the query was ended at its time limit of {limit_s:g} s")


class QueryMemoryExceeded(QueryError):
    """A query that needed more memory than a worker may use, in megabytes."""

    def __init__(self, limit_mb: int) -> None:
        self.limit_mb = limit_mb
        super().__init__(f"the query needs more than the {limit_mb} MB of memory it may use")


class AnswerTooLarge(QueryError):
    """An answer of more bytes than an answer may have."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        super().__init__(
            f"the answer has more than {limit_bytes} bytes. Ask for less, or page with LIMIT"
        )


class QueryCancelled(QueryError):
    """A query that was ended by an operator, or because its asker went away."""


class QueueFull(QueryError):
    """Too many queries are waiting; ``retry_after_s`` says when to come again."""

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"too many queries are waiting; come again in {retry_after_s} s")


class EngineUnavailable(QueryError):
    """Nothing answers queries now; ``retry_after_s`` says when to come again."""

    def __init__(self, message: str, retry_after_s: int = 1) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class EngineFailed(QueryError):
    """A query that ended the process it ran in; others are not affected."""


class RemoteError(QueryError):
    """Another SPARQL endpoint that failed, or that answered in part."""
