"""The rules that every letter keeps, whatever it says: over all kinds of notice, in both languages, to everybody."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

import pytest

from config.calendars import WorkingDays
from config.rulebooks import DEFAULT_EDITION_ID, load_edition, shipped_editions
from notifications.digest import ASKING_KINDS
from notifications.letter_text import Letterhead, LetterText, write_letter
from notifications.notices.notice import CONFIDENTIAL_KINDS, Notice
from states.assessment import OUTCOME_TITLES
from states.rulebook import roles
from states.vocabulary import Text
from tests.notifications.test_notices import FACTS, heard

RULEBOOK = load_edition(shipped_editions()[DEFAULT_EDITION_ID]).rulebook
ROLES: Mapping[str, Text] = {role.key: role.title.text for role in RULEBOOK.role}
URL = "https://kaohe.example.cn"
PAPER = Letterhead(
    roles=ROLES, office=roles.organiser(RULEBOOK), superiors=frozenset(roles.superiors(RULEBOOK)),
    contact="0000-0000000", console=URL, is_working=WorkingDays().is_working,
)  # fmt: skip
MONDAY, DUE = date(2026, 11, 16), date(2026, 11, 20)
REVIEW = {"unit": "u-1", "year": 2026, "window": Text(zh="复核", en="Review")}
DECIDED = {"document": "复核〔2026〕1号", "reason": "佐证材料漏计"}

OTHERS = [
    Notice("clock_stopped", "office", "", {"since": "2026-11-20 18:00", "until": "2026-11-23 09:00"}),
    Notice("year_missed", "office", "", {"year": 2026}),
    *(
        Notice("year_due", "office", "", {"year": 2026, "by": ROLES["office"], "units": units, "late": late, "days": 5})
        for units, late in ((60, 0), (0, 2))
    ),
    Notice(
        "routine_check", "unit", "u-1",
        {"unit": "u-1", "year": 2026, "checked_on": "2026-03-12", "what": Text(zh="整改答复已认可", en="the answer was accepted")},
    ),
    Notice("unreadable", "office", "", {"number": 7}),
    Notice("window_open", "unit", "u-1", {**REVIEW, "id": "review", "due": DUE}, due=DUE),
    Notice("review_decided", "unit", "u-1", {**REVIEW, **DECIDED, "decision": OUTCOME_TITLES["stands"]}),
    Notice("review_granted", "committee", "u-1", {**REVIEW, **DECIDED}),
    Notice(
        "access_changed", "holder", "", account="u-1-a",
        values={"what": Text(zh="修改密码", en="Change the password"), "at": "2026-11-20 10:00",
                "role": Text(zh="本人", en="the holder"), "actor": "u-1-a"},
    ),
    Notice(
        "deputy", "holder", "", account="u-1-b",
        values={"principal": "u-1-a", "roles": Text(zh="考核办公室", en="the office"), "since": DUE.isoformat(), "until": DUE.isoformat()},
    ),
    Notice("deputy", "holder", "", account="u-1-c", values={"principal": "u-1-a", "roles": None}),
]  # fmt: skip
EVERY = [*(notice for fact, _ in FACTS for notice in heard(fact)), *OTHERS]
"""Every kind of notice to everybody who hears it. A seal is a file for a program, with a sentence before it."""

LANGUAGES = pytest.mark.parametrize("language", ["zh", "en"])
NOTICES = pytest.mark.parametrize("notice", EVERY, ids=lambda n: f"{n.kind}-{n.to}")

TITLES = {"zh": "学院", "en": "College"}


def named(notice: Notice, count: int, language: str) -> list[Notice]:
    """The same notice of so many departments."""
    if not notice.unit:
        return [notice]
    given = {"reason": "R"} if "reason" in notice.values else {}
    documents = {key: "D" for key in ("document", "replaces") if key in notice.values}
    return [
        Notice(
            notice.kind, notice.to, f"u-{n}",
            {**notice.values, **given, **documents, "unit": f"{TITLES[language]} {n}"},
            notice.asks, notice.due, notice.account,
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def written(notice: Notice, language: str, count: int = 1, today: date = MONDAY) -> LetterText:
    own = f"{TITLES[language]} 1" if notice.to == "unit" else ""
    return write_letter(named(notice, count, language), language, today, PAPER, own)


def prose(said: str, language: str) -> str:
    """A letter without what is nobody's language: the address, the telephone, accounts, and what people typed."""
    for given in (URL, PAPER.contact, "u-1-a"):
        said = said.replace(given, "")
    return re.sub(r"\b[RD]\b", "", said)


@LANGUAGES
@NOTICES
def test_a_letter_is_in_one_language(notice: Notice, language: str) -> None:
    made = written(notice, language)
    said = prose(made.subject + made.body, language)
    wrong = r"[A-Za-z]+" if language == "zh" else r"[一-鿿，。：；（）【】、]"
    assert re.findall(wrong, said) == []


@LANGUAGES
@NOTICES
def test_a_letter_has_no_key_no_path_no_digest_and_no_gap(notice: Notice, language: str) -> None:
    """`self_report`, `assessment/2026/u-1`, `None`, `{{ due }}`, sixty-four hexadecimal digits."""
    made = written(notice, language, 3)
    said = prose(made.subject + "\n" + made.body, language)
    assert re.findall(r"\w+_\w+|\w/\w|\bNone\b|[{}]|\b[0-9a-f]{16,}\b|\bu-\d", said) == []
    assert "\n\n\n" not in made.body
    assert not re.search(r"[ \t]$|：：|，，|。。", made.body, re.MULTILINE)


@NOTICES
def test_days_are_written_as_an_office_writes_them(notice: Notice) -> None:
    """`12 月 4 日（周五）`, `Friday 4 December`; a moment of the log may have its hour."""
    due = notice.due
    if due is None:
        return
    zh, en = f"{due.month} 月 {due.day} 日（周{'一二三四五六日'[due.weekday()]}）", f"{due:%A} {due.day} {due:%B}"
    for language, day in (("zh", zh), ("en", en)):
        made = written(notice, language)
        assert day in made.subject
        assert day in made.body
        assert "2026-11" not in made.body


@pytest.mark.parametrize(
    ("today", "zh", "en"),
    [
        (MONDAY, "还有 4 个工作日", "4 working days left"), (date(2026, 11, 19), "还有 1 个工作日", "1 working day left"),
        (DUE, "【今日截止】", "Due today"), (date(2026, 11, 23), "逾期 1 个工作日", "1 working day overdue"),
        (date(2026, 11, 30), "逾期 6 个工作日", "6 working days overdue"),
    ],
)  # fmt: skip
def test_a_subject_says_the_step_its_day_and_how_urgent_it_is(today: date, zh: str, en: str) -> None:
    """Working days, left or over, are those of the day it is sent on."""
    (notice,) = (one for one in EVERY if one.kind == "reminder")
    for language, step, day, urgency in (
        ("zh", "自查自评", "11 月 20 日（周五）", zh), ("en", "Self-evaluation", "Friday 20 November", en),
    ):  # fmt: skip
        subject = written(notice, language, today=today).subject
        assert all(part in subject for part in (step, day, urgency)), subject


@pytest.mark.parametrize("kind", sorted(ASKING_KINDS | {"returned", "escalation"}))
def test_a_letter_that_asks_says_the_step_in_its_subject(kind: str) -> None:
    for notice in (one for one in EVERY if one.kind == kind):
        for language in ("zh", "en"):
            stage = notice.values["stage"]
            assert isinstance(stage, Text)
            assert stage.render(language) in written(notice, language).subject


ORDERS = {"zh": r"督办|(?<!提)请[^。]{0,8}(办理|登录|督促)|【逾期】", "en": r"(?i)please|overdue:|\bmust\b|see to it"}
"""What is said to those who do the work, and not to those who stand above the office that writes."""


@LANGUAGES
@pytest.mark.parametrize("to", sorted(PAPER.superiors))
@NOTICES
def test_superiors_are_reported_to_and_asked_for_a_decision_and_given_no_order(
    notice: Notice, to: str, language: str
) -> None:
    """Were any notice theirs to hear, late or in time. What is confidential has its one sentence for everybody."""
    if notice.kind in CONFIDENTIAL_KINDS or not notice.unit or notice.to == "unit":
        return
    raised = Notice(notice.kind, to, notice.unit, notice.values, notice.asks, notice.due)
    for today in (MONDAY, date(2026, 11, 30)):
        made = written(raised, language, 2, today)
        said = made.body.replace("请勿回复", "").replace("please do not reply", "")
        if notice.kind not in ("returned", "stale_score"):  # work of the working group's, never a superior's
            assert re.findall(ORDERS[language], made.subject + said) == []
        assert re.search("提请|报告" if language == "zh" else "decision|report", made.body)


@LANGUAGES
@NOTICES
def test_a_letter_begins_with_whom_it_is_to_and_ends_with_whom_to_ask(notice: Notice, language: str) -> None:
    if notice.kind in CONFIDENTIAL_KINDS:
        return
    lines = written(notice, language).body.splitlines()
    to = (
        f"{TITLES[language]} 1"
        if notice.to == "unit"
        else ROLES[notice.to].render(language)
        if notice.to in ROLES
        else ""
    )
    hello, contact = ("您好", "联系：") if language == "zh" else ("Hello", "Contact: ")
    assert (to or hello) in lines[0]
    (asked,) = (at for at, line in enumerate(lines) if line.startswith(contact))
    assert asked > len(lines) - 6
    if notice.to != "office":
        assert (
            lines[asked]
            == f"{contact}{ROLES['office'].render(language)}{'，' if language == 'zh' else ', '}0000-0000000"
        )


@LANGUAGES
@pytest.mark.parametrize("kind", sorted(CONFIDENTIAL_KINDS))
def test_a_confidential_letter_says_how_many_matters_there_are_and_nothing_else(kind: str, language: str) -> None:
    said = {"zh": "2 件保密事项，请登录办理", "en": "2 confidential matters: please sign in"}[language]
    for notice in (one for one in EVERY if one.kind == kind):
        made = written(notice, language, 2)
        assert (made.subject, made.body) == (said, said + "\n")


def test_what_waits_for_sixty_departments_is_one_item_with_their_names_below() -> None:
    (notice,) = (one for one in EVERY if one.kind == "task")
    made = written(notice, "zh", 60)
    assert made.subject.endswith("：60 个部门")
    at = made.body.splitlines().index(made.subject)
    assert made.body.splitlines()[at + 1] == "、".join(f"学院 {n}" for n in range(1, 61))
    assert made.body.count("学院 1、") == 1


def test_a_step_that_became_possible_and_one_that_is_reminded_of_are_one_item() -> None:
    """They ask for the same by the same day."""
    opened, reminded = (next(one for one in EVERY if one.kind == kind) for kind in ("step_open", "reminder"))
    one, other = named(opened, 1, "zh")[0], named(reminded, 2, "zh")[1]
    group = [Notice(n.kind, "working_group", n.unit, n.values, n.asks, n.due) for n in (one, other)]
    assert (
        write_letter(group, "zh", MONDAY, PAPER).subject
        == "【待办】自查自评，11 月 20 日（周五）前，还有 4 个工作日：2 个部门"
    )


@LANGUAGES
def test_a_letter_has_twenty_lines_at_most_and_says_how_many_items_it_leaves_out(language: str) -> None:
    """The most urgent come first, so that what is left out is the least urgent."""
    notices = [one for notice in EVERY if notice.unit for one in named(notice, 60, language)]
    late = [Notice(n.kind, "working_group", n.unit, n.values, n.asks, n.due) for n in notices]
    made = write_letter(late, language, date(2026, 11, 30), PAPER)
    assert len(made.body.strip().splitlines()) <= 20
    assert made.subject.startswith("【退回】" if language == "zh" else "Returned")
    assert re.search(r"另有 \d+ 项" if language == "zh" else r"\d+ more, which you can see", made.body)


def test_a_circulation_says_grade_and_document_and_its_seal_stands_at_the_very_end() -> None:
    (notice,) = (one for one in EVERY if one.kind == "circulated")
    values = {**notice.values, "grade": Text(zh="优秀", en="Excellent"), "document": "样例党字〔2026〕60号"}
    values |= {"replaces": None, "unit": "机电工程学院", "seal": {"number": 64, "fingerprint": "ab12 cd34"}}
    made = write_letter([Notice("circulated", "unit", "u-1", values)], "zh", MONDAY, PAPER, "机电工程学院")
    assert made.subject == "【通报】2026 年度考核结果：优秀（样例党字〔2026〕60号）"
    assert "指纹" not in made.subject
    assert made.body.splitlines()[-1] == "台账封存 64 条，指纹 ab12 cd34"
