"""`kaohe rules try`: the explained results of facts that somebody enters. Nothing is recorded.

A fact has the name that it has in a link of the page 试算, such as `marks:plan`; the rulebook says which there are. What
is not entered has the default of that page: full marks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

import typer
from msgspec.structs import replace

from config.clock import SystemClock
from console.cli.options import Lang, WrongOption
from console.cli.screen import Screen, on_screen
from console.trial_values import read_values
from states.rulebook.clauses import cite
from states.rulebook.sentences.names import figure
from states.rulebook.trial.record_fields import SPARE_ROWS
from states.rulebook.trial.trial_fields import TrialValue
from states.rulebook.trial.trial_form import TrialForm, trial_form
from states.rulebook.trial.trial_inputs import inputs_of
from states.rulebook.trial.trial_results import TrialResult, trial_results
from states.rulebook.trial.trial_scope import TrialScope, TrialTeam
from states.rulebook.types import Rulebook
from states.user_errors import UserError
from states.vocabulary import Text

from .editions import RulebookFile, edition_of

_Facts = Annotated[
    list[str] | None,
    typer.Option("--fact", "-f", metavar="NAME=VALUE"),
    Text(zh="一项事实，如 marks:plan=36；可多次", en="One fact, such as marks:plan=36; repeatable"),
]
_Kind = Annotated[
    str | None,
    typer.Option("--kind"),
    Text(
        zh="部门类别，专项考核写作 类别@考核；默认办法中的第一类",
        en="Kind of department, at an occasion KIND@OCCASION; the first of the rulebook if not given",
    ),
]
_Count = typer.Option(min=0, max=9)


class WrongFacts(UserError):
    """Facts that a trial cannot use: all of them at once."""

    zh = "以下各项不能使用：\n{faults}"
    en = "These facts cannot be used:\n{faults}"


def try_rules(
    file: RulebookFile = None,
    facts: _Facts = None,
    kind: _Kind = None,
    heads: Annotated[int, _Count, Text(zh="正职人数", en="Number of heads")] = 1,
    members: Annotated[int, _Count, Text(zh="班子其他成员人数", en="Number of other members of the team")] = 2,
    year: Annotated[
        int | None, typer.Option(min=2000, max=2200), Text(zh="年度；默认今年", en="Year; this one if not given")
    ] = None,
    names: Annotated[
        bool,
        typer.Option("--names"),
        Text(zh="列出各项事实的名称和默认值", en="List the names and defaults of all facts"),
    ] = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        rulebook = edition_of(file).rulebook
        scope = _scope(rulebook, kind, TrialTeam(heads, members), year or SystemClock().now().year)
        form = trial_form(replace(scope, record_rows=_rows(facts or [])))
        if names:
            _print_names(screen, form)
            return
        values = _values(form, facts or [])
        for result in trial_results(form.scope, inputs_of(form, values), rulebook.readings, screen.language):
            _print_result(screen, result)


def _scope(rulebook: Rulebook, kind: str | None, team: TrialTeam, year: int) -> TrialScope:
    """What is tried. Raises WrongOption for a kind of department that the rulebook does not have."""
    every = [*rulebook.plans, *(f"{one}@{when}" for when, plans in rulebook.occasion_plans.items() for one in plans)]
    if kind is not None and kind not in every:
        known = ", ".join(every)
        raise WrongOption(option=kind, why=Text(zh=f"可用：{known}", en=f"the rulebook has {known}"))
    unit_kind, _, occasion = (kind or every[0]).partition("@")
    return TrialScope(
        rules=rulebook, unit_kind=unit_kind, year=year, team=team, occasion=occasion or None,
        outside=rulebook.outside_titles, uses=rulebook.reading_locations, step=rulebook.scoring.step,
    )  # fmt: skip


def _rows(facts: list[str]) -> dict[str, int]:
    """How many lines of each kind of record the facts have, with spare ones."""
    rows: dict[str, int] = {}
    for kind, number in re.findall(r"^records:([^:]+):(\d{1,2}):", "\n".join(facts), re.MULTILINE):
        rows[kind] = max(rows.get(kind, 0), int(number)) + SPARE_ROWS
    return rows


def _values(form: TrialForm, facts: list[str]) -> dict[str, TrialValue]:
    """The value of every field. Raises WrongFacts with everything that is wrong."""
    texts = {name: field.default for name, field in form.fields.items()}
    faults: dict[str, Text] = {}
    for fact in facts:
        name, _, text = fact.partition("=")
        if name in texts:
            texts[name] = text
        else:
            faults[name] = Text(zh="没有这项事实，名称见 --names", en="there is no such fact; see --names")
    values, wrong = read_values(form, texts)
    faults |= wrong
    if faults:
        raise WrongFacts(faults=_listed(faults))
    return values


def _listed(faults: Mapping[str, Text]) -> Text:
    return Text(
        zh="\n".join(f"- {name}：{why.zh}" for name, why in faults.items()),
        en="\n".join(f"- {name}: {why.en}" for name, why in faults.items()),
    )


def _print_names(screen: Screen, form: TrialForm) -> None:
    for table in form.tables:
        screen.say(f"\n{table.title.zh}", f"\n{table.title.en}", "bold")
        for row in table.rows:
            for field in row.fields:
                options = f" ({', '.join(field.options)})" if field.options else ""
                screen.say(
                    f"{field.name}={field.default}{options}　{field.title.zh}",
                    f"{field.name}={field.default}{options}  {field.title.en}",
                )


def _print_result(screen: Screen, result: TrialResult) -> None:
    screen.say(f"\n{result.title.zh}", f"\n{result.title.en}", "bold")
    for line in result.lines:
        label = f"{line.label} " if line.label else ""
        amount = figure(line.amount) if line.amount is not None else ""
        zh = "；".join(part for part in (amount, line.sentence.zh) if part)
        en = "; ".join(part for part in (amount, line.sentence.en) if part)
        clause = cite(line.clause)
        screen.say(
            f"{'　' * line.depth}{label}{line.title.zh}：{zh}　［{clause.zh}］",
            f"{'  ' * line.depth}{label}{line.title.en}: {en}  [{clause.en}]",
        )
