"""`python -m console`: the command line, for a process that starts another of its kind."""

from __future__ import annotations

from .cli.app import main

main()
