"""年度: the years, opening and closing one, its roster, deadlines and working days, and a year rehearsed."""

from __future__ import annotations

import re
from datetime import date, datetime
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Client

from console.web.pages.year import opening, rehearsal
from states.assessment import Assessment
from states.records.roster import Roster
from states.records.year import Year
from states.stages.opening import Withdraw
from states.vocabulary import Actor, Words
from tests.college import OFFICE
from tests.college import unit as unit_of
from workflow.engine import Engine
from workflow.year import YearOpeningOutcome, deadlines_of, open_year

from .web import Console, hidden


def year(college: Console, number: int) -> Year:
    state = college.engine.state(f"year/{number}")
    assert isinstance(state, Year)
    return state


def roster(college: Console) -> Roster:
    state = college.engine.state("roster")
    assert isinstance(state, Roster)
    return state


def withdraw(college: Console, *units: str) -> None:
    for unit in units:
        command = Withdraw(reason=Words("误启动"))
        college.engine.submit(f"assessment/2026/{unit}", command, OFFICE, f"withdraw-{unit}")


def opens(client: Client, do: str, number: int = 2027, **changes: Any) -> Any:
    """What the form of a year answers, its deadlines as they were shown."""
    page = client.get(f"/years/open?year={number}").text
    due = dict(re.findall(r'<input type="date" name="(due\.\w+)" value="([^"]+)"', page))
    form = {**hidden(page), **due, "unit": ["u-1", "u-2"], "_do": do, **changes}
    return client.post("/years/open", data=form)


# -- the years -------------------------------------------------------------------------------------


def test_the_years_say_where_their_assessments_stand(college: Console) -> None:
    withdraw(college, "u-2")
    page = college.sign_in("office").get("/years").text
    assert "进行中" in page
    assert "启动考核 1；已撤销 1" in page
    assert "/years/open?year=2027" in page
    assert "/years/open" not in college.sign_in("organization").get("/years").text


def test_a_year_that_was_not_opened_says_so(college: Console) -> None:
    answer = college.sign_in("office").get("/years/2031")
    assert answer.status_code == 409
    assert "没有 2031 的记录" in answer.text


# -- closing ---------------------------------------------------------------------------------------


def test_what_stands_in_the_way_of_closing_is_listed_and_the_form_is_not_there(college: Console) -> None:
    withdraw(college, "u-2")
    client = college.sign_in("office")
    page = client.get("/years/2026").text
    assert "还不能办结：1 个部门" in page
    assert "样例学院1" in page
    assert "/years/2026/close" not in page
    answer = client.post("/years/2026/close", data=hidden(page))
    assert answer.status_code == 409
    assert "既未通报也未撤销" in answer.text
    assert not year(college, 2026).closed


def test_a_year_is_closed_from_its_page_and_says_what_is_still_possible(college: Console) -> None:
    withdraw(college, "u-1", "u-2")
    client = college.sign_in("leading_group")
    page = client.get("/years/2026").text
    done = client.post("/years/2026/close", data=hidden(page, "/years/2026/close"))
    assert done.status_code == 303
    page = client.get(done.headers["location"]).text
    assert "已办结" in page
    assert "重新审议考核结果" in page
    assert year(college, 2026).closed


def test_a_closed_year_is_not_opened_again_and_its_deadlines_have_no_form(college: Console) -> None:
    withdraw(college, "u-1", "u-2")
    client = college.sign_in("office")
    client.post("/years/2026/close", data=hidden(client.get("/years/2026").text, "/years/2026/close"))
    assert "2026 年度已办结" in client.get("/years/open?year=2026").text
    page = client.get("/years/2026/deadlines").text
    assert "期限不再调整" in page
    form = {**hidden(page), "stage": "scoring", "due": "2026-12-25", "reason": "统一部署", "_do": "confirm"}
    assert "已办结" in client.post("/years/2026/deadlines", data=form).text
    assert list(college.engine.ledger.stream("access")) == []


# -- opening ---------------------------------------------------------------------------------------


def test_a_preview_of_the_next_year_opens_nothing(college: Console) -> None:
    page = opens(college.sign_in("office"), "preview").text
    assert "将启动 2 个部门" in page
    assert "上年" in page
    assert "放假安排未定" in page
    assert not year(college, 2027).version


def test_dates_that_are_past_are_named_and_others_proposed_before_anything_is_opened(college: Console) -> None:
    """The year before: every deadline is past. What is proposed may be taken; what is past may not."""
    client = college.sign_in("office")
    page = client.get("/years/open?year=2025").text
    assert page.count("来不及") == 10
    assert "原定 2025-11-20" in page
    assert 'name="due.self_report" value="2026-' in page
    refused = opens(client, "confirm", 2025, **{"due.self_report": "2025-11-20", "due.meeting": "2025-12-02"})
    assert refused.status_code == 409
    assert "“自查自评”2025-11-20、“召开会议”2025-12-02在今天" in unescape(refused.text)
    assert not year(college, 2025).version
    assert "新启动 2 个部门" in opens(client, "confirm", 2025).text
    assert min(year(college, 2025).due.values()) > college.clock.now().date()


def test_a_unit_added_when_a_deadline_of_the_year_is_past_is_given_dates_of_its_own(college: Console) -> None:
    client = college.sign_in("office")
    opens(client, "confirm", 2025, unit=["u-1"])
    settled = year(college, 2025).due
    college.clock.at = datetime.combine(max(settled.values()), datetime.min.time(), ZoneInfo("Asia/Shanghai"))
    client = college.sign_in("office")
    page = client.get("/years/open?year=2025").text
    assert "以下期限只用于这次新增的部门" in page
    assert "新启动 1 个部门" in opens(client, "confirm", 2025, unit=["u-2"]).text
    added = college.engine.state("assessment/2025/u-2")
    assert isinstance(added, Assessment)
    assert min(added.due.values()) > settled["approval"]
    assert year(college, 2025).due == settled


def test_the_next_year_is_opened_for_the_ticked_units_with_the_dates_typed_and_again_does_nothing_twice(
    college: Console,
) -> None:
    client = college.sign_in("office")
    done = opens(client, "confirm", **{"unit": ["u-2"], "due.self_report": "2027-11-22"})
    assert "新启动 1 个部门" in done.text
    assert (year(college, 2027).units, str(year(college, 2027).due["self_report"])) == (("u-2",), "2027-11-22")
    again = opens(client, "confirm")
    assert "新启动 1 个部门，此前已启动 1 个" in again.text
    head = college.engine.ledger.head()
    assert "新启动 0 个部门，此前已启动 2 个" in opens(client, "confirm").text
    assert college.engine.ledger.head() == head


def test_the_dates_of_a_window_that_was_overtaken_are_told_and_not_dropped(college: Console) -> None:
    """Two windows open a year with other dates: the second is shown which of its own are not used before anything is opened."""
    client = college.sign_in("office")
    slow = client.get("/years/open?year=2027").text
    typed = {**hidden(slow), "unit": ["u-1", "u-2"], "due.self_report": "2027-11-15"}
    preview = client.post("/years/open", data={**typed, "_do": "preview"})
    assert "将启动 2 个部门" in preview.text
    assert (
        opens(
            college.sign_in("leading_group"), "confirm", unit=["u-1"], **{"due.self_report": "2027-11-19"}
        ).status_code
        == 200
    )
    late = client.post("/years/open", data={**typed, **hidden(preview.text), "_do": "confirm"})
    assert late.status_code == 409
    assert "此事已由他人办理" in late.text
    assert "您填的 2027-11-15 没有采用" in late.text
    assert "2027-11-19" in late.text
    assert college.engine.state("assessment/2027/u-2").version == 0, "nothing is opened unseen"
    done = client.post("/years/open", data={**hidden(late.text), "unit": ["u-1", "u-2"], "_do": "confirm"})
    assert "新启动 1 个部门，此前已启动 1 个" in done.text
    assert {unit: due(college, unit) for unit in ("u-1", "u-2")} == dict.fromkeys(("u-1", "u-2"), "2027-11-19")


def test_a_year_opened_in_the_same_moment_with_other_dates_is_shown_again(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the year and its opening: the one is no promise for the other."""
    client = college.sign_in("office")
    form = {**hidden(client.get("/years/open?year=2027").text), "unit": ["u-2"], "due.self_report": "2027-11-15"}

    def overtaken(engine: Engine, *asked: Any) -> YearOpeningOutcome:
        monkeypatch.setattr(opening, "open_year", open_year)
        settled = {**deadlines_of(engine, 2027, lambda day: day.weekday() < 5).due, "self_report": date(2027, 11, 19)}
        open_year(engine, 2027, [unit_of("u-1")], Actor("leading_group", "leading_group"), lambda _: True, settled)
        return open_year(engine, *asked)

    monkeypatch.setattr(opening, "open_year", overtaken)
    late = client.post("/years/open", data={**form, "_do": "confirm"})
    assert late.status_code == 409
    assert "您填的 2027-11-15 没有采用" in late.text
    assert college.engine.state("assessment/2027/u-2").version == 0


def due(college: Console, unit: str) -> str:
    state = college.engine.state(f"assessment/2027/{unit}")
    assert isinstance(state, Assessment)
    return state.due["self_report"].isoformat()


def test_dates_out_of_order_and_no_unit_at_all_are_refused_with_the_form_kept(college: Console) -> None:
    client = college.sign_in("office")
    answer = opens(client, "confirm", **{"due.self_report": "2027-12-30"})
    assert answer.status_code == 409
    assert 'value="2027-12-30"' in answer.text
    assert "请至少勾选一个" in opens(client, "preview", unit=[]).text
    assert "日期应形如" in opens(client, "preview", **{"due.meeting": "12月2日"}).text
    assert not year(college, 2027).version


def test_opening_is_refused_to_a_role_it_is_not_for(college: Console) -> None:
    client = college.sign_in("organization")
    assert "不能启动年度考核" in client.get("/years/open").text
    answer = client.post("/years/open", data={**hidden(client.get("/years").text), "unit": "u-1", "_do": "confirm"})
    assert answer.status_code == 409
    assert not year(college, 2027).version


FILE = """[[unit]]
unit = "u-3"
title = "图书馆"
unit_kind = "support"
staff = 7
heads = [{ person = "p-31", position = "馆长" }]
"""


def test_a_year_is_opened_from_a_roster_file_after_a_preview(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get("/years/open?year=2027").text
    due = dict(re.findall(r'<input type="date" name="(due\.\w+)" value="([^"]+)"', page))
    kind = college.engine.editions.in_force.rulebook.unit_kind[-1].key
    file = {"file": ("units.toml", FILE.replace("support", kind).encode(), "application/toml")}
    shown = client.post("/years/open", data={**hidden(page), **due, "_do": "preview"}, files=file)
    assert "名册新增" in shown.text
    form = {name: unescape(value) for name, value in hidden(shown.text).items()}
    done = client.post("/years/open", data={**form, **due, "_do": "confirm"})
    assert "新启动 1 个部门" in done.text
    assert year(college, 2027).units == ("u-3",)
    assert roster(college).units["u-3"].title == "图书馆"


def test_every_fault_of_a_roster_file_is_listed_with_its_line(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get("/years/open?year=2027").text
    wrong = FILE.replace("staff = 7\n", "") + FILE.replace("= 7", '= "seven"')
    answer = client.post(
        "/years/open", data={**hidden(page), "_do": "preview"}, files={"file": ("units.toml", wrong.encode())}
    )
    assert answer.status_code == 409
    assert "第 1 行起的 unit[0] 处缺少 staff" in answer.text
    assert "第 6 行起的 unit[1].staff 处应为整数" in answer.text
    answer = client.post("/years/open", data={**hidden(page), "_do": "preview"}, files={"file": ("a", b"\x81\xff")})
    assert "不是可读的文本文件" in answer.text


# -- deadlines -------------------------------------------------------------------------------------


def moves(client: Client, do: str, **changes: str) -> Any:
    form = {"stage": "scoring", "due": "2026-12-23", "reason": "统一部署", "unit": "", "_do": do, **changes}
    return client.post("/years/2026/deadlines", data={**hidden(client.get("/years/2026/deadlines").text), **form})


def test_a_deadline_moves_for_all_after_a_preview_that_says_who_is_told(college: Console) -> None:
    client = college.sign_in("office")
    page = moves(client, "preview").text
    assert "2 个部门的期限将改变" in page
    assert "考核工作组" in page
    assert str(year(college, 2026).due["scoring"]) == "2026-12-21"
    done = moves(client, "confirm")
    assert "2 个部门的期限随之改变" in client.get(done.headers["location"]).text
    assert {str(one.due["scoring"]) for one in (year(college, 2026), college.assessment("u-2"))} == {"2026-12-23"}


def test_a_deadline_moves_for_one_unit_and_the_table_says_whose_is_another(college: Console) -> None:
    client = college.sign_in("leading_group")
    assert moves(client, "confirm", unit="u-2").status_code == 303
    assert str(year(college, 2026).due["scoring"]) == "2026-12-21"
    assert "2026-12-23" in client.get("/years/2026/deadlines").text


def test_a_deadline_that_cannot_move_says_why_and_keeps_what_was_typed(college: Console) -> None:
    client = college.sign_in("office")
    assert "先后不符" in moves(client, "preview", due="2026-12-30").text
    assert "日期应形如" in moves(client, "preview", due="soon").text
    assert "缺少理由" in moves(client, "preview", reason="").text
    answer = moves(client, "confirm", unit="u-9")
    assert (answer.status_code, "统一部署" in answer.text) == (409, True)


# -- the roster ------------------------------------------------------------------------------------

PLAIN = {
    "unit": "u-7", "title": "图书馆", "unit_kind": "college", "staff": "7", "heads": "p-71 馆长\n\np-72 书记",
    "members": "",
}  # fmt: skip


def test_a_unit_is_registered_and_changed(college: Console) -> None:
    client = college.sign_in("organization")
    done = client.post("/roster/new", data={**hidden(client.get("/roster/new").text), **PLAIN})
    assert "已登记：图书馆" in client.get(done.headers["location"]).text
    assert [one.position for one in roster(college).units["u-7"].heads] == ["馆长", "书记"]
    page = client.get("/roster/u-7").text
    assert "p-71 馆长\np-72 书记" in page
    client.post("/roster/u-7", data={**hidden(page), **PLAIN, "staff": "9"})
    assert roster(college).units["u-7"].staff == 9


def test_every_mistake_in_the_form_of_a_unit_is_told_at_its_field(college: Console) -> None:
    client = college.sign_in("office")
    form = {**hidden(client.get("/roster/new").text), **PLAIN, "staff": "many", "heads": "p-71", "title": ""}
    answer = client.post("/roster/new", data=form)
    assert answer.status_code == 409
    assert "3 处需要更正" in answer.text
    assert "第 1 行缺少职务" in answer.text
    assert "u-7" not in roster(college).units
    no_head = client.post("/roster/new", data={**form, **PLAIN, "heads": ""})
    assert "党政主要负责人" in no_head.text
    assert client.get("/roster/u-none").status_code == 409


# -- working days ----------------------------------------------------------------------------------

TABLE = '{"year": 2027, "days": [{"date": "2027-01-01", "isOffDay": true}, {"date": "2026-12-31", "isOffDay": true}]}'


def test_the_months_show_days_off_and_weekends_worked(college: Console) -> None:
    client = college.sign_in("office")
    page = client.get("/calendar/2026").text
    assert page.count('<table class="month">') == 12
    assert "放假安排未定" not in page
    assert "放假安排未定" in client.get("/calendar/2031").text
    assert client.get("/calendar/999999").status_code == 200


def test_an_imported_table_re_dates_what_nobody_touched(college: Console) -> None:
    client = college.sign_in("office")
    form = hidden(client.get("/calendar").text)
    file = {"file": ("2027.json", TABLE.encode())}
    plan = client.post("/calendar", data=form, files=file, follow_redirects=True).text
    assert "放假安排未定" in client.get("/calendar/2027").text
    page = client.post("/calendar/plan", data={**hidden(plan, "/calendar/plan"), "_do": "carry_out"}).text
    assert "已导入" in page
    assert "放假安排未定" not in client.get("/calendar/2027").text
    wrong = client.post("/calendar", data=form, files={"file": ("2027.json", b"{}")})
    assert (wrong.status_code, "不能使用" in wrong.text) == (409, True)
    assert client.post("/calendar", data=form).status_code == 409


def test_only_who_moves_deadlines_imports_a_table(college: Console) -> None:
    client = college.sign_in("organization")
    form = hidden(client.get("/calendar").text, "/language")
    answer = client.post("/calendar", data=form, files={"file": ("2027.json", TABLE.encode())})
    assert answer.status_code == 403
    assert "放假安排未定" in client.get("/calendar/2027").text


# -- the rehearsal ---------------------------------------------------------------------------------


def test_a_rehearsal_shows_each_days_letters_and_leaves_the_ledger_as_it_was(college: Console) -> None:
    client, head = college.sign_in("office"), college.engine.ledger.head()
    page = client.get("/years/2026/rehearsal").text
    assert 'id="d2026-11-20"' in page
    assert 'href="#d2026-11-20"' in page
    assert "被考核部门（2 个）" in page
    assert college.engine.ledger.head() == head
    file = client.get("/years/2026/rehearsal.ics")
    assert file.headers["content-type"].startswith("text/calendar")
    assert file.content.count(b"BEGIN:VEVENT") == len(year(college, 2026).due)


def test_a_rehearsal_is_kept_until_the_ledger_goes_on(college: Console, monkeypatch: Any) -> None:
    ran: list[int] = []
    real = rehearsal.forecast.rehearse
    monkeypatch.setattr(rehearsal.forecast, "rehearse", lambda *given: (ran.append(given[2]), real(*given))[1])
    client = college.sign_in("office")
    for _ in range(2):
        client.get("/years/2026/rehearsal")
    assert ran == [2026]
    withdraw(college, "u-2")
    client.get("/years/2026/rehearsal")
    assert ran == [2026, 2026]


def test_a_rehearsal_that_would_keep_others_waiting_is_not_begun(college: Console, monkeypatch: Any) -> None:
    client = college.sign_in("office")
    monkeypatch.setattr(rehearsal, "MAX_DEPARTMENTS", 1)
    assert "kaohe scheduler rehearse --year 2026" in client.get("/years/2026/rehearsal").text
    monkeypatch.setattr(rehearsal, "MAX_DEPARTMENTS", 10)
    monkeypatch.setattr(rehearsal, "MAX_WAIT", 0.01)
    with rehearsal.RUNNING_LOCK:
        assert "另一次预演正在进行" in client.get("/years/2026/rehearsal").text
    college.clock.at = datetime(2027, 4, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert "没有可预演的内容" in college.sign_in("office").get("/years/2026/rehearsal").text
