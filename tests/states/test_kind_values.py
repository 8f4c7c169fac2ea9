"""A kind of department has the values that its results read, and those that no result reads; nobody asks it for others."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from decimal import Decimal

import pytest

from states.assessment import Assessment
from states.rulebook.calculation.lines import Inputs
from states.rulebook.calculation.rows import TableRow
from states.rulebook.checks.edges import edges
from states.rulebook.trial.trial_form import trial_form
from states.rulebook.trial.trial_scope import TrialScope, TrialTeam
from states.rulebook.types import Rulebook
from states.stages.value_report import report_items
from tests.kinds import BY_KIND, ranked_by_kind

RULES = ranked_by_kind().rulebook
COLLEGE, ADMIN = "college", "party-admin"
MAJOR_CASE = '[[scale.limit]]\nkey = "major_case"'
RESEARCH = '[{ of = "unit_kind", is = ["college"] }, { of = "research", at_least = 5 }]'


def values(rules: Rulebook, kind: str) -> AbstractSet[str]:
    """The values that the kind has beside its form."""
    plan = rules.plans[kind].subjects["unit"]
    assert plan.form is not None
    return plan.values.keys() - plan.form.items.keys()


def asked(rules: Rulebook, kind: str) -> set[str]:
    return set(report_items(Assessment(unit="u-1", unit_kind=kind), rules))


def test_each_kind_is_asked_for_the_number_by_which_it_is_ranked() -> None:
    assert asked(RULES, COLLEGE) == {"numbers.research"}
    assert asked(RULES, ADMIN) == set()
    assert values(RULES, COLLEGE) - values(RULES, ADMIN) == {"research", "research-seat"}
    assert values(RULES, ADMIN) - values(RULES, COLLEGE) == {"score-seat"}


def test_what_a_kind_does_not_have_does_not_apply_and_has_no_place() -> None:
    inputs = Inputs(unit="p-1", unit_kind=ADMIN, year=2026)
    [scope] = RULES.plans[ADMIN].scopes(inputs)
    assert scope.line("research").state == "absent"
    [candidate] = RULES.candidates(RULES.standings["by-research"], inputs)
    assert (candidate.amount, candidate.is_pending) == (None, False)
    with pytest.raises(KeyError):
        scope.line("reserch")


def test_a_value_that_no_result_reads_is_there_for_every_kind() -> None:
    rules = ranked_by_kind(
        '[[value]]\nkey = "visitors"\nkind = "given"\nby = ["office"]\n'
        'title = { zh = "来访人数", en = "Visitors" }\nclause = "第十条"\n'
    ).rulebook
    assert asked(rules, COLLEGE) - asked(rules, ADMIN) == {"numbers.research"}
    assert asked(rules, ADMIN) == {"numbers.visitors"}


def test_a_task_of_one_kind_reads_its_value_for_that_kind_alone() -> None:
    task = (
        '[[task]]\nkey = "plan-research"\nby = ["office"]\nclause = "第十条"\n'
        'title = { zh = "科研整改", en = "A plan for research" }\n'
        'when = [{ of = "unit_kind", is = ["support"] }, { of = "research", below = 5 }]\n'
    )
    rules = ranked_by_kind(task).rulebook
    assert asked(rules, "support") == asked(rules, COLLEGE) == {"numbers.research"}
    assert asked(rules, ADMIN) == set()


def test_a_table_of_points_reads_what_its_rows_for_the_kind_read() -> None:
    bands = (
        '[[value]]\nkey = "ranked-by"\nkind = "bands"\ntitle = { zh = "排名得分", en = "Ranked by" }\nclause = "第十条"\n'
        "row = [\n"
        '  { when = [{ of = "unit_kind", is = ["college"] }], of = "research", clause = "第十条" },\n'
        '  { when = [{ of = "unit_kind", is = ["party-admin", "support"] }], of = "total", clause = "第十条" },\n'
        "]\n"
    )
    limit = (
        MAJOR_CASE,
        '[[scale.limit]]\nkey = "weak"\ntitle = { zh = "排名得分低", en = "Weak" }\nclause = "第十条"\n'
        'not_above = "pass"\nwhen = [{ of = "ranked-by", below = 5 }]\n\n' + MAJOR_CASE,
    )
    rules = ranked_by_kind(bands, limit).rulebook
    assert "ranked-by" in values(rules, ADMIN)
    assert "research" not in values(rules, ADMIN)


def test_a_value_of_last_round_is_known_because_it_is_made_in_this_one() -> None:
    earlier = (
        '[[value]]\nkey = "last-research"\nkind = "earlier"\nback = 1\nof = "research"\npoints = 100\n'
        'title = { zh = "上年科研总分", en = "Research of last year" }\nclause = "第十条"\n'
        '[[act]]\ncommand = "waive_item"\nby = ["office"]\nclause = "第十条"\nsource = "measure"\n'
        'title = { zh = "认定项目不适用", en = "declare that an item does not apply" }\n'
        '[[act]]\ncommand = "restore_item"\nby = ["office"]\nclause = "第十条"\nsource = "measure"\n'
        'title = { zh = "恢复适用项目", en = "restore an item that does not apply" }\n'
    )
    of_research = RESEARCH.replace('"research"', '"last-research"')
    rules = ranked_by_kind(
        earlier, (BY_KIND, f"any = [{of_research}, {of_research.replace('college', ADMIN)}]")
    ).rulebook
    # The places are read by no result now. So they are there for a page, with what they compare.
    assert "research" in values(rules, COLLEGE)
    assert {"research-seat", "last-research"} <= values(rules, ADMIN)


def test_the_trial_has_no_field_for_what_a_kind_does_not_have() -> None:
    fields = {
        kind: set(
            trial_form(TrialScope(rules=RULES, unit_kind=kind, year=2026, team=TrialTeam(1, 1), step=Decimal(1))).fields
        )
        for kind in (COLLEGE, ADMIN)
    }
    assert "numbers:research" in fields[COLLEGE]
    assert "numbers:research" not in fields[ADMIN]


def test_an_edge_is_that_of_a_kind_that_has_the_value() -> None:
    rules = ranked_by_kind("", (BY_KIND, f"any = [{RESEARCH.replace('college', 'support')}]")).rulebook
    [edge] = [one for one in edges(rules) if one.of == "research"]
    assert edge.location == "scale.unit.grade.excellent"
    assert [(point.amount, point.outcome.en) for point in edge.points] == [
        (Decimal("4.99"), "Pass"),
        (Decimal(5), "Excellent"),
        (Decimal("5.01"), "Excellent"),
    ]


def test_the_example_beside_an_edge_has_no_value_of_another_kind() -> None:
    [by_research] = [one for one in edges(RULES) if one.of == "research-seat"]
    [by_score] = [one for one in edges(RULES) if one.of == "score-seat"]
    assert by_research.others.keys() == by_score.others.keys() == {"graded_by", "unit_kind"}


@pytest.mark.parametrize(
    ("kind", "names"), [("a", ["total", "unit_kind", "first"]), ("b", ["total", "unit_kind", "second"]), ("c", [])]
)
def test_a_row_asks_what_its_lists_for_the_kind_ask(kind: str, names: list[str]) -> None:
    lists = [
        [{"of": "unit_kind", "is": [one]}, {"of": of, "at_least": 1}] for one, of in (("a", "first"), ("b", "second"))
    ]
    row = TableRow.model_validate({"clause": "第十条", "when": [{"of": "total", "at_least": 60}], "any": lists})
    assert [test.of for test in row.tests_for(kind)] == names
    assert row.is_for(kind) == bool(names)
