"""案件: recorded, revised and rescinded by whom the rulebook names; seen by whom it concerns; never a name or a story."""

from __future__ import annotations

import re
from typing import Any

import pytest
from httpx2 import Client

from config.rulebooks import default_edition, parse_edition
from storage.database.database import Database

from .auditors import visible_html
from .walk import HOME, text
from .web import Console, console, hidden

FORM = {
    "unit": "u-1", "acted_on": "2026-05-10", "person.0": "p-7", "fields.standing.0": "party_cadre", "fields.outcome.0": "party_warning",
    "effective_on.0": "2026-10-20", "document.0": "纪字〔2026〕3号",
}  # fmt: skip


def send(client: Client, path: str, shown: str = "", **fields: str) -> Any:
    """Fill in the form of a page and send it."""
    page = client.get(shown or path).text
    return client.post(path, data={**hidden(page), **fields})


@pytest.fixture
def recorded(college: Console) -> tuple[Client, str]:
    """Who recorded a case, and its path."""
    client = college.sign_in("discipline")
    done = send(client, "/cases/new", **FORM)
    assert done.status_code == 303, done.text
    return client, done.headers["location"].partition("?")[0]


def test_a_case_is_recorded_under_an_id_that_is_nobodys(recorded: tuple[Client, str]) -> None:
    client, path = recorded
    assert re.fullmatch(r"/cases/c-2026-[0-9a-f]{8}", path)
    page = client.get(path).text
    for said in ("样例学院1", "p-7", "纪字〔2026〕3号", "2026-10-20"):
        assert said in page
    assert path in client.get("/cases").text


@pytest.mark.parametrize(
    ("language", "called"),
    [
        ("zh", "“党内警告”案件（纪字〔2026〕3号，2026-10-20 起）"),
        ("en", "case “Party warning” (纪字〔2026〕3号, since 2026-10-20)"),
    ],
)
def test_a_case_is_called_by_its_outcome_document_and_day_and_on_no_page_by_its_id(
    recorded: tuple[Client, str], college: Console, language: str, called: str
) -> None:
    _, path = recorded
    id_ = path.rpartition("/")[2]
    for who, pages in {
        "discipline": ("/cases", path, f"{path}/confidential", "/audit", HOME), "committee": ("/cases", "/results/2026", HOME),
    }.items():  # fmt: skip
        client = college.sign_in(who, language=language)
        for page in pages:
            said = text(visible_html(client.get(page).text))
            assert id_ not in said, (who, page)
            if page in ("/cases", path, f"{path}/confidential", "/audit"):
                assert called.casefold() in said.casefold(), (who, page)


def test_what_is_missing_is_said_and_what_was_typed_is_kept(college: Console) -> None:
    client = college.sign_in("discipline")
    done = send(client, "/cases/new", **{**FORM, "document.0": ""})
    assert done.status_code == 409
    assert "缺少文号" in done.text
    assert 'value="p-7"' in done.text
    assert "2026-10-20" in done.text
    wrong = send(client, "/cases/new", **{**FORM, "fields.standing.0": "emperor"})
    assert wrong.status_code == 409
    assert "没有登记案件" in client.get("/cases").text


def test_every_fault_of_the_form_is_said_at_once_in_the_language_of_the_page(college: Console) -> None:
    client = college.sign_in("discipline")
    faulty = {**FORM, "unit": "", "fields.standing.0": "emperor", "effective_on.0": "20 October", "person.1": "p-8"}
    done = send(client, "/cases/new", **faulty)
    assert done.status_code == 409
    for words in ("缺少发生时所在部门", "不在所列选项之中", "日期应形如", "缺少人员身份", "缺少处理结果"):
        assert words in done.text
    english = send(college.sign_in("discipline", "en"), "/cases/new", **faulty)
    for words in ("the department at the time", "it is not one of those listed", "a date looks like"):
        assert words in english.text
    assert 'value="p-8"' in done.text


def test_an_unusual_record_is_taken_with_a_remark_which_the_page_of_the_case_shows(college: Console) -> None:
    client = college.sign_in("discipline")
    unusual = {**FORM, "fields.standing.0": "party_member", "fields.outcome.0": "party_post_removal"}
    form = client.get("/cases/new").text
    assert "处理结果与身份通常不符而确属如此的，写明理由" in form
    refused = send(client, "/cases/new", **unusual)
    assert refused.status_code == 409
    assert "没有党内职务的，应给予严重警告" in refused.text
    done = send(client, "/cases/new", **unusual, **{"remark.0": "任教工党支部组织委员"})
    assert done.status_code == 303, done.text
    path = done.headers["location"].partition("?")[0]
    assert "说明：任教工党支部组织委员" in client.get(path).text
    assert 'value="任教工党支部组织委员"' in client.get(f"{path}/revise").text


def test_the_page_of_a_case_says_what_a_sanction_was_given_in_place_of(college: Console) -> None:
    client = college.sign_in("discipline")
    instead = {**FORM, "fields.outcome.0": "party_serious_warning", "instead_of.0": "party_post_removal"}
    path = send(client, "/cases/new", **instead).headers["location"].partition("?")[0]
    assert "代替：撤销党内职务" in client.get(path).text


def test_somebody_of_the_unit_does_not_record_its_case(college: Console) -> None:
    college.people({"discipline-u1": ("discipline", "u-1")})
    client = college.sign_in("discipline-u1")
    done = send(client, "/cases/new", **FORM)
    assert done.status_code == 403
    assert "涉及您所在的部门" in done.text
    assert "没有登记案件" in client.get("/cases").text


def test_a_case_is_revised_and_keeps_what_it_said_before(recorded: tuple[Client, str], college: Console) -> None:
    client, path = recorded
    shown = client.get(f"{path}/revise").text
    assert 'value="p-7"' in shown
    done = send(client, f"{path}/revise", **{**FORM, "fields.outcome.0": "party_post_removal", "reason": "复审改变"})
    assert done.status_code == 303, done.text
    page = client.get(path).text
    assert "复审改变" in page
    assert page.count("<li><strong>") == 2


def test_a_case_of_many_people_keeps_them_all_when_it_is_revised(college: Console) -> None:
    client = college.sign_in("discipline")
    many = {k: v for row in range(6) for k, v in {
        f"person.{row}": f"p-{row}", f"fields.standing.{row}": "party_member", f"fields.outcome.{row}": "party_warning",
        f"effective_on.{row}": "2026-10-20", f"document.{row}": f"纪字〔2026〕{row}号",
    }.items()}  # fmt: skip
    path = send(client, "/cases/new", **{**FORM, **many}).headers["location"].partition("?")[0]
    shown = client.get(f"{path}/revise").text
    assert all(f'value="p-{row}"' in shown for row in range(6))
    assert (
        send(
            client, f"{path}/revise", **{**FORM, **many, "fields.outcome.5": "party_expulsion", "reason": "复审"}
        ).status_code
        == 303
    )
    assert all(f"p-{row}" in client.get(path).text for row in range(6))


def test_a_case_is_rescinded_once(recorded: tuple[Client, str]) -> None:
    client, path = recorded
    fields = {"document": "纪字〔2026〕9号", "reason": "原处分撤销"}
    assert send(client, f"{path}/rescind", path, **fields).status_code == 303
    page = client.get(path).text
    assert "已撤销" in page
    assert "/revise" not in page
    again = send(client, f"{path}/rescind", path, **fields)
    assert again.status_code == 409


def test_a_name_or_a_telephone_number_does_not_get_into_the_ledger(college: Console) -> None:
    client = college.sign_in("discipline")
    for field, typed in (("person.0", "张三"), ("document.0", "电话 13800138000")):
        done = send(client, "/cases/new", **{**FORM, field: typed})
        assert done.status_code in (403, 409)
        assert "/cases/c-" not in client.get("/cases").text


def test_the_office_looks_and_does_not_record_unless_the_rulebook_says(college: Console) -> None:
    """A button is shown to whom the law gives the act; a forced request is refused."""
    client = college.sign_in("committee")
    assert "/cases/new" not in client.get("/cases").text
    done = send(client, "/cases/new", **FORM)
    assert done.status_code == 403
    assert "样例学院1" not in client.get("/cases").text


def test_a_case_that_is_not_there_says_so(college: Console) -> None:
    done = college.sign_in("discipline").get("/cases/c-none")
    assert done.status_code == 409
    assert "c-none" in done.text


def test_a_case_has_the_fields_that_the_rulebook_lists_whatever_their_names(settled: Database) -> None:
    """Another measure tells persons apart by rank: nothing in the program names the fields of a case."""
    other = default_edition().source.replace('id = "liuzhou-2021"', 'id = "ranks-2021"', 1)
    other = other.replace('key = "standing"', 'key = "rank"').replace(", standing = [", ", rank = [")
    with console(settled, edition=parse_edition(other.encode(), "ranks.toml")) as made:
        client = made.sign_in("discipline")
        form = {key.replace("standing", "rank"): value for key, value in FORM.items()}
        done = send(client, "/cases/new", **form)
        assert done.status_code == 303, done.text
        page = client.get(done.headers["location"]).text
        assert "党员干部" in page
        assert "扣分 −8" in page
        unusual = send(client, "/cases/new", **{**form, "fields.rank.0": "staff"})
        assert 'id="fields.rank.0-wrong"' in unusual.text
