"""The table of commands: every row calls something, every option is explained in both languages, and asking costs little."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_args, get_type_hints
from unicodedata import east_asian_width

import pytest
from typer.testing import CliRunner

from config.rulebooks import DEFAULT_EDITION_ID, shipped_editions
from console.cli.app import app
from console.cli.lazy_group import COMMANDS, CommandHelp, GroupHelp
from console.cli.table import ROOT
from states.vocabulary import Text
from storage.database.database import Database

HEAVY = {
    "alembic", "apscheduler", "argon2", "audit", "chinese_calendar", "cryptography", "fastapi", "httpx2", "icalendar", "jinja2", "joserfc",
    "pikepdf", "PIL", "prometheus_client", "psycopg", "pydantic", "pydantic_settings", "segno", "sqlalchemy", "sqlmodel", "starlette", "storage", "structlog",
    "transitions", "uvicorn", "workflow", "zxcvbn",
}  # fmt: skip
"""What takes long to import, and our rooms that do."""


def rows(
    group: GroupHelp = ROOT, words: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], CommandHelp | GroupHelp]]:
    """Every row of the table with the words that call it."""
    for row in group.rows:
        yield (*words, row.name), row
        if isinstance(row, GroupHelp):
            yield from rows(row, (*words, row.name))


ROWS = dict(rows())
CALLS = {words: row for words, row in ROWS.items() if isinstance(row, CommandHelp)}


def function(row: CommandHelp) -> Any:
    module, _, name = row.function.rpartition(".")
    return getattr(import_module(f"{COMMANDS}.{module}"), name)


def imported_by(*words: str, folder: Path) -> set[str]:
    """The modules that a command had imported at its end, each by its top-level name."""
    script = "import sys, atexit\natexit.register(lambda: print('IMPORTED', *{name.partition('.')[0] for name in sys.modules}))\n"
    script += f"sys.argv[1:] = {list(words)!r}\nfrom console.cli.app import main\nmain()\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True, timeout=120
    )
    return set(done.stdout.rpartition("IMPORTED ")[2].split())


@pytest.mark.parametrize("words", CALLS, ids=" ".join)
def test_every_argument_and_option_is_explained_in_both_languages(words: tuple[str, ...]) -> None:
    hints = get_type_hints(function(CALLS[words]), include_extras=True)
    hints.pop("return")
    texts = {name: [one for one in get_args(hint) if isinstance(one, Text)] for name, hint in hints.items()}
    assert [name for name, found in texts.items() if len(found) != 1 or not (found[0].zh and found[0].en)] == []


def test_the_list_of_commands_fits_on_eighty_columns_in_both_languages() -> None:
    def width(line: str) -> int:
        return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in line)

    for words, row in ROWS.items():
        siblings = [other for other in ROWS if other[:-1] == words[:-1]]
        room = 80 - 6 - max(len(other[-1]) for other in siblings)
        assert width(row.help.zh) <= room, (words, "zh")
        assert width(row.help.en) <= 2 * room, (words, "en")


@pytest.mark.parametrize(("words", "zh", "en"), [
    ((), "单个部门的考核", "The assessment of one department"),
    (("audit",), "列出全部封存及其见证", "List every seal and who witnessed it"),
    (("audit", "seals"), "显示本说明并退出", "Show this message and exit"),
])  # fmt: skip
def test_help_speaks_the_language_that_is_asked_for(
    words: tuple[str, ...], zh: str, en: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def help_of(*more: str) -> str:
        return " ".join(CliRunner().invoke(app, [*words, *more, "--help"]).output.replace("│", " ").split())

    assert zh in help_of()
    assert en not in help_of()
    monkeypatch.setenv("KAOHE_LANGUAGE", "en")
    assert en in help_of()
    assert zh not in help_of()
    if words == ("audit", "seals"):
        assert zh in help_of("--lang", "zh")
        assert zh in help_of("--lang=zh")


def test_help_imports_no_room_but_the_words_it_prints(tmp_path: Path) -> None:
    assert imported_by("--help", folder=tmp_path) & HEAVY == set()
    # Typer itself reads the words after the first with pydantic.
    assert imported_by("audit", "witness", "--help", folder=tmp_path) & HEAVY <= {"pydantic"}


def test_checking_a_rulebook_opens_no_database_and_no_web_server(tmp_path: Path) -> None:
    imported = imported_by("rules", "check", str(shipped_editions()[DEFAULT_EDITION_ID]), folder=tmp_path)
    assert imported & HEAVY <= {"pydantic", "pydantic_settings", "structlog", "transitions"}


def test_a_replay_imports_no_web_server_no_daemon_and_no_parser_of_documents(tmp_path: Path) -> None:
    Database.create(str(tmp_path / "kaohe.db")).close()
    imported = imported_by("audit", "replay", "--database", "kaohe.db", folder=tmp_path)
    assert imported & HEAVY <= {
        "alembic", "audit", "cryptography", "psycopg", "pydantic", "pydantic_settings", "sqlalchemy", "sqlmodel", "storage",
        "structlog", "transitions", "workflow",
    }  # fmt: skip
