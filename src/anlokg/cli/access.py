"""As whom another server is asked. Secrets come in files: no list of processes shows them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import typer

from ..errors import FileError


@dataclass(frozen=True, slots=True)
class Access:
    """A user with a password, or a bearer token; nothing for a server that anyone may ask."""

    user: str | None = None
    password: str | None = None
    token: str | None = None


def read(
    user: str | None, password_file: Path | None, token_file: Path | None, prefix: str = "--"
) -> Access:
    """The access that options name; ``FileError`` if a file holds no secret.

    ``prefix`` is how the options begin, for messages.
    """
    password, token = _secret(password_file), _secret(token_file)
    if user is not None and password is None:
        message = "a user needs a password, in a file"
        raise typer.BadParameter(message, param_hint=f"{prefix}password-file")
    if user is None and password is not None:
        message = "a password needs the name of its user"
        raise typer.BadParameter(message, param_hint=f"{prefix}user")
    return Access(user, password, token)


def _secret(path: Path | None) -> str | None:
    """What a file holds, without the line end."""
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        detail = getattr(error, "strerror", None) or "it is not UTF-8"
        raise FileError(f"{path} cannot be read: {detail}") from error
    if not text or not text.isprintable():
        raise FileError(f"{path} should hold one line: the password or the token")
    return text
