"""The command line, as it is typed: what it prints, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.rulebooks import default_edition
from console.cli.app import app
from console.cli.year_tables import NOTICES
from notifications.digest import ASKING_KINDS
from tests.conftest import NewUrl
from tests.sample_year import four, sixteen

RUN = CliRunner()
NEXT = datetime.now(UTC).year + 1
"""A year none of whose deadlines is past."""
STORIES = Path(__file__).parents[1] / "scenarios"
TEMPLATES = Path(__file__).parents[2] / "notifications/templates/zh"

ROSTER = """
[[unit]]
unit = "u-arts"
title = "样例艺术学院"
unit_kind = "college"
heads = [{ person = "p-1", position = "书记" }, { person = "p-2", position = "院长" }]
members = [{ person = "p-3", position = "副院长" }]
staff = 40
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder, and no settings of the machine's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("KAOHE_DATABASE", raising=False)
    return tmp_path


def kaohe(*words: object) -> Any:
    """One command."""
    return RUN.invoke(app, [str(w) for w in words])


def test_the_demonstration_ends_with_the_replays_verdict(here: Path) -> None:
    """Table, notices, counts, digest."""
    done = kaohe("demo", "--units", 8, "--no-serve")
    assert done.exit_code == 0, done.output
    for said in ("优秀", "合格", "基本合格", "不合格", "一票否决", "督办", "复核：无缺陷，封存至"):
        assert said in done.output
    assert list(here.glob("demo-data/*.db"))


def test_the_screen_has_a_title_for_every_kind_of_notice() -> None:
    """A kind is a template's name; those that ask share one."""
    assert ({one.stem for one in TEMPLATES.glob("*.txt")} | ASKING_KINDS) - {"ask"} == set(NOTICES)


def test_the_demonstrations_summary_is_json(here: Path) -> None:
    """And running it again gives the same, save the keys: each run makes its own."""
    one, other = (json.loads(kaohe("demo", "--units", 1, "--json").stdout) for _ in range(2))
    keys = [summary["replay"]["vouched"].pop("keys") for summary in (one, other)]
    assert one == other
    assert one["replay"]["ok"]
    for shown in keys:
        assert [(key["role"], key["source"]) for key in shown] == [("log", "given"), ("witness", "given")]


def test_a_year_is_opened_from_a_roster_and_again_without_harm(here: Path) -> None:
    """Idempotent; then there is something to explain once it is scored, and not before."""
    (here / "roster.toml").write_text(ROSTER, "utf-8")
    asked = (
        "year",
        "open",
        NEXT,
        "--roster",
        "roster.toml",
        "--database",
        "k.db",
        "--due",
        f"self_report={NEXT}-11-17",
    )
    first, again = kaohe(*asked), kaohe(*asked)
    assert "新启动 1 个部门" in first.output, first.output
    assert "已启动 1 个" in again.output
    assert kaohe("audit", "replay", "--database", "k.db").exit_code == 0
    assert kaohe("doctor", "--database", "k.db").exit_code == 0
    unscored = kaohe("explain", "u-arts", "--year", NEXT, "--database", "k.db")
    unknown = kaohe("explain", "u-art", "--year", NEXT, "--database", "k.db", "--lang", "en")
    assert unknown.exit_code == 2
    assert "u-art cannot be used: it is not on the roster, which has u-arts" in unknown.output
    assert unscored.exit_code == 1
    assert "尚未计分" in unscored.output


def test_a_year_whose_dates_are_past_is_not_opened_before_the_proposed_ones_are_accepted(here: Path) -> None:
    """Every late date is named, others are proposed, nothing is written; taken, the year opens with them."""
    (here / "roster.toml").write_text(ROSTER, "utf-8")
    asked = ("year", "open", NEXT - 2, "--roster", "roster.toml", "--database", "k.db")
    named = kaohe(*asked)
    assert named.exit_code == 1
    assert "9 个步骤的期限已过" in named.output
    assert f"（原定 {NEXT - 2}-" in named.output
    assert "台账" not in kaohe("year", "close", NEXT - 2, "--database", "k.db").output
    done = kaohe(*asked, "--accept-proposed")
    assert "新启动 1 个部门" in done.output, done.output
    assert kaohe("audit", "replay", "--database", "k.db").exit_code == 0
    refused = kaohe(*asked, "--due", f"self_report={NEXT - 2}-11-20", "--accept-proposed")
    assert "已启动 1 个" in refused.output


@pytest.mark.parametrize(
    ("roster", "said"),
    [
        ("[[unit]]\nunit = 1\n", "名册"),
        ("nonsense", "名册"),
        (ROSTER + ROSTER, "重复"),
        (ROSTER.replace("p-1", "张三"), "姓名"),
    ],
)
def test_a_roster_that_cannot_be_used_is_refused_in_a_sentence(here: Path, roster: str, said: str) -> None:
    """Exit 2, and nothing is opened."""
    (here / "roster.toml").write_text(roster, "utf-8")
    done = kaohe("year", "open", NEXT, "--roster", "roster.toml", "--database", "k.db")
    assert done.exit_code == 2
    assert said in done.output


def test_explain_prints_every_line_with_its_clause(new_url: NewUrl) -> None:
    """In Chinese and in English."""
    database = new_url("sqlite", sixteen)
    zh = kaohe("explain", "u05", "--year", 2026, "--database", database)
    en = kaohe("explain", "u05", "--year", 2026, "--database", database, "--lang", "en")
    assert (zh.exit_code, en.exit_code) == (0, 0)
    for said in ("提醒谈话", "诫勉", "附件1", "第八条"):
        assert said in zh.output
    assert "Total (not below 0)" in en.output.replace("\n", " ") or "Total" in en.output


def test_a_replay_of_a_database_that_is_not_there_is_a_sentence(here: Path) -> None:
    """Exit 2, no trace, no file made."""
    done = kaohe("audit", "replay", "--database", "nowhere.db")
    assert done.exit_code == 2
    assert "Traceback" not in done.output
    assert not (here / "nowhere.db").exists()


def test_a_replay_lists_defects_and_exits_with_1(new_url: NewUrl) -> None:
    """An edited projection is found, and named."""
    import sqlite3

    database = new_url("sqlite", four)
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE assessment SET grade = 'excellent', score = 9999 WHERE unit = 'u01'")
    connection.close()
    done = kaohe("audit", "replay", "--database", database, "--json")
    assert done.exit_code == 1
    assert [d["stream"] for d in json.loads(done.stdout)["defects"]] == ["assessment/2026/u01"]


def test_stories_are_run_and_checked(here: Path) -> None:
    """Exit 0 if all hold, 1 if one does not, 2 if one cannot be read."""
    story = STORIES / "steps-a-plain-year.toml"
    done = kaohe("scenario", "run", story)
    assert done.exit_code == 0, done.output
    assert "符合 1 个" in done.output
    told = json.loads(kaohe("scenario", "run", story, "--json").stdout)
    assert told[0]["ok"]
    assert told[0]["checks"]
    wrong = here / "wrong.toml"
    wrong.write_text(
        story.read_text("utf-8")
        .replace('grade = "pass"', 'grade = "fail"')
        .replace('grade = "excellent"', 'grade = "fail"')
    )
    assert kaohe("scenario", "run", wrong).exit_code == 1
    bad = here / "bad.toml"
    bad.write_text("title = 1")
    assert kaohe("scenario", "run", bad).exit_code == 2


def test_a_story_runs_on_the_rulebook_of_the_command_instead_of_its_own(here: Path) -> None:
    """So a draft of an edition is tried on the stories of the edition in force."""
    story = STORIES / "grades-at-their-bounds.toml"
    draft = here / "draft.toml"
    source = default_edition().source
    draft.write_text(source.replace("at_least = 90", "at_least = 89.5").replace("below = 90", "below = 89.5"), "utf-8")
    assert kaohe("scenario", "run", story).exit_code == 0
    assert kaohe("scenario", "run", story, "--rulebook", draft).exit_code == 1
    assert kaohe("scenario", "run", story, "--rulebook", here / "nowhere.toml").exit_code == 2


def test_migrate_makes_a_ledger_and_may_be_repeated(here: Path) -> None:
    """Exit 0 twice."""
    assert [kaohe("migrate", "--database", "k.db").exit_code for _ in range(2)] == [0, 0]
    assert kaohe("doctor", "--database", "k.db").exit_code == 0


def test_a_password_in_a_database_url_is_never_printed(new_url: NewUrl) -> None:
    """Neither by the demonstration nor by doctor nor by a refusal."""
    url = new_url("postgresql").replace("postgres@", "postgres:s3cret-word@")
    for words in (("demo", "--units", 1, "--no-serve"), ("doctor",), ("audit", "replay"), ("migrate",)):
        assert "s3cret-word" not in kaohe(*words, "--database", url).output
    nowhere = kaohe("doctor", "--database", "postgresql://me:s3cret-word@127.0.0.1:1/nowhere")
    assert nowhere.exit_code == 1
    assert "s3cret-word" not in nowhere.output


@pytest.mark.parametrize(
    "command",
    [("demo",), ("rules", "show"), ("explain", "u05", "--year", 2026), ("doctor",), ("audit", "replay")],
    ids=lambda c: c[0],
)
def test_a_language_nobody_here_speaks_is_refused_naming_those_spoken(command: tuple[Any, ...]) -> None:
    """Rather than read as Chinese."""
    told = kaohe(*command, "--lang", "fr")
    assert told.exit_code == 2
    assert "没有语言 fr，请用 zh 或 en" in told.output
