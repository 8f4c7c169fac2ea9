"""A trial: the form of a measure takes every fact that its results need, and its numbers are those of the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import replace

from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.plan import Reckoned
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.trial.trial_fields import NO, YES, TrialValue
from states.rulebook.trial.trial_form import TrialForm, trial_form
from states.rulebook.trial.trial_inputs import faults_of, inputs_of
from states.rulebook.trial.trial_results import compare_results, trial_results
from states.rulebook.trial.trial_scope import TrialScope, TrialTeam
from tests.college import RULEBOOK

from . import cloudladder, heronisle, test_sentences

D = Decimal
EXAMPLE = test_sentences.Edition(test_sentences.EXAMPLE)
MEASURES: dict[str, ModuleType] = {"cloudladder": cloudladder, "heronisle": heronisle}


def scope(rules: ResultRules, kind: str, year: int = 2031, **more: Any) -> TrialScope:
    return TrialScope(rules=rules, unit_kind=kind, year=year, team=TrialTeam(1, 2), step=D("0.5"), **more)


def defaults(form: TrialForm) -> dict[str, TrialValue]:
    """What the form has at first, as values."""
    return {
        name: (D(field.default) if field.kind == "number" else field.default) if field.default else None
        for name, field in form.fields.items()
    }


def with_team(value: Any, people: Mapping[str, str]) -> Any:
    """The same facts about the persons of a trial."""
    if isinstance(value, dict):
        return {with_team(key, people): with_team(part, people) for key, part in value.items()}
    if isinstance(value, str):
        name, at, person = value.rpartition("@")
        return f"{name}{at}{people.get(person, person)}"
    return value


def entered(form: TrialForm, inputs: Inputs) -> Iterator[tuple[str, TrialValue]]:
    """The facts of a department, as they are entered."""
    for name, field in form.fields.items():
        fact, entry, *rest = field.path
        facts = getattr(inputs, fact, {})
        if fact in ("marks", "levels", "numbers", "earlier", "earlier_grades", "grades"):
            value = facts.get(entry)
            yield name, plain(value) if field.kind == "choice" and isinstance(value, D) else value
        elif fact == "ballots":
            group, row, option = rest
            cast = facts.get(entry, {}).get(group, {}).get(row)
            yield name, None if cast is None else D(cast.get(option, 0))
        elif fact == "judgements":
            yield name, YES if entry in {one.finding for one in inputs.judgements} else NO
        elif fact == "standings" and (place := inputs.standings.get(entry)):
            value = {"place": D(place.place), "size": D(place.size), "best": place.best}
            yield name, (YES if rest[1] in place.seats else NO) if rest[0] == "seat" else value[rest[0]]
        elif fact == "absent":
            yield name, "yes" if entry in inputs.absent else None


def numbers(results: list[Reckoned]) -> list[tuple[Any, ...]]:
    return [(one.total.amount, one.total.state, one.decision, sorted(one.counted)) for one in results]


@pytest.mark.parametrize("name", MEASURES)
def test_what_is_entered_is_reckoned_as_the_plan_reckons_the_same_facts(name: str) -> None:
    measure, school = MEASURES[name], MEASURES[name].SCHOOL
    people = dict(zip((*school.heads, *school.members), ("head-1", "member-1", "member-2"), strict=True))
    own = replace(
        school, heads=("head-1",), members=("member-1", "member-2"),
        **{part: with_team(getattr(school, part), people) for part in ("marks", "levels", "numbers", "ballots", "earlier", "earlier_grades", "standings", "grades")},
        absent=tuple(with_team(key, people) for key in school.absent),
        judgements=tuple(replace(one, finding=with_team(one.finding, people)) for one in school.judgements),
    )  # fmt: skip
    tried = scope(measure.rules(), school.unit_kind, school.year)
    form = trial_form(tried)
    values = dict(entered(form, own))
    assert faults_of(form, values) == {}
    plan = measure.rules().plans[school.unit_kind]
    assert numbers(plan.reckon(inputs_of(form, values))) == numbers(plan.reckon(own))


@pytest.mark.parametrize(
    ("rules", "kinds"),
    [(EXAMPLE.rules, 2), (cloudladder.rules(), 3), (heronisle.rules(), 2), (RULEBOOK, 3)],
    ids=["example", "cloudladder", "heronisle", "shipped"],
)
def test_a_form_begins_with_full_marks_and_lacks_nothing(rules: ResultRules, kinds: int) -> None:
    assert len(rules.plans) == kinds
    for kind in rules.plans:
        form = trial_form(scope(rules, kind))
        values = defaults(form)
        assert faults_of(form, values) == {}
        for result in trial_results(form.scope, inputs_of(form, values), {}, "zh"):
            best = rules.scales[scale].grade[0] if (scale := subject_scale(rules, result.reckoned.subject)) else None
            assert result.reckoned.total.state != "pending"
            assert result.reckoned.total.amount in (None, 100)
            assert result.grade == (best.title.text if best is not None and result.grade is not None else None)


def subject_scale(rules: ResultRules, key: str) -> str | None:
    return next(subject.scale for subject in rules.subject if subject.key == key)


def test_at_an_occasion_only_its_subjects_are_asked_for() -> None:
    form = trial_form(scope(cloudladder.rules(), "school", occasion="midyear"))
    [result] = trial_results(form.scope, inputs_of(form, defaults(form)), {}, "zh")
    assert result.reckoned.subject == "check"
    assert {name.partition(":")[0] for name in form.fields} <= {"marks", "numbers", "judgements", "absent"}


def test_every_kind_of_fault_is_told_at_its_field() -> None:
    form = trial_form(scope(EXAMPLE.rules, "faculty"))
    values = {
        **defaults(form), "marks:plan": D("14.3"), "numbers:survey": D(101), "marks:talks": "7",
        "ballots:meeting:staff:team:good": D("-1"), "standings:order:place": D(9),
        "records:case:1:person": "person-a", "records:case:1:field.outcome": "talk",
    }  # fmt: skip
    faults = {name: fault.zh for name, fault in faults_of(form, values).items()}
    assert faults == {
        "marks:plan": "应以 0.5 为一档",
        "numbers:survey": "应在 0 至 100 之间",
        "marks:talks": "请从所列各项中选择",
        "ballots:meeting:staff:team:good": "不能小于 0",
        "standings:order:place": "本组只有 6 个",
        "records:case:1:field.rank": "请填写",
    }


def test_an_item_that_does_not_apply_is_not_looked_at() -> None:
    form = trial_form(scope(EXAMPLE.rules, "faculty"))
    values = {**defaults(form), "numbers:survey": D(101), "absent:survey": "yes"}
    assert faults_of(form, values) == {}
    assert inputs_of(form, values).absent == ("survey",)
    assert "survey" not in inputs_of(form, values).numbers


def test_a_number_of_a_line_lies_within_what_its_row_allows() -> None:
    form = trial_form(scope(cloudladder.rules(), "school"))
    ladders = [(ladder, row) for ladder in cloudladder.rules().ladder for row in ladder.row if row.between or row.each]
    assert ladders, "a measure with such a row is needed"
    for ladder, row in ladders:
        kind = cloudladder.rules().records[ladder.record]
        line = f"records:{ladder.record}:1"
        values: dict[str, TrialValue] = dict(defaults(form))
        for field in kind.field:
            options = field.options_of(row.is_.get(field.key, ())) or {field.option[0].key}
            values[f"{line}:field.{field.key}"] = min(options)
        if kind.personal:
            values[f"{line}:person"] = "person-a"
        assert set(faults_of(form, values)) == {f"{line}:number"}
        assert not faults_of(form, values | {f"{line}:number": row.between[0] if row.between else D(2)})
        if row.between is not None:
            assert set(faults_of(form, values | {f"{line}:number": max(row.between) + 1})) == {f"{line}:number"}


def test_lines_without_a_number_are_records_of_their_own_and_with_one_number_the_same() -> None:
    form = trial_form(scope(RULEBOOK, "college", uses=RULEBOOK.reading_locations))
    lines: dict[str, TrialValue] = {
        f"records:case:{n}:{name}": value
        for n in (1, 2)
        for name, value in {
            "person": f"person-{'ab'[n - 1]}", "field.outcome": "party_warning", "field.standing": "party_cadre",
            "effective_on": date(2031, 5, 1), "belongs": "here",
        }.items()
    }  # fmt: skip
    together = lines | {"records:case:1:record": D(1), "records:case:2:record": D(1)}

    def amount(values: dict[str, TrialValue]) -> object:
        inputs = inputs_of(form, {**defaults(form), **values})
        [result] = RULEBOOK.plans["college"].reckon(inputs)
        return result.total.amount

    assert (amount(lines), amount(together)) == (84, 92)
    assert amount(together | {"records:case:1:belongs": "arrived"}) == 92
    assert amount(lines | {"records:case:1:belongs": "arrived"}) == 92
    assert amount(lines | {"records:case:1:effective_on": date(2030, 5, 1)}) == 92


def test_two_readings_stand_side_by_side_subject_by_subject() -> None:
    other = test_sentences.Edition(test_sentences.EXAMPLE, several_people="each")
    tried = scope(EXAMPLE.rules, "faculty", uses=EXAMPLE.data.uses)
    form = trial_form(tried)
    values: dict[str, TrialValue] = {**defaults(form)}
    for n, outcome in ((1, "talk"), (2, "warning")):
        line = {"record": D(1), "person": f"person-{'ab'[n - 1]}", "field.outcome": outcome, "field.rank": "staff"}
        values |= {f"records:case:{n}:{name}": value for name, value in line.items()}
    inputs = inputs_of(form, values)
    before = trial_results(tried, inputs, EXAMPLE.readings, "zh")
    after = trial_results(tried.under(other.rules, other.data.uses), inputs, other.readings, "zh")
    pairs = compare_results(before, after)
    assert [pair.before.reckoned.total.amount for pair in pairs][:1] == [96]
    assert [pair.after.reckoned.total.amount for pair in pairs][:1] == [D("94.5")]
    assert {"cases", "total"} <= {one.location for one in pairs[0].differing}
    assert all(not pair.differing for pair in pairs[1:])
