"""A worker behind the network fence, as a test meets it: ``python tests/fenced.py CONTROL``.

Reads a JSON list of tasks on standard input and prints a JSON list of what came of them. As in the
service, one process has the store, and a fork of it enters the fence and asks. Tasks: ``query``,
``connect`` (host and port), ``look up`` (a name), ``die``, ``privileges``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import pyoxigraph

from anlokg.engine import gate, namespace
from anlokg.errors import QueryRefused, RemoteError

EX = "http://example.org/"


def store() -> pyoxigraph.Store:
    """Three things with names."""
    made = pyoxigraph.Store()
    for name in ("one", "two", "three"):
        thing, label = pyoxigraph.NamedNode(EX + name), pyoxigraph.Literal(name)
        made.add(pyoxigraph.Quad(thing, pyoxigraph.NamedNode(EX + "name"), label))
    return made


def answer(query: str, asked: pyoxigraph.Store, lifeline: gate.Lifeline) -> Any:
    """The rows of an answer, or the error of a call that failed."""
    try:
        try:
            rows = [[term and term.value for term in row] for row in asked.query(query)]
        finally:
            lifeline.check()
    except QueryRefused as error:
        return f"refused: {error}"
    except RemoteError as error:
        return f"failed: {error}"
    except (OSError, RuntimeError) as error:
        return f"engine: {error}"
    return rows


def did(task: dict[str, Any], asked: pyoxigraph.Store, lifeline: gate.Lifeline) -> Any:
    """What came of a task: its result, or the error as text."""
    try:
        if "query" in task:
            return answer(task["query"], asked, lifeline)
        if "connect" in task:
            socket.create_connection(tuple(task["connect"]), timeout=5).close()
            return "connected"
        if "look up" in task:
            return socket.getaddrinfo(task["look up"], 80)[0][4][0]
        if "die" in task:
            os.kill(os.getpid(), signal.SIGKILL)
        lines = Path("/proc/self/status").read_text().splitlines()
        return [line.split()[1] for line in lines if line.startswith("CapEff")]
    except OSError as error:
        return type(error).__name__


def work(asked: pyoxigraph.Store, control: socket.socket) -> None:
    """Enters the fence, opens the gate, does what it is told."""
    listener = namespace.enter()
    lifeline = gate.hand_over(control, listener)
    results = [did(task, asked, lifeline) for task in json.load(sys.stdin)]
    sys.stdout.write(json.dumps(results))
    sys.stdout.flush()
    lifeline.close()


def main() -> None:
    """Keeps the store and forks."""
    asked = store()
    control = socket.socket(fileno=int(sys.argv[1]))
    if (child := os.fork()) == 0:
        try:
            work(asked, control)
        finally:
            os._exit(0)
    control.close()
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
