"""查找: what is typed finds whatever the pages of the reader show, in groups, the best first; and nothing else."""

from __future__ import annotations

import logging
import re
from html import unescape
from io import StringIO
from threading import Thread
from urllib.parse import quote, unquote

import pytest
from httpx2 import Client

from console.web.pages.home.search_sources import MAX_HITS
from console.web.search.index import SearchIndex
from states.vocabulary import Opaque
from storage import people
from storage.master_key import MasterKey
from storage.people import Person
from storage.sign_in import security_log
from storage.vault.vault import Vault, use_key

from . import test_routine_checks as checks
from .test_cases import FORM as CASE
from .test_cases import send as send_form
from .test_uploads import called
from .walk import HOME, STEPS, day, send, step
from .web import PEOPLE, Console, console

REPORT, MINUTES, FINDINGS, NARRATIVE = "自评报告（定稿）.pdf", "会议记录Ⅱ.PDF", "检查照片.pdf", "保密甲乙丙"
SOMEBODY = Person(id=Opaque("p-somebody"), name="样例·张三", staff_number="T2027001", post="科员", unit="u-2")
OWN = ("office", "working_group", "assessor", "leading_group", "committee", "discipline", "organization")
HIT = re.compile(r'<li><a href="([^"]+)">([^<]*)</a>')
GROUP = re.compile(r'<h2 id="group-\d+">([^<]+?) <span class="of">(\d+) 项</span></h2>')
QUERIES = (
    "样例", "2026", "pdf", "自评", "会议", "检查", "党字", "60", "50号", "纪字", "党内", "案件", "备案", "考核", "通报", "审定",
    "计分", "撤回", "评分", "否决", "样例·张三", "T2027001", "科员", NARRATIVE, "登录", "账号", "1", "年", "保密",
)  # fmt: skip
"""Words that are in something of every group, and in what nobody finds."""


def hits(client: Client, typed: str) -> dict[str, str]:
    """The title of each hit, by its path."""
    answer = client.get("/search", params={"q": typed})
    assert answer.status_code == 200, answer.text
    return {unescape(path): unescape(title) for path, title in HIT.findall(answer.text.partition("<main")[2])}


def counts(client: Client, typed: str) -> dict[str, int]:
    """How many were found in each group."""
    return {group: int(count) for group, count in GROUP.findall(client.get("/search", params={"q": typed}).text)}


def filled(college: Console, until: str = "") -> Console:
    """u-1 up to before `until`, with a person, a case with a confidential narrative, a routine check, and files."""
    college.people({f"{role}-own": (role, "u-1") for role in OWN})
    people.store(college.database, [SOMEBODY])
    assert (
        send_form(college.sign_in("discipline"), "/cases/new", **{**CASE, "person.0": SOMEBODY.name}).status_code == 303
    )
    checked = checks.send(college.sign_in("office"), "/routine-checks/new", files={"documents": called(FINDINGS, b"3")}, **checks.FORM)  # fmt: skip
    assert checked.status_code == 303
    acts = [act for _, _, act, *_ in STEPS]
    for who, at, act, typed, files in STEPS[:2]:
        college.clock.at = day(at)
        name = REPORT if act == "submit_self_report" else MINUTES
        named = {field: called(name, act.encode()) for field in files}
        assert send(college.sign_in(who), act, typed, named).status_code == 303
    for who, _, act, *_ in STEPS[2 : acts.index(until) if until else None]:
        step(college, act, who)
    return college


def test_each_group_finds_what_it_is_for_and_leads_to_its_page(college: Console) -> None:
    office = filled(college).sign_in("office")
    (case,) = [path for path in hits(office, "纪字") if path.startswith("/cases/")]
    entry = next(one.number for one in college.engine.ledger.stream("assessment/2026/u-1") if one.kind == "Circulated")
    assert hits(office, "样例学院2")["/units/u-2/results"] == "样例学院2"
    assert hits(office, "张三") == {"/people/p-somebody": "样例·张三"}
    assert hits(office, "2026 样例学院2") == {"/assessments/2026/u-2": "2026 样例学院2"}
    assert list(hits(office, "定稿").values()) == [REPORT]
    assert hits(office, "样例党字[2026]60号") == {HOME: "样例党字〔2026〕60号"}
    assert hits(office, "备案 学院1") == {f"{HOME}#tasks": "考核结果报学校党委组织部备案"}
    assert hits(office, "纪字 党内")[case].startswith("样例学院1 “党内警告”案件")
    assert hits(college.sign_in("committee"), "全校通报") == {f"/audit/entries/{entry}": f"第 {entry} 条 全校通报"}
    assert list(hits(college.sign_in("committee"), f"第{entry}条"))[-1] == f"/audit/entries/{entry}"


def test_a_file_that_is_found_is_sent(college: Console) -> None:
    filled(college, "record_ballot")
    for who, typed, name in (("unit-1", "定稿", REPORT), ("unit-2", "检查照片", FINDINGS)):
        client = college.sign_in(who)
        (path,) = hits(client, typed)
        assert client.get(path).content == called(name, b"submit_self_report" if name == REPORT else b"3")[1]


@pytest.mark.one_database
@pytest.mark.parametrize("typed", ["会议记录ii", "ＰＤＦ 会议", " 会议　记录 ", "会\u200b议记录"])
def test_letters_width_and_invisible_characters_do_not_matter_and_every_word_must_occur(
    college: Console, typed: str
) -> None:
    client = filled(college, "record_ballot").sign_in("office")
    if "ii" in typed:  # Ⅱ is one letter and not two
        assert hits(client, typed) == {}
        typed = "会议记录ⅱ.pdf"
    assert MINUTES in hits(client, typed).values()
    assert MINUTES not in hits(client, f"{typed} 没有").values()


@pytest.mark.one_database
def test_nobody_finds_what_their_pages_would_not_show(college: Console) -> None:
    """Every role, and every role from the department itself: each hit opens, and what it is called stands there."""
    filled(college, "circulate")
    found: dict[str, set[str]] = {}
    for account in (*PEOPLE, *(f"{role}-own" for role in OWN)):
        client = college.sign_in(account)
        found[account] = set()
        for typed in (*QUERIES, *map(str, range(2, 130, 9))):
            for path, title in hits(client, typed).items():
                page = client.get(path.partition("#")[0])
                assert page.status_code == 200, (account, typed, path)
                is_there = title in unquote(page.headers.get("content-disposition", ""))
                assert is_there or _is_on(page.text, title), (account, typed, path, title)
                found[account].add(path)
    resolution = "样例党字〔2026〕50号"
    # The approval is read by nobody of the department before the circulation, in whatever role.
    assert {who for who in found if resolution in hits(college.sign_in(who), "50号").values()} == {
        "office", "working_group", "assessor", "leading_group", "committee", "discipline", "organization",
    }  # fmt: skip
    assert {who for who in found if any(path.startswith("/cases/") for path in found[who])} == {
        "office", "leading_group", "committee", "discipline",
    }  # fmt: skip
    assert {who for who in found if "/people/p-somebody" in found[who]} == {
        "office", "organization", "office-own", "organization-own", "system_admin", "security_admin",
    }  # fmt: skip
    assert not any("/u-1" in path for path in found["unit-2"])
    assert {path for path in found["audit_admin"] if not path.startswith("/audit/")} == set()
    assert not any(NARRATIVE in title for who in found for title in hits(college.sign_in(who), NARRATIVE).values())


def _is_on(page: str, title: str) -> bool:
    """Whether every word of a title stands on a page: some pages have the year or the number apart from the rest."""
    shown = unescape(re.sub(r"<[^>]+>", " ", page))
    return all(word in shown for word in title.split() if word not in ("第", "条"))


@pytest.mark.one_database
def test_the_best_matches_come_first_and_the_others_are_counted(college: Console) -> None:
    names = [f"样例·{number}王五" for number in range(MAX_HITS + 3)]
    others = [Person(id=Opaque(f"p-x{number}"), name=name) for number, name in enumerate(names)]
    best = [Person(id=Opaque("p-y1"), name="王五一"), Person(id=Opaque("p-y2"), name="王五")]
    people.store(college.database, [*others, *best])
    client = college.sign_in("office")
    assert list(hits(client, "王五"))[:2] == ["/people/p-y2", "/people/p-y1"]
    assert len(hits(client, "王五")) == MAX_HITS
    assert counts(client, "王五") == {"人员": MAX_HITS + 5}
    assert "还有 5 项" in client.get("/search", params={"q": "王五"}).text


def test_what_others_write_meanwhile_is_found_by_a_process_that_has_searched_before(college: Console) -> None:
    filled(college, "record_ballot")
    with console(college.database) as other:
        reader = other.sign_in("office")
        assert list(hits(reader, "定稿").values()) == [REPORT]
        step(college, "record_ballot")
        college.clock.at = day("12-04")
        step(college, "record_interviews")
        files = {"evidence": called("新交的佐证.pdf", b"9")}
        reviewing = next(typed for _, _, act, typed, _ in STEPS if act == "review_documents")
        college.clock.at = day("12-09")
        assert send(college.sign_in("working_group"), "review_documents", reviewing, files).status_code == 303
        assert list(hits(reader, "新交").values()) == ["新交的佐证.pdf"]
        assert list(hits(reader, "定稿").values()) == [REPORT]


def test_somebody_who_was_erased_or_renamed_is_found_so_at_the_next_search(college: Console) -> None:
    people.store(college.database, [SOMEBODY])
    client = college.sign_in("office")
    assert hits(client, "张三") == {"/people/p-somebody": "样例·张三"}
    people.store(college.database, [Person(id=SOMEBODY.id, name="样例·李四")])
    assert (hits(client, "张三"), hits(client, "李四")) == ({}, {"/people/p-somebody": "样例·李四"})
    people.erase(college.database, SOMEBODY.id)
    assert (hits(client, "李四"), hits(client, "p-somebody")) == ({}, {})


def test_names_are_found_under_a_key_that_was_made_or_rotated_and_not_without_it(
    college: Console, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    filled(college, "record_ballot")
    client = college.sign_in("office")
    first, second = MasterKey.create(folder / "first"), MasterKey.create(folder / "second")

    def rotate() -> None:
        Vault(college.database, first).rotate(second)
        college.database.key = second

    for change in (lambda: use_key(college.database, first), rotate):
        change()
        assert (list(hits(client, "定稿").values()), list(hits(client, "张三"))) == ([REPORT], ["/people/p-somebody"])
    college.database.key = None
    assert (hits(client, "定稿"), hits(client, "张三")) == ({}, {})


@pytest.mark.one_database
def test_a_ledger_that_does_not_continue_the_one_that_was_read_is_read_again(college: Console) -> None:
    filled(college, "record_ballot")
    index = SearchIndex(college.engine.ledger)
    read = index.contents()
    assert index.contents() is read
    read.digest = "f" * 64  # as if the ledger were that of a backup from now on
    again = index.contents()
    assert again is not read
    assert again.files.texts.count(REPORT) == 1


@pytest.mark.one_database
def test_nothing_that_is_typed_is_logged(logged: StringIO, caplog: pytest.LogCaptureFixture, college: Console) -> None:
    caplog.set_level(logging.DEBUG)
    client = college.sign_in("office")
    assert client.get("/search", params={"q": "样例丁丁"}).status_code == 200
    assert college.client().get("/search", params={"q": "样例丁丁"}).status_code == 303
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("httpx")]
    log = "\n".join((logged.getvalue(), *ours))
    assert "begin_session" in log
    assert ("丁丁" in log, quote("丁丁") in log) == (False, False)
    assert not any("丁丁" in repr(row) for row in security_log.latest_lines(college.database, limit=1000))


@pytest.mark.one_database
def test_a_search_of_nothing_or_of_too_much_says_what_to_do(college: Console) -> None:
    client = college.sign_in("office")
    assert "每个词都须出现" in client.get("/search").text
    assert "没有找到" in client.get("/search", params={"q": "无此内容丙"}).text
    too_long = client.get("/search", params={"q": "长" * 101}).text
    assert "查找内容最多 100 字" in too_long
    assert f'value="{"长" * 101}"' in too_long


@pytest.mark.one_database
def test_the_field_is_on_every_page_and_once_on_the_page_of_the_search(college: Console) -> None:
    client = college.sign_in("unit-1")
    assert client.get("/inbox").text.count('class="find"') == 2  # in the bar, and in the menu of a phone
    assert client.get("/search").text.count('name="q"') == 1
    assert 'name="q"' not in college.client().get("/sign-in").text


@pytest.mark.one_database
def test_two_first_searches_at_once_read_everything_once(college: Console) -> None:
    filled(college, "record_ballot")
    index = SearchIndex(college.engine.ledger)
    threads = [Thread(target=index.contents) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    contents = index.contents()
    assert len(contents.numbers) == college.engine.ledger.head().number
    assert contents.files.texts.count(REPORT) == 1
