"""The rows about what is plausible in a record: what they let in, and what is wrong with them before they are used."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import Struct

from states.cases.plausibility import line_checks
from states.refusals import Refusal
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.parts import Misfit

from .small_measure import SOUND, broken

WHY = {"zh": "某种理由", "en": "some reason"}


def rule(is_: dict[str, list[str]], then: str = "refuse", **parts: Any) -> dict[str, Any]:
    return {"is": is_, "then": then, "why": WHY, "clause": "第七条", **parts}


def found(*rules: dict[str, Any]) -> list[Misfit]:
    return broken(record__case__rule=list(rules))


def kind(*rules: dict[str, Any], **changes: Any) -> RecordKind:
    (raw,) = (one for one in SOUND["record"] if one["key"] == "case")
    rank = {**raw["field"][1], "one_per_person": True}
    return RecordKind.model_validate({**raw, "field": [raw["field"][0], rank], "rule": rules, **changes})


class Line(Struct, frozen=True):
    fields: dict[str, str]
    person: str | None = "p-1"
    effective_on: Any = None
    remark: str | None = None


def refusals(lines: list[Line], of: RecordKind) -> list[tuple[str, Refusal]]:
    every = []
    for path, check in line_checks(lines, of, "第一条"):
        try:
            check()
        except Refusal as refusal:
            every.append((path, refusal))
    return every


def talk(rank: str = "staff", **parts: Any) -> Line:
    return Line({"outcome": "talk", "rank": rank}, **parts)


# -- before use --------------------------------------------------------------------------------------


def test_rows_that_leave_something_to_record_are_sound() -> None:
    assert found(rule({"outcome": ["removal"], "rank": ["staff"]}), rule({"rank": ["cadres"]}, "remark")) == []


@pytest.mark.parametrize(
    ("row", "location"),
    [
        (rule({"colour": ["red"]}), "record.case.rule[0].is"),
        (rule({"rank": ["emperor"]}), "record.case.rule[0].is.rank"),
        (rule({"rank": ["staff"]}, after={"outcome": ["exile"]}), "record.case.rule[0].after.outcome"),
    ],
)
def test_a_row_that_names_what_there_is_not_is_reported(row: dict[str, Any], location: str) -> None:
    assert [misfit.location for misfit in found(row)] == [location]


def test_a_row_for_lines_that_another_row_refuses_is_never_reached() -> None:
    (misfit,) = found(rule({"outcome": ["removal"], "rank": ["chief"]}, "remark"), rule({"outcome": ["removal"]}))[:1]
    assert misfit.location == "record.case.rule[0]"
    assert "is never reached" in misfit.en


def test_a_row_after_a_line_that_cannot_be_is_never_reached() -> None:
    misfits = found(rule({"rank": ["chief"], "outcome": ["removal"]}),
                    rule({"outcome": ["talk"]}, "remark", after={"outcome": ["removal"], "rank": ["chief"]}))  # fmt: skip
    assert [misfit.location for misfit in misfits] == ["record.case.rule[1]"]


def test_rows_that_refuse_everything_are_reported() -> None:
    misfits = found(rule({"rank": ["cadres"]}), rule({"rank": ["staff"]}))
    assert [misfit.location for misfit in misfits] == ["record.case.rule"]
    assert "nothing can be recorded" in misfits[0].en


def test_an_option_with_which_nothing_can_be_recorded_is_reported() -> None:
    misfits = found(rule({"outcome": ["talk"]}))
    assert [misfit.location for misfit in misfits] == ["record.case.field.outcome.talk"]


# -- in use ------------------------------------------------------------------------------------------


def test_a_line_for_which_a_row_refuses_is_refused_with_its_reason_whatever_its_remark() -> None:
    of = kind(rule({"outcome": ["talk"], "rank": ["staff"]}, basis={"zh": "某规定", "en": "a regulation"}))
    ((path, refusal),) = refusals([talk(remark="说明")], of)
    assert path == "0.fields.rank"
    assert refusal.details["clause"] == "第七条"
    assert "p-1 的outcome为“talk”，rank为“staff”：某种理由（某规定）" in refusal.render("zh")
    assert "p-1: outcome “talk”, rank “staff”: some reason (a regulation)" in refusal.render("en")
    assert refusals([talk("chief")], of) == []


def test_an_unusual_line_needs_a_remark() -> None:
    of = kind(rule({"rank": ["cadres"]}, "remark"))
    assert [path for path, _ in refusals([talk("cadre")], of)] == ["0.fields.rank"]
    assert refusals([talk("cadre", remark="说明")], of) == []


def test_a_line_after_one_that_ends_such_lines_needs_a_remark_in_any_order_of_entry() -> None:
    of = kind(rule({"outcome": ["talk", "warning"]}, "remark", after={"outcome": ["removal"]}))
    removal = Line({"outcome": "removal", "rank": "staff"}, effective_on=1)
    assert [path for path, _ in refusals([talk(effective_on=2), removal], of)] == ["0.fields.outcome"]
    assert refusals([talk(effective_on=2, remark="说明"), removal], of) == []
    assert refusals([talk(effective_on=1), removal], of) == [], "on the same day"
    assert refusals([talk(effective_on=2, person="p-2"), removal], of) == [], "of another person"


def test_an_option_that_the_edition_does_not_list_is_refused_at_its_field_and_a_missing_one_too() -> None:
    of = kind(rule({"rank": ["staff"]}))
    assert [(path, r.code) for path, r in refusals([talk("emperor")], of)] == [("0.fields.rank", "NotKnown")]
    assert [(path, r.code) for path, r in refusals([Line({"outcome": "talk"})], of)] == [("0.fields", "Incomplete")]


def test_two_options_of_a_field_that_describes_the_person_need_a_remark() -> None:
    lines = [talk(effective_on=1), talk("cadre", effective_on=2)]
    assert [path for path, _ in refusals(lines, kind())] == ["1.fields.rank"]
    assert refusals([lines[0], talk("cadre", effective_on=2, remark="说明")], kind()) == []


def test_lines_of_a_record_without_persons_are_told_apart_by_their_options() -> None:
    nobody = talk(person=None)
    ((_, refusal),) = refusals([nobody, nobody], kind())
    assert refusal.render("zh").startswith("“talk”：同一日期登记了两次")
    assert refusals([nobody, Line({"outcome": "warning", "rank": "staff"}, person=None)], kind()) == []
