"""Every story of `tests/scenarios` holds on both databases; a false story fails; a bad one is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from config import rulebooks
from config.clock import VirtualClock
from config.rulebooks import Edition, default_edition
from scenarios import checks, observations, story_file
from scenarios.defaults import acts, sheets
from scenarios.runner import StoryResult, run
from scenarios.story import Story, StoryFault
from scenarios.story_file import load, parse
from states import refusals
from states.acts import ACTS
from states.assessment import Assessment
from states.result.sheet_items import sheet_items
from states.vocabulary import Text
from storage.database.database import Database
from storage.ledger.ledger import Ledger
from tests.college import Silent
from workflow.engine import Engine

FOLDER = Path(__file__).parents[1] / "scenarios"
PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
STORIES = sorted(FOLDER.glob("*.toml"))
BASE = default_edition()
PLAIN = 'title = "t"\ntests = "t"\nyear = 2026\n[[unit]]\nid = "u-arts"\n'


def live(told: Story, database: Database, base: Edition = BASE) -> StoryResult:
    """One story on one empty database."""
    edition = told.edition(base)
    clock = VirtualClock(told.start(edition))
    ledger = Ledger(database)
    try:
        return run(told, Engine(ledger, clock, edition, Silent()), clock)
    finally:
        ledger.close()


@pytest.fixture
def lived(new_url: Callable[[str], str]) -> Callable[[str], StoryResult]:
    """Lives a story given as text (what follows the unit), on SQLite."""

    def of(text: str) -> StoryResult:
        with Database.open(new_url("sqlite")) as database:
            return live(parse(PLAIN + text, "told.toml"), database)

    return of


@pytest.mark.parametrize("file", STORIES, ids=lambda file: file.stem)
def test_every_story_holds(file: Path, database: Database) -> None:
    """What the owner of the rules wrote down is what the house does, and each check says by which clause."""
    result = live(load(file), database)
    assert not result.failures, "\n".join(check.text.zh for check in result.failures)
    assert result.ok
    assert [c.text.en for c in result.checks if c.clause == "—" and c.actual not in _WITHOUT_CLAUSE] == []


_WITHOUT_CLAUSE = ("rescind_case → NotThere",)
"""Nothing is there that a clause could speak of."""


def test_every_ambiguity_of_the_measure_has_a_story() -> None:
    """Domain F, 1 to 18: by name at the head of a story."""
    told = " ".join(load(file).tests for file in STORIES)
    named = set(told.replace("；", " ").split())
    assert [f"F{n}" for n in range(1, 19) if f"F{n}" not in named] == []


def test_every_reading_with_an_alternative_has_a_story_for_it() -> None:
    """Every value a reading can have beside its default is lived by some story."""
    lived = {(s, str(v)) for file in STORIES for s, v in load(file).changes.readings.items()}
    for name, reading in BASE.rulebook.readings.items():
        others = {(name, alternative.key) for alternative in reading.others}
        assert others <= lived, f"no story for {others - lived}"
    assert ("deduction_cap", "10") in lived


def test_every_key_and_act_and_refusal_is_in_the_documentation() -> None:
    """What can be written is explained."""
    page = PAGE.read_text("utf-8")
    words = [*observations.EXPECTATION_TYPES, *acts.story_acts(), *story_file.REFUSALS]
    words += [key for fields in acts.EXTRA_FIELDS.values() for key in fields]
    assert [word for word in words if f"`{word}`" not in page and f"`{word} = " not in page] == []


def test_a_check_has_a_title_for_every_key_that_can_be_expected() -> None:
    assert set(checks.TITLES) == {*observations.EXPECTATION_TYPES, "refused"}


def test_the_story_in_the_documentation_prints_what_is_printed_there(database: Database) -> None:
    """The page's example is lived, not copied."""
    page = PAGE.read_text("utf-8")
    told, printed = page.split("```toml\n")[1].split("```")[0], page.split("```text\n")[1].split("```")[0]
    assert "\n".join(c.text.zh for c in live(parse(told, "docs.toml"), database).checks) == printed.strip()


WRONG = (
    'stage = "approval"', "score = 91", "given = 91", "deducted = 2", "self_total = 91", 'grade = "pass"',
    'cause = "veto"', "deductions = { c-1 = 8 }", "deductions = {}", 'vetoes = ["c-1"]', 'flags = { c-1 = "pending" }',
    "stale = true", 'says = ["封顶"]', 'reminded = ["self_report -7"]', "reminded = []",
    'escalated = ["self_report up+1 office"]', 'superseded = ["self_report 0"]', 'lapsed = ["self_report 0"]',
    "due = { self_report = 2026-11-21 }", 'tasks = { filed = "done" }', 'team = ["u-arts-h1"]',
    'circulated = ["考通〔2026〕1号"]', 'recorded = ["Scored", "SelfReportSubmitted"]', 'absent = ["Scored"]',
    'told = ["unit circulated"]', 'checks = { r-1 = "open" }', 'checks_called = { r-1 = ["-7"] }',
)  # fmt: skip
"""Of every key of an expectation, one that does not come in the story of the next test."""


def test_an_expectation_that_is_not_so_fails_and_says_what_came(lived: Callable[[str], StoryResult]) -> None:
    """A runner that cannot fail is worth nothing."""
    case = '[[happening]]\non = 2026-11-03\ndo = "record_case"\ncase = "c-1"\noutcome = "admonition"\n'
    walk = '[[happening]]\non = 2026-11-10\ndo = "walk"\nto = "scoring"\ngiven = 96\n'
    expectations = "".join(f"[[expect]]\n{one}\n" for one in ("score = 90", *WRONG))
    result = lived(f"{case}{walk}{expectations}")
    assert not result.ok
    assert [check.ok for check in result.checks[-len(WRONG) - 1 :]] == [True] + [False] * len(WRONG)
    for failed in result.failures:
        assert failed.actual != failed.expected
        assert failed.actual in failed.text.zh
        assert failed.expected in failed.text.en
        assert "✗" in failed.text.zh


@pytest.mark.parametrize(
    ("was", "becomes", "fails"),
    [
        ("at_least = 90", "at_least = 89.5", "grades-at-their-bounds"),
        ("at_least = 60", "at_least = 60.5", "grades-at-their-bounds"),
        ("costs = 4\n", "costs = 5\n", "f08-the-ladder"),
        ("minimum_sheets = 2", "minimum_sheets = 1", "score-sheets"),
        ('roll = "stay"', 'roll = "back"', "deadline-on-a-day-off"),
        ('{ after = 1, to = "committee" }', '{ after = 1, to = "leading_group" }', "clock-escalation"),
        ('value = "party_or_cadre"', 'value = "party_and_cadre"', "f01-party-or-cadre"),
        ('value = "case"', 'value = "person"', "f02-per-case"),
        ('value = "heaviest"', 'value = "each"', "f03-heaviest"),
        ('value = "effective"', 'value = "act"', "f04-year-of-the-decision"),
        ('value = "mark"', 'value = "block"', "f04-open-case-marked"),
        ('value = "committee"', 'value = "note"', "f05-back-to-the-committee"),
        ('value = "as_given"', 'value = "committee"', "f06-as-given"),
        ('value = "both"', 'value = "once"', "f09-both-losses"),
        ('key = "deduction_cap"\nvalue = "none"', 'key = "deduction_cap"\nvalue = 10', "f10-no-cap"),
        ('value = "unit_at_act"', 'value = "unit_now"', "f12-unit-at-the-act"),
        ('value = "display_only"', 'value = "before_grade"', "f13-exact-score"),
    ],
)  # fmt: skip
def test_a_rule_that_changes_breaks_its_story(
    new_url: Callable[[str], str], was: str, becomes: str, fails: str
) -> None:
    """The stories hold because the rules are so, not because nothing is looked at."""
    source = BASE.source.replace(was, becomes).replace(
        was.replace("at_least", "below"), becomes.replace("at_least", "below")
    )
    assert source != BASE.source
    with Database.open(new_url("sqlite")) as database:
        assert not live(
            load(FOLDER / f"{fails}.toml"), database, rulebooks.parse_edition(source.encode(), "changed")
        ).ok


def test_a_refusal_nobody_expected_fails_the_story(lived: Callable[[str], StoryResult]) -> None:
    """It may not pass unseen that a step was not taken."""
    result = lived('[[happening]]\non = 2026-11-10\ndo = "approve"\n[[expect]]\nstage = "opening"\n')
    (failed,) = result.failures
    assert (failed.expected, failed.actual) == ("approve → ✓", "approve → NotNow")
    assert "现在不能办理" in failed.because.zh
    assert "现在不能办理" in failed.text.zh
    assert failed.clause == Text(zh="第八条（二）", en="Art. 8(2)")


def test_a_clause_is_said_in_the_language_of_its_sentence(lived: Callable[[str], StoryResult]) -> None:
    """What is this system's own default is called so, and in one language at a time."""
    happening = '[[happening]]\non = 2026-11-10\ndo = "withdraw"\nby = "committee"\nrefused = "NotYours"\n'
    (check,) = lived(happening).checks
    assert check.text.zh.endswith("（本系统默认·第四条（一））")
    assert check.text.en.endswith("(our default for Art. 4(1))")


def test_an_expected_refusal_that_does_not_come_fails_the_story(lived: Callable[[str], StoryResult]) -> None:
    """Nor that something was done which should not have been."""
    result = lived('[[happening]]\non = 2026-11-10\ndo = "submit_self_report"\nrefused = "OutOfRange"\n')
    (failed,) = result.failures
    assert (failed.expected, failed.actual) == ("submit_self_report → OutOfRange", "submit_self_report → ✓")


def test_another_refusal_than_the_expected_fails_the_story(lived: Callable[[str], StoryResult]) -> None:
    """Refused is not enough: the reason counts."""
    result = lived('[[happening]]\non = 2026-11-10\ndo = "approve"\nrefused = "ScoreIsStale"\n')
    assert [c.actual for c in result.failures] == ["approve → NotNow"]


def test_the_clause_of_a_score_is_that_of_its_deduction(lived: Callable[[str], StoryResult]) -> None:
    """The clauses come from the explanation the calculation gives of itself."""
    case = '[[happening]]\non = 2026-11-03\ndo = "record_case"\ncase = "c-1"\noutcome = "demotion"\n'
    walk = '[[happening]]\non = 2026-11-10\ndo = "walk"\nto = "scoring"\n'
    result = lived(f'{case}{walk}[[expect]]\ngrade = "fail"\ndeductions = {{}}\n')
    grade, deductions = result.checks
    assert "第八条（三）2" in grade.clause.zh
    assert "降级" in grade.because.zh
    assert deductions.clause.zh == "附件1 5.1；附件2 5.1"


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ("= 3", "TOML", "TOML"),
        ('title = "t"\ntests = "t"\nyear = 2026\nunit = []\n', "unit", "至少"),
        ('title = "t"\nyear = 2026\nunit = []\n', "—", "tests"),
        (PLAIN, "expect", "没有任何预期"),
        (PLAIN + "[[expect]]\n", "expect[1]", "没有写预期什么"),
        (PLAIN + "[[expect]]\nscroe = 90\n", "expect[1].scroe", "scroe"),
        (PLAIN + '[[expect]]\nscore = "ninety"\n', "expect[1].score", "应为数字"),
        (PLAIN + '[[expect]]\nunit = "u-none"\nscore = 9\n', "expect[1].unit", "u-none"),
        (PLAIN + '[[expect]]\nabsent = ["Scord"]\n', "expect[1].absent", "Scord"),
        (PLAIN + '[[expect]]\non = "soon"\nscore = 9\n', "expect[1].on", "应为日期"),
        (PLAIN + '[[happening]]\non = 2026-11-10\ndo = "dance"\nthen = { score = 9 }\n', "happening[1].do", "dance"),
        (PLAIN + '[[happening]]\ndo = "score"\nthen = { score = 9 }\n', "happening[1].on", "应为日期"),
        (PLAIN + '[[happening]]\non = 2026-11-10\ndo = "walk"\nthen = { score = 9 }\n', "happening[1].to", "walk"),
        (PLAIN + '[[happening]]\non = 2026-11-10\ndo = "score"\nrefused = "No"\n', "happening[1].refused", "OwnUnit"),
        (PLAIN + '[[happening]]\non = 2026-11-10\ndo = "score"\nmark = 3\nrefused = "NotNow"\n', "happening[1].mark", "mark"),
        (PLAIN + 'settings = 3\n[[expect]]\nscore = 9\n', "—", "settings"),
        ('rulebook = "nowhere.toml"\n' + PLAIN + "[[expect]]\nscore = 9\n", "rulebook", "liuzhou-2021"),
        (PLAIN + '[[happening]]\non = 2026-11-10\nunit = ["u-arts", "u-none"]\ndo = "score"\nrefused = "NotNow"\n', "happening[1].unit", "u-none"),
        ('opens = "now"\n' + PLAIN + "[[expect]]\nscore = 9\n", "opens", "应为日期"),
        ('opens = "never"\n' + PLAIN + "[[expect]]\nscore = 9\n", "happening", "never opens"),
    ],
)  # fmt: skip
def test_a_bad_story_is_refused_with_file_key_and_a_sentence(text: str, key: str, words: str) -> None:
    """Its author finds the place."""
    with pytest.raises(StoryFault) as caught:
        parse(text, "bad.toml")
    said = str(caught.value)
    assert "bad.toml" in said
    assert words in said
    assert caught.value.details["key"] == key
    assert caught.value.render("zh") != caught.value.render("en")


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ('[readings]\ndeduction_unit = "cow"\n', "deduction_unit"),
        ('[readings]\nno_such = "x"\n', "reading.no_such"),
        ("[scoring]\nminimum = 1\n", "scoring.minimum"),
        ("[readings]\ndeduction_cap = -1\n", "deduction_cap"),
    ],
)
def test_a_variant_that_is_no_rulebook_is_refused(readings: str, words: str) -> None:
    """A story's readings are checked like any edition's."""
    told = parse(f"{PLAIN}{readings}[[expect]]\nscore = 9\n", "bad.toml")
    with pytest.raises(StoryFault, match=r"bad\.toml") as caught:
        told.edition(BASE)
    assert words in caught.value.render("zh")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ('do = "walk"\nto = "heaven"', "heaven"),
        ('do = "walk"\nto = "scoring"\ngiven = 101', "101"),
        ('do = "walk"\nto = "scoring"\nmarks = { "a9-1" = 1 }', "a9-1"),
        ('do = "raise_veto"\nveto = "case/c-1"', "raise_veto"),
    ],
)
def test_what_only_the_life_of_a_story_can_show_is_refused_in_words_too(
    lived: Callable[[str], StoryResult], fields: str, words: str
) -> None:
    """Marks that cannot be made, a stage there is none of, a command left half written."""
    with pytest.raises(StoryFault, match="happening") as caught:
        lived(f"[[happening]]\non = 2026-11-10\n{fields}\n[[expect]]\nscore = 9\n")
    assert words in str(caught.value)


def test_a_story_names_its_rulebook_by_id_or_by_the_path_from_its_folder(tmp_path: Path) -> None:
    """Without a name it is that of the program; a file that is no rulebook is refused at the key."""
    expect = "[[expect]]\nscore = 9\n"
    changed = BASE.source.replace('id = "liuzhou-2021"', 'id = "another"')
    (tmp_path / "another.toml").write_text(changed, "utf-8")
    (tmp_path / "none.toml").write_text("format = 1\n", "utf-8")
    base = rulebooks.load_edition(tmp_path / "another.toml")
    assert parse(PLAIN + expect, "t.toml").edition(base) is base
    assert parse(f'rulebook = "liuzhou-2021"\n{PLAIN}{expect}', "t.toml").edition(base).rulebook.id == "liuzhou-2021"
    told = parse(
        f'rulebook = "another.toml"\n{PLAIN}[readings]\ndeduction_unit = "person"\n{expect}', "t.toml", tmp_path
    )
    assert told.edition(BASE).rulebook.id == "another-variant"
    with pytest.raises(StoryFault, match="rulebook"):
        parse(f'rulebook = "none.toml"\n{PLAIN}{expect}', "t.toml", tmp_path).edition(BASE)


def test_a_happening_of_several_departments_is_done_by_each(lived: Callable[[str], StoryResult]) -> None:
    walk = '[[happening]]\non = 2026-11-10\ndo = "walk"\nunit = ["u-law", "u-arts"]\nto = "meeting"\nthen = { stage = "meeting" }\n'
    result = lived(f'[[unit]]\nid = "u-law"\n{walk}')
    assert [(check.unit, check.actual) for check in result.checks] == [("u-law", "meeting"), ("u-arts", "meeting")]


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(StoryFault, match=r"nowhere\.toml"):
        load(tmp_path / "nowhere.toml")


def test_a_story_of_its_own_readings_is_lived_under_an_edition_of_its_own() -> None:
    """The shipped edition is never changed, and the variant is kept and pinned as any edition is."""
    told = parse(f'{PLAIN}[readings]\ndeduction_unit = "person"\n[[expect]]\nscore = 9\n', "v.toml")
    variant = told.edition(BASE)
    assert variant.rulebook.id == f"{BASE.rulebook.id}-variant"
    assert variant.digest != BASE.digest
    assert variant.rulebook.readings["deduction_unit"].value == "person"
    changed = [a for a, b in zip(BASE.source.splitlines(), variant.source.splitlines(), strict=True) if a != b]
    assert changed == [f'id = "{BASE.rulebook.id}"', 'value = "case"']


def test_marks_are_spread_in_steps_over_the_elements_and_make_the_points_given() -> None:
    """Every total that half points can make is made, within every element."""
    items = sheet_items(Assessment(unit_kind="college"), BASE.rulebook)
    for halves in range(201):
        given = Decimal(halves) / 2
        marks = sheets.spread(items, given, {})
        assert sum(marks.values()) == given
        assert all(0 <= marks[k] <= e.element.points and marks[k] % Decimal("0.5") == 0 for k, e in items.items())


def test_a_story_can_name_every_act_but_those_at_its_head() -> None:
    assert set(acts.story_acts()) == {acts.WALK, *ACTS} - set(acts.NOT_IN_STORIES)
    assert set(acts.REQUIRED) <= set(acts.story_acts())
    assert set(story_file.REFUSALS) >= {refusals.OwnUnit.__name__, refusals.ScoreIsStale.__name__}


def test_a_happening_dated_by_day_comes_after_the_clock_of_that_day(lived: Callable[[str], StoryResult]) -> None:
    """The reminder of the last day is sent at nine; those who hand in at ten were reminded."""
    on = date(2026, 11, 20).isoformat()
    result = lived(
        f'[[happening]]\non = {on}\ndo = "submit_self_report"\n'
        'then = { reminded = ["self_report -10", "self_report -5", "self_report -3", "self_report -1", "self_report 0"] }\n'
        '[[happening]]\non = 2026-11-25T08:59:00\ndo = "walk"\nto = "meeting"\nthen = { reminded = ["democratic_evaluation -5"] }\n'
    )
    assert [c.actual for c in result.failures] == ["[]"]
