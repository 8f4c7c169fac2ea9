"""Writes what a command makes to the file of `--output`, or prints it."""

from __future__ import annotations

from pathlib import Path

from storage import private_files

from .options import WrongOption


def write_or_print(text: str, output: Path | None) -> None:
    """Write the text to this file, or print it if there is no file. Raises WrongOption."""
    if output is None:
        print(text, end="")
        return
    try:
        private_files.write(output, text.encode())
    except OSError as error:
        raise WrongOption(option=output, why=error.strerror) from error
