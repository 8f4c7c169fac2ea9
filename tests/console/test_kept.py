"""保密内容: said on forms, kept in the vault and nowhere else; read on record by whom it is for; erased for good."""

from __future__ import annotations

from pathlib import Path

import pytest
from httpx2 import Client

from audit.reader import DatabaseReader
from audit.replay import replay
from console.web.pages.accounts.security_log import EVENTS
from states.accounts.account import CloseAccount
from states.custody.confidential import Value
from states.vocabulary import Actor, Words
from storage.master_key import MasterKey
from storage.sign_in import accounts
from storage.vault.vault import use_key
from tests.storage.raw import everything
from workflow import confidential

from .test_cases import FORM
from .walk import FILE, HOME, STEPS, day, send, text, walk
from .web import Console, hidden

NOTES, REPORT = "谈话对象认为招标公示偏晚。", "本人一年来落实一岗双责的情况。"
TALKS = dict(STEPS[3][3])


@pytest.fixture
def vaulted(college: Console, tmp_path: Path) -> Console:
    """The college, with a vault."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    return college


@pytest.fixture
def talked(vaulted: Console) -> Console:
    """The talks were held, with one member's notes as text and one as a file."""
    walk(vaulted, until="record_interviews")
    vaulted.clock.at = day("12-04")
    typed = TALKS | {"confidential.talk.0.about": "u-1-h1", "confidential.talk.0.text": NOTES}
    done = send(vaulted.sign_in("working_group"), "record_interviews", typed, {"confidential.talk.1.file": FILE})
    assert done.status_code == 303, text(done.text)
    return vaulted


def values(college: Console, **of: str) -> list[Value]:
    return confidential.all_values(college.engine, **of)


def bodies(college: Console) -> str:
    return "\n".join(row[4] for row in DatabaseReader(college.database).entries())


def read(client: Client, path: str, reason: str = "核实线索") -> str:
    return client.post(path, data={**hidden(client.get(path).text), "reason": reason}).text


# Keeping


def test_notes_of_talks_go_to_the_vault_and_into_no_byte_of_anything_else(talked: Console) -> None:
    file, notes = values(talked, of="assessment/2026/u-1")
    assert [(one.value, one.about, one.by) for one in (notes, file)] == [
        ("interview_notes", "u-1-h1", "working_group"), ("interview_notes", None, "working_group"),
    ]  # fmt: skip
    fact = talked.assessment().steps[-1].fact
    assert [(one.id, one.commitment) for one in fact.notes] == [(one.id, one.commitment) for one in (notes, file)]  # type: ignore[attr-defined]
    written = everything(talked.database)
    assert notes.id.encode() in written, "or this search would prove nothing"
    assert NOTES.encode() not in written
    assert replay(DatabaseReader(talked.database)).ok


def test_a_draft_keeps_nothing_of_what_is_confidential_and_says_so(vaulted: Console) -> None:
    walk(vaulted, until="record_interviews")
    client = vaulted.sign_in("working_group")
    typed = {"with_staff": "5", "confidential.talk.0.text": NOTES}
    file = {"confidential.talk.1.file": ("notes.txt", REPORT.encode(), "text/plain")}
    send(client, "record_interviews", typed, file, _do="draft")
    page = client.get(f"{HOME}/record_interviews").text
    assert 'value="5"' in page
    assert NOTES not in page
    assert "保密内容不会保留" in page
    written = everything(vaulted.database)
    assert [one for one in (NOTES, REPORT) if one.encode() in written] == []
    assert values(vaulted) == []


def test_what_is_refused_leaves_nothing_in_the_vault_and_the_text_in_the_form(vaulted: Console) -> None:
    walk(vaulted, until="record_interviews")
    typed = TALKS | {"confidential.talk.0.text": NOTES, "with_staff": "0"}
    answer = send(vaulted.sign_in("working_group"), "record_interviews", typed)
    assert answer.status_code == 409
    assert NOTES in answer.text
    assert values(vaulted) == []


def test_a_form_sent_twice_keeps_its_notes_once(vaulted: Console) -> None:
    walk(vaulted, until="record_interviews")
    vaulted.clock.at = day("12-04")
    client = vaulted.sign_in("working_group")
    data = {**hidden(client.get(f"{HOME}/record_interviews").text), **TALKS, "_do": "confirm", "confidential.talk.0.text": NOTES}  # fmt: skip
    assert [client.post(f"{HOME}/record_interviews", data=data).status_code for _ in range(2)] == [303, 303]
    assert len(values(vaulted)) == 1


def test_a_file_that_may_not_be_taken_is_not_taken_in_confidence_either(vaulted: Console) -> None:
    walk(vaulted, until="record_interviews")
    vaulted.clock.at = day("12-04")
    file = {"confidential.talk.0.file": ("x.exe", b"MZ", "application/octet-stream")}
    answer = send(vaulted.sign_in("working_group"), "record_interviews", TALKS, file)
    assert (answer.status_code, "未收下" in answer.text) == (409, True)
    assert values(vaulted) == []


def test_without_a_key_the_form_says_who_does_what_and_the_act_is_possible(college: Console) -> None:
    walk(college, until="record_interviews")
    college.clock.at = day("12-04")
    client = college.sign_in("working_group")
    assert "kaohe vault init" in client.get(f"{HOME}/record_interviews").text
    forced = send(client, "record_interviews", TALKS | {"confidential.talk.0.text": NOTES})
    assert (forced.status_code, "本次提交未成功" in forced.text) == (409, True)
    assert send(client, "record_interviews", TALKS).status_code == 303
    assert "kaohe vault init" in client.get(f"{HOME}/confidential").text


def test_reports_come_with_the_meeting_or_later_and_the_narrative_with_its_case(vaulted: Console) -> None:
    walk(vaulted, until="record_meeting")
    vaulted.clock.at = day("11-26")
    typed = dict(STEPS[1][3]) | {"confidential.u-1-h1.text": REPORT}
    assert send(vaulted.sign_in("working_group"), "record_meeting", typed, {"minutes": FILE}).status_code == 303
    unit = vaulted.sign_in("unit-1")
    added = {"kind": "personal_report", "about": "u-1-m1", "confidential.new.text": REPORT}
    done = unit.post(f"{HOME}/confidential", data={**hidden(unit.get(f"{HOME}/confidential").text), **added})
    assert done.status_code == 303, text(done.text)
    found = values(vaulted, of="assessment/2026/u-1")
    assert [(one.value, one.about, one.by) for one in found] == [
        ("personal_report", "u-1-m1", "unit-1"), ("personal_report", "u-1-h1", "working_group"),
    ]  # fmt: skip
    discipline = vaulted.sign_in("discipline")
    form = {**hidden(discipline.get("/cases/new").text), **FORM, "confidential.narrative.text": "案情经过"}
    place = [discipline.post("/cases/new", data=form).headers["location"] for _ in range(2)]
    assert place[0] == place[1], "a form sent twice is one case"
    case = place[0].partition("?")[0]
    (narrative,) = values(vaulted, of=case[1:].replace("cases/", "case/"))
    assert (narrative.value, narrative.about, narrative.units) == ("case_narrative", "p-7", ("u-1",))
    assert "案情经过" not in bodies(vaulted)
    assert "案情经过" in read(discipline, f"{case}/confidential/{narrative.id}")


# Reading


def test_reading_takes_a_reason_and_is_on_record_before_it_is_shown(talked: Console) -> None:
    _, notes = values(talked)
    client = talked.sign_in("discipline")
    path = f"{HOME}/confidential/{notes.id}"
    assert NOTES not in client.get(path).text
    assert "查阅理由" in read(client, path, "")
    assert '"kind":"ValueRead"' not in bodies(talked)
    answer = client.post(path, data={**hidden(client.get(path).text), "reason": "核实线索"})
    assert NOTES in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert '"kind":"ValueRead"' in bodies(talked)
    assert NOTES not in client.get(path).text, "to see it again one gives a reason again"


def test_a_file_is_handed_over_and_never_opened_in_the_page(talked: Console) -> None:
    file, _ = values(talked)
    client = talked.sign_in("committee")
    path = f"{HOME}/confidential/{file.id}"
    answer = client.post(path, data={**hidden(client.get(path).text), "reason": "核实"})
    assert answer.content == FILE[1]
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_a_text_is_shown_in_whatever_encoding_it_was_handed_in(vaulted: Console) -> None:
    walk(vaulted, until="record_interviews")
    vaulted.clock.at = day("12-04")
    file = {"confidential.talk.0.file": ("notes.txt", NOTES.encode("gb18030"), "text/plain")}
    assert send(vaulted.sign_in("working_group"), "record_interviews", TALKS, file).status_code == 303
    (notes,) = values(vaulted)
    assert NOTES in read(vaulted.sign_in("discipline"), f"{HOME}/confidential/{notes.id}")


def test_reading_takes_a_proof_of_identity(talked: Console) -> None:
    _, notes = values(talked)
    client = talked.sign_in("discipline")
    form = hidden(client.get(f"{HOME}/confidential/{notes.id}").text)
    for minute in (29, 58):
        talked.clock.at = day("12-04").replace(minute=minute)
        client.get("/")
    talked.clock.at = day("12-04").replace(hour=11)
    assert client.get(f"{HOME}/confidential/{notes.id}").headers["location"].startswith("/prove")
    answer = client.post(f"{HOME}/confidential/{notes.id}", data={**form, "reason": "核实"})
    assert (answer.status_code, NOTES in answer.text) == (403, False)


def test_nobody_reads_what_concerns_the_own_unit_and_the_unit_sees_reports_only(talked: Console) -> None:
    _, notes = values(talked)
    talked.people({"office-u1": ("office", "u-1")})
    path = f"{HOME}/confidential/{notes.id}"
    own = talked.sign_in("office-u1")
    assert "涉及本部门" in own.get(path).text
    form = hidden(own.get(f"{HOME}/confidential").text)
    refused = own.post(path, data={**form, "reason": "好奇"})
    assert (refused.status_code, NOTES in refused.text) == (403, False)
    assert '"refusal":"OwnUnit"' in bodies(talked)
    unit = talked.sign_in("unit-1")
    assert "个别谈话记录" not in text(unit.get(f"{HOME}/confidential").text)
    assert unit.get(path).status_code == 409
    assessor = talked.sign_in("assessor")
    assert "个别谈话记录" in text(assessor.get(f"{HOME}/confidential").text)
    assert "不能查阅" in text(assessor.get(path).text)


def test_a_member_reads_the_own_report_without_any_role_and_no_notes(vaulted: Console) -> None:
    vaulted.people({"u-1-m1": ("unit", "u-1")})
    group = Actor("working_group", "working_group")
    store = confidential.Vault.for_database(vaulted.database)
    kept = [
        confidential.store(vaulted.engine, store, group, kind, about, said.encode(), "assessment/2026/u-1", ["u-1"])  # type: ignore[arg-type]
        for kind, about, said in (("personal_report", "u-1-m1", REPORT), ("interview_notes", "u-1-m1", NOTES), ("personal_report", "u-1-h1", REPORT))
    ]  # fmt: skip
    client = vaulted.sign_in("u-1-m1")
    listed = client.get("/account/confidential").text
    assert [one.id in listed for one in kept] == [True, False, False]
    assert REPORT in read(client, f"/account/confidential/{kept[0].id}", "查阅本人报告")
    for other in kept[1:]:
        assert client.get(f"/account/confidential/{other.id}").status_code == 409
    assert replay(DatabaseReader(vaulted.database)).ok


def test_a_lost_or_another_key_is_told_on_the_page_and_costs_the_values_only(talked: Console, tmp_path: Path) -> None:
    _, notes = values(talked)
    client = talked.sign_in("discipline")
    path = f"{HOME}/confidential/{notes.id}"
    talked.database.key = MasterKey.create(tmp_path / "other.key")
    assert "另一把密钥" in read(client, path)
    talked.database.key = None
    assert "kaohe vault init" in read(client, path)
    assert client.get(HOME).status_code == 200
    assert replay(DatabaseReader(talked.database)).ok


# Erasing


def test_the_security_administrator_looks_first_and_erases_one_value(talked: Console) -> None:
    file, notes = values(talked)
    client = talked.sign_in("security_admin")
    assert notes.id[:10] in client.get("/vault").text
    preview = client.get(f"/vault/erase?value={notes.id}").text
    assert "将永久删除" in preview
    form = {**hidden(preview, "/vault/erase"), "reason": "保存期限已满"}
    assert client.post("/vault/erase", data=form).status_code == 409, "it was not confirmed"
    done = client.post("/vault/erase", data={**form, "sure": "1"})
    assert (done.status_code, done.headers["location"]) == (303, "/vault?done=1")
    assert [bool(one.erased) for one in values(talked)] == [False, True]
    assert [one.id for one in confidential.vault.list_items(talked.database)] == [file.id]
    page = talked.sign_in("discipline").get(f"{HOME}/confidential/{notes.id}").text
    assert "无法恢复" in page
    assert replay(DatabaseReader(talked.database)).ok


def test_everything_about_a_person_goes_and_the_name_with_a_closed_account(vaulted: Console) -> None:
    vaulted.people({"u-1-m1": ("unit", "u-1")})
    accounts.change(vaulted.database, "u-1-m1", name="样例·张某某")
    store = confidential.Vault.for_database(vaulted.database)
    for about in ("u-1-m1", "u-1-m1", "u-1-h1"):
        group = Actor("working_group", "working_group")
        confidential.store(vaulted.engine, store, group, "personal_report", about, REPORT.encode(), "assessment/2026/u-1", ["u-1"])  # fmt: skip
    client = vaulted.sign_in("security_admin")
    assert "停用后再删除" in client.get("/vault/erase?about=u-1-m1").text
    vaulted.engine.submit("account/u-1-m1", CloseAccount(reason=Words("调离")), Actor("system_admin", "system_admin"), "close-1")  # fmt: skip
    form = hidden(client.get("/vault/erase?about=u-1-m1").text, "/vault/erase")
    done = client.post("/vault/erase", data={**form, "reason": "本人申请", "sure": "1"})
    assert done.headers["location"] == "/vault?done=2"
    assert accounts.names(vaulted.database)["u-1-m1"] == "〔已删除〕"
    assert [one.about for one in confidential.vault.list_items(vaulted.database)] == ["u-1-h1"]
    assert vaulted.events().count("name_erased") == 1
    assert set(vaulted.events()) <= set(EVENTS)
