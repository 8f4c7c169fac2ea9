"""The clock's and the post's commands, as they are typed: `scheduler`, `calendar`, `post`, `contacts`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from config.clock import SystemClock
from console.cli.app import app
from demo.mailbox import serve_mail
from states.custody.confirmed_time import STREAM
from states.deadlines.reminders import DeadlineMoved
from storage import lease
from storage.database.database import Database
from storage.post import deliveries
from tests.college import OFFICE, moment, unit
from tests.scheduler.running_college import PEOPLE, Fake, RunningCollege, falls_silent, refuses
from workflow.year import open_year

RUN = CliRunner()
MONDAY = moment(11, 16, 9, 10)

TABLE = """{"year": 2027, "papers": ["https://www.gov.cn/x"], "days": [
  {"name": "元旦", "date": "2027-01-01", "isOffDay": true},
  {"name": "校庆", "date": "2027-11-20", "isOffDay": false}
]}"""
"""In the form of holiday-cn: a Saturday in November is worked."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, nothing of this machine's, and room for a table's columns."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KAOHE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def kaohe(*words: object) -> Any:
    """One command."""
    return RUN.invoke(app, [str(w) for w in words])


@contextmanager
def running(url: str, **given: Any) -> Iterator[RunningCollege]:
    """A college of two units and its daemon, on the day of its first reminder."""
    with Database.open(url) as database, closing(RunningCollege(database, **given)) as made:
        made.open(("u-1", "u-2"))
        made.tick()
        made.know(*PEOPLE)
        yield made


# --- working days ---------------------------------------------------------------------------------


def test_a_table_imported_while_the_daemon_runs_redates_its_deadlines_and_is_kept_to_from_the_next_tick(
    url: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "2027.json").write_text(TABLE, "utf-8")
    with Database.open(url) as database, closing(RunningCollege(database, moment(10, 20, year=2027))) as made:
        monkeypatch.setattr(SystemClock, "now", lambda _clock: made.clock.at)
        made.know(*PEOPLE)
        made.clock.at = moment(11, 2, 10, year=2027)
        open_year(made.engine, 2027, [unit("u-1")], OFFICE, made.calendar.is_working)
        made.tick()
        assert made.assessment(year=2027).due["self_report"] == date(2027, 11, 19), "a Saturday goes back to Friday"
        assert "2027 年放假安排未定" in kaohe("calendar", "show", 2027, "--database", url).output
        assert "2027 年放假安排未定" in kaohe("doctor", "--database", url).output
        done = kaohe("calendar", "import", "2027.json", "--database", url)
        assert "2027 年度“自查自评”期限 2027-11-19 → 2027-11-20" in done.output, done.output
        assert not made.calendar.is_working(date(2027, 11, 20))
        made.tick(moment(11, 2, 10, 1, year=2027))
        assert made.calendar.is_working(date(2027, 11, 20))
        assert [fact.due for fact in made.facts(year=2027) if isinstance(fact, DeadlineMoved)] == [date(2027, 11, 20)]
        assert "未定" not in kaohe("calendar", "show", 2027, "--database", url).output
        assert "2027 年放假安排未定" not in kaohe("doctor", "--database", url).output
        made.tick(moment(11, 8, 10, year=2027))
        assert "11 月 20 日（周六）" in made.mail.to("u-1-a")[-1].body
        made.tick(moment(11, 20, 10, year=2027))
        assert "11 月 20 日（周六）" in made.mail.to("u-1-a")[-1].body, "the post goes out on the worked Saturday"
        assert made.replayed() == []


@pytest.mark.parametrize(
    ("text", "said"), [("{", "格式有误"), ('{"year": 2027, "days": []}', "没有任何休息日"), (None, "2027.json")]
)
def test_a_table_that_cannot_be_used_is_refused_in_a_sentence(
    new_url: Callable[[str], str], here: Path, text: str | None, said: str
) -> None:
    if text is not None:
        (here / "2027.json").write_text(text, "utf-8")
    done = kaohe("calendar", "import", "2027.json", "--database", new_url("sqlite"))
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output


# --- the post -------------------------------------------------------------------------------------


def test_the_list_names_units_and_roles_and_its_json_has_their_ids(url: str) -> None:
    with running(url) as made:
        made.tick(MONDAY)
        listed = kaohe("post", "list", "--database", url).output
        assert "学院1" in listed
        assert "u-1 " not in listed
        told = json.loads(kaohe("post", "list", "--channel", "mail", "--json", "--database", url).output)
        assert sorted((one["to"], one["unit"], one["state"]) for one in told) == [
            ("u-1-a", "u-1", "sent"), ("u-2-a", "u-2", "sent"),
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("does", "state"),
    [(refuses(), "failed"), (falls_silent, "unknown"), (refuses(cause="letter"), "undelivered")],
    ids=["failed", "unknown", "undelivered"],
)
def test_what_did_not_go_out_is_listed_with_the_channels_own_words(url: str, does: Any, state: str) -> None:
    with running(url, channels=(Fake(does=does),)) as made:
        made.tick(MONDAY)
        told = json.loads(kaohe("post", "list", "--state", state, "--json", "--database", url).output)
        assert sorted(one["to"] for one in told) == ["u-1-a", "u-2-a"]
        assert all("452" in one["told"]["en"] or "no answer" in one["told"]["en"] for one in told)


def test_a_dead_letter_goes_when_it_is_retried_and_no_other_does(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mail = Fake(does=refuses(cause="letter"))
    with running(url, channels=(mail,)) as made:
        monkeypatch.setattr(SystemClock, "now", lambda _clock: made.clock.at)
        made.tick(MONDAY)
        mail.does = Fake().does
        first, _ = deliveries.search(made.database, ("undelivered",))
        assert "1" in kaohe("post", "retry", first.message, "--database", url).output
        made.tick(MONDAY)
        assert [one.to for one in mail.sent] == [f"{first.recipient}@college.example"]
        assert kaohe("post", "retry", "--database", url).exit_code == 0
        made.tick(MONDAY)
        assert len(mail.sent) == 2


def test_the_doctor_tells_of_notices_the_post_passed_over_and_rewinding_sends_them(url: str) -> None:
    with running(url) as made:
        made.tick(MONDAY)
        with made.engine.ledger.database.writing() as connection:
            connection.execute(text("DELETE FROM delivery"))
        said = kaohe("doctor", "--database", url)
        assert said.exit_code == 1
        (number,) = re.findall(r"kaohe post rewind (\d+)", said.output)[:1]
        assert kaohe("post", "rewind", number, "--database", url).exit_code == 0
        made.tick(MONDAY)
        assert "kaohe post rewind" not in kaohe("doctor", "--database", url).output


def test_a_state_nobody_has_is_refused_naming_those_there_are(new_url: Callable[[str], str]) -> None:
    done = kaohe("post", "list", "--state", "lost", "--database", new_url("sqlite"))
    assert done.exit_code == 2
    assert "superseded" in done.output


def test_a_channel_is_tried_with_one_message_that_a_mail_program_reads(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve_mail(here / "mail") as (box, port):
        for name, value in {"HOST": "127.0.0.1", "PORT": port, "SECURITY": "none", "FROM": "k@college.example"}.items():
            monkeypatch.setenv(f"KAOHE_SMTP_{name}", str(value))
        done = kaohe("post", "test", "mail", "--to", "a@college.example")
        assert done.exit_code == 0, done.output
        (file,) = box.folder.iterdir()
        assert "测试消息" in str(message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"])
    assert kaohe("post", "test", "mail", "--to", "a@college.example").exit_code == 2, "nobody there any more"
    assert kaohe("post", "test", "wecom").exit_code == 2, "not set up"


# --- contacts -------------------------------------------------------------------------------------

PEOPLE_FILE = """
[[contact]]
account = "zhang-1"
roles = ["unit"]
unit = "u-1"
email = "zhang-1@college.example"

[[contact]]
account = "office-1"
roles = ["office", "working_group"]
language = "en"
channels = []
"""


def test_contacts_are_replaced_by_a_files_and_listed_with_names(url: str, here: Path) -> None:
    (here / "people.toml").write_text(PEOPLE_FILE, "utf-8")
    with running(url):
        assert "2" in kaohe("contacts", "import", "people.toml", "--database", url).output
        listed = kaohe("contacts", "list", "--database", url).output
        for said in ("zhang-1", "学院1", "被考核部门", "考核工作组"):
            assert said in listed
        assert "u-1-a" not in listed, "the others are gone"


def test_a_contacts_file_with_a_fault_changes_nothing(url: str, here: Path) -> None:
    (here / "people.toml").write_text(PEOPLE_FILE.replace("working_group", "workers"), "utf-8")
    with running(url):
        done = kaohe("contacts", "import", "people.toml", "--database", url)
        assert done.exit_code == 2
        assert "workers" in done.output
        assert "u-1-a" in kaohe("contacts", "list", "--database", url).output


# --- a time in doubt ------------------------------------------------------------------------------


def test_by_a_time_in_doubt_no_command_is_taken_until_it_is_confirmed_and_the_ledger_keeps_by_whom(url: str) -> None:
    now = SystemClock().now()
    with running(url) as made:
        lease.record_heartbeat(made.database, "d-1", now - timedelta(days=900))
    refused = kaohe("year", "close", 2026, "--actor", "a-office", "--database", url)
    assert refused.exit_code != 0
    assert "kaohe scheduler confirm-time" in refused.output
    assert kaohe("vault", "sweep", "--database", url).exit_code != 0
    done = kaohe("scheduler", "confirm-time", "--database", url)
    assert (done.exit_code, "已确认" in done.output) == (0, True)
    with Database.open(url) as database, closing(RunningCollege(database)) as made:
        (entry,) = made.ledger.stream(STREAM)
        assert (entry.actor, entry.kind) == ("operator", "TimeConfirmed")
        assert made.replayed() == []
    assert "confirm-time" not in kaohe("year", "close", 2026, "--actor", "a-office", "--database", url).output
    assert "不必确认" in kaohe("scheduler", "confirm-time", "--database", url).output
