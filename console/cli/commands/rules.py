"""`kaohe rules`: checks, prints, draws and compares rulebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.rulebooks import Edition, RulebookFault, default_edition, load_edition
from console.cli.options import Lang
from console.cli.screen import Screen, leaf_values, on_screen
from states.chart import Chart
from states.rulebook.clauses import cite
from states.rulebook.printed_measure import printed_lines
from states.vocabulary import Text

_File = Annotated[
    Path | None,
    typer.Argument(),
    Text(zh="办法文件；不写则为系统自带的办法", en="Rulebook file; the shipped one if not given"),
]


def check(
    files: Annotated[list[Path], typer.Argument(), Text(zh="办法文件", en="Rulebook files")], lang: Lang = None
) -> None:
    with on_screen(lang) as screen:
        faulty = 0
        for file in files:
            try:
                edition = load_edition(file)
            except RulebookFault as fault:
                faulty += 1
                screen.error(fault)
                continue
            elements, title = (
                sum(len(table.elements) for table in edition.rulebook.form),
                edition.rulebook.measure.title,
            )
            screen.say(
                f"✓ {file.name}：{title.zh}（{elements} 个要素，摘要 {edition.digest[:16]}）",
                f"✓ {file.name}: {title.en} ({elements} elements, digest {edition.digest[:16]})",
                "green",
            )
        raise typer.Exit(1 if faulty else 0)


def show(file: _File = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        edition = default_edition(file)
        title = edition.rulebook.measure.title
        screen.say(f"{title.zh}　{edition.pin}", f"{title.en}  {edition.pin}", "bold")
        for print_part in (_stages, _indicators, _grades, _tasks, _readings):
            print_part(screen, edition)


def print_measure(file: _File = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        for line in printed_lines(default_edition(file).rulebook):
            print("\t".join(cell.render(screen.language) for cell in line.cells).rstrip())


def chart(file: _File = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        print(Chart(default_edition(file).rulebook).mermaid(screen.language), end="")


def diff(
    before: Annotated[Path, typer.Argument(), Text(zh="原版本", en="The rulebook before")],
    after: Annotated[Path, typer.Argument(), Text(zh="新版本", en="The rulebook after")],
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        old, new = (dict(leaf_values(load_edition(file).rulebook.model_dump())) for file in (before, after))
        changed = [key for key in old | new if old.get(key) != new.get(key)]
        columns = (("键", "Key"), (before.name,) * 2, (after.name,) * 2)
        table = screen.table((f"{before.name} → {after.name}",) * 2, *columns)
        for key in changed:
            table.add_row(key, old.get(key, "—"), new.get(key, "—"))
        if changed:
            screen.console.print(table)
        else:
            screen.say("两个版本内容相同。", "The two rulebooks have the same content.")
        raise typer.Exit(1 if changed else 0)


def _stages(screen: Screen, edition: Edition) -> None:
    rulebook, language = edition.rulebook, screen.language
    table = screen.table(("步骤", "Stages"), ("步骤", "Stage"), ("办理", "By"), ("截止", "Due"), ("依据", "Clause"))
    for stage in rulebook.stage:
        by = screen.pick("、", ", ").join(rulebook.role_title(role).render(language) for role in stage.by)
        table.add_row(stage.title.text.render(language), by, stage.due or "—", cite(stage.clause).render(language))
    screen.console.print(table)


def _indicators(screen: Screen, edition: Edition) -> None:
    for annex in edition.rulebook.form:
        title = (annex.title.zh, annex.title.en)
        table = screen.table(title, ("要素", "Element"), ("内容", "Text"), ("分", "Points"))
        for element in annex.elements.values():
            table.add_row(element.label, element.title.text.render(screen.language), str(element.points))
        screen.console.print(table)


def _grades(screen: Screen, edition: Edition) -> None:
    rulebook, language = edition.rulebook, screen.language
    table = screen.table(("等次与扣分", "Grades and deductions"), ("项", "Item"), ("值", "Value"), ("依据", "Clause"))
    for grade in rulebook.grade:
        below = f" < {grade.below}" if grade.below is not None else ""
        bounds = f"≥ {grade.at_least}{below}"
        table.add_row(grade.title.text.render(language), bounds, cite(grade.clause).render(language))
    for tier in rulebook.deduction:
        table.add_row(tier.title.text.render(language), f"−{tier.points}", cite(tier.clause).render(language))
    for ground in rulebook.veto_ground:
        veto = screen.pick("一票否决", "veto")
        table.add_row(ground.title.text.render(language), veto, cite(ground.clause).render(language))
    screen.console.print(table)


def _tasks(screen: Screen, edition: Edition) -> None:
    rulebook, language = edition.rulebook, screen.language
    table = screen.table(
        ("结果运用", "Follow-up"),
        ("事项", "Task"),
        ("等次", "Grades"),
        ("办理", "By"),
        ("通报后天数", "Days after"),
        ("依据", "Clause"),
    )
    comma = screen.pick("、", ", ")
    for task in rulebook.consequence:
        grades = comma.join(rulebook.grades[key].title.text.render(language) for key in task.grades)
        by = comma.join(rulebook.role_title(role).render(language) for role in task.by)
        days, clause = str(task.due_after or "—"), cite(task.clause).render(language)
        table.add_row(task.title.text.render(language), grades, by, days, clause)
    screen.console.print(table)


def _readings(screen: Screen, edition: Edition) -> None:
    columns = (("键", "Key"), ("取值", "Value"), ("采用的理解", "Reading"), ("理由", "Reason"))
    table = screen.table(("条文理解", "Readings of the measure"), *columns)
    for reading in edition.rulebook.reading:
        sentence, why = reading.sentence.render(screen.language), reading.why.text.render(screen.language)
        table.add_row(reading.key, str(reading.value), sentence, why)
    screen.console.print(table)
