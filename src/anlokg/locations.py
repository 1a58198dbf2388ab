"""Where releases are kept, unless a command is told otherwise."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "ANLOKG_RELEASES"


def releases_folder() -> Path:
    """The folder in ``ANLOKG_RELEASES``, else the user's data folder for anlokg."""
    import platformdirs

    named = os.environ.get(VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("anlokg") / "releases"
