"""`kaohe year settle` settles a standing of a year, or with `--preview` prints the places that would come out."""

from __future__ import annotations

from typing import Annotated

import typer

from console.cli.engine import actor_for, open_engine
from console.cli.options import OFFICE_ACCOUNT, ByAccount, DatabaseUrl, Lang
from console.cli.screen import Screen, on_screen
from states.records.roster import Roster
from states.rulebook.calculation.lines import Place
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.standings import StandingKind
from states.streams import year_stream
from states.vocabulary import Actor, Text, Words
from states.year.standings import Settle, StandingSettled

from .years import Number


def settle(
    number: Number,
    standing: Annotated[
        str, typer.Argument(metavar="STANDING"), Text(zh="名次在办法中的 key", en="Key of the standing in the rulebook")
    ],
    order: Annotated[
        list[str] | None,
        typer.Option("--order"),
        Text(
            zh="并列部门的代号，先后即名次；每个部门写一次 --order", en="A tied department; once for each, best first"
        ),
    ] = None,
    reason: Annotated[str | None, typer.Option(), Text(zh="排定先后的理由", en="Why in this order")] = None,
    role: Annotated[
        str | None,
        typer.Option(),
        Text(
            zh="以哪个角色办理；不写则为办法所列的第一个",
            en="The role that settles it; if not given, the first that the rulebook names",
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview"), Text(zh="只看结果，不写入", en="Only show what would come out")
    ] = False,
    actor: ByAccount = OFFICE_ACCOUNT,
    url: DatabaseUrl = None,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen, open_engine(url) as engine:
        stream, by = year_stream(number), Actor(actor, role) if role else actor_for("settle", engine, actor)
        command = Settle(standing=standing, order=tuple(order or ()), reason=Words(reason) if reason else None)
        decision = engine.preview(stream, command, by)
        assert isinstance(decision.fact, StandingSettled)
        if not preview:
            version = engine.state(stream).version
            answer = engine.submit(stream, command, by, f"settle-{stream}@{version}", version)
            screen.say(
                f"{number} 年度名次已核定，台账第 {answer.number} 号。名次有变化的部门须按名次重新计分。",
                f"The places of {number} are settled: entry {answer.number}. Score again each department whose place has changed.",
                "green",
            )
        _print(screen, decision.fact, decision.context.rulebook.standings[standing], engine.roster())


def _print(screen: Screen, fact: StandingSettled, standing: StandingKind, roster: Roster) -> None:
    """One line for each subject that has a place, group by group, best first."""
    amounts = {one.id: (one.group or "", one.amount) for one in fact.candidates}
    placed: list[tuple[str, Place]] = [(id_, place) for id_, place in fact.places.items() if place is not None]
    for id_, place in sorted(placed, key=lambda one: (amounts[one[0]][0], one[1].place, one[0])):
        amount = amounts[id_][1]
        titles = [quota.title.text for quota in standing.quota if quota.key in place.seats]
        seats = Text(
            zh="".join(f"，{title.zh}" for title in titles), en="".join(f", {title.en.lower()}" for title in titles)
        )
        unit, _, person = id_.partition("@")
        name, score = (
            f"{roster.title(unit)}{f' {person}' if person else ''}",
            plain(amount) if amount is not None else "",
        )
        screen.say(f"  {place.place}  {name}  {score}{seats.zh}", f"  {place.place}  {name}  {score}{seats.en}")
