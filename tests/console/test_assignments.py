"""分工与转办 on the pages: one assessment's and a whole year's; whose to-do it then is, and who sees who was named."""

from __future__ import annotations

import re
from collections import Counter

from httpx2 import Client, Response

from states.accounts.account import CloseAccount
from states.deadlines.assignment import SHEETS
from states.vocabulary import Actor, Words

from .walk import HOME, day, step, text, walk
from .web import Console, hidden

ASSIGN = f"{HOME}/assign"
YEAR = "/years/2026/assignments"
UNITS = ("u-1", "u-2")


def send(client: Client, stage: str, *ids: str) -> Response:
    form = hidden(client.get(f"{ASSIGN}?stage={stage}").text)
    return client.post(ASSIGN, data={**form, "stage": stage, "accounts": list(ids), "reason": "本人请假"})


def table(client: Client, **query: str) -> dict[str, list[str]]:
    """By department: the accounts that are ticked on the page of the year."""
    page = client.get(YEAR, params=query).text
    return ticked(page)


def ticked(page: str) -> dict[str, list[str]]:
    boxes = re.findall(r'name="of\.([^"]+)" value="([^"]+)"[^>]*?( checked)?(?: disabled)?>', page)
    return {unit: [id_ for of, id_, is_ticked in boxes if of == unit and is_ticked] for unit in UNITS}


def test_the_organiser_names_who_is_to_do_a_step_and_everybody_who_works_on_it_sees_whom(college: Console) -> None:
    office = college.sign_in("office")
    page = office.get(HOME).text
    assert f'href="{ASSIGN}?stage=meeting"' in page
    assert send(office, "meeting", "working_group").status_code == 303
    assert college.assessment().assigned == {"meeting": ("working_group",)}
    shown = text(office.get(HOME).text)
    assert re.search("召开会议 *样例·working_group *调整", shown), shown[-2000:]
    assert "样例·working_group" in text(college.sign_in("committee").get(HOME).text)
    assert re.search("样例·working_group *转办", text(college.sign_in("working_group").get(HOME).text))


def test_the_department_does_not_see_who_assesses_it(college: Console) -> None:
    assert send(college.sign_in("office"), SHEETS, "assessor").status_code == 303
    page = college.sign_in("unit-1").get(HOME).text
    assert "样例·assessor" not in page
    assert "指定承办人" not in text(page)
    college.people({"ours": ("office", "u-1")})
    ours = college.sign_in("ours")
    for path in (YEAR, "/deliveries", "/deliveries?to=assessor", HOME, "/search?q=assessor"):
        shown = ours.get(path).text
        assert "样例学院1 指定由您承办" not in text(shown), path
        assert 'name="of.u-1"' not in shown, path
    assert 'name="of.u-2"' in ours.get(YEAR).text


def test_who_is_not_named_has_it_no_longer_among_the_to_dos_and_may_still_do_it(college: Console) -> None:
    walk(college, until="fill_sheet")
    group = college.sign_in("working_group")
    assert f"{HOME}/fill_sheet" in group.get("/").text
    assert send(college.sign_in("office"), SHEETS, "assessor").status_code == 303
    page = group.get("/").text
    assert f"{HOME}/fill_sheet" not in page
    assert "另有 1 件已指定他人承办" in text(page)
    assert group.get(f"{HOME}/fill_sheet").status_code == 200
    assert "指定由您承办" in text(college.sign_in("assessor").get("/").text)


def test_the_next_sheet_is_everybodys_when_those_named_have_filled_in_theirs(college: Console) -> None:
    walk(college, until="fill_sheet")
    assert send(college.sign_in("office"), SHEETS, "assessor").status_code == 303
    group = college.sign_in("working_group")
    assert f"{HOME}/fill_sheet" not in group.get("/").text
    step(college, "fill_sheet")
    assert "assessor" in college.assessment().sheets
    page = college.sign_in("working_group").get("/").text
    assert f"{HOME}/fill_sheet" in page
    assert "指定由您承办" not in text(page)


def test_work_that_is_assigned_to_a_closed_account_is_everybodys_again(college: Console) -> None:
    walk(college, until="fill_sheet")
    assert send(college.sign_in("office"), SHEETS, "assessor").status_code == 303
    group = college.sign_in("working_group")
    assert f"{HOME}/fill_sheet" not in group.get("/").text
    system = Actor("system_admin", "system_admin")
    college.engine.submit("account/assessor", CloseAccount(reason=Words("调离")), system, "close-1")
    assert f"{HOME}/fill_sheet" in group.get("/").text


def test_an_assessor_hands_over_and_a_wrong_choice_is_refused_at_the_field_with_nothing_lost(college: Console) -> None:
    assert send(college.sign_in("office"), SHEETS, "assessor").status_code == 303
    assessor = college.sign_in("assessor")
    wrong = send(assessor, SHEETS, "unit-2")
    assert wrong.status_code == 409
    assert 'id="accounts-wrong"' in wrong.text
    assert "该账号没有办理这一事项的角色" in text(wrong.text)
    assert send(assessor, SHEETS, "working_group").status_code == 303
    assert college.assessment().assigned == {SHEETS: ("working_group",)}
    refused = send(assessor, SHEETS, "assessor")
    assert refused.status_code in (403, 409)


def test_a_year_is_divided_evenly_by_one_button_and_saved_by_another(college: Console) -> None:
    office = college.sign_in("office")
    page = office.get(YEAR).text
    assert ticked(page) == {"u-1": [], "u-2": []}
    proposal = office.post(YEAR, data={**hidden(page), "item": SHEETS, "each": "1", "_do": "divide"})
    assert proposal.status_code == 200
    assert "还没有保存" in text(proposal.text)
    assert all(not college.assessment(unit).assigned for unit in UNITS)
    proposed = ticked(proposal.text)
    assert Counter(len(ids) for ids in proposed.values()) == {1: 2}
    assert proposed["u-1"] != proposed["u-2"], "one department each"
    data = {
        **hidden(proposal.text),
        "item": SHEETS,
        "each": "1",
        **{f"of.{unit}": ids for unit, ids in proposed.items()},
    }
    saved = office.post(YEAR, data=data)
    assert saved.status_code == 303
    assert saved.headers["location"].endswith("done=2")
    assert {unit: list(college.assessment(unit).assigned[SHEETS]) for unit in UNITS} == proposed
    assert table(office) == proposed
    again = office.post(YEAR, data={**data, **hidden(office.get(YEAR).text)})
    assert again.headers["location"].endswith("done=0")


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(college: Console) -> None:
    office = college.sign_in("office")
    first, second = office.get(YEAR).text, office.get(YEAR).text
    form = {"item": SHEETS, "each": "2"}
    assert office.post(YEAR, data={**hidden(second), **form, "of.u-1": ["assessor"]}).status_code == 303
    kept = office.post(YEAR, data={**hidden(first), **form, "of.u-2": ["working_group"]})
    assert kept.headers["location"].endswith("done=1"), "u-1 was not changed in this tab, so it stays"
    assert college.assessment("u-1").assigned == {SHEETS: ("assessor",)}
    late = office.post(YEAR, data={**hidden(first), **form, "of.u-1": ["working_group"]})
    assert late.status_code == 409
    assert "“样例学院1”的承办人在您打开本页后已改为：样例·assessor" in text(late.text)
    assert college.assessment("u-1").assigned == {SHEETS: ("assessor",)}


def test_a_step_that_was_done_meanwhile_is_said(college: Console) -> None:
    walk(college, until="record_ballot")
    office = college.sign_in("office")
    seen = {"item": "meeting", "each": "1", "was.u-1": "", "of.u-1": ["working_group"]}
    answer = office.post(YEAR, data={**hidden(office.get(YEAR).text), **seen})
    assert answer.status_code == 409
    assert "“样例学院1”的这一步已经办完或撤销" in text(answer.text)


def test_another_step_of_the_year_is_assigned_on_the_same_page(college: Console) -> None:
    college.clock.at = day("11-16")
    office = college.sign_in("office")
    page = office.get(YEAR, params={"item": "meeting"}).text
    assert 'value="meeting" selected' in page
    data = {**hidden(page), "item": "meeting", "each": "2", "of.u-1": ["working_group"], "reason": "按片区分工"}
    assert office.post(YEAR, data=data).status_code == 303
    assert college.assessment().assigned == {"meeting": ("working_group",)}
    assert college.assessment("u-2").assigned == {}
