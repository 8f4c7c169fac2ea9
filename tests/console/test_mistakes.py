"""Everything wrong with a form is said at once: each fault at its field, in the words of its label, and everything typed comes back.

The acts are those of the console's own table. What hangs on no database is asked on one.
"""

from __future__ import annotations

import re
from html import unescape

import pytest
from httpx2 import Response

from console.web.forms import act_form
from console.web.pages.assessments.assessment import FORMS
from states import policy

from .test_cases import FORM as CASE
from .walk import BALLOT, ELEMENTS, HOME, PEOPLE, RULEBOOK, STEPS, day, marks, send, walk
from .walk import send as fill_in
from .web import Console, hidden

ONE = pytest.mark.one_database
WRONG = {"day": "12/16/2027", "count": "二十", "marks": "2,5", "democratic_evaluation": "1 2"}
"""What cannot be read, by the kind of field."""
KEYS = re.compile(r"\b(heads|members|sanctions|person|position|team|subject|docs/|finding|remark|missing)\b")


class Page:
    """A form that came back: the faults of its block on top by the field they lead to, and what stands at each field."""

    def __init__(self, answer: Response) -> None:
        assert answer.status_code in (403, 409), re.sub(r"\s+", " ", answer.text)[:3000]
        self.html = answer.text
        block = self.html.partition('<div class="refusal"')[2].partition("</div>")[0]
        self.listed = {
            unescape(name): unescape(said)
            for name, said in re.findall(r'<li><a href="#([^"]*)">(.*?)</a>', block, re.DOTALL)
        }
        self.block = unescape(re.sub(r"<[^>]+>", " ", block))

    def has(self, name: str) -> None:
        """A fault is named on top, leads to its field, and stands at the field."""
        assert name in self.listed, (name, self.block)
        assert re.search(rf'\sid="{re.escape(name)}"', self.html), f"the fault leads to no field: {name}"
        there = re.search(rf'id="{re.escape(name)}-wrong"[^>]*>(.*?)</p>', self.html, re.DOTALL)
        assert there, f"nothing stands at the field: {name}"
        assert unescape(there[1]) == self.listed[name]
        chinese = re.sub(r"（[^）]*）", "", self.listed[name])
        assert not KEYS.search(chinese), f"a key in a sentence for people: {chinese}"

    def called(self, name: str, label: str) -> None:
        assert label in self.listed[name], (label, self.listed[name])

    def typed(self, name: str, value: str) -> None:
        """What was typed stands in the field again."""
        tag = re.search(rf'<(?:input|textarea)[^>]*\bname="{re.escape(name)}"[^>]*>', self.html)
        assert tag, name
        shown = re.search(r'\bvalue="([^"]*)"', tag[0])
        inside = (
            self.html[tag.end() :].partition("<")[0] if tag[0].startswith("<textarea") else (shown[1] if shown else "")
        )
        assert unescape(inside) == value, (name, inside)
        kind = re.search(r'\btype="(\w+)"', tag[0])
        assert kind is None or kind[1] not in ("number", "date", "time"), "a browser shows such a value as empty"


def faulty(act: str) -> dict[str, str]:
    """A form of the act in which every field that can be typed wrong is."""
    typed: dict[str, str] = {}
    for one in act_form.form_fields(act):
        if one.kind in ("day", "count"):
            typed[one.name] = WRONG[one.kind]
        elif one.kind == "marks":
            typed |= {f"{one.name}.{key}": WRONG["marks"] for key in list(ELEMENTS)[:3]}
        elif one.kind == "democratic_evaluation":
            typed |= {f"ballot.{who}.valid": WRONG["democratic_evaluation"] for who in PEOPLE}
    return typed


def asked(act: str) -> list[str]:
    """Where something is asked for that is left empty."""
    return [
        one.name
        for one in act_form.form_fields(act)
        if not one.optional and one.kind in ("words", "line", "people", "document")
    ]


@ONE
@pytest.mark.parametrize("act", [act for act in FORMS if policy.entitled_roles(act, None, None, RULEBOOK)[0]])
def test_every_fault_of_every_act_is_at_its_field_in_the_words_of_its_label_and_everything_typed_comes_back(
    college: Console, act: str
) -> None:
    by = policy.entitled_roles(act, college.assessment(), None, RULEBOOK)[0]
    who = {"unit": "unit-1"}.get(by[0], by[0])
    typed, client = faulty(act), college.sign_in(who)
    shown = client.get(f"{HOME}/{act}")
    if shown.status_code == 303:  # it wants proof of who it is
        client = college.sign_in(who)
        client.post("/prove", data={**hidden(client.get("/prove").text), "password": "lamp orchard ferry nine"})
        shown = client.get(f"{HOME}/{act}")
    assert shown.status_code == 200, act
    answer = client.post(f"{HOME}/{act}", data={**hidden(shown.text), **typed, "_do": "submit"})
    if not typed and not asked(act):
        return
    page = Page(answer)
    titles = {one.name: one.title.zh for one in act_form.form_fields(act)}
    for name in (*typed, *asked(act)):
        page.has(name)
        if name in titles:
            page.called(name, titles[name])
    for name, value in typed.items():
        page.typed(name, value)


@ONE
def test_what_contradicts_itself_in_a_ballot_is_told_at_each_column_by_the_name_of_each_subject(
    college: Console,
) -> None:
    walk(college, until="record_ballot")
    college.clock.at = day("11-27")
    wrong = {
        **BALLOT,
        "held_on": "2026-11-30",
        "ballot.team.valid": "99",
        "ballot.u-1-m1.issued": "0",
        "ballot.u-1-m1.returned": "0",
    }
    page = Page(send(college.sign_in("working_group"), "record_ballot", wrong))
    for name, label in (("held_on", "日期"), ("ballot.team.valid", "领导班子"), ("ballot.u-1-m1.issued", "副院长")):
        page.has(name)
        page.called(name, label)
    page.typed("ballot.team.valid", "99")


@ONE
def test_every_element_without_evidence_is_told_at_its_own_row(college: Console) -> None:
    walk(college, until="review_documents")
    college.clock.at = day("12-09")
    first, second, third = list(ELEMENTS)[:3]
    typed = {
        "reviewed_on": "2026年12月9日",
        **{f"finding.{k}": "unmet" for k in ELEMENTS},
        f"finding.{first}": "met",
        f"finding.{second}": "partly",
    }
    page = Page(
        send(
            college.sign_in("working_group"),
            "review_documents",
            typed | {f"finding.{third}": "", f"remark.{first}": "电话 13800138000"},
        )
    )
    for name in (f"evidence.{first}", f"evidence.{second}", f"finding.{third}", f"remark.{first}"):
        page.has(name)
    assert "13800138000" not in page.block, "a refusal does not repeat what is personal"


@ONE
def test_what_may_not_be_written_of_a_person_is_told_in_the_persons_row(college: Console) -> None:
    walk(college, until="record_meeting")
    who, on, act, typed, files = next(step for step in STEPS if step[2] == "record_meeting")
    college.clock.at = day(on)
    wrong = {**typed, "present": "21", "missing.u-1-m1": "电话 13800138000"}
    page = Page(fill_in(college.sign_in(who), act, wrong, files))
    for name in ("present", "missing.u-1-m1"):
        page.has(name)
    page.typed("missing.u-1-m1", "电话 13800138000")


@ONE
def test_points_over_an_elements_own_are_told_at_each_element(college: Console) -> None:
    college.clock.at = day("11-19")
    first, second = list(ELEMENTS)[:2]
    typed = {**marks("self_scores"), f"self_scores.{first}": "９９．５", f"self_scores.{second}": "0。3"}
    answer = send(
        college.sign_in("unit-1"), "submit_self_report", typed, {"report": ("a.txt", "自评报告".encode(), "text/plain")}
    )
    page = Page(answer)
    for name in (f"self_scores.{first}", f"self_scores.{second}"):
        page.has(name)
        page.typed(name, typed[name])


@ONE
def test_every_fault_of_a_case_is_told_in_its_row(college: Console) -> None:
    client = college.sign_in("discipline")
    form = hidden(client.get("/cases/new").text)
    unread = {
        **CASE,
        "unit": "",
        "acted_on": "明天",
        "fields.standing.0": "emperor",
        "person.3": "p-9",
        "effective_on.3": "12/16/2027",
    }
    page = Page(client.post("/cases/new", data={**form, **unread}))
    for name, label in (
        ("unit", "部门"),
        ("acted_on", "行为日期"),
        ("fields.standing.0", "身份"),
        ("fields.standing.3", "身份"),
        ("fields.outcome.3", "处理结果"),
        ("effective_on.3", "生效日期"),
    ):
        page.has(name)
        page.called(name, label)
    page.typed("acted_on", "明天")
    lawless = {**CASE, "acted_on": "2030-01-01", "person.0": "张三", "document.0": "", "remark.0": "电话 13800138000"}
    page = Page(client.post("/cases/new", data={**form, **lawless}))
    for name in ("acted_on", "person.0", "document.0", "remark.0"):
        page.has(name)


@ONE
def test_every_fault_of_a_unit_is_told_at_its_field(college: Console) -> None:
    client = college.sign_in("office")
    form = hidden(client.get("/roster/new").text)
    page = Page(
        client.post(
            "/roster/new",
            data={
                **form,
                "unit": "",
                "title": "",
                "unit_kind": "college",
                "staff": "二十",
                "since": "去年",
                "heads": "p-1",
                "members": "",
            },
        )
    )
    for name, label in (
        ("unit", "部门编号"),
        ("title", "名称"),
        ("staff", "职工人数"),
        ("since", "成立日期"),
        ("heads", "党政主要负责人"),
    ):
        page.has(name)
        page.called(name, label)
    page.typed("staff", "二十")
    wrong = {
        "unit": "教务处",
        "title": "电话 13800138000",
        "unit_kind": "college",
        "staff": "０",
        "since": "2030年1月1日",
        "heads": "张三 院长",
        "members": "p-1 13800138000",
    }
    page = Page(client.post("/roster/new", data={**form, **wrong}))
    for name in ("unit", "title", "staff", "since", "heads", "members"):
        page.has(name)


@ONE
def test_every_fault_of_a_routine_check_is_told_at_its_field(college: Console) -> None:
    client = college.sign_in("discipline")
    form = hidden(client.get("/routine-checks/new").text)
    page = Page(
        client.post(
            "/routine-checks/new",
            data={**form, "checked_on": "明天", "checked_by": "", "observation": "", "mend_until": "05/06/2027"},
        )
    )
    for name in ("checked_on", "checked_by", "observation", "mend_until", "unit"):
        page.has(name)
    page.typed("checked_on", "明天")


@ONE
def test_deadlines_that_cannot_be_read_are_each_told_at_the_stage(college: Console) -> None:
    client = college.sign_in("office")
    form = hidden(client.get("/years/open?year=2027").text, None)
    page = Page(
        client.post(
            "/years/open?year=2027",
            data={**form, "year": "2027", "due.self_report": "12/16/2027", "due.meeting": "下周", "_do": "preview"},
        )
    )
    for name in ("due.self_report", "due.meeting", "unit"):
        page.has(name)
    page.typed("due.meeting", "下周")
