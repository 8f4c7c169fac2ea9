"""What happens before a command runs: the settings are read, and the log starts in the form they ask for."""

from __future__ import annotations

import typer

from config import logs
from config.language import Language
from config.settings import BadSetting, Settings
from states.vocabulary import Text

_WRONG = Text(
    zh="KAOHE_ 开头的设置有误，见 docs/operating.md：", en="A KAOHE_ setting is wrong, see docs/operating.md: "
)


def start(language: Language) -> None:
    """Read the settings and start the log. A setting that cannot be used ends the program with exit code 2."""
    try:
        settings = Settings()
    except ValueError as error:
        why = error.render(language) if isinstance(error, BadSetting) else str(error)
        typer.echo(_WRONG.render(language) + why, err=True)
        raise typer.Exit(2) from error
    logs.set_up(settings.log_form, settings.log_level)
