"""`kaohe doctor`: checks this installation. The checks are in `console/cli/doctor/`."""

from __future__ import annotations

import typer

from config.rulebooks import default_edition
from config.settings import Settings
from console.cli.doctor.checks import check_everything
from console.cli.options import DatabaseUrl, Lang
from console.cli.screen import on_screen


def doctor(url: DatabaseUrl = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        settings = Settings()
        faults = check_everything(screen, url or settings.database, default_edition(settings.rulebook))
        raise typer.Exit(1 if faults else 0)
