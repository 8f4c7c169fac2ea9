"""`python -m console` is the command line `kaohe`. `kaohe serve` starts the daemon with it."""

from __future__ import annotations

from .cli.app import main

main()
