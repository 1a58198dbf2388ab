"""Virtuoso with a configuration of its own in a folder of its own; no system service is used."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from ..measure import BenchmarkError
from .server import Missing, Server

NAME = "virtuoso"
PROGRAM, CONSOLES = "virtuoso-t", ("isql-vt", "isql")
GRAPH = "https://w3id.org/anlokg/graph/benchmark"
# Of 8 KB each: 2.7 GB, which holds ten million triples with room to spare.
BUFFERS = 340_000
VERSION = re.compile(r"Version (\S+?)(?:-\S+)? as of")
SETTINGS = """[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = 2000
FileExtend = 200

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx
MaxCheckpointRemap = 2000

[Parameters]
ServerPort = 127.0.0.1:{console_port}
DisableUnixSocket = 1
ServerThreads = 20
CheckpointInterval = 0
NumberOfBuffers = {buffers}
MaxDirtyBuffers = {dirty}
MaxCheckpointRemap = 2000
DirsAllowed = {folder}, {data}
ThreadsPerQuery = {cores}
AsyncQueueMaxThreads = 10

[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 16
KeepAliveTimeout = 60
MaxKeepAlives = 1000000

[SPARQL]
ResultSetMaxRows = 2000000
MaxQueryExecutionTime = 0
MaxQueryCostEstimationTime = 0
"""
LOAD = (
    "ld_dir('{folder}', '{name}', '{graph}');",
    "rdf_loader_run();",
    "checkpoint;",
    "select 'failed', ll_error from DB.DBA.load_list where ll_error is not null;",
)


@dataclass(slots=True)
class Virtuoso(Server):
    """Virtuoso, open-source edition: `virtuoso-t` and `isql-vt` of Debian's package."""

    name: str = NAME
    # It has no default graph; without a graph its own system graphs would be counted too.
    target = f"/sparql?default-graph-uri={quote(GRAPH, safe='')}&query="

    def prepare(self) -> str:
        if shutil.which(PROGRAM) is None or _console() is None:
            told = "apt-get install virtuoso-opensource"
            raise Missing(f"{PROGRAM} and {CONSOLES[0]} are not installed; on Debian: {told}")
        asked = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=False)
        found = VERSION.search(asked.stdout + asked.stderr)
        return found[1] if found else "of unknown version"

    def command(self) -> list[str | Path]:
        settings = self.folder / "virtuoso.ini"
        port, console_port = self.ports
        settings.write_text(
            SETTINGS.format(
                folder=self.folder, data=self.data.parent, port=port, console_port=console_port,
                buffers=BUFFERS, dirty=BUFFERS * 3 // 4, cores=len(os.sched_getaffinity(0)),
            )
        )  # fmt: skip
        return [PROGRAM, "+foreground", "+wait", "+configfile", settings]

    def fill(self) -> None:
        told = {"folder": self.data.parent, "name": self.data.name, "graph": GRAPH}
        for statement in LOAD:
            done = subprocess.run(
                [_console() or "", f"127.0.0.1:{self.ports[1]}", "dba", "dba",
                 f"exec={statement.format(**told)}"],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            if done.returncode or "*** Error" in done.stdout + done.stderr:
                raise BenchmarkError(
                    f"Virtuoso does not load: {(done.stdout + done.stderr)[-300:]}"
                )
            if "failed" in done.stdout.splitlines():
                raise BenchmarkError(f"Virtuoso does not load: {done.stdout[-300:]}")


def _console() -> str | None:
    return next((path for name in CONSOLES if (path := shutil.which(name))), None)
