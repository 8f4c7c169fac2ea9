"""批量办理: one act on many assessments: first a preview of what moves, what is refused and why, and who is told.

The preview decides as the engine would and writes nothing. What is then done is asked of the engine, one command for each
unit, under one hold of the pen: what was refused meanwhile stays as it was and says why.
"""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from console import forms
from console.forms import Reading, Unread
from console.routes import Pages, Show
from console.visit import Visit
from notifications.notices import notices_for
from states import policy
from states.assessment import Assessment, fold
from states.chart import decide
from states.context import Context
from states.refusals import Refusal
from states.result import plain
from states.scoring import Scored
from states.vocabulary import Actor, Command, Text
from storage import queries
from workflow.editions import Law
from workflow.engine import Submission

from .assessment import FORMS, choices, link

pages = Pages()

TOGETHER = tuple(act for act in FORMS if act in ("approve", "circulate", "complete_task", "move_deadline"))
"""What is decided for many at once: one resolution, one notice, one filing, one deadline. The rest is each unit's own."""


class NobodyChosen(Refusal):
    """No unit is ticked."""

    zh = "没有选择部门。请至少选择一个部门再办理。"
    en = "No unit is chosen. Tick at least one and try again."


class Foreseen(Struct, frozen=True):
    """The stamp a fact would get."""

    number: int
    version: int
    actor: str
    role: str
    recorded_at: datetime


class Row(Struct, frozen=True):
    """One assessment the act is open for; after a preview or the deed, what came of it and who is told."""

    stream: str
    version: int
    link: str
    unit: str
    score: str
    grade: Text | None
    vetoed: bool
    refusal: Refusal | None = None
    told: tuple[str, ...] = ()


def _page_of(act: str) -> tuple[Show, Show]:
    def show(visit: Visit, year: int) -> Response:
        return _Together(visit, act, year).page(200)

    def post(visit: Visit, year: int) -> Response:
        return _Together(visit, act, year).posted()

    return show, post


for _act in TOGETHER:
    _show, _post = _page_of(_act)
    pages.get(f"/together/{{year:int}}/{_act}", view="together")(_show)
    pages.post(f"/together/{{year:int}}/{_act}", view="together")(_post)


@pages.get("/together", view="together", nav=True)
def show(visit: Visit) -> Response:
    year = next(iter(queries.years(visit.database)), None)
    found = (
        [(act, policy.title(act, visit.rulebook), len(_Together(visit, act, year).rows)) for act in TOGETHER]
        if year
        else []
    )
    return visit.page("together.html", year=year, acts=found)


class _Together:
    """One act, all assessments of a year it is open for, one visit."""

    def __init__(self, visit: Visit, act: str, year: int) -> None:
        self.visit, self.act, self.year = visit, act, year
        self.known: dict[str, tuple[Assessment, Context, Law, Actor]] = {}
        rows = [row for row in queries.assessments(visit.database, year) if not row.withdrawn]
        self.rows = [made for row in rows if (made := self._row(row.stream)) is not None]
        self.rows.sort(key=lambda row: row.unit)

    def posted(self) -> Response:
        chosen = set(self.visit.fields("unit"))
        asked = [row for row in self.rows if row.stream in chosen]
        try:
            if not asked:
                raise NobodyChosen
            commands = {row.stream: self._command(row.stream) for row in asked}
        except Refusal as refusal:
            return self.page(409, refusal=refusal)
        if self.visit.field("_do") != "confirm":
            return self.page(200, outcomes=[self._preview(row, commands[row.stream]) for row in asked])
        return self.page(200, outcomes=self._done(asked, commands), done=True)

    def page(
        self, status: int, refusal: Refusal | None = None, outcomes: list[Row] | None = None, done: bool = False
    ) -> Response:
        visit = self.visit
        some = next(iter(self.known.values()), None)
        rulebook = some[1].rulebook if some else visit.rulebook
        return visit.page(
            "together_act.html", status, act=self.act, year=self.year, title=policy.title(self.act, rulebook),
            rows=self.rows, outcomes=outcomes, done=done, refusal=refusal, inputs_of=self._inputs(), rulebook=rulebook,
            wrong=refusal.wrong if isinstance(refusal, Unread) else {}, chosen=set(visit.fields("unit")),
            choices=self._choices, moves=sum(o.refusal is None for o in outcomes or ()),
            clause=policy.cited(self.act, rulebook), posted=visit.request.method == "POST",
        )  # fmt: skip

    def _inputs(self) -> tuple[forms.Input, ...]:
        """What is asked once for all; the grade is each unit's own, and so is the notice a correction takes the place of."""
        return tuple(one for one in forms.inputs(self.act) if one.name not in ("grade", "replaces"))

    def _choices(self, name: str) -> list[tuple[str, Text | str]]:
        """What all of them may choose from, each once."""
        found = {
            value: title
            for state, context, _, _ in self.known.values()
            for value, title in choices(name, self.act, state, context.rulebook, context)
        }
        return list(found.items())

    def _row(self, stream: str) -> Row | None:
        state, context, edition = self.visit.context(stream)
        assert isinstance(state, Assessment)
        actor = self.visit.offers(state, context, edition).get(self.act)
        if actor is None:
            return None
        self.known[stream] = (state, replace(context, actor=actor), edition, actor)
        scored = state.fact(Scored)
        grade = context.rulebook.grades[scored.result.grade].title.text if scored else None
        score = plain(scored.result.score) if scored else ""
        return Row(
            stream, state.version, link(state), self.visit.unit_title(state.unit), score, grade, bool(state.vetoes)
        )

    def _command(self, stream: str) -> Command:
        state, context, _, _ = self.known[stream]
        scored = state.fact(Scored)
        own = {
            "grade": scored.result.grade if scored else "",
            "replaces": state.circulated[-1] if state.circulated else "",
        }
        kept = [(n, v) for n, v in self.visit.form.multi_items() if isinstance(v, str) and n not in own]
        self.visit.retype([*kept, *own.items()])
        return forms.read(Reading(self.visit, self.act, state, context))

    def _preview(self, row: Row, command: Command) -> Row:
        """What the engine would answer, and whom the post would tell."""
        state, context, edition, actor = self.known[row.stream]
        try:
            fact = decide(state, command, context, edition.chart)
        except Refusal as refusal:
            return replace(row, refusal=refusal)
        stamp = Foreseen(0, state.version + 1, actor.id, actor.role, context.now)
        after = fold(state, fact, stamp)  # type: ignore[arg-type]
        told = {notice.to for notice in notices_for(fact, after, context.rulebook)}
        return replace(row, told=tuple(self.visit.role_title(role) for role in sorted(told)))

    def _done(self, asked: list[Row], commands: dict[str, Command]) -> list[Row]:
        visit, id_ = self.visit, self.visit.field("command_id")
        submissions = [
            Submission(
                row.stream, commands[row.stream], self.known[row.stream][3], f"{id_}-{row.stream}", _seen(visit, row)
            )
            for row in asked
        ]
        answers = visit.engine.submit_many(submissions)
        return [
            replace(row, refusal=answer if isinstance(answer, Refusal) else None)
            for row, answer in zip(asked, answers, strict=True)
        ]


def _seen(visit: Visit, row: Row) -> int:
    """The version the preview showed."""
    said = visit.field(f"version-{row.stream}")
    return int(said) if said.isascii() and said.isdigit() else row.version
