"""The form of a trial: every fact that the results of one kind of department depend on, as tables of fields.

It is made from the rulebook alone. Its defaults are full marks: what is left is to enter what went wrong.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from functools import cached_property

from msgspec import Struct

from states.rulebook.calculation.forms import BallotKind, ScoreForm
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.plan import SubjectPlan
from states.rulebook.calculation.read_values import PlaceValue, VoteValue
from states.rulebook.calculation.values import NamedValue
from states.rulebook.sentences.names import RuleNames
from states.rulebook.sentences.read_sentences import group_title
from states.rulebook.sentences.value_sentences import is_plain, rule_of
from states.vocabulary import Text

from .record_fields import record_tables
from .trial_fields import NO, NOTHING, YES, YES_OR_NO, FieldRow, FieldTable, TrialField
from .trial_scope import TrialScope
from .value_fields import FieldContext, value_fields

TEAM = Text("班子", "The team")
VOTES = Decimal(10)
"""The votes for the first option, from which a trial starts."""
GROUP_SIZE = 6
"""The size of the group, from which a trial starts."""
ANY = "any"
"""The quota of a seat, where the rulebook does not say of which."""
_ENTRY = (Text("填写", "Value"),)


class TrialForm(Struct, frozen=True, dict=True):
    """The tables of a trial, and its fields by name."""

    scope: TrialScope
    tables: tuple[FieldTable, ...]

    @cached_property
    def fields(self) -> dict[str, TrialField]:
        return {field.name: field for table in self.tables for field in table.fields}


def trial_form(scope: TrialScope) -> TrialForm:
    tables = [*_value_tables(scope), *_vote_tables(scope), *_place_tables(scope), *record_tables(scope)]
    return TrialForm(scope, tuple(tables))


def _value_tables(scope: TrialScope) -> Iterator[FieldTable]:
    """For each subject its form, and beside it the other values that are entered."""
    for plan, person, title in scope.subjects:
        names = RuleNames(scope.rules, plan.subject.key, scope.outside)
        context = FieldContext(plan, names, person, scope.step)
        key = f"{plan.subject.key}@{person}" if person else plan.subject.key
        if plan.form is not None:
            rows = tuple(_item_rows(plan.form, context))
            if any(row.fields for row in rows):
                form = plan.form.title.text
                heading = Text(f"{title.zh}：{form.zh}", f"{title.en}: {form.en}")
                yield FieldTable(key=f"form-{key}", title=heading, columns=_ENTRY, rows=rows)
        on_form = plan.form.items if plan.form is not None else {}
        beside = (value for value in plan.values.values() if value.key not in on_form and value is not plan.form)
        others = [_row(value, context, 0) for value in beside]
        others += _named_grade(plan, key, names)
        filled = tuple(row for row in others if row.fields)
        if filled:
            heading = Text(f"{title.zh}：其他事实", f"{title.en}: other facts")
            yield FieldTable(key=f"values-{key}", title=heading, columns=_ENTRY, rows=filled)


def _item_rows(form: ScoreForm, context: FieldContext) -> Iterator[FieldRow]:
    def below(item: NamedValue, depth: int) -> Iterator[FieldRow]:
        yield _row(item, context, depth)
        for part in item.parts():
            yield from below(part, depth + 1)

    for item in form.item:
        yield from below(item, 0)


def _row(value: NamedValue, context: FieldContext, depth: int) -> FieldRow:
    return FieldRow(
        title=value.title.text, label=value.label, depth=depth, fields=value_fields(value, context),
        note=NOTHING if is_plain(value) else rule_of(value, context.names),
    )  # fmt: skip


def _named_grade(plan: SubjectPlan, key: str, names: RuleNames) -> Iterator[FieldRow]:
    """The grade that somebody names where no row of the scale holds."""
    if plan.scale is not None and plan.scale.ask:
        roles = names.roles(plan.scale.ask)
        title = Text(
            f"没有符合条件的等次时，由{roles.zh}评定的等次",
            f"The grade named by {roles.en} where no conditions are met",
        )
        options = {one: grade.title.text for one, grade in plan.scale.grades.items()}
        field = TrialField(
            name=f"grades:{key}", title=title, kind="choice", clause=plan.scale.grade[0].clause, options=options
        )
        yield FieldRow(title=title, fields=(field,))


def _vote_tables(scope: TrialScope) -> Iterator[FieldTable]:
    """For each ballot that a value reads, the votes on the team and on each person, by voter group."""
    rows: dict[str, dict[tuple[str, str], FieldRow]] = {}
    for plan, person, _ in scope.subjects:
        for value in plan.values.values():
            if isinstance(value, VoteValue):
                ballot = scope.rules.ballots[value.ballot]
                names = RuleNames(scope.rules, plan.subject.key, scope.outside)
                for group in value.weights or ballot.groups:
                    row = _vote_row(ballot, group, group_title(value, names, group), person, scope)
                    rows.setdefault(ballot.key, {}).setdefault((person, group), row)
    for key, of_ballot in rows.items():
        ballot = scope.rules.ballots[key]
        yield FieldTable(
            key=f"ballot-{key}", title=ballot.title.text, columns=tuple(ballot.titles.values()),
            rows=tuple(of_ballot.values()), note=Text("填各选项的票数", "The number of votes for each option"),
        )  # fmt: skip


def _vote_row(ballot: BallotKind, group: str, voters: Text, person: str, scope: TrialScope) -> FieldRow:
    who = scope.team.everybody[person] if person else TEAM
    best = max(ballot.points, key=ballot.points.__getitem__) if ballot.points else ballot.base[0]
    fields = tuple(
        TrialField(
            name=f"ballots:{ballot.key}:{group}:{person or 'team'}:{option}",
            title=Text(f"{who.zh}、{voters.zh}、{title.zh}", f"{who.en}, {voters.en}, {title.en}"),
            kind="number", clause=ballot.clause, default=plain(VOTES if option == best else Decimal(0)),
            low=Decimal(0), step=Decimal(1),
        )
        for option, title in ballot.titles.items()
    )  # fmt: skip
    return FieldRow(title=Text(f"{who.zh}（{voters.zh}）", f"{who.en} ({voters.en})"), fields=fields)


def _place_tables(scope: TrialScope) -> Iterator[FieldTable]:
    """The places that a value reads: of the department, and of each person."""
    places: dict[str, list[tuple[PlaceValue, str]]] = {}
    for plan, person, _ in scope.subjects:
        for value in plan.values.values():
            if isinstance(value, PlaceValue):
                places.setdefault(value.standing, []).append((value, person))
    for key, read in places.items():
        standing, first = scope.rules.standings.get(key), read[0][0]
        title, clause = (standing.title.text, standing.clause) if standing else (first.title.text, first.clause)
        quotas = {quota.key: quota.title.text for quota in standing.quota} if standing else {}
        last = {quota.key for quota in standing.quota if quota.from_ == "last"} if standing else set()
        seats = (value for value, _ in read if value.give == "seat")
        quotas |= {value.quota or ANY: value.title.text for value in seats if not quotas}
        columns = (
            Text("名次", "Place"),
            Text("本组个数", "Size of the group"),
            Text("本组最高值", "Best of the group"),
        )
        rows = tuple(
            FieldRow(
                title=scope.team.everybody[person] if person else title,
                fields=tuple(_place_fields(f"{key}@{person}" if person else key, clause, columns, quotas, last)),
            )
            for person in dict.fromkeys(person for _, person in read)
        )
        yield FieldTable(
            key=f"standing-{key}", title=title, columns=(*columns, *quotas.values()), rows=rows,
            note=Text(
                "名次留空，即尚未排定；本组最高值留空，即本身的值",
                "Leave the place empty if the places are not settled yet, and the best of the group if it is the own value",
            ),
        )  # fmt: skip


def _place_fields(
    entry: str, clause: str, columns: tuple[Text, Text, Text], quotas: Mapping[str, Text], last: Collection[str]
) -> Iterator[TrialField]:
    """The first place, without a seat of a quota from the `last`. Without another number its value is the best."""
    defaults = {"place": "1", "size": str(GROUP_SIZE), "best": ""}
    for (part, default), title in zip(defaults.items(), columns, strict=True):
        low, step = (Decimal(0), None) if part == "best" else (Decimal(1), Decimal(1))
        yield TrialField(
            name=f"standings:{entry}:{part}",
            title=title,
            kind="number",
            clause=clause,
            default=default,
            low=low,
            step=step,
        )
    for quota, title in quotas.items():
        yield TrialField(
            name=f"standings:{entry}:seat:{quota}",
            title=title,
            kind="choice",
            clause=clause,
            options=YES_OR_NO,
            default=NO if quota in last else YES,
        )
