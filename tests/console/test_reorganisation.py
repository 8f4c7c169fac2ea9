"""更名与机构调整: a unit's name and end on its page and by the command line; what it leaves; its results over the years."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client
from typer.testing import CliRunner, Result

from config.clock import SystemClock
from console.cli.app import app
from states.accounts.account import OPERATOR, OpenAccount
from states.records.roster import Roster
from states.vocabulary import Opaque
from storage.vault import account_secrets
from tests.college import EDITION, OFFICE, unit
from workflow import wiring
from workflow.year import register

from .test_api import system
from .walk import text, walk
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # the acts themselves are asked of both: `tests/workflow`

CHANGES = "/roster/u-1/changes"
MERGED = {
    "act": "reorganise_unit",
    "since": "2026-03-02",
    "successor": "u-2",
    "reason": "学校〔2026〕19号",
}


def roster(college: Console) -> Roster:
    state = college.engine.state("roster")
    assert isinstance(state, Roster)
    return state


def post(client: Client, form: dict[str, Any], page: str = CHANGES) -> Any:
    return client.post(page, data={**hidden(client.get(page).text), **form})


def test_a_unit_is_renamed_on_its_page_and_earlier_years_keep_its_name(college: Console) -> None:
    client, before = college.sign_in("office"), unit("u-1").title
    form = {"act": "rename_unit", "title": "数字学院", "since": "2026-09-01", "reason": "学校〔2026〕18号"}
    assert post(client, form).headers["location"] == f"{CHANGES}?done=rename_unit"
    held = roster(college)
    assert [held.title("u-1", year) for year in (2025, 2026)] == [before, "数字学院"]
    page = text(client.get(CHANGES).text)
    assert f"{before} 自 2026-09-01 起名称为“数字学院”：学校〔2026〕18号" in page
    assert "数字学院" in client.get("/assessments/2026/u-1").text
    assert "数字学院" in client.get("/board").text


def test_a_unit_is_merged_on_its_page_and_what_it_leaves_is_listed(college: Console) -> None:
    client = college.sign_in("office")
    answer = post(client, MERGED)
    assert answer.status_code == 303, text(answer.text)
    end = roster(college).closing("u-1")
    assert end is not None
    assert (end.successors, end.final_year) == (("u-2",), 2025), "it ended before the year's round began"
    page = text(client.get(CHANGES).text)
    assert "2026 年度已不再考核本部门，但考核仍在办理，请办理“撤销本次考核”" in page
    assert "还有 1 个账号属于本部门" in page
    assert "部门更名" not in page.replace("更名与机构调整", "")
    assert "已撤销的部门" in text(client.get("/roster").text)
    assert "本年度已不再考核" in text(client.get("/assessments/2026/u-1").text)
    accounts = college.sign_in("security_admin")
    assert "部门已撤销，请调整" in text(accounts.get("/accounts").text)
    assert "所属部门已撤销，待变更所属部门" in text(accounts.get("/").text)


def test_a_unit_that_ends_after_the_opening_is_assessed_to_its_end_by_its_successors_people(college: Console) -> None:
    college.clock.at = college.clock.at.replace(day=9)
    assert post(college.sign_in("office"), {**MERGED, "since": "2026-11-05"}).status_code == 303
    assert "本次考核按程序办完" in text(college.sign_in("office").get("/assessments/2026/u-1").text)
    theirs = college.sign_in("unit-2")
    assert theirs.get("/assessments/2026/u-1").status_code == 200
    assert 'href="/assessments/2026/u-1/submit_self_report"' in theirs.get("/assessments/2026/u-1").text
    assert "/assessments/2026/u-1" in theirs.get("/").text


def test_another_units_people_still_see_nothing_of_it(college: Console) -> None:
    assert college.sign_in("unit-2").get("/assessments/2026/u-1").status_code == 403


def test_everything_wrong_with_a_form_is_said_and_nothing_typed_is_lost(college: Console) -> None:
    client = college.sign_in("office")
    answer = post(client, {"act": "reorganise_unit", "since": "soon", "final_year": "26", "successor": "u-2"})
    assert answer.status_code == 409
    said = text(answer.text)
    for words in ("有 3 处需要更正", "日期应形如 2026-11-20", "年度应为四位数字", "缺少理由和文号"):
        assert words in said
    assert 'value="u-2" checked' in answer.text
    assert 'value="26"' in answer.text
    impossible = post(client, {**MERGED, "since": "2027-01-01", "final_year": "2001"})
    assert impossible.status_code == 409
    for words in ("晚于今天", "最后考核年度应为 2026 或 2027"):
        assert words in text(impossible.text)
    assert roster(college).reorganisations == ()


def test_a_merger_is_taken_back_with_a_reason(college: Console) -> None:
    client = college.sign_in("office")
    post(client, MERGED)
    assert post(client, {"act": "restore_unit", "reason": ""}).status_code == 409
    assert post(client, {"act": "restore_unit", "reason": "登记有误"}).status_code == 303
    assert roster(college).closing("u-1") is None


def test_a_retired_unit_is_not_offered_where_a_year_is_opened_nor_to_an_account(college: Console) -> None:
    client = college.sign_in("office")
    post(client, MERGED)
    page = client.get("/years/open?year=2027").text
    assert 'value="u-1"' not in page
    assert 'value="u-2"' in page
    admin = college.sign_in("system_admin").get("/accounts").text
    assert '<option value="u-1"' not in admin
    assert '<option value="u-2"' in admin


def test_the_results_of_a_successor_begin_with_those_of_the_unit_it_came_out_of(college: Console) -> None:
    walk(college)
    office, before = college.sign_in("office"), unit("u-1").title
    assert (
        post(office, {**MERGED, "since": college.clock.at.date().isoformat(), "final_year": "2026"}).status_code == 303
    )
    page = text(office.get("/units/u-2/results").text)
    assert f"{before}并入" in page
    assert f"2026 原{before}" in page
    assert "的历年结果" in text(office.get("/units/u-1/results").text)
    assert f"{before}并入" in text(college.sign_in("unit-2").get("/").text)
    assert f"{before}并入" in text(office.get("/assessments/2026/u-2").text)


def test_a_units_end_is_told_of_in_english(college: Console) -> None:
    post(college.sign_in("office"), MERGED)
    page = text(college.sign_in("leading_group", "en").get(CHANGES).text)
    assert "was merged into" in page
    assert "Still to do" in page
    assert "Record the name" not in page, "the leading group only looks"


def test_the_api_tells_which_units_ended_and_into_which(college: Console) -> None:
    post(college.sign_in("office"), MERGED)
    first, second = system(college, "office").get("/units").json()["units"]
    assert (first["unit"], first["retired_on"], first["successors"]) == ("u-1", "2026-03-02", ["u-2"])
    assert (second["unit"], second["retired_on"], second["successors"]) == ("u-2", None, [])


def test_the_command_line_renames_merges_lists_and_restores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with wiring.compose_engine("k.db", SystemClock(), EDITION) as engine:
        register(engine, [unit("u-1"), unit("u-2")], OFFICE)

    def kaohe(*words: str) -> Result:
        return CliRunner().invoke(app, ["roster", *words, "--database", "k.db"])

    why = ("--since", "2026-03-02", "--reason", "学校〔2026〕19号")
    assert "台账第" in kaohe("rename", "u-1", "数字学院", *why).output
    assert "台账第" in kaohe("reorganise", "u-1", "--into", "u-2", *why).output
    assert "2026-03-02 并入或拆分为 " + unit("u-2").title in kaohe("list").output.replace("\n", "")
    assert '"final_year": 2025' in kaohe("list", "--json").output
    with wiring.compose_engine("k.db", SystemClock(), EDITION) as engine:
        name = account_secrets.name_write(engine.ledger.database, "a-1", "样例")
        engine.submit("account/a-1", OpenAccount(unit=Opaque("u-2")), OPERATOR, "open", beside=[name])
    assert "1 个账号仍属该部门，请调整" in kaohe("reorganise", "u-2", *why).output
    assert "1 个账号仍属该部门" in CliRunner().invoke(app, ["doctor", "--database", "k.db"]).output
    assert kaohe("restore", "u-2", "--reason", "登记有误").exit_code == 0
    refused = kaohe("reorganise", "u-1", "--into", "u-9", *why)
    assert refused.exit_code == 2
    assert "已于 2026-03-02 撤销" in refused.output.replace("\n", "")
    assert "u-9 不在名册" in refused.output.replace("\n", "")
    assert kaohe("restore", "u-1", "--reason", "登记有误").exit_code == 0
    assert "并入" not in kaohe("list").output
