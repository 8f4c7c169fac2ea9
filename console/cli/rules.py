"""`kaohe rules`: check, show, draw and compare rulebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from config.rulebooks import DEFAULT, Edition, RulebookFault, load, shipped
from states.chart import Chart
from states.rulebook.clauses import cite
from states.rulebook.printed_measure import paper

from .screen import Lang, Screen, flat, on_screen

app = typer.Typer(no_args_is_help=True, help="办法 · rulebooks")


@app.command("check")
def check(files: list[Path], lang: Lang = None) -> None:
    """检查办法文件，列出全部错误 · check rulebook files, listing every fault."""
    with on_screen(lang) as screen:
        faulty = 0
        for file in files:
            try:
                edition = loaded(file)
            except RulebookFault as fault:
                faulty += 1
                screen.told(fault)
                continue
            elements = sum(len(t.elements) for t in edition.rulebook.table)
            screen.say(
                f"✓ {file.name}：{edition.rulebook.measure.title.zh}（{elements} 个要素，摘要 {edition.digest[:16]}）",
                f"✓ {file.name}: {edition.rulebook.measure.title.en} ({elements} elements, digest {edition.digest[:16]})",
                "green",
            )
        raise typer.Exit(1 if faulty else 0)


@app.command("show")
def show(file: Annotated[Path | None, typer.Argument()] = None, lang: Lang = None) -> None:
    """显示办法：步骤、指标、等次、扣分、设置 · show stages, indicators, grades, deductions, settings."""
    with on_screen(lang) as screen:
        _print(screen, loaded(file))


@app.command("print")
def original(file: Annotated[Path | None, typer.Argument()] = None, lang: Lang = None) -> None:
    """按印发文本输出办法原文 · print the measure itself, from its notice to its last annex."""
    with on_screen(lang) as screen:
        for line in paper(loaded(file).rulebook):
            print("\t".join(cell.render(screen.language) for cell in line.cells).rstrip())


@app.command("chart")
def chart(file: Annotated[Path | None, typer.Argument()] = None, lang: Lang = None) -> None:
    """输出流程图（Mermaid）· print the state diagram."""
    with on_screen(lang) as screen:
        print(Chart(loaded(file).rulebook).mermaid(screen.language), end="")


@app.command("diff")
def diff(a: Path, b: Path, lang: Lang = None) -> None:
    """比较两个版本 · compare two editions; exit 1 if they differ."""
    with on_screen(lang) as screen:
        before, after = (dict(flat(loaded(f).rulebook.model_dump())) for f in (a, b))
        changed = [k for k in before | after if before.get(k) != after.get(k)]
        table = screen.table((f"{a.name} → {b.name}",) * 2, ("键", "Key"), (a.name,) * 2, (b.name,) * 2)
        for key in changed:
            table.add_row(key, before.get(key, "—"), after.get(key, "—"))
        if changed:
            screen.console.print(table)
        else:
            screen.say("两个版本内容相同。", "The editions say the same.")
        raise typer.Exit(1 if changed else 0)


def _print(screen: Screen, edition: Edition) -> None:
    rulebook, said = edition.rulebook, screen.language
    title = rulebook.measure.title
    screen.say(f"{title.zh}　{edition.pin}", f"{title.en}  {edition.pin}", "bold")
    table = screen.table(("步骤", "Steps"), ("步骤", "Step"), ("办理", "By"), ("截止", "Due"), ("依据", "Clause"))
    for stage in rulebook.stage:
        by = ", ".join(rulebook.role_title(r).render(said) for r in stage.by)
        table.add_row(stage.title.text.render(said), by, stage.due or "—", cite(stage.clause).render(said))
    screen.console.print(table)
    for annex in rulebook.table:
        table = screen.table((annex.title.zh, annex.title.en), ("要素", "Element"), ("内容", "Text"), ("分", "Points"))
        for element in annex.elements.values():
            table.add_row(element.label, element.text.text.render(said), str(element.points))
        screen.console.print(table)
    table = screen.table(("等次与扣分", "Grades and deductions"), ("项", "Item"), ("值", "Value"), ("依据", "Clause"))
    for grade in rulebook.grade:
        below = f" < {grade.below}" if grade.below is not None else ""
        table.add_row(grade.title.text.render(said), f"≥ {grade.at_least}{below}", cite(grade.clause).render(said))
    for tier in rulebook.deduction:
        table.add_row(tier.title.text.render(said), f"−{tier.points}", cite(tier.clause).render(said))
    for ground in rulebook.veto_ground:
        table.add_row(ground.title.text.render(said), screen.pick("一票否决", "veto"), cite(ground.clause).render(said))
    screen.console.print(table)
    table = screen.table(
        ("结果运用", "Follow-up"), ("事项", "Task"), ("等次", "Grades"), ("办理", "By"), ("通报后天数", "Days after"),
        ("依据", "Clause"),
    )  # fmt: skip
    for task in rulebook.consequence:
        grades = ", ".join(rulebook.grades[key].title.text.render(said) for key in task.grades)
        by = ", ".join(rulebook.role_title(role).render(said) for role in task.by)
        table.add_row(
            task.title.text.render(said), grades, by, str(task.due_after or "—"), cite(task.clause).render(said)
        )
    screen.console.print(table)
    table = screen.table(
        ("设置（条文理解）", "Settings (readings)"), ("设置", "Setting"), ("取值", "Value"), ("理由", "Why")
    )
    for name in type(rulebook.settings).model_fields:
        setting = getattr(rulebook.settings, name)
        table.add_row(name, str(setting.value), setting.why.text.render(said))
    screen.console.print(table)


def loaded(file: Path | None) -> Edition:
    """The edition of a file; the shipped one without."""
    return load(file or shipped()[DEFAULT])
