"""平时检查 on its pages: recorded for many units at once, answered by the unit, decided on by the office, seen beside its element."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Client

from audit.reader import DatabaseReader
from audit.replay import replay
from states.accounts.account import MoveAccount
from states.records.routine_check import RoutineCheck
from states.vocabulary import Opaque, Words
from storage import queries
from storage.ledger.facts import fact_of
from storage.master_key import MasterKey
from storage.vault.vault import use_key
from tests.documents.building import pdf
from tests.storage.raw import everything

from .web import SECURITY, Console, hidden

FORM: dict[str, Any] = {
    "checked_on": "2026-10-20", "checked_by": "assessor", "unit": ["u-1", "u-2"], "elements": ["a1-1.2.1"],
    "observation": "工作计划缺少责任分工", "to_mend": "补充责任分工", "mend_until": "2026-11-20",
}  # fmt: skip
PDF = pdf()


def send(client: Client, path: str, shown: str = "", files: Any = None, **fields: Any) -> Any:
    """Fill in the form of a page and send it."""
    page = client.get(shown or path).text
    return client.post(path, data={**hidden(page, path if shown else None), **fields}, files=files)


def states(college: Console) -> list[RoutineCheck]:
    found = [college.engine.state(stream) for stream in queries.routine_check_units(college.database)]
    return sorted((one for one in found if isinstance(one, RoutineCheck)), key=lambda one: one.unit)


@pytest.fixture
def recorded(college: Console) -> Console:
    """A college of which both units were checked."""
    done = send(college.sign_in("office"), "/routine-checks/new", **FORM)
    assert done.status_code == 303, done.text
    return college


def path_of(college: Console, unit: str = "u-1") -> str:
    return next(f"/routine-checks/{unit}/{one.id}" for one in states(college) if one.unit == unit)


def test_one_form_checks_many_units_each_with_its_own_finding_where_it_has_one(college: Console) -> None:
    form = {**FORM, "observation.u-2": "没有年度工作总结"}
    done = send(college.sign_in("office"), "/routine-checks/new", **form)
    assert done.headers["location"] == "/routine-checks?done=2"
    assert [(one.unit, one.findings.observation) for one in states(college)] == [  # type: ignore[union-attr]
        ("u-1", "工作计划缺少责任分工"), ("u-2", "没有年度工作总结"),
    ]  # fmt: skip
    assert all(re.fullmatch(r"r-2026-[0-9a-f]{8}-0[12]", one.id) for one in states(college))


def test_a_form_sent_twice_is_recorded_once(college: Console) -> None:
    client = college.sign_in("office")
    form = {**hidden(client.get("/routine-checks/new").text), **FORM}
    first, second = (client.post("/routine-checks/new", data=form) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 303)
    assert len(states(college)) == 2


def test_all_that_is_missing_is_said_at_once_and_what_was_typed_stays(college: Console) -> None:
    form = {**FORM, "unit": [], "checked_by": "", "observation": "", "to_mend": "补充责任分工"}
    done = send(college.sign_in("office"), "/routine-checks/new", **form)
    assert done.status_code == 409
    for said in ("被检查的部门", "检查人员", "检查情况"):
        assert f"缺少{said}" in done.text
    assert "补充责任分工</textarea>" in done.text
    assert states(college) == []


def test_where_one_unit_would_be_refused_none_is_recorded(college: Console) -> None:
    done = send(college.sign_in("office"), "/routine-checks/new", **{**FORM, "mend_until": "2026-10-01"})
    assert done.status_code == 409
    assert "整改期限" in done.text
    assert states(college) == []


def test_an_element_of_no_chosen_unit_is_refused(college: Console) -> None:
    done = send(college.sign_in("office"), "/routine-checks/new", **{**FORM, "elements": ["a2-1.1.1"]})
    assert done.status_code == 409
    assert "a2-1.1.1" in done.text


@pytest.mark.parametrize("account", ["unit-1", "assessor", "committee", "organization", "system_admin"])
def test_who_may_not_check_does_not_come_to_the_form(recorded: Console, account: str) -> None:
    client = recorded.sign_in(account)
    assert client.get("/routine-checks/new").status_code == 403
    assert client.post(f"{path_of(recorded)}/withdraw_routine_check", data={"reason": "x"}).status_code == 403


def test_a_check_that_is_done_with_costs_the_menu_of_other_pages_nothing(
    recorded: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, read = recorded.sign_in("office"), []
    state_of = recorded.engine.state
    monkeypatch.setattr(recorded.engine, "state", lambda stream: (read.append(stream), state_of(stream))[1])
    client.get("/board")
    assert [stream for stream in read if stream.startswith("routine_check/")]
    for unit in ("u-1", "u-2"):
        path = path_of(recorded, unit)
        assert send(client, f"{path}/withdraw_routine_check", reason="重复登记").status_code == 303
    read.clear()
    client.get("/board")
    assert read
    assert not [stream for stream in read if stream.startswith("routine_check/")]


def test_a_unit_sees_its_own_checks_and_no_other_units(recorded: Console) -> None:
    client = recorded.sign_in("unit-1")
    page = client.get("/routine-checks").text
    assert path_of(recorded) in page
    assert path_of(recorded, "u-2") not in page
    assert client.get(path_of(recorded)).status_code == 200
    assert client.get(path_of(recorded, "u-2")).status_code == 403
    borrowed = path_of(recorded, "u-2").replace("/u-2/", "/u-1/")
    assert client.get(borrowed).status_code == 409
    assert "工作计划" not in client.get(borrowed).text


def test_the_unit_answers_with_a_document_and_the_office_reads_it_and_accepts(recorded: Console) -> None:
    path, unit, office = path_of(recorded), recorded.sign_in("unit-1"), recorded.sign_in("discipline")
    assert "待您整改答复" in unit.get("/").text
    files = {"documents": ("整改报告.pdf", PDF, "application/pdf")}
    done = send(unit, f"{path}/answer_routine_check", path, files, answer="已补充责任分工")
    assert done.status_code == 303, done.text
    assert "待您认可" in office.get("/").text
    page = office.get(path).text
    assert "已补充责任分工" in page
    (document,) = set(re.findall(rf'href="({path}/documents/[0-9a-f]+\?entry=[0-9]+)"', page))
    assert office.get(document).content == PDF
    assert recorded.sign_in("unit-2").get(document).status_code == 403
    accepted = send(office, f"{path}/accept_answer", path, accepted_on="2026-11-02")
    assert accepted.status_code == 303, accepted.text
    assert "整改已认可" in unit.get(path).text
    assert "待您认可" not in office.get("/").text


def test_an_answer_goes_back_with_a_reason_that_the_unit_reads(recorded: Console) -> None:
    path, unit, office = path_of(recorded), recorded.sign_in("unit-1"), recorded.sign_in("office")
    send(unit, f"{path}/answer_routine_check", path, answer="正在整改")
    empty = send(office, f"{path}/return_answer", path, reason="")
    assert empty.status_code == 409
    send(office, f"{path}/return_answer", path, reason="缺少责任分工表", mend_until="2026-11-27")
    page = unit.get(path).text
    assert "缺少责任分工表" in page
    assert "2026-11-27" in page
    assert "待您整改答复" in unit.get("/").text


def test_a_check_is_corrected_and_withdrawn_with_a_reason(recorded: Console) -> None:
    path, office = path_of(recorded), recorded.sign_in("office")
    shown = office.get(f"{path}/correct").text
    assert "工作计划缺少责任分工</textarea>" in shown
    form = {**FORM, "observation": "更正：分工已有，缺少时限", "reason": "核对后更正"}
    del form["unit"]
    done = send(office, f"{path}/correct", **form)
    assert done.status_code == 303, done.text
    assert "更正：分工已有，缺少时限" in office.get(path).text
    done = send(office, f"{path}/withdraw_routine_check", path, reason="误登记")
    assert done.status_code == 303, done.text
    assert "已撤销" in recorded.sign_in("unit-1").get(path).text


def test_what_names_people_goes_to_the_vault_and_the_unit_does_not_read_it(college: Console, tmp_path: Path) -> None:
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    said = "涉及经办人甲的情况"
    form = {**FORM, "confidential.new.text": said}
    done = send(college.sign_in("office"), "/routine-checks/new", **form)
    assert done.status_code == 303, done.text
    assert all(len(one.findings.notes) == 1 for one in states(college))  # type: ignore[union-attr]
    assert said.encode() not in everything(college.database)
    assert replay(DatabaseReader(college.database)).ok
    path = path_of(college)
    unit = college.sign_in("unit-1").get(f"{path}/confidential").text
    assert "查阅</a>" not in unit
    office = college.sign_in("discipline")
    (value,) = set(re.findall(rf'href="({path}/confidential/[^"]+)"', office.get(f"{path}/confidential").text))
    asked = send(office, value, reason="核实整改")
    assert said in asked.text


def test_who_is_of_the_unit_checked_is_refused_and_that_is_on_record(college: Console) -> None:
    moved = MoveAccount(unit=Opaque("u-1"), reason=Words("调动"))
    college.engine.submit("account/office", moved, SECURITY, "move-1")
    done = send(college.sign_in("office"), "/routine-checks/new", **{**FORM, "unit": ["u-1"]})
    assert done.status_code == 403
    assert "回避" in done.text
    assert [fact_of(entry).kind for entry in college.engine.ledger.stream("access")] == ["RefusedCommand"]


def test_assessors_see_a_check_beside_the_element_it_concerns_and_the_unit_sees_it_on_its_page(
    recorded: Console,
) -> None:
    sheet = recorded.sign_in("assessor").get("/assessments/2026/u-1/fill_sheet").text
    row = next(row for row in sheet.split("<tr>") if "marks.a1-1.2.1" in row)
    other = next(row for row in sheet.split("<tr>") if "marks.a1-1.2.2" in row)
    assert "工作计划缺少责任分工" in row
    assert "平时检查" not in other
    for account in ("unit-1", "committee"):
        page = recorded.sign_in(account).get("/assessments/2026/u-1").text
        assert path_of(recorded) in page
    assert path_of(recorded) not in recorded.sign_in("unit-2").get("/assessments/2026/u-2").text


def test_pages_of_checks_speak_english_to_who_reads_english(recorded: Console) -> None:
    client = recorded.sign_in("office", "en")
    for path in ("/routine-checks", "/routine-checks/new", path_of(recorded), f"{path_of(recorded)}/correct"):
        page = client.get(path)
        assert page.status_code == 200
        assert "outine check" in page.text


def test_an_open_check_past_its_deadline_is_called_overdue(recorded: Console) -> None:
    recorded.clock.at = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert "逾期" in recorded.sign_in("office").get("/routine-checks").text
