"""Reads an edition of a measure: a TOML file in, a checked `Rulebook` with its digest out, or every fault at once.

What a rulebook is stands in `states/rulebook/types.py`, its format in docs/rulebook.md. Nothing is corrected or guessed
here. An edition is its bytes: one changed comment is another edition.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.findings import sentence
from config.texts import UnreadableText, text_of
from states.chart import ACTS
from states.rulebook.types import Misfits, Rulebook
from states.stages.kinds import STAGE_OF_ACT
from states.user_errors import UserError
from states.vocabulary import Text

DEFAULT = "liuzhou-2021"
"""The edition in force where no other is named."""

_FOLDER = Path(__file__).with_name("rulebooks")


@dataclass(frozen=True)
class Fault:
    """One fault: the file, the dotted key in it (`line:column` for bad TOML, empty for the whole file), and why."""

    file: str
    key: str
    zh: str
    en: str

    def render(self, language: str) -> str:
        """The fault on one line, in `language` ("zh" or "en")."""
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}: {self.en if language == 'en' else self.zh}"


class RulebookFault(UserError):
    """A rulebook that cannot be used; `faults` are all that was found."""

    zh = "办法文件有 {count} 处错误，未启用：\n{faults}"
    en = "The rulebook is not used; faults found: {count}\n{faults}"

    def __init__(self, *faults: Fault) -> None:
        lines = Text(zh=_lines(faults, "zh"), en=_lines(faults, "en"))
        super().__init__(count=len(faults), faults=lines)
        self.faults = faults


@dataclass(frozen=True)
class Edition:
    """A rulebook as read: what it says, its text, and the SHA-256 of that text in UTF-8 with LF and no mark.

    So an edition stays the same edition when a program on Windows saves it again with a mark or other line ends.
    """

    rulebook: Rulebook
    digest: str
    source: str

    @property
    def pin(self) -> str:
        """What an entry names its edition by: `liuzhou-2021@<digest>`."""
        return f"{self.rulebook.id}@{self.digest}"


def load(path: Path) -> Edition:
    """The edition in the file at `path`. Raises `RulebookFault`, also for a file that cannot be read."""
    try:
        source = path.read_bytes()
    except OSError as error:
        why = error.strerror or str(error)
        raise RulebookFault(Fault(str(path), "", f"无法读取（{why}）", f"cannot be read ({why})")) from None
    return parse(source, str(path))


@lru_cache(maxsize=16)
def parse(source: bytes, name: str) -> Edition:
    """The edition in `source`; `name` is what its faults call the file. Raises `RulebookFault`.

    The same bytes are read once: an edition never changes, and reading one takes a tenth of a second.
    """
    text = _decoded(source, name)
    told = _toml(text, name)
    try:
        rulebook = Rulebook.model_validate(told)
    except ValidationError as error:
        found = (fault for detail in error.errors() for fault in _faults(detail, told, name))
        raise RulebookFault(*found) from None
    unusable = tuple(_unusable(rulebook, name))
    if unusable:
        raise RulebookFault(*unusable)
    return Edition(rulebook, sha256(text.encode()).hexdigest(), text)


def shipped() -> dict[str, Path]:
    """The editions that come with the house: id -> file."""
    return {path.stem: path for path in sorted(_FOLDER.glob("*.toml"))}


def default_edition(file: Path | None = None) -> Edition:
    """The edition in `file`, or the shipped one where no file is named. Raises `RulebookFault`."""
    return load(file or shipped()[DEFAULT])


def _lines(faults: Sequence[Fault], language: str) -> str:
    return "\n".join(f"- {fault.render(language)}" for fault in faults)


def _decoded(source: bytes, name: str) -> str:
    try:
        return text_of(source, name)
    except UnreadableText as error:
        raise RulebookFault(Fault(name, "", error.render("zh"), error.render("en"))) from None


def _toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise RulebookFault(_syntax(str(error), text, name)) from None


def _number(written: str) -> Decimal:
    try:
        return Decimal(written)
    except ArithmeticError:
        raise ValueError(f"no such number: {written}") from None


def _syntax(message: str, text: str, name: str) -> Fault:
    """What the parser says, put where it says it; some of what it says has no place."""
    message = message.replace("at end of document", f"at line {text.count(chr(10)) + 1}, column 1")
    at = re.search(r" \(at line (\d+), column (\d+)\)", message)
    if at is None:
        return Fault(name, "", f"不合 TOML 语法（{message}）", f"is not TOML ({message})")
    (line, column), what = at.groups(), message[: at.start()]
    return Fault(
        name, f"{line}:{column}", f"第 {line} 行第 {column} 列不合 TOML 语法（{what}）",
        f"line {line}, column {column} is not TOML ({what})",
    )  # fmt: skip


def _faults(detail: ErrorDetails, told: Mapping[str, Any], file: str) -> Iterator[Fault]:
    """What one finding of pydantic's says: one fault, or all misfits of a part."""
    key, context = _key(detail["loc"], told), detail.get("ctx", {})
    misfits = context.get("error")
    if isinstance(misfits, Misfits):
        for misfit in misfits.misfits:
            yield Fault(file, ".".join(filter(None, (key, misfit.where))), misfit.zh, misfit.en)
        return
    why = sentence(detail)
    yield Fault(file, key, why.zh, why.en)


def _key(place: Sequence[int | str], told: Any) -> str:
    """`("table", 0, "section", 1)` as a reader finds it: `table.annex-1.section.a1-2`."""
    key, here = "", told
    for step in place:
        key += f".{step}" if isinstance(step, str) else _own_key(here, step)
        here = _inside(here, step)
    return key.removeprefix(".")


def _own_key(parts: Any, at: int) -> str:
    """The key a part of a list gives itself, if it does and alone; its place in the list otherwise."""
    names = [_name(part) for part in parts] if isinstance(parts, list) else []
    name = names[at] if at < len(names) else None
    return f".{name}" if name and names.count(name) == 1 else f"[{at}]"


def _name(part: Any) -> str | None:
    if not isinstance(part, dict):
        return None
    return next((str(part[k]) for k in ("key", "kind", "command") if k in part), None)


def _inside(here: Any, step: int | str) -> Any:
    try:
        return here[step]
    except (LookupError, TypeError):
        return None


def _unusable(rulebook: Rulebook, file: str) -> Iterator[Fault]:
    """What fits together and yet names something this house does not have."""
    try:
        ZoneInfo(rulebook.timezone)
    except (LookupError, ValueError, OSError):
        name = rulebook.timezone
        yield Fault(file, "timezone", f"没有 {name} 这个时区", f"there is no time zone {name}")
    known = [act for act in ACTS if act not in STAGE_OF_ACT]
    for act in rulebook.act:
        if act.command not in known:
            names = ", ".join(known)
            yield Fault(
                file, f"act.{act.command}.command", f"没有 {act.command} 这种办理事项，可用：{names}",
                f"there is no act {act.command}; allowed: {names}",
            )  # fmt: skip
