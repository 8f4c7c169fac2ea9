"""定稿、盖章件、模板的启用: papers made for good on the pages, made again byte for byte, and templates by two people."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import docx
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from audit.bundle.check import check_bundle
from audit.bundle.export import export_ledger
from audit.reader import DatabaseReader
from config.clock import SystemClock
from console.cli.app import app
from console.papers import remake as remaking
from console.papers.issue import issue as issue_papers
from console.papers.issue import store_file
from console.papers.making import fill_paper, make_paper, papers_of_year, template_of, values_of
from console.papers.remake import NoPaperEntry, recorded_papers, remake
from console.web.pages.papers.one_paper import IssueRow, NoRowOfFile, row_of_file
from documents.papers.templates.shipped import shipped_template
from states.papers.catalogue import PAPERS
from states.papers.issue import MadePaper, MakePaper
from states.papers.template import AdoptTemplate, ProposeTemplate
from states.streams import paper_stream, template_stream
from states.vocabulary import Digest, Document
from storage.ledger.timeline import EntryFilter, page_before
from storage.papers import documents
from tests.college import COMMITTEE, OFFICE
from tests.documents.building import pdf
from tests.documents.word_templates import lines, paragraph, template

from .walk import HOME, step, text, walk
from .web import Console, hidden

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OF = "assessment/2026/u-1"
LETTERS = "/papers/2026/result-letter"
TEMPLATE = "/papers/templates/result-letter"
LETTER = PAPERS["result-letter"]
PDF = pdf()
RUN = CliRunner(env={"COLUMNS": "200"})


def document(data: bytes) -> Document:
    return Document(sha256=Digest(sha256(data).hexdigest()), size=len(data), media_type=WORD)


def issue(college: Console, who: str = "office", path: str = LETTERS, of: str = OF) -> str:
    client = college.sign_in(who)
    answer = client.post(path, data={**hidden(client.get(path).text), "of": of, "_do": "issue"}, follow_redirects=True)
    return text(answer.text)


def send_back(college: Console, data: bytes, name: str, kind: str = "application/pdf") -> str:
    client = college.sign_in("office")
    form = {**hidden(client.get(LETTERS).text), "_do": "return"}
    return text(client.post(LETTERS, data=form, files={"copies": (name, data, kind)}, follow_redirects=True).text)


@cache
def own_template(words: str = "本单位模板") -> bytes:
    return template(paragraph(f"{words}：{{{{年度}}}}{{{{部门名称}}}}{{{{等次}}}}"))


def propose(college: Console, data: bytes, who: str = "office") -> str:
    client = college.sign_in(who)
    form = {**hidden(client.get(TEMPLATE).text), "_do": "propose"}
    return text(
        client.post(TEMPLATE, data=form, files={"file": ("告知书.docx", data, WORD)}, follow_redirects=True).text
    )


def adopt(college: Console, who: str) -> str:
    client = college.sign_in(who)
    page = client.get(TEMPLATE).text
    digest = re.search(r'name="template" value="(\w+)"', page)
    assert digest is not None
    form = {**hidden(page), "template": digest[1], "_do": "adopt"}
    return text(client.post(TEMPLATE, data=form, follow_redirects=True).text)


def test_a_letter_is_made_for_good_kept_and_made_again_byte_for_byte(college: Console) -> None:
    walk(college)
    assert "已登记 1 份" in issue(college)
    made = papers_of_year(college.engine, LETTER, 2026).made[OF].body
    kept = documents.read(college.engine.ledger.database, made.paper.sha256)
    assert kept == make_paper(college.engine, LETTER, OF)
    assert college.sign_in("office").get(f"{LETTERS}/files/{made.paper.sha256}").content == kept
    assert made.template is not None
    assert documents.read(college.engine.ledger.database, made.template.sha256) == shipped_template("result-letter")
    (entry,) = recorded_papers(college.engine)
    assert (remake(college.engine, entry).is_same, remake(college.engine, entry).data) == (True, kept)


def test_a_recorded_paper_comes_out_the_same_after_the_ledger_has_gone_on(college: Console) -> None:
    walk(college, until="approve")
    path = "/papers/2026/minutes"
    issue(college, "working_group", path)
    kept = papers_of_year(college.engine, PAPERS["minutes"], 2026).made[OF].body
    before = make_paper(college.engine, PAPERS["agenda-item"], "year/2026")
    issue(college, path="/papers/2026/agenda-item", of="year/2026")
    step(college, "approve")
    assert make_paper(college.engine, PAPERS["agenda-item"], "year/2026") != before
    remade = [remake(college.engine, entry) for entry in recorded_papers(college.engine)]
    assert [(one.paper.key, one.is_same) for one in remade] == [("minutes", True), ("agenda-item", True)]
    assert remade[1].data == before
    assert remade[0].fact.paper == kept.paper


def test_an_excel_paper_is_made_for_good_without_a_template_and_comes_out_the_same(college: Console) -> None:
    walk(college, until="approve")
    made_of = {
        "results": ("office", "year/2026"),
        "ballot-summary": ("working_group", OF),
        "self-score": ("office", OF),
    }
    for key, (who, about) in made_of.items():
        assert "已登记 1 份" in issue(college, who, f"/papers/2026/{key}", about)
    data = make_paper(college.engine, PAPERS["results"], "year/2026")
    step(college, "approve")
    assert make_paper(college.engine, PAPERS["results"], "year/2026") != data
    remade = [remake(college.engine, entry) for entry in recorded_papers(college.engine)]
    assert [(one.paper.key, one.is_right, one.fact.template) for one in remade] == [
        (key, True, None) for key in made_of
    ]
    assert remade[0].data == data
    answer = college.sign_in("office").get(f"/papers/2026/results/files/{remade[0].fact.paper.sha256}")
    assert (answer.content, answer.headers["content-type"]) == (data, EXCEL)


def test_what_differs_is_said_if_a_recorded_paper_no_longer_comes_out_the_same(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk(college)
    issue(college)
    (entry,) = recorded_papers(college.engine)
    monkeypatch.setitem(remaking.MAKERS, "docx", 99)
    assert remake(college.engine, entry).is_same, "another number of the program alone changes no byte"
    monkeypatch.setattr(remaking, "make_from", lambda *_: b"other bytes")
    told = remake(college.engine, entry)
    assert not told.is_same
    assert [one.zh for one in told.reasons] == ["当时的制作程序为第 1 版，现为第 99 版"]
    monkeypatch.undo()
    monkeypatch.setattr(documents, "read", lambda *_: None)
    lost = remake(college.engine, entry)
    assert (lost.is_same, lost.data) == (False, None)
    assert "已找不到或已损坏" in lost.reasons[0].zh


def test_an_entry_that_is_no_paper_cannot_be_made_again(college: Console) -> None:
    walk(college, until="submit_self_report")
    for number in (0, 1, 10_000):
        with pytest.raises(NoPaperEntry):
            [remake(college.engine, entry) for entry in recorded_papers(college.engine, number)]


def test_if_one_ticked_paper_cannot_be_made_it_is_named_and_none_of_them_is_made(college: Console) -> None:
    walk(college)
    client = college.sign_in("office")
    form = {
        **hidden(client.get(LETTERS).text),
        "of": [OF, "assessment/2026/u-2"],
        "_do": "issue",
    }
    answer = client.post(LETTERS, data=form)
    assert answer.status_code == 409
    assert "样例学院2 的“全校通报”尚未办结" in text(answer.text)
    assert papers_of_year(college.engine, LETTER, 2026).made == {}
    assert "请勾选" in text(client.post(LETTERS, data={**hidden(client.get(LETTERS).text), "_do": "issue"}).text)


def test_the_sealed_copy_is_recorded_beside_its_paper_and_read_by_those_who_make_it(college: Console) -> None:
    walk(college)
    issue(college)
    assert "盖章件须为 PDF 或 OFD 文件" in send_back(college, shipped_template("minutes"), "样例学院1盖章件.docx", WORD)
    assert "已登记 1 份" in send_back(college, PDF, "样例学院1盖章件.pdf")
    made = papers_of_year(college.engine, LETTER, 2026).made[OF]
    assert [one.media_type for one in made.copies] == ["application/pdf"]
    path = f"{LETTERS}/files/{made.copies[0].sha256}"
    assert college.sign_in("office").get(path).content == PDF
    college.people({"ours": ("office", "u-1")})
    assert college.sign_in("ours").get(path).status_code == 409
    page = text(college.sign_in("office").get("/papers/2026").text)
    assert "结果告知书" in page


def test_a_paper_of_the_year_that_was_made_for_good_is_read_only_by_those_who_make_it(college: Console) -> None:
    walk(college)
    page = "/papers/2026/agenda-item"
    assert "已登记 1 份" in issue(college, "office", page, "year/2026")
    made = papers_of_year(college.engine, PAPERS["agenda-item"], 2026).made["year/2026"].body
    path = f"{page}/files/{made.paper.sha256}"
    college.people({"ours": ("office", "u-1"), "another": ("working_group", None)})
    answers = {who: college.sign_in(who).get(path).status_code for who in ("office", "another", "discipline")}
    assert answers == {"office": 200, "another": 403, "discipline": 403}


def test_nothing_is_made_for_good_about_the_own_department_or_with_names_of_people(college: Console) -> None:
    walk(college)
    college.people({"ours": ("office", "u-1")})
    assert "请勾选" in issue(college, "ours")
    answer = issue(college, "working_group", "/papers/2026/interview-note")
    assert "不定稿" in answer
    assert list(recorded_papers(college.engine)) == []


def test_a_template_is_used_from_the_moment_another_person_adopts_it(college: Console) -> None:
    walk(college)
    issue(college)
    assert "已提出" in propose(college, own_template())
    assert "somebody else" not in propose(college, own_template("另一稿"))
    page = text(college.sign_in("office").get(TEMPLATE).text)
    assert "提出人不能自己启用" in page
    assert "须由另一人办理" in adopt(college, "office")
    assert "已启用" in adopt(college, "committee")
    letter = docx.Document(BytesIO(make_paper(college.engine, LETTER, OF)))
    assert letter.paragraphs[0].text.startswith("另一稿：2026样例学院1")
    assert college.sign_in("office").get(f"{TEMPLATE}/adopted.docx").content == own_template("另一稿")
    issue(college)
    remade = [remake(college.engine, entry) for entry in recorded_papers(college.engine)]
    assert [one.is_same for one in remade] == [True, True]
    assert remade[0].data != remade[1].data


def test_a_template_with_a_fault_is_not_proposed(college: Console) -> None:
    answer = propose(college, template(paragraph("{{部门名}}")))
    assert "没有“部门名”，是否为“部门名称”？" in answer
    assert template_of(college.engine, LETTER).proposal is None


def test_the_adopted_template_that_is_damaged_is_named_and_no_other_is_taken_instead(college: Console) -> None:
    walk(college)
    propose(college, own_template())
    adopt(college, "committee")
    with college.engine.ledger.database.writing() as connection:
        digest = template_of(college.engine, LETTER).adopted
        assert digest is not None
        connection.exec_driver_sql(f"DELETE FROM document_part WHERE sha256 = '{digest.sha256}'")
    answer = college.sign_in("office").get(f"{HOME}/papers/result-letter.docx")
    assert answer.status_code == 409
    assert "启用的模板在系统中已找不到或已损坏" in text(answer.text)
    assert "启用的模板在系统中已找不到或已损坏" in issue(college)


def test_templates_are_proposed_and_adopted_and_papers_made_again_on_the_command_line(
    college: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk(college)
    issue(college)
    monkeypatch.setattr(SystemClock, "now", lambda _clock: college.clock.at)
    url, file = college.database.address, tmp_path / "own.docx"
    file.write_bytes(own_template())
    run = lambda *words: RUN.invoke(app, ["papers", *map(str, words), "--database", url])  # noqa: E731
    answer = run("propose", "result-letter", file, "--actor", "office")
    assert answer.exit_code == 0, answer.output
    assert "须由另一人办理" in run("adopt", "result-letter", "--actor", "office").output
    assert run("adopt", "result-letter", "--actor", "office-2").exit_code == 0
    issue(college)
    answer = run("remake")
    assert answer.exit_code == 0, answer.output
    assert "共 2 份，无误 2 份" in answer.output
    number = next(entry.number for entry in recorded_papers(college.engine))
    assert run("remake", number, "--out", tmp_path / "again.docx").exit_code == 0
    assert "样例学院1" in "".join(lines((tmp_path / "again.docx").read_bytes()))
    assert run("remake", 1).exit_code != 0


def test_several_sealed_copies_belong_to_the_departments_in_their_names_and_the_others_are_named(
    college: Console,
) -> None:
    walk(college, until="record_meeting")
    path = "/papers/2026/minutes"
    group = college.sign_in("working_group")
    both = [OF, "assessment/2026/u-2"]
    group.post(path, data={**hidden(group.get(path).text), "of": both, "_do": "issue"})
    sealed = {f"样例学院{number}": pdf(b"%d" % number) for number in (1, 2, 3)}
    files = [("copies", (f"{name}2026年度会议记录.pdf", data, "application/pdf")) for name, data in sealed.items()]
    answer = text(group.post(path, data={**hidden(group.get(path).text), "_do": "return"}, files=files).text)
    assert "“样例学院32026年度会议记录.pdf”未登记：文件名中没有已定稿的部门名称" in answer
    assert "样例学院2026" not in answer
    made = papers_of_year(college.engine, PAPERS["minutes"], 2026).made
    stored = {
        of: [documents.read(college.engine.ledger.database, one.sha256) for one in made[of].copies] for of in both
    }
    assert stored == {both[0]: [sealed["样例学院1"]], both[1]: [sealed["样例学院2"]]}


def test_a_paper_in_another_template_than_the_one_in_use_is_told_when_it_is_made_again(college: Console) -> None:
    walk(college)
    propose(college, own_template())
    adopt(college, "committee")
    ((_, command),) = issue_papers(college.engine, LETTER, [OF])
    assert isinstance(command, MakePaper)
    shipped = store_file(college.engine, shipped_template("result-letter"), WORD)
    letter = store_file(
        college.engine,
        fill_paper(LETTER, values_of(college.engine, LETTER, OF), shipped_template("result-letter")),
        WORD,
    )
    forged = replace(command, template=shipped, paper=letter)
    college.engine.submit(paper_stream(2026, LETTER.key), forged, OFFICE, "forged")
    told = remake(college.engine, next(recorded_papers(college.engine)))
    assert (told.is_same, told.is_right) == (True, False)
    assert told.reasons[0].zh == "所用的不是当时启用的模板"


def test_a_bundle_of_the_year_reaches_to_its_last_paper_and_a_search_by_year_finds_it(
    college: Console, tmp_path: Path
) -> None:
    walk(college)
    issue(college)
    number = next(recorded_papers(college.engine)).number
    summary = export_ledger(DatabaseReader(college.engine.ledger.database), 2026, tmp_path / "year.zip", None, None)
    assert summary.last == number
    outcome = check_bundle(tmp_path / "year.zip", [], [])
    assert not outcome.defects
    page = page_before(college.engine.ledger.database, EntryFilter(year=2026, kinds=("PaperMade",)), number + 1, 10)
    assert [row[0] for row in page.rows] == [number]


def test_a_template_that_cannot_be_filled_in_is_named_and_stops_neither_a_page_nor_the_other_papers(
    college: Console,
) -> None:
    walk(college)
    issue(college)
    ((_, command),) = issue_papers(college.engine, LETTER, [OF])
    assert isinstance(command, MakePaper)
    for name, data in (("no-file", b"no word file"), ("no-name", template(paragraph("{{部门名}}")))):
        stored = store_file(college.engine, data, WORD)
        forged = replace(command, template=stored, paper=stored)
        college.engine.submit(paper_stream(2026, LETTER.key), forged, OFFICE, name)
    told = [remake(college.engine, entry) for entry in recorded_papers(college.engine)]
    assert [one.is_right for one in told] == [True, False, False]
    assert "所用的模板有错误" in told[1].reasons[0].zh
    assert "所用的模板有错误" in told[2].reasons[0].zh


def test_a_template_whose_names_have_changed_is_neither_adopted_nor_filled_in(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk(college)
    faulty = store_file(college.engine, template(paragraph("{{部门名}}")), WORD)
    stream = template_stream(LETTER.key)
    college.engine.submit(stream, ProposeTemplate(template=faulty), OFFICE, "propose")
    assert "没有“部门名”" in adopt(college, "committee")
    monkeypatch.setattr(SystemClock, "now", lambda _clock: college.clock.at)
    words = ["papers", "adopt", LETTER.key, "--actor", "committee", "--database", college.database.address]
    answer = RUN.invoke(app, words)
    assert (answer.exit_code, "没有“部门名”" in answer.output) == (1, True)
    assert template_of(college.engine, LETTER).adopted is None
    college.engine.submit(stream, AdoptTemplate(template=faulty), COMMITTEE, "adopt")
    office = college.sign_in("office")
    answer_of_page = office.get(f"{HOME}/papers/result-letter.docx")
    assert answer_of_page.status_code == 409
    assert "所用的模板有错误" in text(answer_of_page.text)
    assert "所用的模板有错误" in issue(college)
    assert list(recorded_papers(college.engine)) == []


def test_a_paper_that_claims_entries_which_were_not_there_yet_is_told_when_it_is_made_again(college: Console) -> None:
    walk(college)
    ((_, command),) = issue_papers(college.engine, LETTER, [OF])
    assert isinstance(command, MakePaper)
    college.engine.submit(paper_stream(2026, LETTER.key), replace(command, upto=10**9), OFFICE, "forged")
    told = remake(college.engine, next(recorded_papers(college.engine)))
    assert (told.is_same, told.is_right) == (True, False)
    assert told.reasons[0].zh == "称依据至第 1000000000 条记录，定稿时还没有该记录"


@pytest.mark.one_database
def test_a_sealed_copy_belongs_to_the_department_in_its_name_also_if_names_end_in_digits() -> None:
    """No database is read."""
    made = MadePaper(MakePaper(of="", upto=1, made_on=date(2026, 12, 1), maker=1, paper=document(b"")), 1)
    rows = {title: IssueRow(title, title, "", "", None, made) for title in ("系1", "系12", "文学院", "人文学院")}
    rows["系12（专项）"] = IssueRow("系12（专项）", "系12（专项）", "", "", None, made)
    rows["系12（专项检查：a/b）"] = IssueRow("系12（专项检查：a/b）", "系12（专项检查：a/b）", "", "", None, made)
    rows["教务处"] = IssueRow("教务处", "教务处", "", "", None, None)

    def row_for(name: str, *titles: str) -> str:
        try:
            return row_of_file(name, [rows[title] for title in titles or rows], [*rows, "财务处"], 2026).of
        except NoRowOfFile:
            return ""

    names = {
        "系12026年度结果告知书.pdf": "系1",
        "系122026年度结果告知书（盖章）.pdf": "系12",
        "系12（专项）2026年度结果告知书.pdf": "系12（专项）",
        "系12（专项检查：a_b）2026年度结果告知书.pdf": "系12（专项检查：a/b）",
        "系1盖章.pdf": "系1",
        "系12盖章.pdf": "系12",
        "人文学院2026年度结果告知书.pdf": "人文学院",
        "文学院.pdf": "文学院",
        "文学院、系1.pdf": "",
        "教务处2026年度结果告知书.pdf": "",
        "扫描件001.pdf": "",
    }
    assert {name: row_for(name) for name in names} == names
    assert row_for("扫描件001.pdf", "系1", "教务处") == ""
    assert row_for("教务处.pdf", "系1", "教务处") == ""
    assert row_for("财务处.pdf", "系1") == ""
    assert row_for("系12盖章.pdf", "系1") == ""
    same = [IssueRow(f"assessment/2026/u-{number}", "系1", "", "", None, made) for number in (1, 2)]
    assert row_of_file("系1（u-2）-会议记录.pdf", same, ["系1"], 2026).of == "assessment/2026/u-2"
    with pytest.raises(NoRowOfFile):
        row_of_file("系1-会议记录.pdf", same, ["系1"], 2026)


def test_a_copy_named_for_another_department_is_not_recorded_and_each_sentence_is_whole(college: Console) -> None:
    walk(college)
    issue(college)
    answer = send_back(college, PDF, "样例学院2的告知书.pdf")
    assert "“样例学院2的告知书.pdf”未登记：文件名中没有已定稿的部门名称" in answer
    told = [
        answer,
        send_back(college, shipped_template("minutes"), "样例学院1.docx", WORD),
        send_back(college, b"x", "样例学院1.pdf"),
    ]
    assert "。。" not in "".join(told)
    assert papers_of_year(college.engine, LETTER, 2026).made[OF].copies == ()
    page = text(college.sign_in("office", "en").get(f"{LETTERS}/files/{'0' * 64}").text)
    assert "has no such file" in page
    page = text(college.sign_in("office", "en").get(f"{TEMPLATE}/adopted.docx").text)
    assert "has no adopted or proposed template" in page


def test_a_paper_without_a_change_is_not_made_again_so_its_sealed_copy_stays(college: Console) -> None:
    walk(college)
    issue(college)
    send_back(college, PDF, "样例学院1.pdf")
    assert "已定稿的这份文书没有变化" in issue(college)
    assert len(list(recorded_papers(college.engine))) == 1
    assert len(papers_of_year(college.engine, LETTER, 2026).made[OF].copies) == 1


def test_the_entries_about_papers_that_judge_a_department_are_not_for_its_people(college: Console) -> None:
    walk(college, until="approve")
    issue(college, "working_group", "/papers/2026/minutes")
    issue(college, "working_group", "/papers/2026/score-sheet")
    issue(college, path="/papers/2026/agenda-item", of="year/2026")
    college.people({"ours": ("committee", "u-1"), "theirs": ("committee", "u-2")})

    def answers(who: str) -> list[int]:
        client = college.sign_in(who)
        return [client.get(f"/audit/entries/{one.number}").status_code for one in recorded_papers(college.engine)]

    assert (answers("ours"), answers("theirs")) == ([200, 403, 403], [200, 200, 403])
    assert (answers("committee"), answers("audit_admin")) == ([200] * 3, [200] * 3)
    assert "合议评分表" not in text(college.sign_in("ours").get("/audit").text)


def test_another_file_in_the_same_form_is_recorded_and_the_same_file_only_once(college: Console) -> None:
    walk(college)
    issue(college)
    client = college.sign_in("office")
    form = {**hidden(client.get(LETTERS).text), "_do": "return"}
    for data in (PDF, PDF, pdf(b"another")):
        answer = client.post(LETTERS, data=form, files={"copies": ("样例学院1.pdf", data, "application/pdf")})
        assert answer.status_code == 303
    assert len(papers_of_year(college.engine, LETTER, 2026).made[OF].copies) == 2
    form = {**hidden(client.get(TEMPLATE).text), "_do": "propose"}
    for words in ("一", "一", "二"):
        answer = client.post(TEMPLATE, data=form, files={"file": ("告知书.docx", own_template(words), WORD)})
        assert answer.status_code == 303
    proposal = template_of(college.engine, LETTER).proposal
    assert proposal is not None
    assert proposal.template.sha256 == document(own_template("二")).sha256
