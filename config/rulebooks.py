"""Reads an edition of a measure from a TOML file: the checked `Rulebook` with its text and digest, or an error.

First the encoding and TOML, then everything else at once: the readings, the rules of results and the other parts are
checked apart, so a fault of one hides nothing in another. The text is never corrected. Any change of it, even in a
comment, makes another edition. Also here: the shipped editions. Not here: the types of a rulebook
(`states/rulebook/types.py`), the checks (`states/rulebook/checks/`) and its format (docs/rulebook.md).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from config.findings import fault_sentence
from config.needed_acts import missing_acts
from config.texts import UnreadableText, text_of
from states.acts import ACTS, STAGE_OF_ACT
from states.rulebook.checks.follow_up_checks import ResultAndTaskRules, check_results_and_tasks
from states.rulebook.checks.known_names import KnownNames
from states.rulebook.checks.reading_checks import PartCheck, RulebookData, format_misfits
from states.rulebook.file_locations import list_names
from states.rulebook.parts import Key, Misfit, Part, nearest
from states.rulebook.program_readings import PROGRAM_READINGS
from states.rulebook.types import ProcedureRules, ReadingRules, Rulebook, Scoring
from states.user_errors import UserError
from states.vocabulary import Text

DEFAULT_EDITION_ID = "liuzhou-2021"
"""The id of the edition in force if no file is set."""

_FOLDER = Path(__file__).with_name("rulebooks")
_START = Path(__file__).with_name("start.toml")


@dataclass(frozen=True)
class FileFault:
    """One fault: the file, the key in it, and the reason in both languages.

    `key` is a dotted path. It is `line:column` for a fault of TOML syntax, and empty for the whole file.
    """

    file: str
    key: str
    zh: str
    en: str

    def render(self, language: str) -> str:
        """The fault on one line, in `language` ("zh" or "en")."""
        location = f"{self.file}: {self.key}" if self.key else self.file
        return f"{location}: {self.en if language == 'en' else self.zh}"


class RulebookFault(UserError):
    """A rulebook cannot be used. `faults` has every fault of the check that failed."""

    zh = "办法文件有 {count} 处错误，未启用：\n{faults}"
    en = "The rulebook is not used; faults found: {count}\n{faults}"

    def __init__(self, *faults: FileFault) -> None:
        lines = Text(zh=_lines(faults, "zh"), en=_lines(faults, "en"))
        super().__init__(count=len(faults), faults=lines)
        self.faults = faults


@dataclass(frozen=True)
class Edition:
    """A rulebook with its text and the SHA-256 of that text in UTF-8 with LF and without a byte order mark."""

    # Not the digest of the file's bytes: an edition must stay the same if a program on Windows saves the file again
    # with a byte order mark or other line ends.

    rulebook: Rulebook
    digest: str
    source: str

    @property
    def pin(self) -> str:
        """The name of the edition in an entry: `liuzhou-2021@<digest>`."""
        return f"{self.rulebook.id}@{self.digest}"


def load_edition(path: Path, *, under_every_reading: bool = False) -> Edition:
    """The edition in the file at `path`. Raises `RulebookFault`, also if the file cannot be read."""
    try:
        source = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise RulebookFault(FileFault(str(path), "", f"无法读取（{reason}）", f"cannot be read ({reason})")) from None
    return parse_edition(source, str(path), under_every_reading=under_every_reading)


@lru_cache(maxsize=16)
def parse_edition(source: bytes, name: str, *, under_every_reading: bool = False) -> Edition:
    """The edition in `source`; `name` is the file's name in faults. Raises `RulebookFault` with every fault.

    `under_every_reading`: it can also be used if the institution chooses another alternative of a reading. That takes
    half a second. It is checked on request, and before an edition is first used.
    """
    # Cached, because parsing takes a twentieth of a second, and the same bytes always give the same edition.
    text = _decode(source, name)
    data = _read_toml(text, name)
    rulebook_data = _rulebook_data(data)
    rulebook: Rulebook | None = None
    try:
        rulebook = Rulebook.model_validate(data)
        of_results = check_results_and_tasks(rulebook, rulebook_data.known)
        faults = [*of_results, *_faults_of_use(rulebook), *_missing_parts(rulebook), *missing_acts(rulebook)]
    except ValidationError as error:
        # What binds several parts together comes after every part for itself: a fault of one hides nothing in another.
        together = (misfit for detail in error.errors() for misfit in format_misfits(detail, data, fault_sentence))
        faults = [*rulebook_data.misfits(), *together]
    faults += _clauses_of_no_article(data)
    if under_every_reading:
        faults += [*rulebook_data.unused_readings(), *rulebook_data.alternative_misfits()]
    if faults or rulebook is None:
        raise RulebookFault(*(FileFault(name, *misfit) for misfit in dict.fromkeys(faults)))
    return Edition(rulebook, sha256(text.encode()).hexdigest(), text)


def shipped_editions() -> dict[str, Path]:
    """The shipped editions: the file of each, by id."""
    return {path.stem: path for path in sorted(_FOLDER.glob("*.toml"))}


def start_of_rulebook(id_: str) -> str:
    """The text with which a new rulebook begins: roles, acts and steps, all of them our default, and no rule of results.

    Raises `RulebookFault` if the id cannot be that of a rulebook.
    """
    try:
        TypeAdapter(Key).validate_python(id_)
    except ValidationError as error:
        sentence = fault_sentence(error.errors()[0])
        raise RulebookFault(FileFault(id_, "id", sentence.zh, sentence.en)) from None
    return _START.read_text("utf-8").replace("{id}", id_)


def default_edition(file: Path | None = None) -> Edition:
    """The edition in `file`, or the shipped one without a file. Raises `RulebookFault`."""
    return load_edition(file or shipped_editions()[DEFAULT_EDITION_ID])


def _lines(faults: Sequence[FileFault], language: str) -> str:
    return "\n".join(f"- {fault.render(language)}" for fault in faults)


def _decode(source: bytes, name: str) -> str:
    try:
        return text_of(source, name)
    except UnreadableText as error:
        raise RulebookFault(FileFault(name, "", error.render("zh"), error.render("en"))) from None


def _read_toml(text: str, name: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=_number)
    except (ValueError, RecursionError) as error:
        raise RulebookFault(_syntax_fault(str(error), text, name)) from None


def _number(literal: str) -> Decimal:
    try:
        return Decimal(literal)
    except ArithmeticError:
        raise ValueError(f"no such number: {literal}") from None


_FULL_WIDTH = re.compile("[，。：；＝“”‘’（）［］【】｛｝、]")
"""Punctuation of a Chinese keyboard, where TOML needs that of an English one."""


def _syntax_fault(message: str, text: str, name: str) -> FileFault:
    """The fault in a message of the TOML parser, with line and column if the message has them."""
    message = message.replace("at end of document", f"at line {text.count(chr(10)) + 1}, column 1")
    position = re.search(r" \(at line (\d+), column (\d+)\)", message)
    if position is None:
        return FileFault(name, "", f"不合 TOML 语法（{message}）", f"is not TOML ({message})")
    (line, column), reason = position.groups(), message[: position.start()]
    lines = text.split("\n")
    mark = next(iter(_FULL_WIDTH.findall(lines[int(line) - 1][int(column) - 1 :][:1])), "")
    if mark:
        zh = f"第 {line} 行第 {column} 列是全角的“{mark}”：引号以外的标点请用半角"
        en = f"line {line}, column {column} has a full-width “{mark}”: outside quotes, punctuation must be half-width"
        return FileFault(name, f"{line}:{column}", zh, en)
    zh = f"第 {line} 行第 {column} 列不合 TOML 语法（{reason}）"
    return FileFault(name, f"{line}:{column}", zh, f"line {line}, column {column} is not TOML ({reason})")


def _rulebook_data(data: Mapping[str, Any]) -> RulebookData:
    """The data of a rulebook with the names that rules of results may use, also if other parts of it have faults."""
    known = KnownNames(
        roles=_keys(data.get("role")),
        occasions=_keys(data.get("occasion")),
        stages=_keys(data.get("stage"), "kind"),
        readings=PROGRAM_READINGS.keys(),
        unit_kinds=_keys(data.get("unit_kind")),
        step=_step(data.get("scoring")),
    )
    parts = (
        PartCheck(ReadingRules),
        PartCheck(ResultAndTaskRules, partial(check_results_and_tasks, known=known)),
        PartCheck(ProcedureRules, _faults_of_use),
        PartCheck(Part),
    )
    return RulebookData(data, known, fault_sentence, parts)


def _keys(parts: Any, otherwise: str = "key") -> frozenset[str]:
    """The keys of the parts that are written as they should be; of a part without one, the field `otherwise`."""
    listed = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
    return frozenset(str(key) for part in listed if (key := part.get("key", part.get(otherwise))) is not None)


def _step(scoring: Any) -> Decimal:
    """By what marks go; the default if the file does not say it, or says it wrong."""
    try:
        return Scoring.model_validate(scoring).step
    except ValidationError:
        return KnownNames().step


def _missing_parts(rulebook: Rulebook) -> Iterator[Misfit]:
    """A ballot that a stage needs; standings that no round settles."""
    if "democratic_evaluation" in rulebook.stages and not rulebook.ballot:
        yield Misfit(
            "stage.democratic_evaluation",
            "没有选票：请写 [[ballot]]，或去掉这一步骤",
            "there is no ballot: write a [[ballot]], or leave this stage out",
        )
    occasions = {subject.key for subject in rulebook.subject if subject.occasion is not None}
    for standing in rulebook.standing:
        # Only a round has a year, and with it the act that settles a standing.
        if standing.subject in occasions:
            zh = f"{standing.subject} 只在专门考核中计分，名次只就年度考核核定"
            en = f"{standing.subject} is scored only at an occasion, and only the results of the year are put in order"
            yield Misfit(f"standing.{standing.key}.for", zh, en)


def _clauses_of_no_article(data: Mapping[str, Any]) -> Iterator[Misfit]:
    """Clauses that name an article (`第八条（三）`) which the articles of the file do not have. Without articles, none is."""
    parts = {name: part for name, part in data.items() if name not in ("article", "measure")}
    printed = {clause for _, clause in _clauses("", data.get("article", ()))}
    for location, clauses in _clauses("", parts) if printed else ():
        for clause in clauses.split("；"):
            if clause.startswith("第") and not any(clause.startswith(one) or one.startswith(clause) for one in printed):
                meant = nearest(clause, printed)
                zh = f"所录办法原文没有 {clause}{meant and f'，是否指 {meant}'}"
                en = f"the articles given have no {clause}{meant and f'; is {meant} meant?'}"
                yield Misfit(f"{location}.clause", zh, en)


def _clauses(location: str, part: Any) -> Iterator[tuple[str, str]]:
    """Every clause in the data, with the location of the part that has it."""
    if isinstance(part, dict):
        if isinstance(part.get("clause"), str):
            yield location.removeprefix("."), part["clause"]
        for name, below in part.items():
            yield from _clauses(f"{location}.{name}", below)
    elif isinstance(part, list):
        for name, below in zip(list_names(part), part, strict=True):
            yield from _clauses(f"{location}{name}", below)


def _faults_of_use(rulebook: ProcedureRules) -> Iterator[Misfit]:
    """The faults of parts that passed all checks of their types: a time zone or an act that this program lacks."""
    try:
        ZoneInfo(rulebook.timezone)
    except (LookupError, ValueError, OSError):
        name = rulebook.timezone
        yield Misfit("timezone", f"没有 {name} 这个时区", f"there is no time zone {name}")
    allowed = [act for act in ACTS if act not in STAGE_OF_ACT]
    for act in rulebook.act:
        if act.command not in allowed:
            names, key = ", ".join(allowed), f"act.{act.command}.command"
            zh = f"没有 {act.command} 这种办理事项，可用：{names}"
            yield Misfit(key, zh, f"there is no act {act.command}; allowed: {names}")
