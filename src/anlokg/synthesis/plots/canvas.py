"""The parts of matplotlib that plots are made of; this module alone imports it.

matplotlib writes a list of fonts into the home folder when it is first imported, and complains if
it cannot. A service has no home to write to, so the list is written to a folder that is gone when
the import is done, unless MPLCONFIGDIR names another. pyplot, with its state, is never imported.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from ..refusal import SynthesisRefused

VARIABLE = "MPLCONFIGDIR"


@contextmanager
def _folder_of_its_own() -> Iterator[None]:
    if VARIABLE in os.environ:
        yield
        return
    try:
        folder = tempfile.TemporaryDirectory(prefix="anlokg-plots-", ignore_cleanup_errors=True)
    except OSError as error:
        raise SynthesisRefused(
            f"plots need a folder for temporary files ({error}). Name one in TMPDIR"
        ) from None
    with folder:
        os.environ[VARIABLE] = folder.name
        try:
            yield
        finally:
            os.environ.pop(VARIABLE, None)


# That the list of fonts takes a while is nothing to tell.
_logger = logging.getLogger("matplotlib.font_manager")
_level = _logger.level
_logger.setLevel(logging.ERROR)
with _folder_of_its_own():
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties, fontManager, get_font
    from matplotlib.lines import Line2D
    from matplotlib.patches import Polygon, Rectangle
    from matplotlib.text import Text
    from matplotlib.transforms import Affine2D
_logger.setLevel(_level)
font_manager = fontManager


def settings() -> AbstractContextManager[None]:
    """matplotlib's settings for a plot: text in SVG stays text, and its identifiers the same."""
    return rc_context({"svg.fonttype": "none", "svg.hashsalt": "anlokg"})


__all__ = [
    "Affine2D",
    "Figure",
    "FigureCanvasAgg",
    "FigureCanvasSVG",
    "FontProperties",
    "Line2D",
    "Polygon",
    "Rectangle",
    "Text",
    "font_manager",
    "get_font",
    "settings",
]
