"""我的结果: a member of a team reads the own result once it is circulated, and nobody else reads it but who decides."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from storage.database.database import Database
from tests.conftest import NewUrl
from tests.members import edition, scored
from tests.scheduler.running_college import RunningCollege, address, person

from .test_recusal import asked
from .walk import HOME, send, step, text
from .web import Console, console, settle

HEAD, OTHER = "班子成员：样例·dean（院长）", "班子成员：样例·vice（副院长）"
OWN, OTHERS = "两项任务延期", "报备迟了一次"
"""Why the other member lost points: read by that member and by who decides."""


def settle_members(url: str) -> None:
    settle(url, edition())


@pytest.fixture
def college(dialect: str, new_url: NewUrl) -> Iterator[Console]:
    """One result before the committee; the head and the other member have accounts without a role."""
    with Database.open(new_url(dialect, settle_members)) as database, console(database, edition()) as made:
        made.member("dean", "u-1-h1", "u-1")
        made.member("vice", "u-1-m1", "u-1")
        scored(made)
        yield made


def test_a_member_reads_the_own_result_with_its_explanation_once_it_is_circulated_and_no_other(
    college: Console,
) -> None:
    step(college, "approve")
    assert "还没有通报过您本人的考核结果" in text(college.sign_in("vice").get("/my-result").text)
    step(college, "circulate")
    page = text(college.sign_in("vice").get("/my-result").text)
    assert f"{OTHER}： 不称职 ，20 分" in page
    assert OWN in page
    assert OTHERS in page
    assert "样例党字〔2026〕60号" in page
    assert "院长）" not in page.replace("副院长）", ""), "nothing of the head"
    dean = text(college.sign_in("dean").get("/my-result").text)
    assert "30 分" in dean
    assert OWN not in dean
    assert "副院长" not in dean
    english = text(college.sign_in("dean", "en").get("/my-result").text)
    assert "My result" in english
    assert "Able" in english


@pytest.mark.one_database
def test_an_account_of_a_member_has_the_pages_of_its_holder_without_a_role_and_no_others(college: Console) -> None:
    client = college.sign_in("dean")
    for path in ("/", "/inbox", "/account", "/help", "/rulebook", "/my-result"):
        assert client.get(path).status_code == 200, path
    for path in ("/board", HOME, "/results/2026", "/resolution/2026", "/audit", "/accounts", "/years", "/cases"):
        assert client.get(path).status_code == 403, path
    assert college.sign_in("unit-1").get("/my-result").status_code == 403, "the department's account is nobody's"


@pytest.mark.one_database
def test_a_result_that_is_reopened_is_not_read_until_it_is_circulated_again(college: Console) -> None:
    step(college, "approve")
    step(college, "circulate")
    reopening = {"resolution": "党委会〔2026〕9号", "met_on": "2026-12-30", "reason": "计票有误"}
    assert send(college.sign_in("committee"), "reopen_result", reopening).status_code == 303
    assert "还没有通报过您本人的考核结果" in text(college.sign_in("vice").get("/my-result").text)


@pytest.mark.one_database  # every page is asked of the law before anything is read
@pytest.mark.parametrize(
    ("account", "reads"),
    [("committee", True), ("leading_group", True), ("office", True), ("working_group", True), ("assessor", False),
     ("discipline", False), ("organization", False), ("unit-1", False), ("unit-2", False), ("dean", False)],
)  # fmt: skip
def test_nobody_but_who_decides_reads_a_member_s_grade_on_any_page(college: Console, account: str, reads: bool) -> None:
    step(college, "approve")
    step(college, "circulate")
    pages = asked(college.sign_in(account), college)
    # The raw entry is the evidence: who audits reads it as it is.
    raw = {path for path in pages if path.startswith("/audit/entries/") or path == "/rulebook"}
    found = [path for path, page in pages.items() if path not in raw and "不称职" in text(page)
             and not path.startswith(("/rulebook", "/help"))]  # fmt: skip
    assert bool(found) == reads, found


@pytest.mark.one_database  # deliveries are made alike on both (`tests/notifications/test_post.py`)
def test_the_notice_of_the_own_result_goes_to_the_account_of_the_member_alone_and_says_no_grade(
    college: Console,
) -> None:
    step(college, "approve")
    step(college, "circulate")
    post = RunningCollege(college.database, college.clock.now(), edition=edition())
    post.know(
        person("dean", unit="u-1", channels=()), person("vice", unit="u-1"), person("unit-1", "unit", unit="u-1"),
        person("office", "office"), person("committee", "committee"),
    )  # fmt: skip
    post.post.gather(post.clock.now())
    post.clock.at += timedelta(days=6)
    post.post.deliver(post.clock.now())
    told = [letter for letter in post.mail.sent if "您本人的考核结果已通报" in letter.body or "本人" in letter.subject]
    assert sorted(letter.to for letter in told) == [address("dean"), address("vice")]
    assert not any("称职" in letter.body for letter in told)
    for account, told_here in (("dean", 1), ("vice", 1), ("unit-1", 0), ("office", 0), ("committee", 0)):
        inbox = college.sign_in(account).get("/inbox").text
        assert inbox.count("您本人的考核结果已通报") == told_here, account
    assert 'href="/my-result"' in college.sign_in("vice").get("/inbox").text
    office = text(college.sign_in("office").get("/deliveries").text)
    assert "称职" not in office
