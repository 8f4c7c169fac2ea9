"""The pages of records that are no cases: made from what the rulebook lists, read by whom they are for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Client, Response

from console.web.command_ids import new_id
from console.web.request.stream_titles import StreamTitles
from states.records.record import Record
from storage.database.database import Database
from tests.honours import edition

from .test_api import system
from .test_cases import send
from .test_every_form import faults, typed_forms
from .web import Console, console

HONOUR = {
    "unit": "u-1", "acted_on": "2026-05-10", "fields.level.0": "province", "fields.share.0": "joint", "document.0": "样府发〔2026〕7号",
}  # fmt: skip
ABSENCE = {"unit": "u-1", "acted_on": "2026-05-10", "person.0": "p-7", "fields.how.0": "late", "number.0": "2"}


@pytest.fixture
def listing(settled: Database) -> Iterator[Console]:
    """The college under a rulebook that lists honours, good practices and absences."""
    with console(settled, edition=edition()) as made:
        yield made


def entered(client: Client, kind: str = "honour", **fields: Any) -> str:
    """The path of a record that was entered."""
    form = HONOUR if kind == "honour" else ABSENCE
    done = send(client, f"/records/new/{kind}", **{**form, **fields})
    assert done.status_code == 303, done.text
    return str(done.headers["location"]).partition("?")[0]


def state_of(listing: Console, path: str) -> Record:
    state = listing.engine.state(f"record/{path.rpartition('/')[2]}")
    assert isinstance(state, Record)
    return state


def shown(answer: Response) -> str:
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_form_has_the_fields_of_its_kind_and_nothing_else(listing: Console) -> None:
    client = listing.sign_in("office")
    honour, practice = shown(client.get("/records/new/honour")), shown(client.get("/records/new/practice"))
    assert "级别" in honour
    assert "国家级" in honour
    assert 'name="person.0"' not in honour
    assert 'name="number.0"' not in honour
    assert 'name="number.0"' in practice
    assert "在 0.5 至 2 之间" in practice
    absence = shown(listing.sign_in("discipline").get("/records/new/absence"))
    assert 'name="person.0"' in absence


def test_a_record_is_entered_read_corrected_and_rescinded(listing: Console) -> None:
    client = listing.sign_in("office")
    path = entered(client)
    assert "省级" in shown(client.get("/records"))
    assert "样府发〔2026〕7号" in shown(client.get(path))
    form = shown(client.get(f"{path}/revise"))
    assert re.search(r'<option value="province" selected>', form)
    revised = send(client, f"{path}/revise", **{**HONOUR, "fields.level.0": "nation", "reason": "级别登记有误"})
    assert revised.status_code == 303, revised.text
    state = state_of(listing, path)
    assert state.body is not None
    assert state.body.lines[0].fields == {"level": "nation", "share": "joint"}
    assert send(client, f"{path}/rescind", path, reason="表彰已撤销").status_code == 303
    assert "已撤销" in shown(client.get(path))
    assert "撤销登记</summary>" not in shown(client.get(path))


def test_every_fault_of_the_form_is_told_at_its_field_and_what_was_typed_stays(listing: Console) -> None:
    client = listing.sign_in("discipline")
    faulty = {"person.0": "", "fields.how.0": "", "number.0": "two", "acted_on": "10 May", "unit": ""}
    answer = send(client, "/records/new/absence", **{**ABSENCE, **faulty, "remark.0": "雨天"})
    assert answer.status_code == 409
    for name in ("unit", "acted_on", "person.0", "fields.how.0", "number.0"):
        assert f'id="{name}-wrong"' in answer.text, name
    assert "雨天" in answer.text


def test_every_form_of_a_record_tells_every_fault_at_its_field_and_gives_back_what_was_typed(listing: Console) -> None:
    client = listing.sign_in("office")
    path = entered(client)
    for page in ("/records/new/honour", "/records/new/practice", f"{path}/revise", path):
        forms = typed_forms(page, client.get(page).text)
        assert forms, page
        for at, _ in forms:
            assert faults(client, page, at) == [], page
    absences = listing.sign_in("discipline")
    for at, _ in typed_forms("/records/new/absence", absences.get("/records/new/absence").text):
        assert faults(absences, "/records/new/absence", at) == []


def test_a_rule_of_the_kind_refuses_at_the_field_of_its_row(listing: Console) -> None:
    client = listing.sign_in("office")
    unusual = {**HONOUR, "fields.level.1": "nation", "fields.share.1": "alone"}
    answer = send(client, "/records/new/honour", **unusual)
    assert answer.status_code == 409
    assert 'id="fields.share.1-wrong"' in answer.text
    assert "国家级表彰一般由多部门联合获得" in answer.text
    assert send(client, "/records/new/honour", **unusual, **{"remark.1": "文件载明"}).status_code == 303


def test_who_may_enter_a_kind_has_its_button_and_nobody_else(listing: Console) -> None:
    office, discipline = (shown(listing.sign_in(who).get("/records")) for who in ("office", "discipline"))
    assert "/records/new/honour" in office
    assert "/records/new/honour" not in discipline
    assert "/records/new/absence" in discipline
    committee = listing.sign_in("committee")
    assert "/records/new/" not in shown(committee.get("/records"))
    assert committee.get("/records/new/honour").status_code == 403
    assert listing.sign_in("office").get("/records/new/medal").status_code == 409


def test_a_department_reads_its_own_records_and_not_those_of_others(listing: Console) -> None:
    path = entered(listing.sign_in("office"))
    assert "省级" in shown(listing.sign_in("unit-1").get(path))
    other = listing.sign_in("unit-2")
    assert other.get(path).status_code == 403
    assert "省级" not in shown(other.get("/records"))
    assert listing.sign_in("committee").get(path).status_code == 200


def test_a_department_may_enter_what_the_kind_lets_it_for_itself_alone(listing: Console) -> None:
    own = listing.sign_in("unit-1")
    form = shown(own.get("/records/new/honour"))
    assert 'value="u-2"' not in form
    path = entered(own)
    assert state_of(listing, path).units == ("u-1", "u-1")
    assert send(own, "/records/new/honour", **{**HONOUR, "unit": "u-2"}).status_code in (403, 409)


def test_a_confidential_record_is_read_by_who_reads_cases_and_not_by_its_department(listing: Console) -> None:
    path = entered(listing.sign_in("discipline"), "absence")
    assert "p-7" in shown(listing.sign_in("committee").get(path))
    for who in ("unit-1", "assessor"):
        client = listing.sign_in(who)
        assert client.get(path).status_code == 403, who
        assert "缺席“" not in shown(client.get("/records")), who


def test_the_menu_has_the_page_only_if_the_rulebook_lists_such_records(listing: Console, college: Console) -> None:
    assert 'href="/records"' in shown(listing.sign_in("office").get("/"))
    assert 'href="/records"' not in shown(college.sign_in("office").get("/"))


def test_a_record_can_be_entered_by_a_system_with_the_same_checks(listing: Console) -> None:
    client = system(listing, "office")
    command = {
        "record": "honour", "unit": "u-1", "unit_now": None, "acted_on": "2026-05-10",
        "lines": [{"fields": {"level": "city", "share": "joint"}}],
    }  # fmt: skip
    body = {
        "act": "enter_record",
        "stream": "record/e-api-1",
        "command_id": new_id("oa"),
        "expected_version": 0,
        "command": command,
    }
    assert client.post("/commands", json=body).status_code == 200
    wrong = {**body, "stream": "record/e-api-2", "command_id": new_id("oa"), "command": {**command, "record": "medal"}}
    assert client.post("/commands", json=wrong).status_code == 409
    assert listing.engine.state("record/e-api-2").version == 0


def test_the_ledgers_pages_show_a_record_in_words(listing: Console) -> None:
    entered(listing.sign_in("office"))
    number = listing.engine.ledger.head().number
    page = shown(listing.sign_in("audit_admin").get(f"/audit/entries/{number}"))
    assert "表彰" in page
    assert "第 1 行：省级，联合" in page


def test_what_a_result_rests_on_is_named_by_its_title_whether_a_case_or_a_record(listing: Console) -> None:
    path = entered(listing.sign_in("office"))
    titles = StreamTitles(listing.engine.state, lambda unit, _: unit, {}, edition().rulebook)
    assert titles.source(path.rpartition("/")[2]).zh == "u-1 表彰“省级、联合”（2026-05-10）"
    assert titles.source("judged/3").zh == "结果所依据的其他内容"
    assert titles.source("nobody").en == "something else that the result rests on"
