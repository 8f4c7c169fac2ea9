"""Reads the settings and starts the log before a command runs. A wrong setting ends the program."""

from __future__ import annotations

import typer

from config import logs
from config.language import Language
from config.settings import BadSetting, Settings
from states.vocabulary import Text

_WRONG_SETTING = Text(
    zh="KAOHE_ 开头的设置有误，见 docs/operating.md：", en="A KAOHE_ setting is wrong, see docs/operating.md: "
)


def start(language: Language) -> None:
    """Read the settings and start the log in the form and at the level that they set.

    If a setting cannot be used, print the reason in this language and end the program with exit code 2.
    """
    try:
        settings = Settings()
    except ValueError as error:
        reason = error.render(language) if isinstance(error, BadSetting) else str(error)
        typer.echo(_WRONG_SETTING.render(language) + reason, err=True)
        raise typer.Exit(2) from error
    logs.set_up_log(settings.log_form, settings.log_level)
