"""What the command line prints: tables and lines, in Chinese or English."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config.settings import Settings
from states.chart import stage_title
from states.result.result import Line, plain
from states.rulebook.clauses import cite
from states.rulebook.types import Rulebook
from states.user_errors import UserError


def _spoken(lang: str | None) -> str | None:
    if lang not in (None, "zh", "en"):
        raise typer.BadParameter(f"没有语言 {lang}，请用 zh 或 en / there is no language {lang}; use zh or en")
    return lang


Lang = Annotated[str | None, typer.Option("--lang", help="zh | en", callback=_spoken)]
DatabaseUrl = Annotated[str | None, typer.Option("--database", help="SQLite 路径或 PostgreSQL URL · path or URL")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读 · machine-readable")]

NOTICES = {
    "reminder": ("提醒", "reminder"), "overdue": ("逾期提醒", "overdue"), "escalation": ("督办", "escalation"),
    "step_open": ("待办", "step open"), "returned": ("退回", "returned"), "deadline_moved": ("改期", "deadline moved"),
    "circulated": ("通报", "circulated"), "task": ("结果运用", "consequence"), "veto_raised": ("一票否决", "veto raised"),
    "veto_lifted": ("否决解除", "veto lifted"), "stale_score": ("重新计分", "score again"),
    "visit": ("现场考评", "on-site visit"), "visits_assigned": ("现场考评分工", "visits assigned"),
    "visit_dropped": ("现场考评调整", "no longer visiting"),
    "routine_check": ("平时检查", "routine check"),
    "reopened": ("重开审定", "reopened"), "clock_stopped": ("定时服务停摆", "clock stopped"),
    "clock_doubted": ("时间存疑", "time in doubt"), "sealed": ("封存", "seal"),
    "unreadable": ("无法读取的记录", "entry that cannot be read"), "access_changed": ("账号变动", "account changed"),
    "year_due": ("年度待启动", "year to be opened"), "year_missed": ("年度逾期未启动", "year not opened"),
    "year_end": ("年末未办结事项", "open at the year's end"),
}  # fmt: skip


class Screen:
    """Where a command prints, and in which language."""

    def __init__(self, language: str, console: Console | None = None) -> None:
        self.language = language
        self.console = console or Console(highlight=False)

    def pick(self, zh: str, en: str) -> str:
        return en if self.language == "en" else zh

    def say(self, zh: str, en: str, style: str | None = None) -> None:
        self.console.print(self.pick(zh, en), style=style, markup=False, soft_wrap=True)

    def told(self, told: UserError) -> None:
        self.console.print(told.render(self.language), style="red", markup=False, soft_wrap=True)

    def table(self, title: tuple[str, str], *columns: tuple[str, str]) -> Table:
        table = Table(title=self.pick(*title), title_justify="left")
        for column in columns:
            # Chinese has no spaces to break at: fold a long cell, never cut it.
            table.add_column(self.pick(*column), overflow="fold")
        return table

    def results(self, summary: dict[str, Any], rulebook: Rulebook) -> None:
        """The year's results, one unit a row."""
        table = self.table(
            (f"{summary['year']} 年度考核结果", f"Results of {summary['year']}"),
            ("部门", "Unit"), ("步骤", "Stage"), ("考核分", "Given"), ("扣分", "Lost"), ("总分", "Score"),
            ("等次", "Grade"), ("依据", "By"),
        )  # fmt: skip
        styles = dict(zip((g.key for g in rulebook.grade), ("green", "", "yellow", "red"), strict=False))
        for row in summary["results"]:
            grade = rulebook.grades[row["grade"]].title.text.render(self.language) if row["grade"] else "—"
            cause = self.pick("一票否决", "veto") if row["cause"] == "veto" else self.pick("按得分", "score")
            table.add_row(
                f"{row['unit']} {row['title']}", self._stage(row, rulebook),
                row["given"] or "—", row["deducted"] or "—", row["score"] or "—", grade, cause,
                style=styles.get(row["grade"]) or None,
            )  # fmt: skip
        self.console.print(table)

    def _stage(self, row: dict[str, Any], rulebook: Rulebook) -> str:
        """Where a unit stands; a result circulated again says so."""
        title = stage_title(row["stage"], rulebook).render(self.language)
        return title + (self.pick("（更正）", " (corrected)") if len(row["notices"]) > 1 else "")

    def notices(self, sent: dict[str, dict[str, int]], rulebook: Rulebook) -> None:
        """What was to be sent to whom."""
        table = self.table(
            ("通知（按类别和对象）", "Notices by kind and receiver"), ("类别", "Kind"), ("对象与条数", "To")
        )
        for kind, receivers in sent.items():
            said = [f"{rulebook.role_title(to).render(self.language)} {count}" for to, count in receivers.items()]
            table.add_row(self.pick(*NOTICES[kind]), self.pick("、", ", ").join(said))
        self.console.print(table)

    def letters(self, tallies: list[dict[str, Any]], rulebook: Rulebook) -> None:
        """How many letters the people of each role had."""
        table = self.table(
            ("邮件（按角色）", "Letters by role"), ("角色", "Role"), ("人数", "People"), ("总数", "Letters"),
            ("每人最多", "Most for one"), ("最长行数", "Longest, in lines"),
        )  # fmt: skip
        for one in tallies:
            counts = (str(one[name]) for name in ("people", "letters", "most", "lines"))
            table.add_row(rulebook.role_title(one["role"]).render(self.language), *counts)
        self.console.print(table)

    def explanation(self, title: str, lines: list[Line]) -> None:
        """A result, line by line, each with its clause."""
        table = self.table((title, title), ("事项", "What"), ("分", "Points"), ("依据", "Clause"))
        for line in lines:
            amount = "" if line.amount is None else plain(line.amount)
            table.add_row(line.text.render(self.language), amount, cite(line.clause).render(self.language))
        self.console.print(table)


def flat(value: Any, where: str = "") -> Iterator[tuple[str, str]]:
    """A rulebook's values by dotted key; the items of a list by their own key."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from flat(item, f"{where}.{name}" if where else str(name))
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            own = item.get("key") or item.get("kind") or item.get("command") if isinstance(item, dict) else None
            yield from flat(item, f"{where}[{own or at}]")
    else:
        yield where, str(value)


@contextmanager
def on_screen(lang: str | None) -> Iterator[Screen]:
    """The screen in the language asked for. Whatever is told on the way is printed, not traced; exit code 2."""
    screen = Screen(lang or Settings().language)
    try:
        yield screen
    except UserError as told:
        Screen(screen.language, Console(stderr=True, highlight=False)).told(told)
        raise typer.Exit(2) from told


@contextmanager
def counting(screen: Screen, total: int, zh: str, en: str, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr over `total` entries; call what it gives with how many are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bar:
        task = bar.add_task(screen.pick(zh, en), total=total)
        yield lambda done: bar.update(task, completed=done)
