"""What is final has a page to check it on: what was typed, what is empty, what follows and for whom. Nothing is written before it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Client, Response

from console.web.forms import confirmation
from console.web.pages import ALL
from states.acts import ACTS
from states.assessment import Assessment
from states.custody.confidential import Value
from states.records.case import Case
from states.records.record import Record
from states.records.roster import Roster
from states.records.routine_check import RoutineCheck
from states.records.year import Year
from states.refusals import NothingToDo
from states.stages.scoring import Scored
from storage import queries
from storage.master_key import MasterKey
from storage.vault.vault import use_key
from tests.documents.building import pdf
from workflow import confidential, previews

from .test_cases import FORM as CASE
from .test_reorganisation import MERGED
from .test_routine_checks import FORM as CHECK
from .walk import ELEMENTS, FILE, HOME, STEPS, day, marks, text, walk, with_reasons
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # the acts themselves are asked of both: `tests/workflow`

PATH = f"{HOME}/submit_self_report"


def carried(page: str) -> dict[str, list[str]]:
    """The hidden fields of the check page's form, as a browser sends them: a field may be there several times."""
    form = page.partition("<main")[2].rpartition("<form ")[2]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value)
    return found


def sent(client: Client, path: str, typed: dict[str, Any], files: Any = None, shown: str = "") -> Response:
    """The form of a page, filled in and sent by its button."""
    form = {name: value for name, value in hidden(client.get(shown or path).text).items() if name != "_do"}
    return client.post(path, data={**form, **typed}, files=files)


def checked(answer: Response) -> bool:
    return answer.status_code == 200 and "还没有生效，请核对后确认" in answer.text


def test_no_step_of_a_year_is_written_before_it_was_checked_and_each_is_once_it_is_confirmed(college: Console) -> None:
    for account, on, act, typed, files in STEPS:
        college.clock.at = day(on)
        client, head = college.sign_in(account), college.engine.ledger.head()
        answer = sent(client, f"{HOME}/{act}", with_reasons(typed), files)
        if ACTS[act].is_final:
            assert checked(answer), (act, text(answer.text)[:500])
            assert college.engine.ledger.head() == head, act
            answer = client.post(f"{HOME}/{act}", data={**carried(answer.text), "_do": "confirm"})
        assert answer.status_code == 303, (act, text(answer.text)[:500])
    assert college.assessment().stage == "circulation"


def test_the_check_page_says_every_value_what_is_empty_what_follows_and_who_is_told(college: Console) -> None:
    college.clock.at = day("11-18")
    said = text(sent(college.sign_in("unit-1"), PATH, marks("self_scores"), {"report": FILE}).text)
    assert "样例学院1 · 2026" in said
    assert FILE[0] in said
    assert said.count(" 分 ") >= len(ELEMENTS), "every element is a row"
    assert "合计 100 分" in said
    assert "下一步：召开会议，由" in said
    assert "将通知：" in said
    walk(college, until="circulate")
    college.clock.at = day("12-30")
    typed = {"document": "样例党字〔2026〕60号", "circulated_on": "2026-12-30"}
    said = text(sent(college.sign_in("office"), f"{HOME}/circulate", typed).text)
    assert "未填： 替代的通报文号" in said
    assert "样例党字〔2026〕60号" in said


def test_going_back_from_the_check_brings_back_everything_typed_and_submits_nothing(college: Console) -> None:
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    first = next(iter(ELEMENTS))
    answer = sent(client, PATH, {**marks("self_scores"), f"self_scores.{first}": "0.5"}, {"report": FILE})
    back = client.post(PATH, data={**carried(answer.text), "_do": "edit"})
    assert "已返回修改，尚未提交" in text(back.text)
    assert 'role="alert"' not in back.text
    assert 'value="0.5"' in back.text
    assert FILE[0] in back.text
    assert college.assessment().version == 1


def test_a_window_closed_on_the_check_page_loses_nothing(college: Console) -> None:
    college.clock.at = day("11-18")
    first = next(iter(ELEMENTS))
    sent(college.sign_in("unit-1"), PATH, {**marks("self_scores"), f"self_scores.{first}": "0.5"}, {"report": FILE})
    page = college.sign_in("unit-1").get(PATH).text
    assert 'value="0.5"' in page
    assert FILE[0] in page


def test_a_case_recorded_between_check_and_confirmation_is_shown_before_anything_is_recorded(college: Console) -> None:
    """The score rests on cases, which are streams of their own: the version of the assessment does not tell."""
    walk(college, until="score")
    college.clock.at = day("12-18")
    client, path = college.sign_in("working_group"), f"{HOME}/score"
    answer = sent(client, path, marks("marks"))
    assert "得分 100，等次 优秀。" in text(answer.text)
    case = {**CASE, "fields.standing.0": "party_cadre", "fields.outcome.0": "party_expulsion", "person.0": "u-1-h1"}
    assert sent(college.sign_in("discipline"), "/cases/new", {**case, "_do": "confirm"}).status_code == 303
    before, version = college.engine.ledger.head(), college.assessment().version
    again = client.post(path, data={**carried(answer.text), "_do": "confirm"})
    said = text(again.text)
    assert (again.status_code, college.assessment().version) == (409, version)
    assert college.engine.ledger.head() == before, "nothing is recorded, no attempt either"
    assert "核对时：得分 100，等次 优秀。" in said
    assert "现在：得分 100，等次 不合格（一票否决）。" in said
    assert "一票否决：本部门党员干部严重违反党纪政纪规定" in said
    done = client.post(path, data={**carried(again.text), "_do": "confirm"})
    scored = college.assessment().fact(Scored)
    assert (done.status_code, scored and scored.result.limits) == (303, ("heavy_sanction",))


def test_what_changed_in_the_assessment_itself_is_shown_on_the_check_page(college: Console) -> None:
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    answer = sent(client, PATH, marks("self_scores"), {"report": FILE})
    moved = {"stage": "meeting", "due": "2026-11-26", "reason": "调整"}
    moving = sent(college.sign_in("office"), f"{HOME}/move_deadline", moved)
    assert moving.status_code == 303, "what is done again is not checked first"
    late = client.post(PATH, data={**carried(answer.text), "_do": "confirm"})
    assert (late.status_code, college.assessment().stage) == (409, "opening")
    said = text(late.text)
    assert "期间已由他人办理了其他事项。" in said
    assert re.search("核对时：下一步：召开会议，由[^。]*办理，期限 2026-12-02。", said)
    assert re.search("现在：下一步：召开会议，由[^。]*办理，期限 2026-11-26。", said)
    assert client.post(PATH, data={**carried(late.text), "_do": "confirm"}).status_code == 303


def test_what_was_refused_when_it_was_to_be_checked_is_not_done_unseen(
    college: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused as the page is made and possible a moment later: the engine finds a fact that nobody has seen."""
    college.clock.at = day("11-18")
    client, decide = college.sign_in("unit-1"), previews.decide
    refused = iter((True,))

    def late(*asked: Any) -> Any:
        if next(refused, False):
            raise NothingToDo(act="x", why="y", clause="z")
        return decide(*asked)

    monkeypatch.setattr(previews, "decide", late)
    answer = sent(client, PATH, marks("self_scores"), {"report": FILE})
    assert "还没有生效，请核对后确认" in answer.text
    assert college.assessment().stage == "opening"


def test_no_page_shows_another_fact_than_the_engine_records(college: Console) -> None:
    """What a decision is handed is the same for both: closing a year asks where all its assessments stand."""
    college.clock.at = day("12-31")
    walk(college)
    step_aside = {"reason": "部门已撤并"}
    office = college.sign_in("office")
    other = "/assessments/2026/u-2/withdraw"
    assert sent(college.sign_in("leading_group"), other, {**step_aside, "_do": "confirm"}).status_code == 303
    assert office.post("/years/2026/close", data={}).status_code != 303
    answer = sent(office, "/years/2026/close", {"reason": "年度考核已完成"}, shown="/years/2026")
    assert checked(answer), text(answer.text)[:600]
    done = office.post("/years/2026/close", data={**carried(answer.text), "_do": "confirm"})
    assert done.status_code == 303, text(done.text)[:600]


def test_confirming_twice_is_done_once(college: Console) -> None:
    college.clock.at = day("11-18")
    client = college.sign_in("unit-1")
    form = {**carried(sent(client, PATH, marks("self_scores"), {"report": FILE}).text), "_do": "confirm"}
    assert [client.post(PATH, data=form).status_code for _ in range(2)] == [303, 303]
    assert college.assessment().version == 2


def test_what_is_refused_is_told_at_once_and_has_no_page_to_check(college: Console) -> None:
    walk(college, until="record_meeting")
    college.clock.at = day("11-26")
    typed = dict(STEPS[1][3]) | {"present": "21"}
    answer = sent(college.sign_in("working_group"), f"{HOME}/record_meeting", typed, {"minutes": FILE})
    assert (answer.status_code, checked(answer)) == (409, False)


def test_what_is_said_in_confidence_is_in_no_vault_before_it_is_confirmed(college: Console, tmp_path: Path) -> None:
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    walk(college, until="record_interviews")
    college.clock.at = day("12-04")
    client, path = college.sign_in("working_group"), f"{HOME}/record_interviews"
    typed = {**dict(STEPS[3][3]), "confidential.talk.0.text": "谈话对象认为公示偏晚。"}
    answer = sent(client, path, typed, {"confidential.talk.1.file": FILE})
    assert checked(answer)
    assert not confidential.all_values(college.engine, of=college.assessment().stream)
    assert f"请再选一次“{FILE[0]}”" in text(answer.text)
    assert "文字 1 份" in text(answer.text)
    form = {**carried(answer.text), "_do": "confirm"}
    assert client.post(path, data=form, files={"confidential.talk.1.file": FILE}).status_code == 303
    found: list[Value] = confidential.all_values(college.engine, of=college.assessment().stream)
    assert len(found) == 2


def test_a_confidential_file_that_was_checked_must_be_the_one_that_is_confirmed(
    college: Console, tmp_path: Path
) -> None:
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    walk(college, until="record_interviews")
    college.clock.at = day("12-04")
    client, path, field = college.sign_in("working_group"), f"{HOME}/record_interviews", "confidential.talk.1.file"
    typed = {**dict(STEPS[3][3]), "confidential.talk.0.text": "谈话对象认为公示偏晚。"}
    answer, head = sent(client, path, typed, {field: FILE}), college.engine.ledger.head()
    other = (FILE[0], pdf(b"another"), "application/pdf")
    for files, why in (({}, f"还没有选择“{FILE[0]}”，请再选一次。"), ({field: other}, f"不是核对过的“{FILE[0]}”")):
        again = client.post(path, data={**carried(answer.text), "_do": "confirm"}, files=files)
        assert (again.status_code, college.engine.ledger.head()) == (409, head)
        assert why in text(again.text).partition(f"请再选一次“{FILE[0]}” 保密文件不暂存")[2], "at its field"
        assert carried(again.text) == carried(answer.text), "nothing typed is lost"
        assert not confidential.all_values(college.engine, of=college.assessment().stream), (
            "nothing is kept for an act not done"
        )
    more = {field: FILE, "confidential.talk.2.file": other}
    assert client.post(path, data={**carried(answer.text), "_do": "confirm"}, files=more).status_code == 409
    back = client.post(path, data={**carried(answer.text), "_do": "edit"})
    assert f"填写的内容都已保留；请重新选择保密文件：{FILE[0]}。" in text(back.text)
    done = client.post(path, data={**carried(answer.text), "_do": "confirm"}, files={field: FILE})
    assert done.status_code == 303
    assert len(confidential.all_values(college.engine, of=college.assessment().stream)) == 2


def test_a_confidential_file_added_at_confirmation_where_none_was_checked_is_refused(
    college: Console, tmp_path: Path
) -> None:
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    walk(college, until="record_interviews")
    college.clock.at = day("12-04")
    client, path = college.sign_in("working_group"), f"{HOME}/record_interviews"
    answer, head = sent(client, path, dict(STEPS[3][3])), college.engine.ledger.head()
    given = {"confidential.talk.1.file": FILE}
    again = client.post(path, data={**carried(answer.text), "_do": "confirm"}, files=given)
    assert (again.status_code, college.engine.ledger.head()) == (409, head)
    assert f"“{FILE[0]}”没有核对过" in text(again.text)


def test_an_act_is_not_done_without_the_confidential_content_it_was_checked_with(
    college: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was not to be done as the content was to be kept, and is possible a moment later, would be on record without it."""
    use_key(college.database, MasterKey.create(tmp_path / "vault.key"))
    walk(college, until="record_interviews")
    college.clock.at = day("12-04")
    client, path = college.sign_in("working_group"), f"{HOME}/record_interviews"
    typed = {**dict(STEPS[3][3]), "confidential.talk.0.text": "谈话对象认为公示偏晚。"}
    form = {**carried(sent(client, path, typed).text), "_do": "confirm"}
    head = college.engine.ledger.head()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(confirmation, "is_confirmed", lambda *_: False)
        assert client.post(path, data=form).status_code == 409
    assert college.engine.ledger.head() == head
    assert client.post(path, data=form).status_code == 303
    assert len(confidential.all_values(college.engine, of=college.assessment().stream)) == 1


def test_a_case_a_routine_check_and_what_changes_the_roster_are_checked_before_they_are_on_record(
    college: Console,
) -> None:
    """Streams of their own, each begun or changed by what its check page showed."""
    forms: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("discipline", "/cases/new", CASE),
        ("office", "/routine-checks/new", {**CHECK, "unit": ["u-1"]}),
        ("office", "/routine-checks/u-1/{check}/correct", {**CHECK, "reason": "写错了要素"}),
        ("office", "/routine-checks/u-1/{check}/withdraw_routine_check", {"reason": "登记有误"}),
        ("office", "/assessments/open", {"unit": "u-1", "year": "2026", "title": "专项检查"}),
        ("office", "/roster/u-2/changes", {**MERGED, "successor": "u-1"}),
    )
    for account, form, typed in forms:
        found = [stream.partition("/")[2] for stream in queries.routine_check_units(college.database)]
        path, client, head = (
            form.format(check=next(iter(found), "")),
            college.sign_in(account),
            college.engine.ledger.head(),
        )
        shown = path.removesuffix("/withdraw_routine_check")
        answer = sent(client, path, typed, shown=shown)
        assert checked(answer), (path, text(answer.text)[:600])
        assert college.engine.ledger.head() == head
        done = client.post(path, data={**carried(answer.text), "_do": "confirm"})
        assert done.status_code == 303, (path, text(done.text)[:600])


def test_an_act_of_a_record_is_final_unless_those_who_did_it_do_it_again() -> None:
    again = {name for name, act in ACTS.items() if act.revisable}
    assert again == {
        "fill_sheet", "chase", "assign", "move_deadline", "move_year_deadline", "plan_visits", "move_visit", "register_unit", "change_unit", "rename_unit",
        "report_values",
    }  # fmt: skip
    records = (Assessment, Case, Record, RoutineCheck, Year, Roster)
    assert {n for n, act in ACTS.items() if act.is_final} == {
        n for n, a in ACTS.items() if a.state_type in records
    } - again


def test_no_form_of_several_fields_is_sent_by_enter(college: Console) -> None:
    """Its first submit button in tree order is the one Enter presses: it is disabled, so Enter does nothing. No database matters."""
    walk(college, until="score")
    paths = {
        page.path.replace("{year:int}", "2026").replace("{unit}", "u-1")
        for pages in ALL
        for page in pages.pages
        if page.method == "GET"
    }
    seen = 0
    for account in ("office", "working_group", "discipline", "committee", "unit-1", "security_admin", "system_admin"):
        client = college.sign_in(account)
        for path in sorted(path for path in paths if "{" not in path):
            answer = client.get(path)
            if answer.headers.get("content-type", "").startswith("text/html"):
                seen += sum(_holds(form, path) for form in _posting(answer.text))
    assert seen > 200


def _posting(page: str) -> list[str]:
    forms = (form.partition("</form>")[0] for form in page.split("<form ")[1:])
    return [form for form in forms if 'method="post"' in form.partition(">")[0]]


def _holds(form: str, path: str) -> bool:
    if path in ("/sign-in", "/prove"):
        return False
    first = re.search(r"<button[^>]*>", form)
    assert first is not None, path
    assert " disabled" in first[0], (path, first[0])
    return True
