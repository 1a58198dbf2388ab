"""Settings of the service: one typed object; its documentation is made from it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..engine.limits import Limits, default_workers
from ..errors import SettingError

VARIABLE = "ANLOKG_SERVE_"
DEFAULT_GRAPHS = ("own", "union", "empty")


def _set(default: Any, help: str, unit: str = "", low: float = 0) -> Any:
    return dataclasses.field(default=default, metadata={"help": help, "unit": unit, "low": low})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What operators may set: on the command line with ``--set name=value``, or by environment
    variables ``ANLOKG_SERVE_NAME``."""

    time_limit_s: float = _set(30.0, "Time a query may take where the request asks for none", "s")
    longest_time_limit_s: float = _set(60.0, "Most time a request may ask for", "s")
    page_time_limit_s: float = _set(5.0, "Time a query behind a page for people may take", "s")
    workers: int = _set(default_workers(), "Worker processes", "", 1)
    heavy_after_ms: int = _set(250, "A query that runs longer counts as heavy", "ms", 1)
    queue: int = _set(64, "Queries that may wait; more are told to come again", "", 1)
    memory_mb: int = _set(1024, "Memory a query may use beside the shared graph", "MB", 16)
    memory_share: float = _set(
        0.5, "Largest share of the machine's memory for the graph; above, it is read from disk"
    )
    answer_mb: int = _set(512, "Largest answer", "MB", 1)
    body_bytes: int = _set(1_000_000, "Largest request body, unpacked too", "bytes", 1)
    header_bytes: int = _set(65_536, "Largest request line and headers", "bytes", 1024)
    header_time_s: float = _set(10.0, "Time to send a request's headers", "s")
    body_time_s: float = _set(30.0, "Time to send a request's body", "s")
    idle_time_s: float = _set(75.0, "Time a connection may wait for its next request", "s")
    stall_time_s: float = _set(60.0, "Time a client may read nothing of its answer", "s")
    connections: int = _set(1000, "Connections at once; more get 503", "", 1)
    cache_mb: int = _set(64, "Memory for answers kept to be given again; 0 for none", "MB")
    max_age_s: int = _set(60, "Time a client may use an answer without asking again", "s")
    default_graph: str = _set(
        "own",
        "Default graph of a query that names no dataset: own (of a release: the union of all its"
        " graphs), union (made while asking) or empty",
    )
    page_rows: int = _set(
        100, "Rows of a page of an answer, where the request names no number", "", 1
    )
    most_page_rows: int = _set(10_000, "Most rows a page may have", "", 1)
    xlsx_rows: int = _set(100_000, "Most rows of a workbook", "", 1)
    service: tuple[str, ...] = _set(
        (),
        "Endpoints that SERVICE may call, separated by ';': an address, then words that opt in"
        " (http, loopback, private); none turns it off",
    )
    service_workers: int = _set(2, "Worker processes for queries with SERVICE", "", 1)
    base_url: str = _set("", "Address of the service as its users see it; else from the request")
    root_path: str = _set("", "Path before all others, where a proxy in front cuts it off")
    trusted_proxies: tuple[str, ...] = _set(
        (), "Addresses of proxies whose X-Forwarded headers count, separated by ';'"
    )
    admin_token: str = _set("", "Bearer token for /admin; without one there is no /admin")
    log_requests: bool = _set(True, "One line of JSON for each request, on standard error")
    log_queries: bool = _set(False, "Texts of queries in the log")
    stop_time_s: float = _set(3.0, "Time that queries under way have when the service stops", "s")

    def limits(self) -> Limits:
        """The part that the engine keeps."""
        return Limits(
            workers=self.workers,
            heavy_after_ms=self.heavy_after_ms,
            queue=self.queue,
            memory_mb=self.memory_mb,
            memory_share=self.memory_share,
            answer_bytes=self.answer_mb * 1_000_000,
            service_workers=self.service_workers,
        )


def read(pairs: Iterable[str], environment: Mapping[str, str]) -> Settings:
    """Settings from ``name=value`` pairs, over those of the environment.

    ``SettingError`` says all that is wrong at once.
    """
    given = {
        name.removeprefix(VARIABLE).lower(): (value, name)
        for name, value in environment.items()
        if name.startswith(VARIABLE)
    }
    problems = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            problems.append(f"{pair!r}: write it as name=value")
        given[name.strip().replace("-", "_")] = (value, "--set")
    known = {field.name: field for field in dataclasses.fields(Settings)}
    values: dict[str, Any] = {}
    for name, (text, origin) in given.items():
        if name not in known:
            problems.append(
                f"{origin}: there is no setting {name!r}. There are: {', '.join(known)}"
            )
            continue
        try:
            values[name] = _value(known[name], text.strip())
        except ValueError as error:
            problems.append(f"{name}: {error}")
    if problems:
        raise SettingError("\n".join(problems))
    return Settings(**values)


def _value(field: dataclasses.Field[Any], text: str) -> Any:
    kind = str(field.type)
    if kind == "bool":
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() in ("true", "1", "yes")
    if kind.startswith("tuple"):
        return tuple(part.strip() for part in text.split(";") if part.strip())
    if kind == "str":
        return _text(field.name, text)
    number = _number(kind, text)
    low = field.metadata["low"]
    if number < low:
        raise ValueError(f"{text} is less than {low:g}")
    return number


def _text(name: str, text: str) -> str:
    if name == "default_graph" and text not in DEFAULT_GRAPHS:
        raise ValueError(f"{text!r} is none of: {', '.join(DEFAULT_GRAPHS)}")
    if name == "base_url" and text and not re.fullmatch(r"https?://[^\s?#]+", text):
        raise ValueError(f"{text!r} is not an http(s) address")
    if name == "root_path" and text and not re.fullmatch(r"(/[\w.~-]+)+/?", text):
        raise ValueError(f"{text!r} is not a path such as /anlokg")
    return text.rstrip("/")


def _number(kind: str, text: str) -> float:
    try:
        number = int(text) if kind == "int" else float(text)
    except ValueError:
        whole = "a whole number" if kind == "int" else "a number"
        raise ValueError(f"{text!r} is not {whole}") from None
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(f"{text!r} is not a number to limit with")
    return number


def table() -> str:
    """The settings as a Markdown table, for the documentation."""
    lines = ["| setting | default | what it is |", "|---|---|---|"]
    for field in dataclasses.fields(Settings):
        unit = f" {field.metadata['unit']}" if field.metadata["unit"] else ""
        default = "4 a core, at least 8" if field.name == "workers" else _shown(field.default)
        lines.append(f"| `{field.name}` | {default}{unit} | {field.metadata['help']} |")
    return "\n".join(lines) + "\n"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | str):
        return f"`{value}`" if value else "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
