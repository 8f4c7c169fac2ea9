"""回避 in reading: nobody, in whatever role, reads how their own unit is judged before everybody does (docs/decisions/0034).

Every page that can be fetched is fetched, so a new page is asked here, too. The secrets are values that occur nowhere else.
"""

from __future__ import annotations

import re

import pytest
from httpx2 import Client

from console.web.pages import ALL
from console.web.routes import ANYBODY
from notifications.notices.notice import Notice, notice_to_json
from states.stages.circulation import Circulated
from storage import queries
from storage.post import deliveries
from storage.post.deliveries import Delivery

from .test_api import system
from .walk import ELEMENTS, HOME, day, send, step, walk
from .web import Console, hidden

pytestmark = pytest.mark.one_database  # `test_policy.py` asks every page on both

FIRST = next(iter(ELEMENTS))
LOST, UNDONE, RETURNED = "少一次学习记录丁", "等次应再核实丙", "依据不足乙"
ROLES = ("office", "working_group", "assessor", "leading_group", "committee", "discipline", "organization")
SCORE, MEMBER = "71.5", "57.9"
"""The score, and the share of one member's ballots: nothing else on any page says these numbers."""

_GIVEN = {"year": "2026", "unit": "u-1", "account": "assessor", "number": "1"}
PATHS = sorted({
    re.sub(r"{(\w+)(:\w+)?}", lambda found: _GIVEN.get(found[1], "nobody"), page.path)
    for pages in ALL for page in pages.pages
    if page.method == "GET" and page.view != ANYBODY and not page.path.startswith(("/vault", "/prove"))
})  # fmt: skip


def less() -> dict[str, str]:
    """The agreed sheet: 28.5 points lost, each element that lost any with its reason."""
    left, typed = 28.5, {}
    for key, element in ELEMENTS.items():
        lost = min(left, float(element.points))
        left -= lost
        typed[f"marks.{key}"] = f"{float(element.points) - lost:g}"
        typed[f"reasons.{key}"] = LOST if lost else ""
    return typed


def judged(college: Console, until: str = "approve") -> None:
    """u-1 up to before `until`, scored 71.5; 11 of 19 are satisfied with one member of its team."""
    college.people({f"{role}-own": (role, "u-1") for role in ROLES})
    walk(college, until="record_ballot")
    step(college, "record_ballot", **{"ballot.u-1-m1.satisfied": "11", "ballot.u-1-m1.mostly_satisfied": "8"})
    for act in ("record_interviews", "review_documents", "inspect_site"):
        step(college, act)
    step(college, "fill_sheet", "assessor", **less())
    step(college, "fill_sheet", "working_group", **less())
    step(college, "score", **less())
    if until != "approve":
        step(college, "approve")


def asked(client: Client, college: Console) -> dict[str, str]:
    """The body of every page that can be fetched, and of every entry of the assessment."""
    numbers = [entry.number for entry in college.engine.ledger.stream("assessment/2026/u-1")]
    paths = [*PATHS, *(f"/audit/entries/{number}" for number in numbers), "/resolution/2026?explained=1", "/audit?year=2026",
             "/audit/difference?year=2026&first=1&unit=u-1", f"/audit/assessments/2026/u-1?as_of={numbers[-1]}"]  # fmt: skip
    found = {}
    for path in paths:
        answer = client.get(path)
        assert answer.status_code < 500, path
        found[path] = answer.text
    return found


def where(pages: dict[str, str], *secrets: str) -> dict[str, list[str]]:
    """The pages on which each secret is read."""
    found = {secret: [path for path, page in pages.items() if secret in page] for secret in secrets}
    return {secret: paths for secret, paths in found.items() if paths}


@pytest.mark.parametrize("role", ROLES)
def test_nobody_in_any_role_reads_on_any_page_how_the_own_unit_is_judged(college: Console, role: str) -> None:
    """On one database: what is read is decided before the database is asked. The other one has its page and its call below."""
    judged(college)
    secrets = (SCORE, MEMBER, LOST)
    assert where(asked(college.sign_in(f"{role}-own"), college), *secrets) == {}
    of_no_unit = {path: college.sign_in(role).get(path).text for path in (HOME, "/results/2026")}
    assert where(of_no_unit, *secrets).keys() >= {SCORE, MEMBER}, "somebody of no unit does"


@pytest.mark.parametrize("role", ROLES)
def test_nobody_in_any_role_reads_through_the_api_how_the_own_unit_is_judged(college: Console, role: str) -> None:
    judged(college)
    own = system(college, role, unit="u-1")
    calls = ("/assessments/2026/u-1", "/assessments", "/assessments/2026/u-1/result", "/entries", "/to-dos", "/units")
    for call in calls:
        answer = own.get(call)
        for secret in (SCORE, LOST, '"mostly_satisfied":8'):
            assert secret not in answer.text, (call, secret)
    assert own.get("/assessments/2026/u-1/result").status_code == 403
    assert own.get("/entries").status_code == 403
    other = system(college, role, unit="u-2").get("/assessments/2026/u-1/result")
    assert (other.status_code, other.json()["score"]) == (200, SCORE)


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize(
    "path", [HOME, f"{HOME}/score", f"{HOME}/approve", "/board", "/results/2026", "/resolution/2026"]
)
def test_a_page_that_judges_the_own_unit_keeps_it_back_on_both_databases(college: Console, path: str) -> None:
    judged(college)
    for role in ("working_group", "committee"):
        page = college.sign_in(f"{role}-own").get(path).text
        assert not any(secret in page for secret in (SCORE, MEMBER, LOST)), role
    assert any(SCORE in college.sign_in(role).get(path).text or "marks." in college.sign_in(role).get(path).text or "pass" in college.sign_in(role).get(path).text
               for role in ("working_group", "committee"))  # fmt: skip


def test_a_score_sheet_of_the_own_unit_is_refused_with_the_reason_and_on_record(college: Console) -> None:
    judged(college)
    answer = college.sign_in("assessor-own").get(f"{HOME}/fill_sheet")
    assert answer.status_code == 403
    assert "“评分表”涉及您所在的部门“样例学院1”，按回避规定" in answer.text
    assert "refused" in college.events("assessor-own")
    english = college.sign_in("assessor-own", "en").get(f"{HOME}/fill_sheet").text
    assert "concerns your own department" in english


def test_a_ballot_that_was_undone_fills_no_form_for_somebody_of_the_unit(college: Console) -> None:
    college.people({"working_group-own": ("working_group", "u-1")})
    walk(college, until="record_ballot")
    step(college, "record_ballot", **{"ballot.u-1-m1.satisfied": "11", "ballot.u-1-m1.mostly_satisfied": "8"})
    assert send(college.sign_in("office"), "undo_step", {"reason": "录入有误"}).status_code == 303
    field = re.compile(r'<input[^>]*name="ballot\.u-1-m1\.satisfied"[^>]*>')
    filled = {who: field.search(college.sign_in(who).get(f"{HOME}/record_ballot").text) for who in ("working_group", "working_group-own")}  # fmt: skip
    assert 'value="11"' in (filled["working_group"] or [""])[0]
    assert 'value="11"' not in (filled["working_group-own"] or [""])[0]


def test_once_it_is_circulated_they_read_what_the_unit_reads_and_no_more(college: Console) -> None:
    judged(college, until="circulate")
    step(college, "circulate")
    assert college.assessment().fact(Circulated)
    own = college.sign_in("working_group-own")
    for path in (HOME, "/units/u-1/results", "/board", "/results/2026"):
        assert SCORE in own.get(path).text, path
    assert LOST in own.get(HOME).text
    assert MEMBER not in own.get(HOME).text
    assert own.get(f"{HOME}/score").status_code == 403
    assert system(college, "working_group", unit="u-1").get("/assessments/2026/u-1/result").json()["score"] == SCORE


def test_why_a_score_or_an_approval_was_undone_is_not_read_by_the_unit_anywhere(college: Console) -> None:
    """On one database: every page is fetched, and what is read on it is decided before the database is asked."""
    judged(college, until="circulate")
    college.clock.at = day("12-26")
    assert send(college.sign_in("committee"), "undo_step", {"reason": UNDONE}).status_code == 303
    own = ("unit-1", "committee-own", "office-own")

    def read(who: str) -> dict[str, list[str]]:
        return where(asked(college.sign_in(who), college), UNDONE, SCORE)

    assert {who: read(who) for who in own} == {who: {} for who in own}
    assert UNDONE in college.sign_in("office").get(HOME).text
    assert UNDONE in college.sign_in("working_group").get(HOME).text
    assert UNDONE not in system(college, "unit", unit="u-1").get("/assessments/2026/u-1").text
    college.clock.at = day("12-27")
    assert send(college.sign_in("working_group"), "undo_step", {"reason": f"{UNDONE}再"}).status_code == 303
    assert {who: read(who) for who in own} == {who: {} for who in own}
    approval = {"resolution": "样例党字〔2026〕51号", "met_on": "2026-12-27"}
    assert send(college.sign_in("working_group"), "score", less()).status_code == 303
    assert send(college.sign_in("committee"), "approve", approval).status_code == 303
    step(college, "circulate")
    for who in own:
        assert UNDONE not in college.sign_in(who).get(HOME).text, (
            "nor once it is circulated, as with a score that was returned"
        )


def test_why_a_step_the_unit_sees_was_undone_is_read_by_it(college: Console) -> None:
    judged(college)
    college.clock.at = day("12-26")
    for reason in (UNDONE, "实地查看日期有误"):
        assert send(college.sign_in("working_group"), "undo_step", {"reason": reason}).status_code == 303
    client = college.sign_in("unit-1")
    assert "实地查看日期有误" in client.get(HOME).text
    assert not any(UNDONE in client.get(path).text for path in (HOME, "/"))


def test_a_notice_that_judges_the_own_unit_is_in_no_inbox_of_its_people(college: Console) -> None:
    college.people({"office-own": ("office", "u-1")})
    at = college.clock.now()
    for number, (kind, unit, to) in enumerate(
        (("veto_raised", "u-1", "office"), ("veto_raised", "u-2", "office"), ("reminder", "u-1", "office")), 9001
    ):
        values = {"number": number, "unit": unit, "ground": "样例", "year": 2026, "stage": "自查自评", "due": None,
                  "effect": "一票否决", "grade": "不合格"}  # fmt: skip
        said = notice_to_json(Notice(kind, to, unit, values))
        row = Delivery(
            number=number, item=0, recipient=to, channel="inbox", stream=f"assessment/2026/{unit}", kind=kind,
            unit=unit, notice=said, state="sent", made_at=at, sent_at=at,
        )  # fmt: skip
        deliveries.add(college.database, [row])
    own, other = college.sign_in("office-own").get("/inbox").text, college.sign_in("office").get("/inbox").text
    assert ("/assessments/2026/u-1" in own, "/assessments/2026/u-2" in own) == (True, True)
    assert own.count("否决") < other.count("否决")
    assert "veto" not in college.sign_in("office-own").get("/deliveries?unit=u-1").text.partition("<tbody")[2]


def test_the_grades_of_the_years_do_not_give_away_the_own_units(college: Console) -> None:
    """What is counted for others would be found by subtraction."""
    judged(college)
    assert queries.grades(college.database) == [(2026, "pass", 1)]
    own = college.sign_in("office-own").get("/results/2026").text
    assert "您所在部门的结果，通报后才列出和计入" in own
    assert "合格 1" not in own
    assert "合格 1" in college.sign_in("office").get("/results/2026").text
    assert "您所在部门的结果" not in college.sign_in("office").get("/results/2026").text


def test_the_whole_ledger_is_exported_by_somebody_of_no_unit(college: Console) -> None:
    college.people({"discipline-own": ("discipline", "u-1")})
    walk(college, until="record_meeting")

    def export(who: str, **given: str) -> int:
        client = college.sign_in(who)
        form = hidden(client.get("/audit/exports").text, "/audit/exports")
        return client.post("/audit/exports", data={**form, "year": "2026", **given}).status_code

    assert export("discipline-own") == 403
    assert export("discipline-own", unit="u-1") == 403
    assert (export("discipline"), export("discipline-own", unit="u-2")) == (200, export("discipline", unit="u-2"))
