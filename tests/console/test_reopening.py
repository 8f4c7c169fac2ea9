"""重新审议: the committee takes its own decision back on the page, and the unit reads why with the correction."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from .walk import HOME, marks, send, text, walk
from .web import Console, hidden

JANUARY = datetime(2027, 1, 9, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
RESOLVED = {"resolution": "党委会〔2027〕2号", "met_on": "2027-01-08", "reason": "佐证材料经查不实"}


def test_the_committee_reopens_a_circulated_result_by_resolution_and_the_unit_reads_why(college: Console) -> None:
    walk(college)
    college.clock.at = JANUARY
    form = college.sign_in("committee").get(f"{HOME}/reopen_result").text
    assert "须有决议" in form
    assert 'name="cases"' not in form
    assert form.count("（可不填）") == 0, "without a case, the resolution and its day are asked for"
    assert send(college.sign_in("committee"), "reopen_result", {**RESOLVED, "resolution": ""}).status_code == 409
    assert send(college.sign_in("committee"), "reopen_result", RESOLVED).status_code == 303
    assert college.assessment().stage == "scoring"
    assert "党委会〔2027〕2号" not in college.sign_in("unit-1").get(HOME).text, "not before it is circulated"
    approval = {"resolution": "党委会〔2027〕3号", "met_on": "2027-01-09"}
    notice = {
        "document": "考通〔2027〕1号",
        "circulated_on": "2027-01-09",
        "replaces": college.assessment().circulated[-1],
    }
    for who, act, typed in (
        ("working_group", "score", marks("marks")), ("committee", "approve", approval), ("office", "circulate", notice),
    ):  # fmt: skip
        assert send(college.sign_in(who), act, typed).status_code == 303, act
    read = text(college.sign_in("unit-1").get(HOME).text)
    assert "学校党委 2027-01-08 以 党委会〔2027〕2号 决定重新审议。理由：佐证材料经查不实" in read


def test_the_leading_group_is_not_offered_what_only_the_committee_may_take_back(college: Console) -> None:
    walk(college)
    college.clock.at = JANUARY
    assert "/reopen_result" in college.sign_in("committee").get(HOME).text
    assert "/reopen_result" not in college.sign_in("leading_group").get(HOME).text
    client = college.sign_in("leading_group")
    assert client.get(f"{HOME}/reopen_result").status_code == 403
    refused = client.post(f"{HOME}/reopen_result", data={**hidden(client.get(HOME).text), **RESOLVED})
    assert "由学校党委办理" in text(refused.text)
    assert refused.status_code == 403
    assert college.assessment().stage == "circulation"
