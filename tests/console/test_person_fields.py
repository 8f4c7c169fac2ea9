"""Forms take the names of people and find the ids: entries have the id, pages the name, and nobody invents a code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from httpx2 import Client

from config.rulebooks import parse_edition
from states.records.case import Case
from states.vocabulary import Actor, Opaque
from storage.database.database import Database
from storage.master_key import MasterKey
from storage.people import Person
from storage.sign_in import accounts
from storage.vault.vault import use_key
from tests.college import OFFICE
from tests.honours import source
from workflow.people import erase_person, store_people

from .auditors import visible_html
from .test_cases import FORM, send
from .test_move_in import cells
from .test_records import ABSENCE, state_of
from .test_routine_checks import FORM as CHECK
from .walk import ELEMENTS, HOME, STEPS, day, step, text, walk
from .walk import send as send_act
from .web import Console, console

CLERK, NAMESAKE, OTHER, LEFT = (
    Person(id=Opaque("p-clerk"), name="样例·零一", staff_number="T1", post="科员", unit="u-1"),
    Person(id=Opaque("p-same-1"), name="样例·零二", staff_number="T2", unit="u-1"),
    Person(id=Opaque("p-same-2"), name="样例·零二", staff_number="T3", unit="u-2"),
    Person(id=Opaque("p-left"), name="样例·零三", unit="u-2", until=date(2026, 6, 30)),
)
INSPECTION = dict(next(step[3] for step in STEPS if step[2] == "inspect_site"))


@pytest.fixture
def known(college: Console, tmp_path: Path) -> Console:
    """The college with a directory of four people, two of one name."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    store_people(college.engine, [CLERK, NAMESAKE, OTHER, LEFT], OFFICE)
    return college


def case_of(college: Console, path: str) -> Case:
    state = college.engine.state(f"case/{path.rpartition('/')[2].partition('?')[0]}")
    assert isinstance(state, Case)
    return state


def recorded(client: Client, person: str) -> str:
    """The path of a case about a person who is typed like this."""
    done = send(client, "/cases/new", **{**FORM, "person.0": person})
    assert done.status_code == 303, text(done.text)
    return str(done.headers["location"]).partition("?")[0]


def test_a_case_is_recorded_by_name_and_the_entry_has_the_id(known: Console) -> None:
    client = known.sign_in("discipline")
    path = recorded(client, "样例·零一")
    body = case_of(known, path).body
    assert body is not None
    assert [one.person for one in body.sanctions] == ["p-clerk"]
    entry = known.engine.ledger.stream(f"case/{path.rpartition('/')[2]}")[0]
    assert "样例" not in bytes(entry.payload).decode()
    page = text(visible_html(client.get(path).text))
    assert "样例·零一" in page
    assert "p-clerk" not in page
    assert 'value="样例·零一"' in client.get(f"{path}/revise").text
    assert "样例·零一" in " ".join(cells(client.get("/cases.xlsx").content)[-1])
    kept = send(client, f"{path}/revise", person="", **{**FORM, "person.0": "样例·零一", "reason": "更正"})
    assert kept.status_code == 303


def test_a_name_of_two_people_is_refused_at_the_field_with_how_to_write_each(known: Console) -> None:
    client = known.sign_in("discipline")
    refused = send(client, "/cases/new", **{**FORM, "person.0": "样例·零二"})
    assert refused.status_code == 409
    assert 'href="#person.0"' in refused.text
    assert 'id="person.0-wrong"' in refused.text
    assert "有 2 人同名“样例·零二”，请写明是哪一位：样例·零二（样例学院1）、样例·零二（样例学院2）" in text(
        refused.text
    )
    assert 'value="样例·零二"' in refused.text, "nothing typed is lost"
    body = case_of(known, recorded(client, "样例·零二(样例学院2)")).body
    assert body is not None
    assert [one.person for one in body.sanctions] == ["p-same-2"]


@pytest.mark.parametrize("typed", ["样例·九九", "p-7", "T1"])
def test_who_is_not_in_the_directory_is_refused_at_the_field_with_what_to_do(known: Console, typed: str) -> None:
    refused = send(known.sign_in("discipline"), "/cases/new", **{**FORM, "person.0": typed})
    assert refused.status_code == 409
    assert f"人员名册中没有“{typed}”。请核对姓名；确为本校人员的，请办公室补入人员名册" in text(refused.text)
    english = send(known.sign_in("discipline", "en"), "/cases/new", **{**FORM, "person.0": typed})
    assert f"the directory has nobody called “{typed}”" in text(english.text)


def test_the_form_offers_the_names_with_what_tells_people_apart_and_needs_no_script(known: Console) -> None:
    page = known.sign_in("discipline").get("/cases/new").text
    offered = re.findall(
        r'<option value="([^"]+)">([^<]*)</option>', page.partition("<datalist")[2].partition("</datalist>")[0]
    )
    assert offered == [
        ("样例·零一", "样例学院1 科员"), ("样例·零三", "样例学院2"), ("样例·零二（样例学院1）", "样例学院1"),
        ("样例·零二（样例学院2）", "样例学院2"),
    ]  # fmt: skip
    assert 'name="person.0" type="text"' in page
    assert 'list="people"' in page


def test_while_the_directory_is_empty_a_form_takes_ids(college: Console) -> None:
    client = college.sign_in("discipline")
    assert "人员（编号）" in text(client.get("/cases/new").text)
    body = case_of(college, recorded(client, "p-7")).body
    assert body is not None
    assert body.sanctions[0].person == "p-7"


def test_a_case_from_before_the_directory_keeps_its_id_when_it_is_revised(college: Console, tmp_path: Path) -> None:
    client = college.sign_in("discipline")
    path = recorded(client, "p-7")
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    store_people(college.engine, [CLERK], OFFICE)
    assert 'value="p-7"' in client.get(f"{path}/revise").text
    assert send(client, f"{path}/revise", **{**FORM, "reason": "更正"}).status_code == 303
    assert send(client, "/cases/new", **FORM).status_code == 409


def test_after_erasure_a_case_and_its_entry_and_table_say_erased(known: Console) -> None:
    client = known.sign_in("discipline")
    path = recorded(client, "样例·零一")
    audit = known.sign_in("committee").get("/audit").text
    assert "样例·零一" in audit, "who may see cases reads the name in the entry"
    erase_person(known.engine, "p-clerk", Actor("security_admin", "security_admin"))
    for page in (
        client.get(path).text,
        client.get("/audit").text,
        " ".join(cells(client.get("/cases.xlsx").content)[-1]),
    ):
        assert "样例·零一" not in page
        assert "〔已删除〕" in page
    assert "[erased]" in known.sign_in("discipline", "en").get(path).text


def test_an_auditor_who_may_not_see_cases_reads_the_number_of_the_person(known: Console) -> None:
    recorded(known.sign_in("discipline"), "样例·零一")
    audit = known.sign_in("audit_admin").get("/audit").text
    assert "样例·零一" not in audit
    assert "第 1 人" in audit


def test_inspectors_are_ticked_or_typed_by_name_and_the_entry_has_the_accounts(known: Console) -> None:
    walk(known, until="inspect_site")
    known.clock.at = day("12-14")
    client = known.sign_in("working_group")
    page = client.get("/assessments/2026/u-1/inspect_site").text
    assert re.search(r'type="checkbox" id="inspectors\.assessor" name="inspectors" value="assessor"', page)
    done = send_act(client, "inspect_site", {**INSPECTION, "inspectors": ["assessor", "样例·working_group"]})
    assert done.status_code == 303, text(done.text)
    fact = known.assessment().step("site_inspection")
    assert fact is not None
    assert fact.fact.inspectors == ("assessor", "working_group")  # type: ignore[attr-defined]


def test_a_person_without_an_account_and_a_name_of_two_accounts_are_refused_at_the_field(known: Console) -> None:
    client = known.sign_in("office")

    def refusal(typed: str) -> str:
        answer = send(client, "/routine-checks/new", **{**CHECK, "checked_by": typed})
        assert answer.status_code == 409
        assert 'href="#checked_by"' in answer.text
        return text(answer.text)

    assert "“样例·零一”还没有账号，请先由系统管理员开通" in refusal("样例·零一")
    assert "没有账号 样例·九九" in refusal("样例·九九")
    known.people({"twin-1": ("office", None), "twin-2": ("office", None)})
    for account in ("twin-1", "twin-2"):
        accounts.change(known.database, account, name="样例·双")
    assert "有 2 个账号的姓名是“样例·双”，请改填其中一个账号：twin-1、twin-2" in refusal("样例·双")


def test_who_joins_a_team_or_is_held_responsible_is_named_and_recorded_by_id(known: Console) -> None:
    walk(known, until="score")
    known.clock.at = day("12-15")
    joined = {"since": "2026-12-14", "joins": "样例·零一", "position": "副院长", "reason": "调整"}
    office = known.sign_in("office")
    unknown = send_act(office, "substitute_member", {**joined, "joins": "样例·九九"})
    assert unknown.status_code == 409
    assert 'id="joins-wrong"' in unknown.text
    done = send_act(office, "substitute_member", joined)
    assert done.status_code == 303, text(done.text)
    assert "p-clerk" in {member.person for member in known.assessment().team}
    assert "样例·零一（副院长）" in text(office.get(HOME).text)
    step(known, "score", **{f"marks.{key}": "0" for key in ELEMENTS})
    step(known, "approve")
    step(known, "circulate")
    known.clock.at = datetime(2027, 1, 5, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    discipline = known.sign_in("discipline")
    held = {
        "task": "responsibility",
        "done_on": "2027-01-05",
        "person.0": "样例·零二（样例学院2）",
        "measure.0": "批评教育",
    }
    ambiguous = send_act(discipline, "complete_task", {**held, "person.0": "样例·零二"})
    assert 'id="person.0-wrong"' in ambiguous.text
    assert send_act(discipline, "complete_task", held).status_code == 303
    assert [one.person for one in known.assessment().task_persons["responsibility"]] == ["p-same-2"]
    assert "样例·零二：批评教育" in text(discipline.get(HOME).text)


@pytest.fixture
def listing(settled: Database, tmp_path: Path) -> Iterator[Console]:
    """The college under a rulebook that lists absences of people, which a department may enter too."""
    changed = source().replace("confidential = true\n", 'confidential = false\nby = ["discipline", "unit"]\n')
    with console(settled, edition=parse_edition(changed.encode(), "honours.toml")) as made:
        use_key(made.database, MasterKey.create(tmp_path / "vault.key"))
        store_people(made.engine, [CLERK, NAMESAKE, OTHER, LEFT], OFFICE)
        yield made


def test_a_record_names_its_person_and_a_department_is_offered_only_its_own_people(listing: Console) -> None:
    everybody = listing.sign_in("discipline").get("/records/new/absence").text
    own = listing.sign_in("unit-1").get("/records/new/absence").text
    assert 'value="样例·零三"' in everybody
    assert 'value="样例·零三"' not in own
    assert 'value="样例·零二"' in own, "in the department there is one of this name"
    refused = send(listing.sign_in("unit-1"), "/records/new/absence", **{**ABSENCE, "person.0": "样例·零三"})
    assert "人员名册中没有“样例·零三”" in text(refused.text)
    done = send(listing.sign_in("unit-1"), "/records/new/absence", **{**ABSENCE, "person.0": "样例·零二"})
    path = done.headers["location"].partition("?")[0]
    record = state_of(listing, path)
    assert record.body is not None
    assert [line.person for line in record.body.lines] == ["p-same-1"]
    client = listing.sign_in("discipline")
    assert "样例·零二" in text(client.get(path).text)
    assert 'value="样例·零二（样例学院1）"' in client.get(f"{path}/revise").text
    erase_person(listing.engine, "p-same-1", Actor("security_admin", "security_admin"))
    assert "〔已删除〕" in text(client.get(path).text)


def test_a_person_who_is_erased_by_one_process_is_erased_on_the_next_page_of_every_other(
    known: Console, tmp_path: Path
) -> None:
    member = Person(id=known.engine.roster().units["u-1"].members[0].person, name="样例·零四", unit="u-1")
    store_people(known.engine, [member], OFFICE)
    pages = ("/roster", "/roster/u-1", "/assessments/2026/u-1", "/people", "/search?q=零四")
    with Database.open(known.database.address) as database:
        use_key(database, MasterKey.read(tmp_path / "vault.key"))
        with console(database) as second:
            clients = [known.sign_in("office"), second.sign_in("office")]
            assert all(member.name in client.get(page).text for client in clients for page in pages)
            erase_person(second.engine, member.id, Actor("security_admin", "security_admin"))
            shown = [(page, client.get(page).text) for client in clients for page in pages]
    assert not [page for page, html in shown if member.name in html]
    assert all("〔已删除〕" in html for page, html in shown if page == "/roster")
