"""Files of a form: each is named with its size and goes with the form, may be taken out or replaced, and has its own limit."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from httpx2 import Response

from console import app
from console.web import downloads, form_bodies
from console.web.forms import uploads
from documents.office import conversion
from states.stages.document_review import DocumentsReviewed
from states.stages.self_report import SelfReportSubmitted
from storage.master_key import MasterKey
from storage.papers import attachments
from storage.vault.vault import use_key
from tests.documents.building import jpeg, pdf, png
from tests.documents.everyday import word
from tests.documents.ofd_files import SEALED, ofd
from tests.storage.raw import everything

from .test_routine_checks import FORM as CHECK
from .walk import ELEMENTS, FILE, HOME, STEPS, day, marks, send, text, walk
from .web import Console, hidden

ACT = "submit_self_report"
PATH = f"{HOME}/{ACT}"
MB = 2**20
ELEMENT = next(iter(ELEMENTS))


def called(name: str, inside: bytes = b"") -> tuple[str, bytes, str]:
    return (name, pdf(inside), "application/pdf")


def txt(name: str, size: int) -> tuple[str, bytes, str]:
    return (name, b"a" * size, "text/plain")


def files(page: str) -> list[str]:
    """The names of the files a form has, in their order."""
    return [line.partition("<")[0] for line in page.split('<span class="file">')[1:]]


def kept(page: str) -> dict[str, list[str]]:
    """The files a form has, as a browser would send them again: a field may be there several times."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(file-[^"]*)" value="([^"]*)"', page):
        found.setdefault(name, []).append(value)
    return found


def remove(page: str, name: str) -> str:
    """What the button that takes a file out says."""
    buttons = (b.partition('"')[0] for b in page.split('name="_remove" value="')[1:])
    return next(value for value in buttons if value.endswith(f".{name}"))


def report(college: Console) -> SelfReportSubmitted:
    fact = college.assessment().fact(SelfReportSubmitted)
    assert fact is not None
    return fact


def test_of_a_field_that_takes_one_file_the_last_one_chosen_is_the_only_one(college: Console) -> None:
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    for number in range(7):
        given = {"report": called(f"自评报告第{number}稿.pdf", b"%d" % number)}
        assert send(client, ACT, {}, given, _do="draft").status_code == 303
    page = client.get(PATH).text
    assert files(page) == ["自评报告第6稿.pdf"]
    assert "只交一个文件" in text(page)
    assert "KB" in page
    assert send(client, ACT, marks("self_scores")).status_code == 303
    assert report(college).report.size == len(pdf(b"6"))


def test_a_file_that_was_taken_out_is_gone_from_form_and_draft_and_is_not_submitted(college: Console) -> None:
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    send(client, ACT, marks("self_scores"), {"report": FILE}, _do="draft")
    page = client.get(PATH).text
    typed = {**hidden(page), **marks("self_scores"), "_remove": remove(page, FILE[0])}
    answer = client.post(PATH, data=typed)
    assert (files(answer.text), college.assessment().version) == ([], 1)
    assert f"已删去“{FILE[0]}”" in text(answer.text)
    assert f'value="{next(iter(ELEMENTS.values())).points}"' in answer.text, "the rest of the form is still there"
    assert files(client.get(PATH).text) == [], "and the draft has it no more"
    assert send(client, ACT, marks("self_scores")).status_code == 409
    assert send(client, ACT, marks("self_scores"), {"report": called("另一份.pdf")}).status_code == 303


def test_a_field_that_takes_several_files_keeps_each_once_and_says_how_many_it_takes(college: Console) -> None:
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    client, field = college.sign_in("working_group"), f"evidence.{ELEMENT}"
    for name in ("一.pdf", "二.pdf", "一（同一份）.pdf"):
        inside = b"2" if name.startswith("二") else b"1"
        page = client.get(f"{HOME}/review_documents").text
        data = {**hidden(page), **kept(page), "_do": "draft"}
        assert (
            client.post(f"{HOME}/review_documents", data=data, files={field: called(name, inside)}).status_code == 303
        )
    page = client.get(f"{HOME}/review_documents").text
    assert files(page) == ["一（同一份）.pdf", "二.pdf"]
    assert "最多 20 个" in text(page)
    typed = {**dict(STEPS[4][3]), "_remove": remove(page, "二.pdf")}
    client.post(f"{HOME}/review_documents", data={**hidden(page), **kept(page), **typed})
    assert send(client, "review_documents", dict(STEPS[4][3]), {"evidence": FILE}).status_code == 303
    fact = college.assessment().fact(DocumentsReviewed)
    assert fact is not None
    assert [len(one.evidence) for one in fact.findings.values()] == [1] * len(ELEMENTS)
    assert fact.findings[ELEMENT].evidence != fact.findings[list(ELEMENTS)[1]].evidence


def test_three_files_of_8_mb_come_in_one_form(college: Console) -> None:
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    three = [("evidence", txt(f"{n}.txt", 8 * MB + n)) for n in range(3)]
    client = college.sign_in("working_group")
    page = client.get(f"{HOME}/review_documents").text
    answer = client.post(f"{HOME}/review_documents", data={**hidden(page), "_do": "draft"}, files=three)
    assert answer.status_code == 303, text(answer.text)[:300]
    shown = client.get(f"{HOME}/review_documents").text
    assert files(shown) == ["0.txt", "1.txt", "2.txt"]
    assert "8.0 MB" in shown


def test_a_file_over_the_limit_is_told_at_its_own_field_and_the_rest_of_the_form_stays(college: Console) -> None:
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    other = list(ELEMENTS)[1]
    given = {f"evidence.{ELEMENT}": txt("过大.txt", 20 * MB + 1), f"evidence.{other}": FILE}
    typed = {"reviewed_on": "2026-12-09", f"remark.{ELEMENT}": "台账齐全"}
    answer = send(college.sign_in("working_group"), "review_documents", typed, given)
    assert answer.status_code == 409
    wrong = answer.text.partition(f'id="evidence.{ELEMENT}-wrong">')[2].partition("</p>")[0]
    assert ("过大.txt" in wrong, "20 MB" in wrong) == (True, True)
    assert files(answer.text) == [FILE[0]]
    assert "台账齐全" in answer.text
    assert college.assessment().stage != "document_review"


def test_of_several_files_that_are_refused_each_is_named_with_its_reason_at_its_field(college: Console) -> None:
    college.clock.at = day("12-09")
    client = college.sign_in("office")
    page = client.get("/routine-checks/new").text
    given = [("documents", called("留下.pdf"))] + [
        ("documents", (f"{n}.exe", b"MZ", "application/pdf")) for n in "甲乙"
    ]
    given.append(("documents", txt("过大.txt", 20 * MB + 1)))
    answer = client.post("/routine-checks/new", data={**hidden(page), **CHECK}, files=given)
    wrong = answer.text.partition('id="documents-wrong">')[2].partition("</p>")[0]
    assert [name in wrong for name in ("甲.exe", "乙.exe", "过大.txt", "留下.pdf")] == [True, True, True, False]
    assert (wrong.count("未收下"), wrong.count("检查材料")) == (3, 1)
    assert "此处另有 2 处问题" in text(answer.text)
    assert [text(answer.text).count(name) for name in ("乙.exe", "过大.txt")] == [1, 1], "told once, at the field"
    assert files(answer.text) == ["留下.pdf"]


def test_of_more_files_than_a_field_takes_every_one_left_out_is_named(college: Console) -> None:
    college.clock.at = day("12-09")
    client = college.sign_in("office")
    page = client.get("/routine-checks/new").text
    many = [("documents", called(f"第{n}份.pdf", b"%d" % n)) for n in range(uploads.MAX_FILES + 3)]
    answer = client.post("/routine-checks/new", data={**hidden(page), **CHECK}, files=many)
    assert (answer.status_code, len(files(answer.text))) == (409, uploads.MAX_FILES)
    assert "“第20份.pdf”、“第21份.pdf”、“第22份.pdf”未收下：此处最多 20 个文件" in text(answer.text)


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("zh", ("合计不能超过 2 MB", "未收下任何文件", "您填写的内容已保留", "继续")),
        ("en", ("up to 2 MB together", "No file was taken", "What you filled in is kept", "Go on")),
    ],
)
def test_files_too_large_together_get_a_page_that_says_the_limit_and_what_was_typed_is_there_again(
    college: Console, monkeypatch: pytest.MonkeyPatch, language: str, says: tuple[str, ...]
) -> None:
    for module in (form_bodies, app):
        monkeypatch.setattr(module, "UPLOAD_BYTES", 2 * MB)
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    client = college.sign_in("working_group", language=language)
    path = f"{HOME}/review_documents"
    before = client.get(path).text
    three = [("evidence", txt(f"{n}.txt", MB)) for n in range(3)]
    data = {**hidden(before), f"remark.{ELEMENT}": "缺 10 月记录", "_do": "draft"}
    answer = client.post(path, data=data, files=three, headers={"referer": f"https://localhost{path}"})
    assert answer.status_code == 413
    assert [word for word in says if word not in text(answer.text)] == []
    assert "<nav" in answer.text, "it is a page of the house"
    on = answer.text.partition('class="button" href="')[2].partition('"')[0]
    again = client.get(on)
    assert (again.status_code, "缺 10 月记录" in again.text, files(again.text)) == (200, True, [])
    assert college.assessment().stage == "interviews"


def test_an_unforeseen_error_while_a_form_with_too_large_files_is_saved_gives_a_page_with_a_number(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> str:
        raise RuntimeError("unforeseen")

    for module in (form_bodies, app):
        monkeypatch.setattr(module, "UPLOAD_BYTES", MB)
    client = college.sign_in("office")
    page = client.get("/routine-checks/new").text
    monkeypatch.setattr(app.recovery, "save", fails)
    answer = client.post(
        "/routine-checks/new", data={**hidden(page), **CHECK}, files=[("documents", txt("a.txt", 2 * MB))]
    )
    assert (answer.status_code, "请把编号 " in answer.text) == (500, True)


def test_the_limits_of_files_are_said_before_any_is_chosen(college: Console) -> None:
    page = text(college.sign_in("office").get("/routine-checks/new").text)
    assert "最多 20 个，每个不超过 20 MB，本表合计不超过 256 MB" in page
    assert "data-total=" in college.sign_in("office").get("/routine-checks/new").text


def fetch(college: Console, given: tuple[str, bytes, str], query: str = "") -> tuple[str, Response]:
    """The page and the document, once this file was handed in as the self-report."""
    college.clock.at = day("11-18")
    assert send(college.sign_in("unit-1"), ACT, marks("self_scores"), {"report": given}).status_code == 303
    client = college.sign_in("office")
    page = client.get(HOME).text
    return page, client.get(f"{HOME}/documents/{report(college).report.sha256}{query}")


def test_a_document_is_shown_and_saved_under_the_name_it_was_handed_in_by(college: Console) -> None:
    name = "样例学院1 2026 年自评报告（定稿）.pdf"
    page, answer = fetch(college, called(name))
    assert name in text(page)
    assert "PDF" in text(page)
    said = answer.headers["content-disposition"]
    assert said.startswith("attachment; filename=")
    assert said.endswith(f"filename*=UTF-8''{quote(name, safe='')}")
    assert said.isascii()


def test_a_field_that_takes_a_pdf_takes_a_sealed_ofd_which_is_downloaded_and_never_opened_in_the_browser(
    college: Console,
) -> None:
    sealed = ofd(**SEALED)
    assert ".pdf,.ofd," in college.sign_in("unit-1").get(PATH).text
    page, answer = fetch(college, ("通报.ofd", sealed, "application/octet-stream"), "?open")
    assert "通报.ofd" in text(page)
    assert "&amp;open" not in page
    assert (report(college).report.media_type, answer.content) == ("application/ofd", sealed)
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["content-type"] == "application/ofd"


@pytest.mark.parametrize(
    "given", [called("a.pdf"), ("a.png", png(), "image/png"), ("a.jpg", jpeg(), "image/jpeg")], ids=str
)
def test_a_picture_and_a_pdf_open_in_the_browser_where_nothing_in_them_runs(
    college: Console, given: tuple[str, bytes, str]
) -> None:
    page, answer = fetch(college, given, "?open")
    assert "&amp;open" in page
    assert answer.headers["content-disposition"].startswith("inline; ")
    policy = answer.headers["content-security-policy"]
    assert ("sandbox" in policy, "allow-" in policy, "default-src 'none'" in policy, "script-src" in policy) == (True, False, True, False)  # fmt: skip
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == given[2]


def test_what_was_not_decoded_is_never_opened_in_the_browser(college: Console) -> None:
    page, answer = fetch(college, ("说明.txt", b"<script>alert(1)</script>", "text/plain"), "?open")
    assert "&amp;open" not in page
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("C:\\桌面\\报告.pdf", "报告.pdf"),
        ("../../etc/报告.pdf", "报告.pdf"),
        ("a\r\nset-cookie: x\n.pdf", "aset-cookie: x.pdf"),
        ("报告\u202efdp.exe.pdf", "报告fdp.exe.pdf"),
        ("  两  个\u3000空格 .pdf", "两 个 空格 .pdf"),
    ],
)
def test_a_name_is_shown_and_sent_without_folders_and_without_what_nobody_sees(given: str, expected: str) -> None:
    assert uploads.clean_name(given) == expected
    assert len(uploads.clean_name(f"{'长' * 300}.pdf")) <= uploads.MAX_NAME_LENGTH
    assert uploads.clean_name(f"{'长' * 300}.pdf").endswith(".pdf")


def test_a_name_cannot_break_out_of_the_header_it_is_sent_in() -> None:
    said = downloads.disposition("attachment", 'a"; filename=b.exe; x="\\.pdf')
    assert said.count('"') == 2
    assert "\\" not in said


def test_the_name_of_a_file_is_in_no_entry_and_lies_sealed_beside_the_ledger(
    college: Console, tmp_path_factory: pytest.TempPathFactory
) -> None:
    use_key(college.database, MasterKey.create(tmp_path_factory.mktemp("key") / "vault.key"))
    page, _ = fetch(college, called("关于样例某同志的说明.pdf"))
    assert "关于样例某同志的说明.pdf" in page
    assert "关于样例某同志的说明".encode() not in everything(college.database)


def test_the_files_of_a_routine_check_are_shown_by_their_names(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get("/routine-checks/new").text
    given = {"documents": called("现场照片.pdf")}
    assert client.post("/routine-checks/new", data={**hidden(page), **CHECK}, files=given).status_code == 303
    listed = client.get("/routine-checks").text
    path = listed.partition('href="/routine-checks/u-')[2].partition('"')[0]
    assert "现场照片.pdf" in client.get(f"/routine-checks/u-{path}").text


def test_an_auditor_reads_the_names_of_the_files_an_entry_names(college: Console) -> None:
    fetch(college, called("自评报告（定稿）.pdf"))
    assert "文件： 自评报告（定稿）.pdf PDF" in text(college.sign_in("discipline").get("/audit").text)


def named_by(college: Console, account: str, path: str) -> str:
    """The name under which a document is saved from this address."""
    said = college.sign_in(account).get(path).headers["content-disposition"]
    return unquote(said.partition("filename*=UTF-8''")[2])


def test_the_name_of_a_recorded_file_does_not_change_when_its_bytes_are_handed_in_under_another(
    college: Console,
) -> None:
    """Minutes that serve as evidence later are, in the meeting, still the minutes; both pages say so, and so does each download."""
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    minutes = next(one for one in STEPS if one[2] == "record_meeting")[4]["minutes"]
    again = ("证据.pdf", minutes[1], minutes[2])
    client = college.sign_in("working_group")
    assert send(client, "review_documents", dict(STEPS[4][3]), {"evidence": again}).status_code == 303
    page = college.sign_in("office").get(HOME).text
    links = dict(re.findall(r'<a class="file" href="([^"?]*\?entry=\d+)[^"]*"[^>]*>([^<]*)</a>', page))
    of_minutes = {path: name for path, name in links.items() if sha256(minutes[1]).hexdigest() in path}
    assert sorted(of_minutes.values()) == [FILE[0], minutes[0], "证据.pdf"], "the self-report has the same bytes"
    assert {path: named_by(college, "office", path) for path in of_minutes} == of_minutes
    listed = text(college.sign_in("discipline").get("/audit").text)
    assert f"文件： {minutes[0]} " in listed


@pytest.mark.parametrize(
    "name", ["自评报告.bat", "自评\u202e报告.pdf", "../自评报告.pdf", "自评报告.docx", "长" * 200 + ".pdf"]
)
def test_a_file_goes_on_record_under_no_other_name_than_one_it_could_have_come_in_by(
    college: Console, name: str
) -> None:
    """The form sends the name back: under the ending of another kind, readers would download what was never looked into."""
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    send(client, ACT, marks("self_scores"), {"report": FILE}, _do="draft")
    page = client.get(PATH).text
    (token,) = kept(page)["file-report"]
    changed = {"file-report": ".".join([*token.split(".")[:2], name])}
    data = {**hidden(page), **marks("self_scores"), **changed, "_do": "confirm"}
    assert (client.post(PATH, data=data).status_code, college.assessment().version) == (409, 1)
    beside = {**hidden(page), **marks("self_scores"), "file-other": changed["file-report"], "file-report": token}
    assert client.post(PATH, data=beside | {"_do": "confirm"}).status_code == 303
    (one,) = attachments.attachments_of(college.database, "assessment/2026/u-1").values()
    assert one.name in (FILE[0], "自评报告.docx")


def test_a_report_that_came_back_and_went_in_again_under_another_name_has_each_name_in_its_own_entry(
    college: Console,
) -> None:
    college.clock.at = day("11-18")
    for name in ("初稿.pdf", "定稿.pdf"):
        given = {"report": called(name)}
        assert send(college.sign_in("unit-1"), ACT, marks("self_scores"), given).status_code == 303
        if name == "初稿.pdf":
            assert send(college.sign_in("office"), "return_self_report", {"reason": "请改名"}).status_code == 303
    page = text(college.sign_in("office").get(HOME).text)
    assert ("初稿.pdf" in page, "定稿.pdf" in page) == (True, True)
    stream = attachments.attachments_of(college.database, "assessment/2026/u-1")
    assert [one.name for one in stream.values()] == ["初稿.pdf", "定稿.pdf"]


def test_a_refused_form_and_one_that_is_sent_twice_leave_no_second_name(college: Console) -> None:
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    assert send(client, ACT, {}, {"report": called("不全.pdf")}).status_code == 409
    assert attachments.attachments_of(college.database, "assessment/2026/u-1") == {}
    form = hidden(client.get(PATH).text)
    data = {**form, **marks("self_scores"), "_do": "confirm"}
    for name in ("一次.pdf", "两次.pdf"):
        assert client.post(PATH, data=data, files={"report": called(name)}).status_code == 303
    assert [one.name for one in attachments.attachments_of(college.database, "assessment/2026/u-1").values()] == [
        "一次.pdf"
    ]


def test_an_old_file_that_was_converted_is_named_and_told_to_be_compared(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That LibreOffice converts it is shown in `tests/documents/test_conversion.py`."""
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    came = {"report": ("自评报告.doc", b"old", "application/msword")}
    refused = send(client, ACT, marks("self_scores"), came)
    assert "另存为”，保存为 .docx" in text(refused.text)
    assert ".doc," not in refused.text
    monkeypatch.setattr(college.settings, "office_converter", Path("/usr/bin/soffice"))
    monkeypatch.setattr(conversion, "convert", lambda *_: word())
    assert send(client, ACT, {}, came, _do="draft").status_code == 303
    page = client.get(PATH).text
    assert files(page) == ["自评报告（由 doc 转换）.docx"]
    assert "提交和存档的是转换后的文件" in text(page)
    assert ".doc,.wps" in page
    assert send(client, ACT, marks("self_scores")).status_code == 303
    assert report(college).report.media_type.endswith("wordprocessingml.document")
