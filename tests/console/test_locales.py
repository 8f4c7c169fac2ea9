"""Every command under the locales and terminals its users have: no traceback, a sensible exit code, no lost characters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from console.cli.app import app
from console.cli.lazy_group import GroupHelp, load
from console.cli.table import ROOT

LOCALES: dict[str, dict[str, str]] = {
    "C": {"LANG": "C", "LC_ALL": "C"},
    "POSIX, narrow": {"LC_ALL": "POSIX", "COLUMNS": "20"},
    "GBK": {"LC_ALL": "zh_CN.GBK", "PYTHONIOENCODING": "gbk"},
    "GB18030, dumb": {"LC_ALL": "zh_CN.GB18030", "PYTHONIOENCODING": "gb18030", "TERM": "dumb"},
    "a Windows code page": {"PYTHONIOENCODING": "cp936", "NO_COLOR": "1"},
    "ASCII only": {"PYTHONIOENCODING": "ascii"},
}
CODES = (0, 1, 2)


def commands(group: GroupHelp = ROOT, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command of the tree, with the words that call it."""
    for row in group.rows:
        if isinstance(row, GroupHelp):
            yield from commands(row, (*words, row.name))
        else:
            yield (*words, row.name), load(row, "zh")


EVERY = dict(commands())
BUSY = {("serve",), ("scheduler", "run"), ("demo",), ("init",), ("backup",), ("restore",)}
"""Commands that serve, run or ask: their `--help` alone."""


def start(*words: str, env: dict[str, str] | None = None, **given: Any) -> subprocess.CompletedProcess[bytes]:
    """One command in a process of its own, without the settings of this machine."""
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        [sys.executable, "-m", "console", *words], env=kept | (env or {}), timeout=120, check=False, **given
    )


def cheap(words: tuple[str, ...], command: Any) -> list[str]:
    """A call of a command that needs no more than an empty folder."""
    given = [*words]
    for one in command.params:
        if one.required:
            value = "2026" if one.type_descriptor.annotation is int else "none.toml"
            given += [one.opts[0], value] if one.opts[0].startswith("-") else [value]
    return given


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and no settings of the machine's."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("KAOHE_")]:
        monkeypatch.delenv(name)
    return tmp_path


def test_every_command_explains_itself_on_a_narrow_terminal(here: Path) -> None:
    assert len(EVERY) > 40
    for words in EVERY:
        done = CliRunner(env={"COLUMNS": "20", "TERM": "dumb"}).invoke(app, [*words, "--help"])
        assert done.exit_code == 0, (words, done.output)


@pytest.mark.parametrize("charset", ["gbk", "ascii"])
def test_every_command_answers_in_whatever_encoding_with_an_exit_code_and_no_traceback(
    here: Path, charset: str
) -> None:
    """In an empty folder most have nothing to work on, and say so."""
    script = here / "all.py"
    calls = [cheap(words, command) for words, command in EVERY.items() if words not in BUSY]
    script.write_text(
        f"""
import sys, traceback
from console.cli import standard_streams as streams
from console.cli.app import app
with streams.usable_streams():
    for words in {calls!r}:
        try:
            app(words, standalone_mode=True)
        except SystemExit as ended:
            if (ended.code or 0) not in {CODES!r}:
                print("STRANGE", words, ended.code)
        except BaseException:
            print("STRANGE", words)
            traceback.print_exc()
""",
        "utf-8",
    )
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONIOENCODING": charset}
    done = subprocess.run(
        [sys.executable, str(script)], env=env, cwd=here, capture_output=True, timeout=200, check=False, stdin=subprocess.DEVNULL
    )  # fmt: skip
    said = (done.stdout + done.stderr).decode(charset, "replace")
    assert "STRANGE" not in said, said[-3000:]
    assert "Traceback" not in said, said[-3000:]
    assert done.returncode in CODES


@pytest.mark.parametrize("name", LOCALES)
def test_a_command_prints_under_each_locale_what_its_encoding_can_carry(here: Path, name: str) -> None:
    env = LOCALES[name]
    done = start("doctor", "--lang", "zh", env=env, capture_output=True, cwd=here)
    said = (done.stdout + done.stderr).decode(env.get("PYTHONIOENCODING", "utf-8"))
    assert done.returncode in CODES
    assert "Traceback" not in said
    if name != "ASCII only":
        assert "办法" in said.replace("\n", "")


def test_a_closed_stdout_a_closed_stdin_and_no_home_end_a_command_in_its_own_exit_code(here: Path) -> None:
    for closing in (">&-", "<&- >&- 2>&-"):
        done = subprocess.run(  # noqa: S602  the shell is what closes them
            f'"{sys.executable}" -m console migrate {closing}', shell=True, timeout=120, check=False, cwd=here,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}, capture_output=True,
        )  # fmt: skip
        assert done.returncode == 0, (closing, done.stderr)
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr
        (file,) = here.glob("kaohe.db")
        assert file.read_bytes()[:15] == b"SQLite format 3", "what was printed did not go into the database"


def test_a_reader_that_goes_away_ends_a_command_quietly(here: Path) -> None:
    done = subprocess.run(  # noqa: S602
        f'set -o pipefail; "{sys.executable}" -m console rules show 2>err | head -1', shell=True, executable="/bin/bash",
        timeout=120, check=False, cwd=here, capture_output=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    said = (here / "err").read_text("utf-8")
    assert "Traceback" not in said, said
    assert "BrokenPipe" not in said
    assert done.returncode in (0, 1, 141)
