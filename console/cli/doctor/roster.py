"""Finds the open items of departments that were closed. Prints only warnings.

Also here: `print_remaining`, which `kaohe roster reorganise` calls too.
"""

from __future__ import annotations

from collections.abc import Iterator

from console.cli.screen import Screen
from states.vocabulary import Text
from workflow.engine import Engine
from workflow.reorganisation import OpenItems, open_items_of


def check(screen: Screen, engine: Engine) -> None:
    """Warn of closed departments that still have assessments, tasks, checks, accounts or cases."""
    roster = engine.roster()
    for end in roster.reorganisations:
        if not end.continues and not open_items_of(engine, end.unit).is_nothing:
            title = roster.title(end.unit)
            screen.say(
                f"! 部门“{title}”已于 {end.since} 撤销，还须处理：",
                f"! “{title}” was closed on {end.since}. Still to be done:",
                "yellow",
            )
            print_remaining(screen, engine, end.unit)


def print_remaining(screen: Screen, engine: Engine, unit: str) -> None:
    """Print the open items of a department as warnings, one line for each kind; nothing if there are none."""
    for text in _lines(open_items_of(engine, unit)):
        screen.say(f"  {text.zh}", f"  {text.en}", "yellow")


def _lines(items: OpenItems) -> Iterator[Text]:
    running = ", ".join(str(assessment.year) for assessment in items.running)
    surplus = ", ".join(str(assessment.year) for assessment in items.surplus)
    tasks, checks, accounts, cases = map(len, (items.tasks, items.checks, items.accounts, items.cases))
    if running:
        yield Text(zh=f"{running} 年度考核已启动，按程序办完", en=f"its {running} assessment goes on to its end")
    if surplus:
        yield Text(zh=f"{surplus} 年度考核仍在办理，请撤销", en=f"its {surplus} assessment is still open: withdraw it")
    if tasks:
        yield Text(zh=f"{tasks} 份结果的运用事项未办结", en=f"follow-up tasks of {tasks} results are open")
    if checks:
        yield Text(
            zh=f"{checks} 项平时检查未办结，由承接部门整改答复",
            en=f"{checks} routine checks are open: the successor departments put things right and answer",
        )
    if accounts:
        yield Text(zh=f"{accounts} 个账号仍属该部门，请调整", en=f"{accounts} accounts still belong to it: move them")
    if items.records:
        yield Text(
            zh=f"{len(items.records)} 项登记事项须写明承接部门",
            en=f"{len(items.records)} records do not say which department took them over: revise them",
        )
    if cases:
        yield Text(
            zh=f"{cases} 件案件须写明承接部门",
            en=f"{cases} cases do not say which department took them over: revise them",
        )
