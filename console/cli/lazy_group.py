"""Groups of commands for Typer. A command's module is imported only when that command is called.

`CommandHelp` and `GroupHelp` are rows of a table (`table.py`): with them `--help` lists every command and imports none.
Also here: the language of the help texts, and the start of the settings and the log before a command runs. Not here:
the functions of the commands (`commands/`).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from itertools import pairwise
from typing import Any, Literal, get_args, get_type_hints

import typer
from msgspec import Struct
from typer.core import TyperCommand, TyperGroup, TyperOption

from config.language import Language, preferred_language
from states.vocabulary import Text

COMMANDS = "console.cli.commands"
_HELP = Text(zh="显示本说明并退出", en="Show this message and exit")


class CommandHelp(Struct, frozen=True):
    """One command: its name, its function (`module.function` in `commands/`), and its help."""

    name: str
    function: str
    help: Text


class GroupHelp(Struct, frozen=True):
    """A group of commands: its name, its help, and the commands and groups in it."""

    name: str
    help: Text
    rows: tuple[CommandHelp | GroupHelp, ...]


class _HelpOption:
    """Sets the help text of `--help` in the language of the call. Typer has it only in English."""

    language: Language = "zh"

    def get_help_option(self, context: Any) -> TyperOption | None:
        option: TyperOption | None = super().get_help_option(context)  # type: ignore[misc]
        if option is not None:
            option.help = _HELP.render(self.language)
        return option


class _Command(_HelpOption, TyperCommand):
    """A command whose module has been imported. Before its function runs, the settings are read and the log starts."""

    def invoke(self, ctx: Any) -> Any:
        from .startup import start  # noqa: PLC0415  a help text needs neither settings nor a log

        start(self.language)
        return super().invoke(ctx)


class LazyGroup(_HelpOption, TyperGroup):
    """A group of commands, made from a `GroupHelp`.

    `commands` has a stub for each command, with its name and help. `resolve_command` replaces the stub of the called
    command by the command itself.
    """

    row: GroupHelp

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        # Typer prints the help before it reads any other option. So `--lang` is read here: `kaohe rules --help --lang
        # en` must print in English.
        self.fill(language_of(args))
        return super().parse_args(ctx, args)

    def fill(self, language: Language) -> None:
        """Set the help, and a stub for every command, in this language."""
        self.language, self.help = language, self.row.help.render(language)
        for row in self.row.rows:
            self.commands[row.name] = TyperCommand(row.name, help=row.help.render(language))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[Any, Any, list[str]]:
        name, stub, rest = super().resolve_command(ctx, args)
        row = next((row for row in self.row.rows if row.name == name), None)
        return name, load(row, self.language) if row else stub, rest


def load(row: CommandHelp | GroupHelp, language: Language) -> _Command | LazyGroup:
    """The command or the group of a row, with its help in this language. A command's module is imported here."""
    if isinstance(row, GroupHelp):
        group = LazyGroup(name=row.name, no_args_is_help=True)
        group.row = row
        group.fill(language)
        return group
    module, _, name = row.function.rpartition(".")
    function = getattr(import_module(f"{COMMANDS}.{module}"), name)
    single = typer.Typer(add_completion=False)
    single.command(row.name, cls=_Command, help=row.help.render(language))(function)
    command = typer.main.get_command(single)
    assert isinstance(command, _Command)
    command.language = language
    # Typer takes one string as the help of an option. So both languages are in a `Text` in the annotation, which Typer
    # ignores.
    hints = get_type_hints(function, include_extras=True)
    for parameter in command.params:
        for text in get_args(hints[str(parameter.name)]):
            if isinstance(text, Text):
                parameter.help = text.render(language)  # type: ignore[attr-defined]
    return command


def language_of(args: Sequence[str]) -> Language:
    """The language of the last option `--lang` among these arguments.

    If there is no such option, or if its value is not a language, it is the language of the environment.
    """
    languages: dict[str, Literal["zh", "en"]] = {"zh": "zh", "en": "en"}
    values = [value for argument, value in pairwise(args) if argument == "--lang"]
    values += [argument.removeprefix("--lang=") for argument in args if argument.startswith("--lang=")]
    return languages.get(values[-1] if values else "", preferred_language())
