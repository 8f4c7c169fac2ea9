"""Files that are on record are called by their names, kinds and sizes wherever they are read, and by those alone who read assessments."""

from __future__ import annotations

import pytest

from .test_api import system
from .test_uploads import ACT, ELEMENT, called
from .walk import ELEMENTS, STEPS, day, marks, send, text
from .web import Console

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

REPORT, EVIDENCE = "自评报告（定稿）.pdf", "学习记录.pdf"


def reviewed(college: Console) -> None:
    """The self-report is in, and the review of documents found one file on one element."""
    college.clock.at = day("11-18")
    given = {"report": called(REPORT)}
    assert send(college.sign_in("unit-1"), ACT, marks("self_scores"), given).status_code == 303
    for who, at, act, typed, files in STEPS[1:4]:
        college.clock.at = day(at)
        assert send(college.sign_in(who), act, typed, files).status_code == 303
    college.clock.at = day("12-09")
    found = {f"finding.{key}": "unmet" for key in ELEMENTS} | {f"remark.{key}": "缺记录" for key in ELEMENTS}
    typed = {"reviewed_on": "2026-12-09", **found, f"finding.{ELEMENT}": "met"}
    evidence = {f"evidence.{ELEMENT}": called(EVIDENCE, b"1")}
    assert send(college.sign_in("working_group"), "review_documents", typed, evidence).status_code == 303


def test_an_assessment_in_json_says_its_files_by_name_kind_and_size_to_those_who_read_it(college: Console) -> None:
    reviewed(college)
    for roles, unit in ((("unit",), "u-1"), (("office",), None)):
        read = system(college, *roles, unit=unit).get("/assessments/2026/u-1").json()["files"]
        assert [(one["act"], one["name"], one["kind"]) for one in read] == [
            (ACT, REPORT, "PDF"), ("record_meeting", "report.pdf", "PDF"), ("review_documents", EVIDENCE, "PDF"),
        ]  # fmt: skip
        assert all(one["size"] > 0 and len(one["sha256"]) == 64 for one in read)
    assert system(college, "unit", unit="u-2").get("/assessments/2026/u-1").status_code == 403


def test_an_auditor_reads_the_names_of_files_at_any_moment_and_in_a_difference(college: Console) -> None:
    reviewed(college)
    client = college.sign_in("discipline")
    moment = text(client.get("/audit/assessments/2026/u-1").text)
    between = text(client.get("/audit/difference?year=2026&first=1").text)
    for page in (moment, between):
        assert f"{REPORT}（PDF，1 KB）" in page
        assert f"；佐证：{EVIDENCE}（PDF，1 KB）" in page


def test_an_auditor_who_reads_no_assessment_reads_no_name_of_a_file(college: Console) -> None:
    reviewed(college)
    client = college.sign_in("audit_admin")
    for path in ("/audit", "/audit/assessments/2026/u-1", "/audit/difference?year=2026&first=1"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert (REPORT in answer.text, EVIDENCE in answer.text) == (False, False), path
    assert "PDF，1 KB" in text(client.get("/audit").text)
