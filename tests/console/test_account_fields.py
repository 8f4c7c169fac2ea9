"""Fields that name accounts: an id nobody has is refused at its field, on pages and in the API."""

from __future__ import annotations

import re

import pytest

from .test_api import problem, submission, system
from .test_routine_checks import FORM
from .test_routine_checks import send as record
from .walk import STEPS, day, send, text, walk
from .web import Console

pytestmark = pytest.mark.one_database  # the acts themselves are asked of both: `tests/workflow`

INSPECTION = dict(next(step[3] for step in STEPS if step[2] == "inspect_site"))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_inspector_nobody_knows_is_refused_at_the_field_with_those_who_are_known(
    college: Console, language: str
) -> None:
    walk(college, until="inspect_site", language=language)
    college.clock.at = day("12-14")
    client = college.sign_in("working_group", language)
    answer = send(client, "inspect_site", {**INSPECTION, "inspectors": "assessor, nobody-1、nobody-2"})
    assert answer.status_code == 409
    said = text(answer.text)
    assert ("没有账号 nobody-1, nobody-2" if language == "zh" else "There is no account nobody-1, nobody-2") in said
    assert re.search(r"样例·assessor, .*样例·working_group", said), "which there are"
    assert 'href="#inspectors"' in answer.text
    assert 'value="assessor, nobody-1、nobody-2"' in answer.text, "nothing typed is lost"
    assert send(client, "inspect_site", INSPECTION).status_code == 303


def test_somebody_who_checked_and_whom_nobody_knows_is_refused_at_the_field(college: Console) -> None:
    answer = record(college.sign_in("office"), "/routine-checks/new", **{**FORM, "checked_by": "assessor，nobody"})
    assert answer.status_code == 409
    assert "没有账号 nobody" in text(answer.text)
    assert 'href="#checked_by"' in answer.text


def test_a_system_that_names_an_inspector_nobody_knows_is_refused(college: Console) -> None:
    walk(college, until="inspect_site")
    college.clock.at = day("12-14")
    command = {
        "inspected_on": "2026-12-14",
        "inspectors": ["nobody"],
        "special_work": "廉政文化品牌",
        "observation": "属实",
    }
    caller = system(college, "working_group")
    told = problem(caller.post("/commands", json=submission("inspect_site", command)), 409, "NotKnown")
    assert "nobody" in told["detail"]
