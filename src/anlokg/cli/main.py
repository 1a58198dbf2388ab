"""The commands. Each imports what it needs when it runs, so that ``--help`` is quick.

Exit codes: 0 done; 1 other error; 2 wrong use of a command; 3 resources not found; 4 tables;
5 mapping; 6 ontology; 7 shapes; 8 validation; 9 releases; 10 query; 11 a file of yours;
12 integrity --strict has findings; 13 synthesis refused.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AnlokgError
from ..version import __version__
from .output import Output

if TYPE_CHECKING:
    from ..opened import OpenRelease
    from ..release.shelf import Shelf
    from ..resources import Resources

app = typer.Typer(
    name="anlokg",
    help="Clinical evidence on anlotinib as a knowledge graph.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class State:
    """What the global options say, for every command."""

    output = Output()
    releases: Path | None = None
    resources: Path | None = None


def _show_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def options(
    releases: Annotated[Path | None, typer.Option(help="Folder of the releases.")] = None,
    resources: Annotated[Path | None, typer.Option(help="Folder with ontology, evidence …")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Outcome and errors as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no notes.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version),
    ] = False,
) -> None:
    """Clinical evidence on anlotinib as a knowledge graph."""
    State.output = Output(as_json, quiet)
    State.releases, State.resources = releases, resources


def run() -> None:
    """Runs the command line; every error of ours ends with its exit code and no traceback."""
    from . import commands  # noqa: F401  registers the commands

    try:
        app()
    except AnlokgError as error:
        State.output.fail(error)
        sys.exit(error.exit_code)
    except SystemExit as end:
        # Typer ends with 1 when the reader has seen enough, as with `| head`; that is no error.
        if isinstance(end.__context__, BrokenPipeError):
            sys.exit(0)
        raise


def found() -> Resources:
    """The resource folders."""
    from .. import resources

    return resources.find(State.resources)


def shelf() -> Shelf:
    """The releases folder."""
    from ..locations import releases_folder
    from ..release.shelf import Shelf

    return Shelf(State.releases or releases_folder())


def opened(release: str | None = None) -> OpenRelease:
    """The current release, opened."""
    from ..opened import OpenRelease

    return OpenRelease(shelf().get(release), found())
