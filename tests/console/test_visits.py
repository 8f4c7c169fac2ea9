"""现场考评安排: the plan on one page, its faults beside their units, a move, and what the unit sees."""

from __future__ import annotations

from httpx2 import Client, Response

from .test_rulebook import said
from .walk import HOME, day
from .web import Console, hidden

PAGE = "/years/2026/visits"
GROUPED = {"group.assessor": "1", "group.working_group": "1", "contact.assessor": "1"}


def squeezed(text: str) -> str:
    return "".join(text.split())


def row(unit: str, on: str = "2026-12-01", **changes: str) -> dict[str, str]:
    typed = {"day": on, "begins": "09:00", "ends": "11:30", "place": f"{unit} 会议室", "group": "1", **changes}
    return {f"{unit}.{name}": value for name, value in typed.items()}


def send(client: Client, path: str, *typed: dict[str, str]) -> Response:
    return client.post(path, data={k: v for one in ({**hidden(client.get(path).text)}, *typed) for k, v in one.items()})


def planned(college: Console) -> Client:
    college.clock.at = day("11-23")
    client = college.sign_in("office")
    done = send(client, PAGE, GROUPED, row("u-1"), row("u-2", begins="14:30", ends="17:00"))
    assert done.status_code == 303, done.text
    return client


def test_the_office_plans_every_unit_on_one_page_and_the_unit_sees_when_who_and_where(college: Console) -> None:
    client = planned(college)
    page = client.get(f"{PAGE}?done=2").text
    assert "已安排 2 个部门" in page
    assert "待安排" not in page
    assert "现场考评：2026-12-0109:00–11:30，u-1会议室。来访：第一组，联系人：" in squeezed(
        said(college, "unit-1", HOME)
    )
    assert "On-site assessment" in said(college, "unit-1", HOME, "en")


def test_every_fault_stands_beside_its_unit_and_nothing_typed_is_lost(college: Console) -> None:
    college.clock.at = day("11-23")
    client = college.sign_in("office")
    saturday, overlap = row("u-1", "2026-12-05"), row("u-2", "2026-12-05", day_off="学校运动会后唯一空档")
    answer = send(client, PAGE, GROUPED, saturday, overlap)
    assert answer.status_code == 409
    page = answer.text
    assert "当天是休息日" in page
    assert "不能同时到两处" in page
    assert "有 2 处需要更正" in page
    assert page.count('value="2026-12-05"') == 2
    assert 'value="学校运动会后唯一空档"' in page
    assert "已安排" not in said(college, "office", PAGE)


def test_a_day_off_is_taken_with_its_reason(college: Console) -> None:
    college.clock.at = day("11-23")
    client = college.sign_in("office")
    assert send(client, PAGE, GROUPED, row("u-1", "2026-12-05", day_off="唯一空档")).status_code == 303
    assert "唯一空档" in said(college, "office", PAGE)


def test_a_visit_is_moved_with_a_reason_and_not_without(college: Console) -> None:
    client = planned(college)
    typed = {"day": "2026-12-03", "begins": "10:00", "ends": "12:00", "place": "图书馆 301", "group": "第一组",
             "member": "assessor", "contact": "assessor"}  # fmt: skip
    refused = send(client, f"{PAGE}/u-1", typed)
    assert refused.status_code == 409
    assert "缺少调整的理由" in refused.text
    assert 'value="图书馆 301"' in refused.text
    assert send(client, f"{PAGE}/u-1", typed, {"reason": "会议室检修"}).status_code == 303
    assert "2026-12-0310:00–12:00，图书馆301" in squeezed(said(college, "unit-1", HOME))


def test_a_unit_without_a_visit_has_none_to_move(college: Console) -> None:
    answer = college.sign_in("office").get(f"{PAGE}/u-1")
    assert answer.status_code == 409
    assert "请先安排现场考评" in answer.text


def test_the_timeline_says_what_was_planned_and_what_it_became(college: Console) -> None:
    client = planned(college)
    typed = {"day": "2026-12-03", "begins": "10:00", "ends": "12:00", "place": "图书馆 301", "group": "第一组",
             "member": "assessor", "contact": "assessor", "reason": "会议室检修"}  # fmt: skip
    assert send(client, f"{PAGE}/u-1", typed).status_code == 303
    page = said(college, "audit_admin", "/audit")
    assert "2 个部门：样例学院1 2026-12-01 09:00–11:30 u-1 会议室（第一组）" in page
    assert "样例学院1 2026-12-03 10:00–12:00 图书馆 301（第一组）" in page
