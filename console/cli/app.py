"""The program `kaohe`: the Typer application and `main`.

Exit codes: 0, done; 1, the answer is no (a defect, a failed expectation); 2, bad input; 141, the reader of the output
has ended.

Not here: the commands. `table.py` lists them, `commands/` has their functions, `screen.py` prints.
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
    # Typer makes a group only if there is a callback or a second command. It does not know our commands, so a callback
    # is needed.
    pass


def main() -> None:
    """Run the command that this process was started with."""
    with standard_streams.usable_streams():
        app()
