"""The form of what is sent to the API: every fault at once, in the caller's language, and nothing taken for something else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import fields

from console.api.commands import FOR_SYSTEMS, MAX_VALUES
from console.api.models import model_of
from console.api.problems import MAX_FAULTS
from states.acts import ACTS

from .test_api import SELF_REPORT, problem, submission, system
from .web import Console

MEETING: dict[str, Any] = {
    "held_on": "2026-11-12", "entitled": 40, "present": 38, "team_report_by": "u-1-head", "personal_reports": [],
    "minutes": {"sha256": "0" * 64, "size": 10, "media_type": "application/pdf"},
}  # fmt: skip

UNREADABLE = (b"{", b"\xff", b'{"command":' + b"[" * 100_000)

INVALID = (
    b"", b"[]", b"{}", b'{"act":"nothing"}',
    json.dumps(submission("submit_self_report", {})).encode(),
    json.dumps(submission("submit_self_report", {**SELF_REPORT, "more": 1})).encode(),
    json.dumps(submission("submit_self_report", SELF_REPORT, more=1)).encode(),
    json.dumps(submission("withdraw", {"reason": "a\0b"})).encode(),
    json.dumps(submission("withdraw", {"reason": "\ud800"})).encode(),
)  # fmt: skip


def faults(told: dict[str, Any]) -> dict[str, str]:
    """What is wrong with each field."""
    return {one["field"]: one["detail"] for one in told["faults"]}


def test_a_body_that_is_no_json_or_not_of_the_form_is_a_problem(college: Console) -> None:
    client = system(college, "office")
    for body in UNREADABLE:
        problem(client.post("/commands", content=body), 400, "UnreadableBody")
    for body in INVALID:
        problem(client.post("/commands", content=body), 422, "InvalidRequest")
    problem(client.post("/commands", data={"act": "withdraw"}), 415, "NotJson")


@pytest.mark.parametrize(("language", "is_no_date"), [("zh", "必须是日期"), ("en", "must be a date")])
def test_every_fault_of_a_body_is_told_at_once_each_with_its_field(
    college: Console, language: str, is_no_date: str
) -> None:
    wrong = {**MEETING, "held_on": "12.11.2026", "entitled": "40", "personal_reports": [{"person": 1}], "more": 1}
    answer = system(college, "unit", unit="u-1", language=language).post(
        "/commands", json=submission("record_meeting", wrong)
    )
    told = problem(answer, 422, "InvalidRequest")
    found = faults(told)
    assert list(found) == [f"command.{at}" for at in ("held_on", "entitled", "personal_reports.0.person", "more")]
    assert is_no_date in found["command.held_on"]
    assert all(one in told["detail"] for one in found.values())


def test_every_fault_that_a_rule_finds_has_its_field_too(college: Console) -> None:
    wrong = {"checked_on": "2026-12-31", "checked_by": ["discipline"], "elements": [], "observation": "账实不符",
             "documents": [], "notes": [], "to_mend": None, "mend_until": "2026-11-01", "unit": "u-1"}  # fmt: skip
    asked = {**submission("record_routine_check", wrong), "stream": "routine_check/r-1"}
    told = problem(system(college, "discipline").post("/commands", json=asked), 409, "SeveralFaults")
    assert {"command.checked_on", "command.to_mend"} <= faults(told).keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [("present", True), ("present", "38"), ("present", 38.5), ("held_on", 20260101), ("held_on", "2026-11-12T00:00:00"),
     ("held_on", "1794441600"), ("team_report_by", 7), ("team_report_by", None), ("minutes", None), ("personal_reports", {})],
)  # fmt: skip
def test_no_value_is_taken_for_one_of_another_type(college: Console, field: str, value: object) -> None:
    client = system(college, "unit", unit="u-1")
    answer = client.post("/commands", json=submission("record_meeting", {**MEETING, field: value}))
    (found,) = faults(problem(answer, 422, "InvalidRequest"))
    assert found.startswith(f"command.{field}")


def test_points_that_are_no_finite_number_are_refused(college: Console) -> None:
    client = system(college, "unit", unit="u-1")
    for points in ("NaN", "Infinity", "ten", None, True, []):
        asked = submission("submit_self_report", {**SELF_REPORT, "self_scores": {"a1-1": points}})
        problem(client.post("/commands", content=json.dumps(asked)), 422, "InvalidRequest")


def test_a_body_with_a_hundred_thousand_faults_is_refused_by_its_size(college: Console) -> None:
    client = system(college, "unit", unit="u-1")
    for many in ([1] * 100_000, {str(n): n for n in range(60_000)}, [[]] * (MAX_VALUES + 1)):
        told = problem(client.post("/commands", json=submission("withdraw", {"reason": many})), 422, "InvalidRequest")
        assert len(told["faults"]) == 1
    told = problem(client.post("/commands", json=submission("open_year", {"units": [1] * 1000})), 422, "InvalidRequest")
    assert len(told["faults"]) == MAX_FAULTS
    assert "1002" in told["detail"]


def test_a_parameter_that_is_not_of_its_kind_or_that_there_is_not_is_a_problem(college: Console) -> None:
    client = system(college, "discipline")
    for path, field in {
        "/assessments?year=x": "year",
        f"/assessments?year={10**20}": "year",
        "/assessments?yaer=2026": "yaer",
        "/entries?limit=0": "limit",
        "/entries?after=-1": "after",
        "/assessments/x/u-1": "year",
    }.items():
        assert list(faults(problem(client.get(path), 422, "InvalidRequest"))) == [field]


def test_who_may_not_do_an_act_does_not_learn_which_accounts_there_are(college: Console) -> None:
    check = {"checked_on": "2026-11-02", "checked_by": ["nobody-has-this"], "elements": [], "observation": "账实不符",
             "documents": [], "notes": [], "to_mend": None, "mend_until": None, "unit": "u-1"}  # fmt: skip
    asked = {**submission("record_routine_check", check), "stream": "routine_check/r-1"}
    told = problem(system(college, "working_group").post("/commands", json=asked), 403, "NotYours")
    assert "faults" not in told
    told = problem(system(college, "office").post("/commands", json=asked), 409, "NotKnown")
    assert list(faults(told)) == ["command.checked_by"]


def test_the_form_of_every_command_has_the_fields_of_its_struct_and_a_title_for_each() -> None:
    def compare(struct: type[Struct]) -> None:
        members = model_of(struct).model_fields
        assert list(members) == [one.name for one in fields(struct)]
        assert [one.name for one in fields(struct) if one.required] == [
            name for name, one in members.items() if one.is_required()
        ]
        assert all(one.title and one.description for one in members.values())

    for act in FOR_SYSTEMS:
        compare(ACTS[act].command)


def test_the_examples_in_the_documents_are_true(college: Console) -> None:
    text = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
    asked, receipt, refusal, wrong, invalid = map(json.loads, re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    office = system(college, "office")
    assert system(college, "committee").post("/commands", json=asked).json() == refusal
    assert {**office.post("/commands", json=asked).json(), "number": receipt["number"]} == receipt
    assert office.post("/commands", json=wrong).json() == invalid
