"""文书 on the pages: who finds which paper, what is saved, what is refused with a reason, and the check of a template."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from zipfile import ZipFile

import docx
import pytest

from documents.papers.tables import NAMES
from states.vocabulary import Opaque, Words
from states.year.roster import RenameUnit
from tests.college import OFFICE, moment
from tests.documents.word_templates import lines, paragraph, template

from .walk import HOME, text, walk
from .web import Console, hidden

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def words(data: bytes) -> str:
    opened = docx.Document(BytesIO(data))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([one.text for one in opened.paragraphs] + cells)


def test_the_office_saves_the_notice_of_the_year_as_a_word_file(college: Console) -> None:
    office = college.sign_in("office")
    for path in ("/papers", "/papers/2026"):
        assert 'href="/papers/2026/notice"' in office.get(path).text
    assert 'href="/papers/2026/notice.docx"' in office.get("/papers/2026/notice").text
    answer = office.get("/papers/2026/notice.docx")
    assert (answer.status_code, answer.headers["content-type"]) == (200, WORD)
    assert "2026" in words(answer.content)


def test_the_page_of_an_assessment_offers_its_papers_to_those_who_make_them(college: Console) -> None:
    walk(college, until="record_ballot")
    path = f"{HOME}/papers/minutes.docx"
    group = college.sign_in("working_group")
    assert path in group.get(HOME).text
    assert "样例学院1" in words(group.get(path).content)
    unit = college.sign_in("unit-1")
    assert path not in unit.get(HOME).text
    assert unit.get(path).status_code == 403


def test_the_form_of_a_step_offers_the_papers_of_that_step(college: Console) -> None:
    walk(college, until="record_meeting")
    group = college.sign_in("working_group")
    page = group.get(f"{HOME}/record_meeting").text
    assert "本步骤的文书" in page
    offered = re.findall(rf'href="{HOME}/papers/([a-z-]+)\.', page)
    assert {"sign-in", "agenda", "minutes"} <= {*offered}
    assert "score-sheet" not in offered
    for key in offered:
        assert group.get(f"{HOME}/papers/{key}.docx").status_code == 200, key


def test_a_paper_that_cannot_be_made_yet_is_refused_with_the_reason(college: Console) -> None:
    office = college.sign_in("office")
    answer = office.get(f"{HOME}/papers/result-letter.docx")
    assert answer.status_code == 409
    assert "样例学院1" in text(answer.text)
    assert "/papers/result-letter.docx" not in office.get(HOME).text
    with ZipFile(BytesIO(office.get("/papers/2026/result-letter.zip").content)) as file:
        assert file.namelist() == ["未制作.txt"]
    assert "没有" in text(office.get("/papers/2026/nothing.docx").text)


def test_a_paper_of_every_department_is_one_file_that_names_those_without_it(college: Console) -> None:
    walk(college)
    office = college.sign_in("office")
    answer = office.get("/papers/2026/result-letter.zip")
    assert answer.status_code == 200
    with ZipFile(BytesIO(answer.content)) as file:
        assert file.namelist() == ["未制作.txt", "样例学院1-结果告知书.docx"]
        assert "样例学院2" in file.read("未制作.txt").decode("utf-8-sig")
        assert "样例学院1" in words(file.read("样例学院1-结果告知书.docx"))
    assert answer.content == office.get("/papers/2026/result-letter.zip").content
    assert college.events("office").count("exported") == 2


@pytest.mark.one_database
def test_nobody_makes_a_paper_that_says_how_the_own_department_is_judged(college: Console) -> None:
    walk(college, until="approve")
    college.people({"ours": ("office", "u-1"), "ours-2": ("working_group", "u-1")})
    ours, group = college.sign_in("ours"), college.sign_in("ours-2")
    for client, path in ((ours, "/papers/2026/agenda-item.docx"), (group, f"{HOME}/papers/score-sheet.docx")):
        answer = client.get(path)
        assert answer.status_code == 403, path
        assert "本部门人员按回避规定不得制作" in text(answer.text)
    assert college.sign_in("office").get("/papers/2026/agenda-item.docx").status_code == 200


@pytest.mark.one_database
def test_a_template_is_checked_and_tried_without_being_stored(college: Console) -> None:
    office = college.sign_in("office")
    path = "/papers/templates/minutes"
    page = office.get(path).text
    assert "{{部门名称}}" in page
    shipped = office.get(f"{path}.docx").content

    def post(data: bytes, **more: str) -> tuple[int, str, bytes]:
        form = hidden(office.get(path).text)
        answer = office.post(path, data={**form, **more}, files={"file": ("会议记录.docx", data, WORD)})
        return answer.status_code, answer.headers["content-type"], answer.content

    assert "没有错误，可以提出启用" in text(post(shipped)[2].decode())
    status, media, tried = post(shipped, _do="try")
    assert (status, media) == (200, WORD)
    example = next(name.example for name in NAMES["minutes"] if name.zh == "部门名称")
    assert example in "".join(lines(tried))
    status, _, wrong = post(template(paragraph("{{部门名}}")))
    assert status == 409
    assert "没有“部门名”，是否为“部门名称”？" in text(wrong.decode())
    assert post(b"no word file")[0] == 409
    empty = office.post(path, data=hidden(office.get(path).text))
    assert "请选择一个 .docx 模板文件" in text(empty.text)


def renamed(college: Console, titles: dict[str, str]) -> None:
    college.clock.at = moment(11, 19)
    for unit, title in titles.items():
        name = RenameUnit(unit=Opaque(unit), title=Words(title), since=date(2026, 11, 3), reason=Words("更名"))
        college.engine.submit("roster", name, OFFICE, f"rename-{unit}")


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("titles", "names"),
    [
        (("同名学院", "同名学院"), ["同名学院（u-1）", "同名学院（u-2）"]),
        (("A部", "a部"), ["A部（u-1）", "a部（u-2）"]),
        (("../../etc", "A/B处"), ["_.._etc", "A_B处"]),
        (("处:室?", "院" * 200), ["处_室_", "院" * 50]),
    ],
)
def test_every_department_has_a_file_of_its_own_in_the_one_file_whatever_its_name(
    college: Console, titles: tuple[str, str], names: list[str]
) -> None:
    renamed(college, dict(zip(("u-1", "u-2"), titles, strict=True)))
    answer = college.sign_in("working_group").get("/papers/2026/minutes.zip")
    with ZipFile(BytesIO(answer.content)) as file:
        assert sorted(file.namelist()) == sorted(f"{name}-会议记录.docx" for name in names)
        for title in titles:
            assert any(title in words(file.read(name)) for name in file.namelist())
