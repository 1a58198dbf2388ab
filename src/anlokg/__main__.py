"""``python -m anlokg``."""

from .cli.main import run

run()
