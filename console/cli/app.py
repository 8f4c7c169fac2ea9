"""The command line `kaohe`. Exit codes: 0, done; 1, the answer is no (a defect, a failed expectation); 2, bad input.

`table.py` lists the commands, `commands/` does them, `screen.py` prints. Each command opens what it needs and asks one room.
"""

from __future__ import annotations

import typer

from . import standard_streams
from .lazy_group import LazyGroup
from .table import ROOT


class _Kaohe(LazyGroup):
    row = ROOT


app = typer.Typer(cls=_Kaohe, no_args_is_help=True, add_completion=False)


@app.callback()
def _group() -> None:
    # Typer makes a group only of what has a callback or two commands, and it knows none of ours.
    pass


def main() -> None:
    """Run the command that this process was started with."""
    with standard_streams.usable():
        app()
