"""Writes the result of a command to the file of `--output`, which only its owner may read, or prints it."""

from __future__ import annotations

from pathlib import Path

from storage import private_files

from .options import WrongOption


def write_or_print(text: str, output: Path | None) -> None:
    """Write the text to this file, or print it if `output` is None. Raises WrongOption if it cannot be written."""
    if output is None:
        print(text, end="")
        return
    try:
        private_files.write(output, text.encode())
    except OSError as error:
        raise WrongOption(option=output, why=error.strerror) from error
