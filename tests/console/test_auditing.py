"""`kaohe audit show`, `diff` and `compare`, as typed."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from config.rulebooks import DEFAULT_EDITION_ID, shipped_editions
from console.cli.app import app
from storage import queries
from storage.database.database import Database
from tests.audit.copies import live

RUN = CliRunner()


def kaohe(*words: object) -> Any:
    return RUN.invoke(app, ["audit", *(str(word) for word in words)])


@pytest.fixture(scope="module")
def college(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("looking") / "kaohe.db")
    Database.create(path).close()
    live(path)
    return path


@pytest.fixture(scope="module")
def unit(college: str) -> str:
    with Database.open(college, read_only=True) as database:
        return next(row.unit for row in queries.assessments(database, 2026) if row.stage == "circulation")


def test_a_department_is_shown_as_it_stood_with_who_set_what(college: str, unit: str) -> None:
    told = kaohe("show", unit, "--year", 2026, "--as-of", "2026-11-21", "--json", "--database", college)
    values = json.loads(told.stdout)["values"]
    assert values["stage"]["value"] == "self_report"
    assert values["stage"]["role"] == "unit"
    table = kaohe("show", unit, "--year", 2026, "--database", college)
    assert (table.exit_code, "台账号" in table.output) == (0, True)


def test_what_differs_between_two_moments_is_told_by_department(college: str, unit: str) -> None:
    told = kaohe("diff", "2026-11-21", "2026-12-31", "--year", 2026, "--unit", unit, "--json", "--database", college)
    found = {one["path"]: one for one in json.loads(told.stdout)}
    assert (found["stage"]["before"], found["stage"]["after"]) == ("self_report", "circulation")
    same = kaohe("diff", "2026-12-31", "2026-12-31", "--year", 2026, "--database", college)
    assert "没有变化" in same.output
    assert kaohe("diff", "1", "9999", "--year", 2026, "--lang", "en", "--database", college).exit_code == 0


@pytest.mark.parametrize(
    ("language", "says"),
    [("zh", ("自查自评", "自评报告", "PDF", "合计")), ("en", ("Self-evaluation", "points in all", "PDF"))],
)
def test_show_and_diff_speak_the_titles_and_values_of_the_pages_and_no_path(
    college: str, unit: str, language: str, says: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    shown = kaohe("show", unit, "--year", 2026, "--lang", language, "--database", college).output
    differing = kaohe(
        "diff", "1", "9999", "--year", 2026, "--unit", unit, "--lang", language, "--database", college
    ).output
    for output in (shown, differing):
        assert [word for word in says if word not in output] == []
        assert not re.search(r"\b(steps|fact|heads|self_scores|assessment/|working_group)\b|\ba1-\d", output)
        assert f"{unit}-h1" not in output


def test_another_rulebook_is_tried_on_the_same_facts(college: str, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    source = (
        shipped_editions()[DEFAULT_EDITION_ID]
        .read_text()
        .replace("at_least = 90", "at_least = 99")
        .replace("below = 90", "below = 99")
    )
    other.write_text(source)
    told = kaohe("compare", "--rulebook", other, "--database", college)
    assert told.exit_code == 0
    assert "会不同" in told.output
    comparisons = json.loads(kaohe("compare", "--rulebook", other, "--json", "--database", college).stdout)
    assert any(one["result"]["grade"] != one["other"]["grade"] for one in comparisons)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "nobody", "--year", 2026), "还没有任何记录"),
        (("show", "nobody", "--year", 2026, "--as-of", "yesterday"), "不是记录编号"),
        (("diff", "1", "soon", "--year", 2026), "不是记录编号"),
    ],
)
def test_what_is_not_there_or_no_moment_is_told_in_words(college: str, words: tuple[object, ...], said: str) -> None:
    done = kaohe(*words, "--database", college)
    assert done.exit_code == 2
    assert said in done.stderr.replace("\n", "")


def test_a_replay_can_be_limited_and_laid_down_as_a_page(college: str, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(Path(college).read_bytes())
    with closing(sqlite3.connect(damaged)) as raw:
        (guard,) = raw.execute("SELECT sql FROM sqlite_master WHERE name = 'entry_no_update'").fetchone()
        raw.execute("DROP TRIGGER entry_no_update")
        raw.execute("UPDATE entry SET body = replace(body, '\"role\"', '\"rule\"') WHERE number = 40")
        raw.execute(guard)
        raw.commit()
    page = tmp_path / "report.html"
    whole = kaohe("replay", "--html", page, "--json", "--database", damaged)
    assert whole.exit_code == 1
    assert {one["number"] for one in json.loads(whole.stdout)["defects"]} >= {40}
    assert "第 40 号" in page.read_text()
    assert "entry 40" in page.read_text()
    assert kaohe("replay", "--from", 60, "--to", 70, "--database", damaged).exit_code == 0
    assert kaohe("replay", "--to", 50, "--database", damaged).exit_code == 1
    assert kaohe("replay", "--as-of", 39, "--database", damaged).exit_code == 0
    assert kaohe("replay", "--as-of", 40, "--database", damaged).exit_code == 1


def test_a_replay_of_one_stream_or_year_tells_of_no_other(college: str, unit: str) -> None:
    for words in (("--year", 2026), ("--stream", f"assessment/2026/{unit}"), ("--as-of", "2026-12-10")):
        done = kaohe("replay", *words, "--json", "--database", college)
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["entries"] > 0
