"""归档: the pieces of a year, their numbers, the folder for the archive, and what is left out for whom."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from audit.bundle.check import check_bundle
from console.cli.app import app
from console.papers.archive import BUNDLE, DIGESTS, archive_files
from console.papers.remake import recorded_papers, remake
from states.accounts.account import GrantRole
from states.vocabulary import Opaque
from storage.papers import documents
from tests.documents.building import pdf
from workflow.papers.archive import ArchivePiece, PieceGroup, archive_code, grouped, numbered, pieces_of
from workflow.papers.sources import present_sources

from .test_paper_issue import issue, send_back
from .walk import walk
from .web import SECURITY, Console

LETTER_FOLDER = "30年/0002 样例学院12026年度结果告知书"


def filed(college: Console) -> None:
    """A year with a letter that came back sealed, the minutes and the circular."""
    walk(college)
    issue(college)
    send_back(college, pdf(), "样例学院1盖章件.pdf")
    issue(college, "working_group", "/papers/2026/minutes")
    issue(college, path="/papers/2026/circular", of="year/2026")


def piece(title: str, retention: str, sort: str = "", author: str = "办公室") -> ArchivePiece:
    return ArchivePiece(title=title, group_title=sort or title, author=author, retention=retention)


def test_the_pieces_of_a_year_are_its_papers_made_for_good_and_the_documents_of_each_step(college: Console) -> None:
    filed(college)
    pieces = {one.title: one for one in pieces_of(present_sources(college.engine).year(2026))}
    assert list(pieces) == [
        "样例学院12026年度会议记录", "2026年度通报", "样例学院12026年度结果告知书", "样例学院12026年度自查自评材料",
        "样例学院12026年度召开会议材料", "样例学院12026年度查阅资料材料",
    ]  # fmt: skip
    circular, letter = pieces["2026年度通报"], pieces["样例学院12026年度结果告知书"]
    assert (circular.document_number, circular.day, circular.author, circular.retention) == (
        "样例党字〔2026〕60号", date(2026, 12, 30), "中共柳州职业技术学院委员会", "永久",
    )  # fmt: skip
    assert ([name for name, _ in letter.files], letter.remark, circular.remark) == (["盖章件", "定稿"], "", "无盖章件")
    assert pieces["样例学院12026年度自查自评材料"].author == "样例学院1"


@pytest.mark.one_database
def test_the_pieces_are_numbered_within_each_period_and_counted_by_their_sort() -> None:
    """No database is read."""
    found = [
        piece("甲告知书", "30年", "告知书", "甲"), piece("通报", "永久"), piece("乙告知书", "30年", "告知书", "乙"),
        piece("名册", "不归档"), piece("测评票", "10年"),
    ]  # fmt: skip
    assert [(number, one.title) for number, one in numbered(found)] == [
        (1, "通报"), (1, "甲告知书"), (2, "乙告知书"), (1, "测评票"),
    ]  # fmt: skip
    assert grouped(found) == [
        PieceGroup("通报", "办公室", "永久", 1), PieceGroup("告知书", "各部门", "30年", 2), PieceGroup("测评票", "办公室", "10年", 1),
    ]  # fmt: skip
    assert archive_code(2, found[2], 2026) == "□□□□-WS·2026-D30-□□-0002"
    assert archive_code(1, found[1], 2026, "0123", "JW") == "0123-WS·2026-Y-JW-0001"


def test_the_folder_has_every_piece_with_its_digests_the_lists_and_the_ledger(college: Console, tmp_path: Path) -> None:
    filed(college)
    files = dict(archive_files(college.engine, 2026, fonds="0123", office="JW"))
    assert [path for path in files if "/" not in path] == [
        "归档目录.xlsx",
        "移交清单.docx",
        BUNDLE,
        "说明.txt",
        DIGESTS,
    ]
    assert files[f"{LETTER_FOLDER}/盖章件.pdf"] == pdf()
    said = json.loads(files[f"{LETTER_FOLDER}/著录.json"])
    assert (said["档号"], said["题名"]) == ("0123-WS·2026-D30-JW-0002", "样例学院12026年度结果告知书")
    assert said["文件"][0]["SHA-256"] == sha256(pdf()).hexdigest()
    listed = dict(line.split("  ")[::-1] for line in files[DIGESTS].decode().splitlines())
    assert listed == {path: sha256(data).hexdigest() for path, data in files.items() if path != DIGESTS}
    (tmp_path / "ledger.zip").write_bytes(files[BUNDLE])
    assert not check_bundle(tmp_path / "ledger.zip", [], []).defects
    with ZipFile(tmp_path / "ledger.zip") as bundle:
        cited = {row["sha256"] for row in json.loads(bundle.read("documents.json"))}
    assert {
        row["SHA-256"] for path, data in files.items() if path.endswith(".json") for row in json.loads(data)["文件"]
    } <= cited
    rows = [
        cell.text
        for table in docx.Document(BytesIO(files["移交清单.docx"])).tables
        for row in table.rows
        for cell in row.cells
    ]
    assert "2026年度结果告知书" in rows
    assert "2026年度通报" in files["说明.txt"].decode("utf-8-sig").split("没有登记盖章件：")[1]


def test_a_document_that_is_not_stored_is_named_and_the_rest_is_there(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    filed(college)
    lost = sha256(pdf()).hexdigest()
    read = documents.read
    monkeypatch.setattr(documents, "read", lambda database, digest: None if digest == lost else read(database, digest))
    files = dict(archive_files(college.engine, 2026))
    assert f"{LETTER_FOLDER}/盖章件.pdf" not in files
    said = json.loads(files[f"{LETTER_FOLDER}/著录.json"])
    assert said["文件"][0]["说明"] == "系统中没有原件，台账中只有摘要"
    assert f"{LETTER_FOLDER}/定稿.docx" in files


def test_the_page_saves_the_folder_as_one_file_and_leaves_out_how_the_own_department_was_judged(
    college: Console,
) -> None:
    filed(college)
    page = college.sign_in("office")
    assert "/papers/2026/archive.zip" in page.get("/papers/2026").text
    with ZipFile(BytesIO(page.get("/papers/2026/archive.zip?fonds=0123").content)) as file:
        whole = file.namelist()
        assert f"{LETTER_FOLDER}/定稿.docx" in whole
        assert BUNDLE not in whole, "the office may not see the pages of the audit"
    college.engine.submit("account/office", GrantRole(role=Opaque("committee")), SECURITY, "grant-committee")
    with ZipFile(BytesIO(college.sign_in("office").get("/papers/2026/archive.zip").content)) as file:
        assert BUNDLE in file.namelist()
    college.people({"ours": ("office", "u-1")})
    with ZipFile(BytesIO(college.sign_in("ours").get("/papers/2026/archive.zip").content)) as file:
        assert [name for name in file.namelist() if "告知书" in name or name == BUNDLE] == []
        told = file.read("说明.txt").decode("utf-8-sig")
        assert "样例学院12026年度结果告知书" in told.split("未导出")[1]
        assert "未附台账" in told
    assert college.sign_in("working_group").get("/papers/2026/archive.zip").status_code == 403
    assert "exported" in college.events("office")


def test_the_command_writes_the_folder_and_nothing_into_one_that_is_not_empty(college: Console, tmp_path: Path) -> None:
    filed(college)
    folder = tmp_path / "archive"
    words = ["papers", "archive", "2026", str(folder), "--fonds", "0123", "--database", college.database.address]
    answer = CliRunner().invoke(app, words)
    assert answer.exit_code == 0, answer.output
    for line in (folder / DIGESTS).read_text("utf-8").splitlines():
        digest, path = line.split("  ")
        assert sha256((folder / path).read_bytes()).hexdigest() == digest
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 2
    assert "目录不是空的" in refused.output


def test_the_catalogue_can_be_made_for_good_and_made_again_when_more_has_been_filed_since(college: Console) -> None:
    filed(college)
    assert "已登记 1 份" in issue(college, path="/papers/2026/archive-list", of="year/2026")
    assert "已登记 1 份" in issue(college, path="/papers/2026/handover", of="year/2026")
    issue(college, path="/papers/2026/resolution", of="year/2026")
    remade = [remake(college.engine, entry) for entry in recorded_papers(college.engine)]
    assert [(one.paper.key, one.is_right) for one in remade] == [
        (key, True) for key in ("result-letter", "minutes", "circular", "archive-list", "handover", "resolution")
    ]
    listed = [one.title for one in pieces_of(present_sources(college.engine).year(2026)) if one.paper]
    assert [title for title in listed if "归档" in title] == ["2026年度归档目录", "2026年度归档移交清单"]


def test_a_paper_about_an_assessment_that_was_withdrawn_is_still_about_its_department(college: Console) -> None:
    walk(college, until="approve")
    issue(college, "working_group", "/papers/2026/score-sheet")
    college.withdraw("u-1")
    titles = [one.title for one in pieces_of(present_sources(college.engine).year(2026))]
    assert titles == ["样例学院12026年度合议评分表"]
    college.people({"ours": ("office", "u-1")})
    with ZipFile(BytesIO(college.sign_in("ours").get("/papers/2026/archive.zip").content)) as file:
        assert [name for name in file.namelist() if "评分表" in name] == []
        assert titles[0] in file.read("说明.txt").decode("utf-8-sig").split("未导出")[1]


def test_a_piece_has_the_same_number_for_all_who_save_the_folder(college: Console) -> None:
    filed(college)
    issue(college, "working_group", "/papers/2026/score-sheet")
    college.people({"ours": ("office", "u-1")})

    def numbers(who: str) -> dict[str, str]:
        with ZipFile(BytesIO(college.sign_in(who).get("/papers/2026/archive.zip").content)) as file:
            rows = [json.loads(file.read(name)) for name in file.namelist() if name.endswith(".json")]
            table = load_workbook(BytesIO(file.read("归档目录.xlsx"))).active
            assert table is not None
            codes = {cell.value for row in table.iter_rows() for cell in row}
            assert codes >= {row["档号"] for row in rows}
            return {row["题名"]: row["档号"] for row in rows}

    whole, own = numbers("office"), numbers("ours")
    assert 0 < len(own) < len(whole)
    assert own.items() <= whole.items()
