"""The papers of the result and after it: the explanation, the public notice, what is to be put right, what is handed over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from config.rulebooks import load_edition
from console.papers.making import make_paper, stream_of_paper, values_of
from demo.year import run_any
from states.papers.catalogue import PAPERS
from states.result.result import Result
from states.stages.publicity import ResultPosted
from states.user_errors import UserError
from tests.college import RULEBOOK
from tests.conftest import NewUrl
from tests.documents.word_templates import lines
from tests.sample_year import sixteen
from workflow import wiring
from workflow.engine import Engine
from workflow.papers.explained import office_sentence
from workflow.papers.following import you_of
from workflow.papers.limits import limit_words
from workflow.papers.outcome import result_letter
from workflow.papers.rectification import rectification
from workflow.papers.referral import referral
from workflow.papers.sources import UnitSource, YearSource, past_sources, present_sources
from workflow.papers.words import NO_DAY, TO_WRITE_IN, as_written, no_number
from workflow.papers.year_round import agenda_item, circular, publicity, resolution

from .test_other_measures import SHIPPED_WORDS
from .test_paper_issue import issue
from .test_papers import circulated, part, scored, text, values
from .test_routine_checks import FORM, send
from .walk import HOME, walk
from .web import Console

MEASURES = Path(__file__).parents[1] / "measures"
OFFICE_TITLE = "考核领导小组办公室（纪委办公室）"


@pytest.fixture
def sample(dialect: str, new_url: NewUrl) -> Iterator[Engine]:
    """The year of sixteen departments."""
    with wiring.read_only_engine(new_url(dialect, sixteen)) as engine:
        yield engine


def rows(engine: Engine, key: str, unit: str, name: str) -> list[dict[str, str]]:
    """The rows of a list of a paper."""
    made: Any = values_of(engine, PAPERS[key], stream_of_paper(2026, unit))[name]
    return list(made)


def test_the_explanation_has_every_item_each_case_and_the_reopening_each_with_its_clause(sample: Engine) -> None:
    lines = rows(sample, "explanation", "u05", "explanation")
    by_item = {one["item"]: one for one in lines}
    assert part(by_item["1.1加强政治理论学习"], "sentence", "points", "clause") == (
        "满分6分：5.5", "5.5", "附件1第1.1项",
    )  # fmt: skip
    assert part(by_item["案件c-2026-u05-b（2026年10月22日）"], "sentence", "points", "clause") == (
        "诫勉谈话（诫勉）、党员（非干部）：按“诫勉谈话”扣6分", "−6", "附件1第5.1项；附件2第5.1项",
    )  # fmt: skip
    assert part(by_item["总分"], "sentence", "points") == ("满分100分：18 + 24 + 22 + 20 − 8 = 76", "76")
    readings = rows(sample, "explanation", "u05", "readings")
    assert {"reading": "案件计入处分决定生效的年度", "clause": "附件1第5.1项"} in readings
    assert "学校党委2027年1月8日以样例党字〔2027〕1号决定重新审议。理由：廉政党课次数计算有误" in [
        one["sentence"] for one in rows(sample, "explanation", "u01", "explanation")
    ]
    assert not any(one["clause"] == "" for one in lines)
    assert "p-u05" not in json.dumps(lines), "an id of a person says nothing to a reader"


def test_only_those_who_may_read_cases_make_the_explanation_and_nobody_of_the_department(college: Console) -> None:
    scored(college)
    path = f"{HOME}/papers/explanation.docx"
    college.people({"ours": ("office", "u-1")})
    assert [college.sign_in(one).get(path).status_code for one in ("working_group", "ours", "unit-1")] == [403] * 3
    assert [college.sign_in(one).get(path).status_code for one in ("committee", "office", "discipline")] == [200] * 3


def test_a_department_is_told_what_a_routine_check_found_until_it_answers(college: Console) -> None:
    office = college.sign_in("office")
    assert send(office, "/routine-checks/new", **FORM).status_code == 303
    made = values(college, "rectification")
    assert part(made["matters"][0], "number", "source", "problem", "matter", "due", "clause") == (
        "1", "平时检查（2026年10月20日）", "工作计划缺少责任分工", "补充责任分工", "2026年11月20日", "第三条（三）",
    )  # fmt: skip
    assert part(made, "sender", "grade", "losses") == (OFFICE_TITLE, "", [])
    said = text(college, "rectification")
    assert "请你部门对2026年度下列事项进行整改" in said
    assert f"将整改情况报告（格式见附件）报{OFFICE_TITLE}" in said
    upto = college.engine.ledger.head().number
    check = next(one for one in present_sources(college.engine).unit(2026, "u-1").checks)
    send(college.sign_in("unit-1"), f"/routine-checks/u-1/{check.id}/answer_routine_check", answer="已补充")
    with pytest.raises(UserError) as caught:
        values(college, "rectification")
    assert "没有待整改的事项" in caught.value.render("zh")
    today = college.clock.at.date()
    before = past_sources(college.engine, upto, college.engine.editions.in_force.pin, today).unit(2026, "u-1")
    assert rectification(before) == made, "made again, it says what was open then"


@pytest.mark.one_database
def test_a_department_is_told_the_tasks_of_its_result_that_it_does_itself(tmp_path: Path) -> None:
    """The database does not matter: the rulebook does."""
    url, edition = f"sqlite:///{tmp_path / 'other.db'}", load_edition(MEASURES / "heronisle-2031.toml")
    run_any(url, edition, 2031, 4, 1, lambda *_: None)
    with wiring.read_only_engine(url, edition) as engine:
        one = present_sources(engine).unit(2031, "u04")
        made: Any = rectification(replace(one, state=replace(one.state, tasks=dict.fromkeys(one.state.tasks))))
        assert [part(row, "source", "problem", "matter", "due", "clause") for row in made["matters"]] == [
            ("2031年度考核", "考核结果为“差”", "提交书面说明", "2033年4月12日", "第十四条（二）"),
            ("2031年度考核", "考核结果为“差”", "完成整改", "2033年6月28日", "第十四条（三）"),
        ]  # fmt: skip
        with pytest.raises(UserError):
            rectification(one)


def test_a_fail_is_followed_by_the_form_of_the_talk_and_the_letter_that_hands_the_matter_over(sample: Engine) -> None:
    persons = {"p-u07-h1": "样例·书记", "p-u07-a": "样例·某"}
    one = present_sources(sample).unit(2026, "u07", persons=persons)
    made: Any = referral(one)
    assert part(made, "addressee", "task", "clause", "due") == (
        "学校纪委", "追究相关责任人的责任", "第九条2", "2027年2月28日",
    )  # fmt: skip
    assert made["matters"] == [
        {
            "number": "1",
            "name": "样例·某",
            "post": "",
            "matter": "撤职、党员干部",
            "effective_on": "2026年11月28日",
            "document": "样例纪字〔2026〕a号",
            "clause": "第八条（三）2",
        }
    ]
    note = values_of(sample, PAPERS["talk-note"], stream_of_paper(2026, "u07"))
    assert part(note, "by", "grade") == ("学校纪委", "不合格")  # type: ignore[arg-type]
    assert [one["post"] for one in rows(sample, "talk-note", "u07", "summoned")] == [
        "党总支书记", "院长", "班子成员1", "班子成员2",
    ]  # fmt: skip
    assert made["you"] == "你委"
    assert rows(sample, "talk-note", "u07", "losses") == rows(sample, "result-letter", "u07", "losses")
    for key in ("referral", "talk-note"):
        with pytest.raises(UserError) as caught:
            values_of(sample, PAPERS[key], stream_of_paper(2026, "u01"))
        assert "没有这份文书所对应的结果运用事项" in caught.value.render("zh")


def test_the_explanation_says_the_clause_of_a_grade_and_who_interprets_the_measure(sample: Engine) -> None:
    by_item = {one["item"]: one["sentence"] for one in rows(sample, "explanation", "u07", "explanation")}
    assert by_item["各项得分小计"] == "扣分前的得分"
    assert by_item["5.扣分项"] == "无计分情形"
    assert by_item["对照等次标准"] == "评定等次的得分86，达到“合格”标准（≥70且＜90）"
    assert by_item["优秀"] == "评定等次的得分86，未达到“优秀”标准（≥90）"
    assert by_item["等次"] == "直接评定为“不合格”"
    assert [one for title, one in by_item.items() if title.startswith("本部门党员干部严重违反")] == [
        "有此情形，直接评定为“不合格”"
    ]
    made = values_of(sample, PAPERS["explanation"], stream_of_paper(2026, "u07"))
    assert made["interpreter"] == "纪委办公室（监察室）"
    clauses = [one["clause"] for one in rows(sample, "explanation", "u07", "readings")]
    assert "第八条（三）2；附件1第5.1项" in clauses
    assert not any("附件2" in one for one in clauses), "the annex of the other kinds of department"


@pytest.mark.parametrize(
    ("sentence", "location", "written"),
    [
        (
            "符合“合格”的条件：“评定等次的得分”86（要求≥70且＜90）",
            "grade.row",
            "评定等次的得分86，达到“合格”标准（≥70且＜90）",
        ),
        ("符合“良好”的条件：总分99.47（要求≥75）", "grade.row", "总分99.47，达到“良好”标准（≥75）"),
        ("未达到“优秀”：总分86（要求≥90）", "grade.better", "总分86，未达到“优秀”标准（≥90）"),
        (
            "符合“好”的条件：总分80（要求≥75），且“平均数”≈ 0.9361（要求≥0.6）",
            "grade.row",
            "符合“好”的条件：总分80（标准为≥75），且平均数≈ 0.9361（标准为≥0.6）",
        ),
        ("成立，等次不高于“不合格”", "limit.heavy_sanction", "有此情形，直接评定为“不合格”"),
        ("成立，等次不高于“合格”", "limit.elsewhere", "有此情形，等次不高于“合格”"),
        ("待定；如成立，等次不高于“不合格”", "limit.major_case", "待定；如有此情形，直接评定为“不合格”"),
        ("成立2次，其中学校党委认定1次", "major_case", "有此情形2次，其中学校党委认定1次"),
        ("“不合格”（因“甲”）", "grade", "直接评定为“不合格”"),
        ("没有计分的记录", "cases", "无计分情形"),
    ],
)
def test_a_line_of_the_explanation_is_said_in_the_words_of_an_office(
    sample: Engine, sentence: str, location: str, written: str
) -> None:
    assert office_sentence(sentence, location, present_sources(sample).unit(2026, "u07")) == written


LIMITED: dict[str, Any] = {"subject": "unit", "score": None, "subtotal": None, "adjustment": Decimal(0)}


@pytest.mark.parametrize(
    ("not_above", "by_row", "grade", "remark", "effect"),
    [
        ("fail", "pass", "fail", "直接评定（第八条（三）2）", "直接评定为不合格"),
        ("fail", "fail", "fail", "直接评定（第八条（三）2）", "直接评定为不合格"),
        ("pass", "excellent", "pass", "等次受限（第八条（三）2）", "等次不高于“合格”"),
        ("pass", "pass", "pass", "", ""),
        ("pass", "fail", "fail", "", ""),
        ("pass", None, None, "等次受限（第八条（三）2）", "等次不高于“合格”"),
    ],
)
def test_a_paper_says_the_clause_that_set_or_limited_a_grade(
    not_above: str, by_row: str | None, grade: str | None, remark: str, effect: str
) -> None:
    """No database is read."""
    scale = RULEBOOK.scale[0]
    limits = tuple(
        one.model_copy(update={"not_above": not_above}) if one.key == "heavy_sanction" else one for one in scale.limit
    )
    rulebook = RULEBOOK.model_copy(update={"scale": (scale.model_copy(update={"limit": limits}),)})
    rulebook.__dict__.pop("scales", None)  # computed from the other limits
    result = Result(**LIMITED, grade=grade, by_row=by_row, limits=("heavy_sanction",))
    said = limit_words(result, rulebook)
    assert part(said, "grade_remark", "limit_effect") == (remark, effect)
    assert limit_words(None, rulebook) == dict.fromkeys(said, "")


def test_a_resolution_is_of_one_meeting_and_a_circular_is_of_one_circular(sample: Engine) -> None:
    year = present_sources(sample).year(2026)
    decided: Any = resolution(year)
    assert part(decided, "resolution", "met_on", "unit_count", "pending") == (
        "样例党字〔2027〕5号", "2027年1月13日", "1", "",
    )  # fmt: skip
    assert "信息工程学院、" in decided["decided_apart"]
    told: Any = circular(year)
    assert part(told, "notice", "unit_count", "pending") == ("样例党字〔2027〕6号", "1", "")
    assert told["circulated_apart"] == decided["decided_apart"]
    first, second, *others = year.units
    waiting = replace(year, units=(_back_to(first, "scoring"), _back_to(second, "approval"), *others))
    decided, told = resolution(waiting), circular(waiting)
    assert part(decided, "resolution", "met_on", "unit_count") == (no_number(2026), NO_DAY, "1")
    assert part(told, "notice", "circulated_on", "unit_count", "pending") == (no_number(2026), NO_DAY, "1", first.unit)
    assert (decided["results"][0]["unit"], told["results"][0]["unit"]) == (first.unit, second.unit)
    item: Any = agenda_item(waiting)
    assert part(item, "scored_count", "asked_count") == ("16", "1")
    everybody = replace(year, units=tuple(_back_to(one, "scoring") for one in year.units))
    assert resolution(everybody)["limited"] == [
        {
            "units": "环境食品学院、建筑工程学院",
            "limit_clause": "第八条（三）2",
            "limit_effect": "直接评定为不合格",
        }
    ]


@pytest.mark.parametrize(
    ("addressee", "you"),
    [("学校纪委", "你委"), ("某委员会", "你委"), ("组织部", "你部"), ("人事处", "你处"), ("党委办公室", "你办"),
     ("组织部、人事处", "你单位"), ("考核领导小组", "你单位")],
)  # fmt: skip
def test_a_letter_calls_the_body_that_it_is_sent_to_as_offices_do(addressee: str, you: str) -> None:
    """No database is read."""
    assert you_of(addressee) == you


def test_a_case_that_was_rescinded_or_had_no_effect_is_not_handed_over(sample: Engine) -> None:
    one = present_sources(sample).unit(2026, "u07")
    (case,) = one.cases
    for changed in (replace(case, rescinded=True), replace(case, stream="case/c-2026-elsewhere")):
        assert referral(replace(one, cases=(changed,)))["matters"] == []


@pytest.mark.one_database
@pytest.mark.parametrize("measure", ["heronisle-2031", "cloudladder-2031"])
def test_no_paper_says_a_word_that_another_measure_does_not_have(measure: str, tmp_path: Path) -> None:
    """The database does not matter: the rulebook does."""
    url, edition = f"sqlite:///{tmp_path / 'other.db'}", load_edition(MEASURES / f"{measure}.toml")
    run_any(url, edition, 2031, 4, 1, lambda *_: None)
    foreign = [word for word in SHIPPED_WORDS if word not in edition.source]
    assert {"党委", "工作组"} <= {*foreign}
    made, wrong = set(), []
    with wiring.read_only_engine(url, edition) as engine:
        for paper in (one for one in PAPERS.values() if one.file == "docx"):
            for unit in (None,) if paper.of == "year" else ("u01", "u04"):
                try:
                    data = make_paper(engine, paper, stream_of_paper(2031, unit))
                except UserError:
                    continue
                made.add(paper.key)
                said = "".join(lines(data))
                wrong += [(paper.key, word) for word in foreign if word in said]
    assert wrong == []
    assert {"notice", "agenda-item", "resolution", "circular", "result-letter", "explanation", "handover"} <= made


@pytest.mark.one_database
def test_the_letter_says_where_and_until_when_a_review_may_be_asked_for(tmp_path: Path) -> None:
    """The database does not matter: the rulebook does."""
    url, edition = f"sqlite:///{tmp_path / 'other.db'}", load_edition(MEASURES / "heronisle-2031.toml")
    run_any(url, edition, 2031, 4, 1, lambda *_: None)
    with wiring.read_only_engine(url, edition) as engine:
        one = present_sources(engine).unit(2031, "u04")
        in_time: Any = result_letter(replace(one, today=date(2033, 4, 7)))
        assert [part(row, "review", "to", "until", "clause") for row in in_time["reviews"]] == [
            ("复核", "考核办公室", "2033年4月7日", "第十五条（一）"),
        ]  # fmt: skip
        assert in_time["approver"] == "考核委员会"
        assert result_letter(replace(one, today=date(2033, 4, 8)))["reviews"] == []


def test_only_the_discipline_office_hands_a_matter_over(sample: Engine) -> None:
    """Its page refuses everybody else, as those of all papers do."""
    rulebook = sample.rulebook_of("assessment/2026/u07")
    assert PAPERS["referral"].makers(rulebook) == ("discipline",)
    assert "office" in PAPERS["award-bar"].makers(rulebook)


@pytest.fixture(scope="module")
def with_publicity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[YearSource]:
    """A year under a measure with a stage of publicity, after the approval."""
    url = f"sqlite:///{tmp_path_factory.mktemp('publicity') / 'other.db'}"
    edition = load_edition(MEASURES / "cloudladder-2031.toml")
    run_any(url, edition, 2031, 4, 1, lambda *_: None)
    with wiring.read_only_engine(url, edition) as engine:
        yield present_sources(engine).year(2031)


@pytest.mark.one_database
def test_the_public_notice_has_the_results_and_its_period_and_is_written_in_before(with_publicity: YearSource) -> None:
    """The database does not matter: the rulebook does."""
    year, (one, *_) = with_publicity, with_publicity.units
    fact = one.state.fact(ResultPosted)
    assert fact is not None
    posted: Any = publicity(replace(year, units=(one,)))
    assert (posted["posted_on"], posted["until"]) == tuple(
        f"{day.year}年{day.month}月{day.day}日" for day in (fact.posted_on, fact.until)
    )
    assert part(posted, "sender", "clause", "words", "unit_count") == (
        "考核办公室", "第十六条（六）", "审定、公示与通报。考核委员会于11月15日前审定，公示5个工作日，12月1日前通报。", "1",
    )  # fmt: skip
    assert part(posted["results"][0], "unit", "grade") == ("学院（1）", "良好")
    before: Any = publicity(replace(year, units=(_back_to(one, "approval"),)))
    assert part(before, "posted_on", "until", "date") == (NO_DAY, "2032年11月24日", NO_DAY)
    with pytest.raises(UserError) as caught:
        publicity(replace(year, units=(_back_to(one, "scoring"),)))
    assert "“审定”尚未办结" in caught.value.render("zh")


def test_a_measure_without_publicity_has_no_public_notice(college: Console) -> None:
    circulated(college)
    with pytest.raises(UserError) as caught:
        values(college, "publicity")
    assert "没有这份文书所对应的步骤" in caught.value.render("zh")


def _back_to(one: UnitSource, stage: str) -> UnitSource:
    return replace(one, state=one.state.pop(stage))


def test_the_list_for_the_archive_counts_what_was_made_for_good_and_the_documents_of_each_step(
    college: Console,
) -> None:
    walk(college, until="record_ballot")
    issue(college, "working_group", "/papers/2026/minutes")
    issue(college, path="/papers/2026/notice", of="year/2026")
    made = values(college, "handover")
    assert [part(row, "title", "author", "retention", "count") for row in made["items"]] == [
        ("2026年度考核工作通知", "中共柳州职业技术学院委员会", "永久", "1"),
        ("2026年度会议记录", "考核工作组", "30年", "1"),
        ("2026年度自查自评材料", "样例学院1", "30年", "1"),
        ("2026年度召开会议材料", "考核工作组", "30年", "1"),
    ]  # fmt: skip
    assert (made["piece_count"], made["totals"]) == (
        "4", [{"retention": "永久", "count": "1"}, {"retention": "30年", "count": "3"}],
    )  # fmt: skip


def test_the_notice_and_the_circular_leave_room_for_those_who_get_a_copy(college: Console) -> None:
    circulated(college)
    for key in ("notice", "circular"):
        assert values(college, key)["copies"] == TO_WRITE_IN


@pytest.mark.parametrize(
    ("sentence", "written"),
    [
        ("学校党委 2027-01-08 以 样例〔2027〕1号 决定", "学校党委2027年1月8日以样例〔2027〕1号决定"),
        ("满分 24 分：5.5 + 4 = 9.5", "满分24分：5.5 + 4 = 9.5"),
        ("案件 c-2026-01-02-a、r-2026-01-02", "案件c-2026-01-02-a、r-2026-01-02"),
    ],
)
def test_a_sentence_of_the_program_is_written_as_a_paper_is(sentence: str, written: str) -> None:
    assert as_written(sentence) == written
