"""The tutorial of docs/rulebook.md as steps that can be run: what is written into the file, and what commands print.

In the tutorial, a block `toml` is appended to the file, a block `diff` changes one place of it, and a block `console`
has commands with what they print. `python -m tests.config.tutorial` runs the commands and writes what they print.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from config.rulebooks import start_of_rulebook
from console.cli.app import app

DOCUMENT = Path(__file__).parents[2] / "docs/rulebook.md"
FILE = "greencedar.toml"
_BLOCK = re.compile(r"^```(toml|diff|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:[^\n]*\\\n)*[^\n]*\n")
"""A command, which goes on below a line that ends with a backslash."""
_END = "\n## Reference"


class Block(NamedTuple):
    """One block of code of the tutorial: its kind, its text, and where the text stands in the document."""

    kind: str
    text: str
    start: int
    end: int


def blocks() -> Iterator[Block]:
    text = DOCUMENT.read_text("utf-8")
    for match in _BLOCK.finditer(text, 0, text.index(_END)):
        yield Block(match[1], match[2], *match.span(2))


def change(text: str, diff: str) -> str:
    """The text with a diff: the lines with `-` and ` ` stand in it once, and become those with `+` and ` `."""
    lines = diff.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    assert text.count(old) == 1, f"{text.count(old)} times in the file: {old}"
    return text.replace(old, new)


def run(console: str) -> str:
    """The commands of a block, each with what it prints now. Lines `…` in the block stand for what is left out."""
    printed = ""
    for command in re.split(r"^(?=\$ )", console, flags=re.MULTILINE):
        if command:
            line = _COMMAND.match(command)[0]  # type: ignore[index]
            output = _output(line.removeprefix("$ ").replace("\\\n", " "))
            printed += line + _shortened(output, command.removeprefix(line))
    return printed


def _output(line: str) -> str:
    words = shlex.split(line)
    target = words.index(">") if ">" in words else None
    assert words[0] == "kaohe"
    done = CliRunner().invoke(app, words[1:target], env={"KAOHE_LANGUAGE": "en"})
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    if target is None:
        return done.output
    Path(words[target + 1]).write_text(done.output, "utf-8")
    return ""


def _shortened(output: str, expected: str) -> str:
    """The output; if the tutorial leaves out its end or its middle, without it too."""
    head, dots, tail = expected.partition("…\n")
    if not dots:
        return output
    lines = output.splitlines(keepends=True)
    first, last = head.count("\n"), tail.count("\n")
    return "".join([*lines[:first], "…\n", *lines[len(lines) - last :]])


def play() -> Iterator[tuple[Block, str]]:
    """Every block of commands with what they print now, in an empty folder. The file is empty at first."""
    file = Path(FILE)
    file.write_text("", "utf-8")
    for block in blocks():
        if block.kind == "console":
            yield block, run(block.text)
        else:
            file.write_text(_after(block, file.read_text("utf-8")), "utf-8")


def final_text() -> str:
    """The rulebook at the end of the tutorial."""
    text = ""
    for block in blocks():
        if block.kind != "console":
            text = _after(block, text)
        elif new := re.search(r"kaohe rules new (\S+) >", block.text):
            text = start_of_rulebook(new[1])
    return text


def _after(block: Block, text: str) -> str:
    """The rulebook after what a block writes into it."""
    return f"{text}\n{block.text}" if block.kind == "toml" else change(text, block.text)


def _write() -> None:
    text, before = DOCUMENT.read_text("utf-8"), Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        changed = list(play())
        os.chdir(before)
    for block, printed in reversed(changed):
        text = text[: block.start] + printed + text[block.end :]
    DOCUMENT.write_text(text, "utf-8")


if __name__ == "__main__":
    _write()
