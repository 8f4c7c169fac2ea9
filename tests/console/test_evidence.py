"""Evidence: collected all year, handed in with the report, judged one by one, asked for later, seen beside the element."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from httpx2 import Client

from states.stages.evidence import handed_in
from storage.master_key import MasterKey
from storage.papers import evidence
from storage.vault.vault import use_key
from tests.documents.building import pdf
from tests.storage.raw import everything

from .walk import ELEMENTS, FILE, HOME, STEPS, day, marks, send, step, text, walk
from .web import Console, hidden

FOLDER = "/evidence/2026/u-1"
FIRST, SECOND, THIRD = list(ELEMENTS)[:3]


def paper(name: str, inside: bytes = b"") -> tuple[str, bytes, str]:
    return (name, pdf(inside or name.encode()), "application/pdf")


def add(client: Client, element: str, *files: tuple[str, bytes, str], path: str = FOLDER, **typed: str) -> int:
    form = {**hidden(client.get(path).text), "element": element, "_do": "add", **typed}
    return client.post(path, data=form, files=[("evidence", file) for file in files]).status_code


def names(college: Console, year: int = 2026) -> list[tuple[str, str]]:
    return [(one.element, one.name) for one in evidence.collected(college.database, year, "u-1")]


def digest(college: Console, name: str, year: int = 2026) -> str:
    return next(one.sha256 for one in evidence.collected(college.database, year, "u-1") if one.name == name)


@pytest.fixture
def locked(college: Console, tmp_path: Path) -> Console:
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    return college


@pytest.fixture
def collected(college: Console) -> Console:
    """Two documents under the first element, one under the second."""
    unit = college.sign_in("unit-1")
    assert add(unit, FIRST, paper("会议记录.pdf"), paper("学习台账.pdf"), dated="2026-03-04", note="第一季度") == 303
    assert add(unit, SECOND, paper("责任书.pdf")) == 303
    return college


@pytest.fixture
def reported(collected: Console) -> Console:
    """The report is handed in."""
    walk(collected, until="record_meeting")
    return collected


def test_a_department_collects_many_files_at_once_with_day_and_note_and_sees_what_is_missing(
    collected: Console,
) -> None:
    unit = collected.sign_in("unit-1")
    assert names(collected) == [(FIRST, "会议记录.pdf"), (FIRST, "学习台账.pdf"), (SECOND, "责任书.pdf")]
    page = text(unit.get(FOLDER).text)
    assert f"已有 3 份材料，{len(ELEMENTS)} 个要素中还有 {len(ELEMENTS) - 2} 个没有" in page
    assert "2026-03-04" in page
    assert "第一季度" in page
    missing = unit.get(f"{FOLDER}?missing").text
    assert f'id="e-{FIRST}"' not in missing
    assert f'id="e-{THIRD}"' in missing


def test_nothing_of_it_is_stored_in_plain_text(locked: Console) -> None:
    add(locked.sign_in("unit-1"), FIRST, paper("张三的会议记录.pdf", b"x"), note="内部说明")
    assert names(locked) == [(FIRST, "张三的会议记录.pdf")]
    stored = everything(locked.database)
    assert not [word for word in ("张三的会议记录", "内部说明") if word.encode() in stored]


def test_the_same_file_is_stored_once_and_counts_once(college: Console) -> None:
    unit, one = college.sign_in("unit-1"), paper("制度汇编.pdf")
    add(unit, FIRST, one)
    used = evidence.used_bytes(evidence.collected(college.database, 2026, "u-1"))
    add(unit, SECOND, one)
    assert evidence.used_bytes(evidence.collected(college.database, 2026, "u-1")) == used == len(one[1])
    assert len(names(college)) == 2


def test_above_its_room_nothing_is_taken_in_and_the_sentence_says_what_to_do(college: Console) -> None:
    unit = college.sign_in("unit-1")
    college.settings.evidence_quota = 1
    assert add(unit, FIRST, ("大.txt", b"a" * 2**20, "text/plain")) == 303
    form = {**hidden(unit.get(FOLDER).text), "element": SECOND, "_do": "add", "note": "还要一份"}
    refused = unit.post(FOLDER, data=form, files=[("evidence", paper("再来.pdf"))])
    assert refused.status_code == 409
    assert "上限 1.0 MB" in refused.text
    assert 'value="还要一份"' in refused.text
    assert len(names(college)) == 1


def test_a_file_that_cannot_be_taken_is_named_and_the_others_are_added(college: Console) -> None:
    unit = college.sign_in("unit-1")
    form = {**hidden(unit.get(FOLDER).text), "element": FIRST, "_do": "add"}
    files = [("evidence", paper("好.pdf")), ("evidence", ("坏.exe", b"MZ", "application/octet-stream"))]
    refused = unit.post(FOLDER, data=form, files=files)
    assert refused.status_code == 409
    assert "坏.exe" in refused.text
    assert names(college) == [(FIRST, "好.pdf")]
    empty = unit.post(FOLDER, data=form)
    assert "要添加的文件" in empty.text


def test_every_file_without_room_is_named_and_one_that_is_there_already_needs_none(college: Console) -> None:
    unit = college.sign_in("unit-1")
    college.settings.evidence_quota = 1
    full = ("大.txt", b"a" * 2**20, "text/plain")
    assert add(unit, FIRST, full) == 303
    form = {**hidden(unit.get(FOLDER).text), "element": FIRST, "_do": "add", "note": "第二季度"}
    files = [("evidence", file) for file in (paper("二.pdf"), full, paper("三.pdf"))]
    refused = unit.post(FOLDER, data=form, files=files)
    assert refused.status_code == 409
    wrong = refused.text.partition('id="evidence-wrong">')[2].partition("</p>")[0]
    assert [name in wrong for name in ("二.pdf", "三.pdf", "大.txt")] == [True, True, False]
    (one,) = evidence.collected(college.database, 2026, "u-1")
    assert one.details is not None
    assert one.details.note == "第二季度"


def test_an_unknown_button_adds_nothing_and_says_which_there_are(college: Console) -> None:
    unit = college.sign_in("unit-1")
    for button in ("delete", ""):
        form = {**hidden(unit.get(FOLDER).text), "element": FIRST, "_do": button}
        refused = unit.post(FOLDER, data=form, files=[("evidence", paper("一.pdf"))])
        assert refused.status_code == 409
        assert f"没有操作 {button or '—'}" in refused.text
        assert "添加、移除、沿用" in refused.text
    assert names(college) == []


def test_a_document_is_removed_until_it_is_handed_in(collected: Console) -> None:
    def remove(name: str) -> str:
        unit = collected.sign_in("unit-1")
        sha256 = digest(collected, name)
        form = {**hidden(unit.get(FOLDER).text), "element": FIRST, "sha256": sha256, "_do": "remove"}
        return unit.post(FOLDER, data=form).text

    remove("学习台账.pdf")
    assert names(collected) == [(FIRST, "会议记录.pdf"), (SECOND, "责任书.pdf")]
    walk(collected, until="record_meeting")
    assert "不能移除" in remove("会议记录.pdf")
    assert len(names(collected)) == 2


def test_nobody_puts_a_document_of_others_into_the_own_folder_by_its_digest(collected: Console) -> None:
    sha256 = digest(collected, "责任书.pdf")
    other, path = collected.sign_in("unit-2"), "/evidence/2026/u-2"
    form = {**hidden(other.get(path).text), "element": FIRST, "_do": "add", "file-evidence": f"{sha256}.1.别人的.pdf"}
    other.post(path, data=form, files=[("evidence", paper("自己的.pdf"))])
    assert [one.name for one in evidence.collected(collected.database, 2026, "u-2")] == ["自己的.pdf"]
    assert other.get(f"{path}/documents/{sha256}").status_code != 200


def test_what_was_handed_in_keeps_its_name_day_and_note(reported: Console) -> None:
    unit = reported.sign_in("unit-1")
    assert add(unit, FIRST, ("改名.pdf", *paper("会议记录.pdf")[1:]), note="后改的说明") == 409
    add(unit, FIRST, ("去年.pdf", *paper("会议记录.pdf")[1:]), path="/evidence/2027/u-1", note="另一说明")
    now = {one.name: one.details for one in evidence.collected(reported.database, 2026, "u-1")}
    assert now["会议记录.pdf"] is not None
    assert now["会议记录.pdf"].note == "第一季度"
    assert set(now) == {"会议记录.pdf", "学习台账.pdf", "责任书.pdf"}


def test_nothing_is_collected_for_a_year_that_is_over_or_far_away(college: Console) -> None:
    unit = college.sign_in("unit-1")
    assert add(unit, FIRST, paper("早.pdf"), path="/evidence/2024/u-1") == 409
    assert add(unit, FIRST, paper("远.pdf"), path="/evidence/2099/u-1") == 409
    assert add(unit, FIRST, paper("明年.pdf"), path="/evidence/2027/u-1") == 303


def test_last_years_documents_are_at_hand(college: Console) -> None:
    unit = college.sign_in("unit-1")
    old = paper("上年制度.pdf")
    details = evidence.EvidenceDetails(name=old[0], note="仍有效")
    with evidence.changing(college.database, 2025, "u-1") as folder:
        sha256 = folder.store(old[1], old[2], college.clock.at)
        folder.put(FIRST, sha256, details, "unit-1", college.clock.at)
    unit = college.sign_in("unit-1")
    page = unit.get(FOLDER).text
    assert "上年度的材料（1 份）" in page
    form = {**hidden(page), "element": FIRST, "sha256": digest(college, "上年制度.pdf", 2025), "_do": "reuse"}
    assert unit.post(FOLDER, data=form).status_code == 303
    assert names(college) == [(FIRST, "上年制度.pdf")]
    assert "上年度的材料" not in unit.get(FOLDER).text


def test_what_was_collected_is_handed_in_with_the_report_and_nobody_sees_it_before(collected: Console) -> None:
    assert "会议记录.pdf" not in collected.sign_in("working_group").get(FOLDER).text
    assert "随本报告一并报送" in collected.sign_in("unit-1").get(f"{HOME}/submit_self_report").text
    walk(collected, until="record_meeting")
    state = collected.assessment()
    assert {key: len(files) for key, files in handed_in(state).items()} == {FIRST: 2, SECOND: 1}
    group = collected.sign_in("working_group")
    page = group.get(FOLDER).text
    assert "会议记录.pdf" in page
    assert "添加材料" not in page
    home = group.get(HOME).text
    assert "部门报送的佐证材料" in home
    link = re.search(rf'href="({HOME}/documents/{digest(collected, "会议记录.pdf")}[^"]*)"', home)
    assert link is not None
    assert group.get(link[1].replace("&amp;", "&")).content == paper("会议记录.pdf")[1]


def test_nobody_changes_or_sees_the_folder_of_another_department(collected: Console) -> None:
    other = collected.sign_in("unit-2")
    assert other.get(FOLDER).status_code == 403
    group = collected.sign_in("working_group")
    form = {**hidden(group.get(FOLDER).text), "element": FIRST, "_do": "add"}
    refused = group.post(FOLDER, data=form, files=[("evidence", paper("混入.pdf"))])
    assert refused.status_code == 403
    assert "混入.pdf" not in [name for _, name in names(collected)]
    assert group.get(f"{FOLDER}/documents/{digest(collected, '责任书.pdf')}").status_code in (403, 404, 409)


def test_the_catalogue_makes_itself(collected: Console) -> None:
    unit = collected.sign_in("unit-1")
    book = openpyxl.load_workbook(BytesIO(unit.get(f"{FOLDER}/catalogue.xlsx").content))
    *rows, signatures = [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=3)]
    assert "接收人（签名）" in signatures[0]
    assert rows[0] == ["编号", "考核要素", "材料名称", "责任者", "文号", "材料日期", "页数", "状态", "核验", "备注"]
    assert [(row[0], row[2], row[5] and row[5].date().isoformat(), row[7]) for row in rows[1:] if row[0]] == [
        (1, "会议记录.pdf", "2026-03-04", "未报送"), (2, "学习台账.pdf", "2026-03-04", "未报送"), (3, "责任书.pdf", None, "未报送"),
    ]  # fmt: skip
    assert {row[7] for row in rows[1:] if not row[0]} == {"待交"}, "an element without a document has a row too"


def review(college: Console, verdicts: dict[str, str]) -> int:
    """Record the review; `verdicts` by the name of the file."""
    taken = next(one for one in STEPS if one[2] == "review_documents")
    college.clock.at = day(taken[1])
    said = {
        f"verdict.{element}.{digest(college, name)}": verdicts[name]
        for element, name in names(college)
        if name in verdicts
    }
    return send(college.sign_in("working_group"), "review_documents", {**taken[3], **said}, dict(taken[4])).status_code


def test_the_reviewers_tick_each_document_and_the_assessors_see_it_beside_the_element(reported: Console) -> None:
    for act in ("record_meeting", "record_ballot", "record_interviews"):
        step(reported, act)
    assert review(reported, {"会议记录.pdf": "yes"}) == 409, "each document needs a verdict"
    form = reported.sign_in("working_group").get(f"{HOME}/review_documents").text
    assert form.count("请核验") == 3
    every = {"会议记录.pdf": "yes", "学习台账.pdf": "no", "责任书.pdf": "partly"}
    assert review(reported, every) == 303
    step(reported, "inspect_site")
    sheet = text(reported.sign_in("assessor").get(f"{HOME}/fill_sheet").text)
    for name, word in (("会议记录.pdf", "符合"), ("学习台账.pdf", "不符合"), ("责任书.pdf", "部分符合")):
        assert re.search(rf"{name}[^。]*?{word}", sheet), name


def test_a_review_that_is_undone_comes_back_with_every_verdict(reported: Console) -> None:
    for act in ("record_meeting", "record_ballot", "record_interviews"):
        step(reported, act)
    every = {"会议记录.pdf": "yes", "学习台账.pdf": "no", "责任书.pdf": "partly"}
    assert review(reported, every) == 303
    group = reported.sign_in("working_group")
    assert send(group, "undo_step", {"reason": "漏看一份"}).status_code == 303
    form = group.get(f"{HOME}/review_documents").text
    chosen = re.findall(r'<select id="verdict\.[^"]+".*?</select>', form, re.DOTALL)
    assert sorted(re.findall(r'value="(\w+)" selected', "".join(chosen))) == ["no", "partly", "yes"]


def test_a_document_is_asked_for_by_a_date_handed_in_and_in_the_catalogue(reported: Console) -> None:
    group, unit = reported.sign_in("working_group"), reported.sign_in("unit-1")
    asked = {"element": THIRD, "what": "第三季度会议记录", "due": "2026-12-08"}
    assert send(group, "request_document", asked).status_code == 303
    assert "补交材料" in text(unit.get("/").text)
    (id_,) = reported.assessment().requests
    form = unit.get(f"{HOME}/supply_document?request={id_}").text
    assert "第三季度会议记录" in form
    refused = send(unit, "supply_document", {"request": id_})
    assert "没有的，请在备注中写明原因" in text(refused.text)
    answer = send(unit, "supply_document", {"request": id_}, {"documents": paper("第三季度.pdf")})
    assert answer.status_code == 303
    assert "已补交" in text(group.get(HOME).text)
    assert "第三季度.pdf" in text(group.get(FOLDER).text)
    assert not [word for word in ("补交材料",) if word in text(unit.get("/").text)]


def test_a_request_is_refused_at_its_fields(reported: Console) -> None:
    group = reported.sign_in("working_group")
    refused = send(group, "request_document", {"element": "", "what": "", "due": "2026-01-01"})
    assert refused.status_code == 409
    page = refused.text
    assert all(f'id="{field}-wrong"' in page for field in ("element", "what"))
    late = text(send(group, "request_document", {"element": THIRD, "what": "会议记录", "due": "2026-01-01"}).text)
    assert "2026-01-01" in late
    assert "早于" in late


def test_the_report_that_is_returned_hands_in_what_was_added(reported: Console) -> None:
    unit, office = reported.sign_in("unit-1"), reported.sign_in("office")
    assert send(office, "return_self_report", {"reason": "补充材料"}).status_code == 303
    add(unit, THIRD, paper("补充.pdf"))
    assert send(unit, "submit_self_report", marks("self_scores"), {"report": FILE}).status_code == 303
    assert {key: len(files) for key, files in handed_in(reported.assessment()).items()} == {
        FIRST: 2,
        SECOND: 1,
        THIRD: 1,
    }
