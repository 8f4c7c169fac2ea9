"""Prints lines, tables and progress on the terminal, in Chinese or English. A `UserError` ends the command.

Also here: the names of the states of a delivery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.settings import Settings
from states.rulebook.clauses import cite
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.sentences.names import figure
from states.user_errors import UserError

DELIVERY_STATES = {
    "queued": ("待发", "queued"), "claimed": ("发送中", "being sent"), "sent": ("已发", "sent"),
    "failed": ("未成，将重试", "failed, will be retried"), "unknown": ("不明，将重试", "unknown, will be retried"),
    "superseded": ("未发（已有更新）", "not sent: replaced by a newer notice"),
    "undelivered": ("未送达，待处理", "not delivered: needs attention"), "dead": ("地址不存在", "no such address"),
}  # fmt: skip
"""The names of the states of a delivery, in Chinese and English."""


class UnknownLanguage(UserError):
    """`--lang` is neither Chinese nor English."""

    zh = "没有语言 {language}，请用 zh 或 en。"
    en = "There is no language {language}; use zh or en."


class Screen:
    """The output of a command: a console of rich, and the language (`zh` or `en`)."""

    def __init__(self, language: str, console: Console | None = None) -> None:
        self.language = language
        self.console = console or Console(highlight=False, emoji=False)

    def pick(self, zh: str, en: str) -> str:
        return en if self.language == "en" else zh

    def say(self, zh: str, en: str, style: str | None = None) -> None:
        self.console.print(self.pick(zh, en), style=style, markup=False, soft_wrap=True)

    def error(self, error: UserError) -> None:
        self.console.print(error.render(self.language), style="red", markup=False, soft_wrap=True)

    def table(self, title: tuple[str, str], *columns: tuple[str, str]) -> Table:
        table = Table(title=self.pick(*title), title_justify="left")
        for column in columns:
            # Chinese text has no spaces, so a long cell is folded at any character. It is never cut off.
            table.add_column(self.pick(*column), overflow="fold")
        return table

    def explanation(self, title: str, lines: list[ExplainedLine]) -> None:
        """Print a table with the lines of a result, each with its points and its clause."""
        table = self.table((title, title), ("事项", "Item"), ("分", "Points"), ("依据", "Clause"))
        for line in lines:
            amount = "" if line.amount is None else figure(line.amount)
            table.add_row(line.text.render(self.language), amount, cite(line.clause).render(self.language))
        self.console.print(table)


@contextmanager
def on_screen(lang: str | None) -> Iterator[Screen]:
    """Yields a screen in this language; None means the language of the settings.

    A `UserError` in the block is printed on stderr without a traceback and ends the command with exit code 2. So does a
    `lang` that is neither `zh` nor `en`.
    """
    errors = Console(stderr=True, highlight=False, emoji=False)
    if lang not in (None, "zh", "en"):
        for language in ("zh", "en"):  # we do not know which language the reader understands
            Screen(language, errors).error(UnknownLanguage(language=lang))
        raise typer.Exit(2)
    screen = Screen(lang or Settings().language)
    try:
        yield screen
    except UserError as error:
        Screen(screen.language, errors).error(error)
        raise typer.Exit(2) from error


@contextmanager
def progress_bar(
    screen: Screen, total: int, zh: str, en: str, *, quiet: bool = False
) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr over `total` entries. Yields a function to call with the number of entries so far."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task(screen.pick(zh, en), total=total)
        yield lambda count: bar.update(task, completed=count)
