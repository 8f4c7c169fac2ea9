"""The shipped edition says what the measure of 2021-05-06 says. Figures were counted on the measure, not on the file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from states import policy
from states.acts import ACTS, STAGE_OF_ACT
from states.deadlines.review import REVIEW_ACTS
from states.rulebook.calculation.forms import ScoreForm

RULEBOOK = load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook
COLLEGES, DEPARTMENTS = RULEBOOK.form


def parts(value: object, path: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    """Every table of the file with its place."""
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from parts(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from parts(inner, f"{path}[{number}]")


FILE = list(parts(tomllib.loads(shipped_editions()[DEFAULT_EDITION_ID].read_text(encoding="utf-8"))))


def test_it_is_the_measure_issued_and_in_force_on_6_may_2021() -> None:
    measure = RULEBOOK.measure
    assert measure.title.zh == "柳州职业技术学院落实党风廉政建设责任制考核办法（试行）"
    assert measure.issuer.zh == "中共柳州职业技术学院委员会"
    assert measure.issued_on == measure.in_force_from == date(2021, 5, 6)


def test_it_names_the_four_documents_of_article_1_and_the_one_it_repeals() -> None:
    numbers = ["中发〔2010〕19号", "桂发〔2014〕19号", "柳职院党字〔2015〕8号", "柳职院党字〔2020〕61号"]
    purpose, repealed = RULEBOOK.paragraphs["第一条"].text.zh, RULEBOOK.paragraphs["第十条2"].text.zh
    assert [n for n in numbers if n in purpose] == numbers
    assert "柳职院党字〔2016〕16号" in repealed


def test_it_has_the_four_principles_and_every_item_of_the_content() -> None:
    articles = {a.label: a.paragraph for a in RULEBOOK.article}
    assert [p.clause for p in articles["第三条"]] == [f"第三条（{n}）" for n in "一二三四"]
    assert len(articles["第五条"]) == 2 + 4 + 6 + 2
    assert RULEBOOK.paragraphs["第五条（一）1"].text.zh == "中层领导班子履行党风廉政建设职责的情况；"


@pytest.mark.parametrize(
    ("table", "sections"),
    [(COLLEGES, [24, 28, 24, 24]), (DEPARTMENTS, [25, 30, 20, 25])],
    ids=["annex 1", "annex 2"],
)
def test_the_sections_have_the_points_of_the_annex_and_make_100(table: ScoreForm, sections: list[int]) -> None:
    assert [section.points for section, _ in table.sections] == sections
    assert sum(e.points for e in table.elements.values()) == table.points == 100


@pytest.mark.parametrize(
    ("table", "indicators", "elements"),
    [(COLLEGES, [3, 2, 2, 3], [6, 7, 5, 6]), (DEPARTMENTS, [3, 2, 3, 2], [5, 6, 4, 3])],
    ids=["annex 1", "annex 2"],
)
def test_the_annexes_have_24_and_18_elements(table: ScoreForm, indicators: list[int], elements: list[int]) -> None:
    assert [len(branches) for _, branches in table.sections] == indicators
    assert [sum(len(branch.elements) for branch in branches) for _, branches in table.sections] == elements


@pytest.mark.parametrize(
    ("key", "points", "text"),
    [
        ("a1-1.3.2", 4, "每年党总支书记带头主讲廉政党课不少于2次。"),
        (
            "a1-2.2.2",
            4,
            "加强党员干部作风、师德师风建设，不断净化优化校风、教风、学风。本学院年内无违反“师德师风”问题。",
        ),
        ("a1-3.2.2", 4, "参加“清风柳职”廉政作品征集活动，选送作品不少于4份。"),
        ("a1-4.1.1", 6, "认真查找本学院重点领域关键岗位廉政风险点并制定相应的防控措施。"),
        ("a1-4.2.2", 3, "参加学校纪委召开的有关会议和培训，完成学校纪委交办的有关工作"),
        ("a2-1.3.1", 5, "班子成员依据分工认真落实分管工作，同时开展党风廉政建设。"),
        ("a2-3.3.2", 5, "参加“清风柳职”廉政作品征集活动，选送作品不少于1份。"),
        ("a2-4.1.2", 10, "认真落实廉政风险防控措施，建立长效机制。"),
    ],
)
def test_an_element_is_in_the_measure_s_own_words(key: str, points: int, text: str) -> None:
    element = {**COLLEGES.elements, **DEPARTMENTS.elements}[key]
    assert (element.title.zh, int(element.points)) == (text, points)


def test_a_slip_of_the_print_is_a_label_and_never_a_key() -> None:
    slips = {
        e.key: (e.label, e.clause)
        for table in RULEBOOK.form
        for e in table.elements.values()
        if e.label != e.key.split("-")[1]
    }
    assert slips == {
        "a1-2.1.2": ("2.2.2", "附件1 2.1.2（印作2.2.2）"),
        "a2-3.3.1": ("3.4.1", "附件2 3.3.1（印作3.4.1）"),
        "a2-3.3.2": ("3.4.2", "附件2 3.3.2（印作3.4.2）"),
    }


def test_colleges_go_by_annex_1_and_all_other_departments_by_annex_2() -> None:
    tables = {kind: table.key for kind, table in RULEBOOK.forms_by_kind.items()}
    assert tables == {"college": "annex-1", "party-admin": "annex-2", "support": "annex-2"}


def test_the_grades_are_those_of_article_8_2() -> None:
    rows = [(grade.title.zh, grade.when) for grade in RULEBOOK.scales["unit"].grade]
    bounds = [(title, test.of, str(test.at_least), str(test.below)) for title, (test,) in rows]
    assert bounds == [
        ("优秀", "graded_by", "90", "None"),
        ("合格", "graded_by", "70", "90"),
        ("基本合格", "graded_by", "60", "70"),
        ("不合格", "graded_by", "None", "60"),
    ]


def does(outcome: str, standing: str) -> str:
    """What an outcome does to the department: points as digits, or the effect's name."""
    ladder, kind = RULEBOOK.ladders["item-5"], RULEBOOK.records["case"]
    fields = {"outcome": outcome, "standing": standing}
    number = ladder.row_of(kind, fields)
    assert number is not None
    row = ladder.row[number]
    return row.raises or row.flag or (f"-{row.costs}" if row.costs is not None else "none")


OUTCOMES = [option.key for option in RULEBOOK.records["case"].fields["outcome"].option]


@pytest.mark.parametrize(
    ("effects", "keys"),
    [
        (("none", "none"), "duty_talk letter_inquiry warning_talk criticism_education ordered_inspection"),
        (("-2", "-2"), "reminder_talk"),
        (("-4", "-4"), "circulated_criticism"),
        (("-6", "-6"), "admonition"),
        (("-8", "-8"), "gov_warning party_warning demerit party_serious_warning major_demerit"),
        (("heavy_sanction", "-8"), "lower_post_grade demotion post_removal"),
        (("heavy_sanction", "committee"), "party_post_removal party_probation party_expulsion dismissal"),
        (("committee", "committee"), "suspension transfer ordered_resignation office_removal rank_reduction"),
        (("pending", "pending"), "under_investigation retention coercive_measures criminal_judgment"),
    ],
    ids=lambda v: "/".join(v) if isinstance(v, tuple) else "",
)
def test_the_mapping_table_is_the_one_in_docs(effects: tuple[str, str], keys: str) -> None:
    assert [one for one in OUTCOMES if (does(one, "party_cadre"), does(one, "staff")) == effects] == keys.split()


def test_among_outcomes_that_cost_points_the_heavier_never_costs_less() -> None:
    costs = [does(one, "party_cadre") for one in OUTCOMES]
    points = [int(cost) for cost in costs if cost.startswith("-")]
    assert points == sorted(points, reverse=True)


def test_one_ground_follows_from_cases_and_two_are_judged_by_committee_or_leading_group() -> None:
    by = ("committee", "leading_group")
    assert {key: finding.by for key, finding in RULEBOOK.findings.items()} == {
        "major_case": by, "heavy_sanction": (), "other_serious": by,
    }  # fmt: skip
    assert {limit.not_above for limits in RULEBOOK.limits_of_findings.values() for limit in limits} == {"fail"}


def test_a_fail_costs_awards_brings_a_talk_and_responsibility_and_every_result_is_filed() -> None:
    follows = {one.key: (tuple(test.is_ for test in one.tests()), one.by) for one in RULEBOOK.task}
    fail = (("fail",),)
    assert follows == {
        "filed": ((), ("organization", "office")),
        "awards_cancelled": (fail, ("organization", "office")),
        "talk": (fail, ("discipline",)),
        "responsibility": (fail, ("discipline",)),
    }


def test_the_steps_of_article_7_come_in_its_order_and_circulation_ends_the_year() -> None:
    assert [s.title.zh for s in RULEBOOK.stage] == [
        "启动考核", "自查自评", "召开会议", "民主测评", "个别谈话", "查阅资料", "实地查看", "量化计分", "党委审定", "全校通报",
    ]  # fmt: skip
    assert (RULEBOOK.stages["circulation"].due, RULEBOOK.stages["circulation"].roll) == ("12-31", "stay")


def test_every_due_date_is_marked_as_ours_for_the_measure_sets_none() -> None:
    assert {s.due_source for s in RULEBOOK.stage if s.due} == {"ours"}
    assert {one.due_source for one in RULEBOOK.task if one.due} == {"ours"}


def test_what_follows_from_a_result_is_due_so_many_days_after_its_notice() -> None:
    days = {one.key: (one.due.days, one.due.roll) for one in RULEBOOK.task if one.due}
    counts = {"filed": 15, "awards_cancelled": 15, "talk": 30, "responsibility": 60}
    assert days == {key: (count, "stay") for key, count in counts.items()}


def test_every_act_of_the_house_is_given_to_somebody() -> None:
    # The measure lists no records but cases and routine checks, puts nobody in order, reads no reported values, and has
    # no windows.
    needless = {*policy.RECORD_ACTS, *REVIEW_ACTS, "settle", "report_values", "waive_item", "restore_item"}
    assert set(RULEBOOK.acts) | needless == {
        act for act in ACTS if act not in STAGE_OF_ACT and not policy.is_outside_rulebooks(act)
    }


def test_the_vote_of_the_staff_is_given_no_points() -> None:
    assert tuple(RULEBOOK.ballot_paper.titles) == ("satisfied", "mostly_satisfied", "dissatisfied", "abstain")
    assert RULEBOOK.scoring.step == Decimal("0.5")


def test_every_ambiguity_is_decided_by_its_default() -> None:
    values = {key: reading.value for key, reading in RULEBOOK.readings.items()}
    assert values == {
        "party_cadre": "party_or_cadre", "deduction_unit": "case", "concurrent_sanctions": "heaviest",
        "case_year": "effective", "later_sanction": "excess", "open_cases": "mark", "revised_result": "committee",
        "substituted_sanction": "as_given", "duty_talks": "never_deducted", "ladder": "measure",
        "double_loss": "both", "deduction_cap": "none", "judged_grounds": "recorded_with_reasons",
        "attribution": "unit_at_act", "rounding": "display_only", "member_grades": "none",
        "self_scores": "shown", "recusal": "own_unit", "interviewed_members": "all", "numbering": "own_keys", "result_route": "as_stages", "routine_check_points": "none",
    }  # fmt: skip


def test_every_clause_points_into_the_measure() -> None:
    clauses = {path: part["clause"] for path, part in FILE if "clause" in part}
    assert len(clauses) > 200
    assert {p for p, c in clauses.items() if not str(c).startswith(("第", "附件"))} == set()


def test_every_wording_is_chinese_in_chinese_and_english_in_english() -> None:
    wordings = {path: part for path, part in FILE if "zh" in part or "en" in part}
    assert len(wordings) > 200
    for path, part in wordings.items():
        assert any("一" <= c <= "鿿" for c in str(part["zh"])), path
        assert len(str(part["en"])) > 3, path


def test_no_english_wording_falls_back_to_chinese_but_to_name_a_term() -> None:
    chinese = [part["en"] for _, part in FILE if any("一" <= c <= "鿿" for c in str(part.get("en", "")))]
    terms = {"party_cadre", "deduction_unit", "self_scores"}
    assert chinese == [reading.why.en for reading in RULEBOOK.reading if reading.key in terms]
