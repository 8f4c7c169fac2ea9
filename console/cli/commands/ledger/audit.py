"""`kaohe audit replay`, `show`, `diff`, `compare`: the ledger checked, a department at a moment, what changed, and what another rulebook would give."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from os import cpu_count
from pathlib import Path
from typing import Annotated

import typer
from msgspec import structs, to_builtins
from rich.markup import escape
from rich.table import Table

from audit import compare as comparing
from audit.bundle.html_page import report_page
from audit.history import LedgerSnapshot, PastReader, ValueChange, snapshot_at, value_changes, within_point
from audit.parallel import MIN_ENTRIES, replay_in_two_processes
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.rules.rulebooks import compiled_rulebooks
from audit.seals.keys import Key
from audit.tables.all_tables import check_tables
from config.rulebooks import default_edition, load
from config.settings import Settings
from console.cli.options import AsJson, DatabaseUrl, Expect, Lang, Occasion, TrustedKey, Unit, Year
from console.cli.screen import Screen, counting, on_screen
from console.seal_files import evidence
from console.web.display.history import MomentText, NoEntriesYet
from console.web.display.rows import DatedChange, StateRow, dated_changes, entry_of_row
from states.result.result import Line, Result, plain
from states.streams import Stream, assessment_stream, assessments_of_year, kind_of, year_stream
from states.vocabulary import Text
from storage import private_files
from storage.database.database import Database
from storage.ledger.chain import Entry
from storage.master_key import MasterKey
from workflow import wiring

_Moment = Text(
    zh="台账号、日期或时间，如 120、2026-11-20、2026-11-20T09:00",
    en="Entry number, date or time: 120, 2026-11-20, 2026-11-20T09:00",
)
_AsOf = Annotated[str | None, typer.Option("--as-of", metavar="NUMBER|DATE|TIME"), _Moment]
_OnlyYear = Annotated[int | None, typer.Option("--year"), Text(zh="只看这个年度", en="Only this year")]
_OnlyUnit = Annotated[str | None, typer.Option("--unit"), Text(zh="只看这个部门", en="Only this department")]


def replay_ledger(
    first: Annotated[int | None, typer.Option("--from", min=1), Text(zh="只列从此号起的缺陷", en="Only defects from this entry on")] = None,
    last: Annotated[int | None, typer.Option("--to", min=1), Text(zh="只列到此号为止的缺陷", en="Only defects up to this entry")] = None,
    stream: Annotated[str | None, typer.Option(), Text(zh="只列这一序列的缺陷，如 assessment/2026/u-01", en="Only defects of this stream, such as assessment/2026/u-01")] = None,
    year: Annotated[int | None, typer.Option(), Text(zh="只列这个年度的缺陷", en="Only defects of this year")] = None,
    as_of: _AsOf = None,
    html: Annotated[Path | None, typer.Option(), Text(zh="把报告写成此网页文件", en="File for the report as a web page")] = None,
    expect: Expect = None,
    key: TrustedKey = None,
    without_documents: Annotated[bool, typer.Option("--without-documents"), Text(zh="不读文件内容，较快", en="Do not read the documents' content; faster")] = False,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        expected = evidence(expect or [], with_last_seal=as_of is None)
        trusted = [Key.parse(one) for one in key or ()]
        url = database or Settings().database
        with wiring.open_database(url, read_only=True) as opened:
            reader, master = DatabaseReader(opened), opened.key if isinstance(opened.key, MasterKey) else None
            # The whole chain is read whatever is asked for: an entry is sound only if all before it are.
            read = reader if as_of is None else PastReader(reader, within_point(as_of, _timezone(reader)))
            with counting(screen, reader.size(), "复核", "replaying", quiet=as_json) as progress:
                if read is reader and reader.size() >= MIN_ENTRIES and (cpu_count() or 1) > 1:
                    report = replay_in_two_processes(url, progress, evidence=expected, trusted=trusted, master=master)
                else:
                    report = replay(read, progress, evidence=expected, trusted=trusted)
            if read is reader:  # the tables beside the ledger can be checked only as they are now
                beside = check_tables(opened, with_documents=not without_documents)
                report = report.with_tables(beside.defects, beside.caveats)
        report = report.select(first, last, lambda name: name == stream if stream else _in_year(name, year))
        if html is not None:
            private_files.write(html, report_page(report))
        if as_json:
            print(json.dumps(report.as_json(), ensure_ascii=False, indent=1))
        else:
            for line in report.lines(screen.language):
                screen.console.print(line, markup=False, soft_wrap=True)
        raise typer.Exit(0 if report.ok else 1)


def show(
    unit: Unit, year: Year, as_of: _AsOf = None, occasion: Occasion = None, database: DatabaseUrl = None,
    as_json: AsJson = False, lang: Lang = None,
) -> None:  # fmt: skip
    with on_screen(lang) as screen:
        stream = assessment_stream(year, unit, occasion)
        with Database.open(database or Settings().database, read_only=True) as opened:
            moment = _standing(DatabaseReader(opened), as_of, _with_cases(lambda name: name == stream))
            words = MomentText(opened, moment, default_edition().rulebook)
            if stream not in moment.values:
                raise NoEntriesYet(what=words.title(stream))
            values = moment.values[stream]
            if as_json:
                rows = {path: {"value": value.text, **_by(value.by)} for path, value in values.items()}
                print(json.dumps({"stream": stream, "values": rows}, ensure_ascii=False, indent=1))
                return
            _show_rows(screen, words, stream, words.rows(stream), entry_of_row(values))


def diff(
    before: Annotated[str, typer.Argument(metavar="NUMBER|DATE|TIME"), _Moment],
    after: Annotated[str, typer.Argument(metavar="NUMBER|DATE|TIME"), _Moment],
    year: Year,
    unit: _OnlyUnit = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        wanted = _of(year, unit)
        with Database.open(database or Settings().database, read_only=True) as opened:
            reader = DatabaseReader(opened)
            old, new = (_standing(reader, at, _with_cases(wanted)) for at in (before, after))
            found = [one for one in value_changes(old, new) if wanted(one.stream)]
            if as_json:
                print(json.dumps([_difference(one) for one in found], ensure_ascii=False, indent=1))
                return
            if not found:
                screen.say("两个时刻之间没有变化。", "Nothing changed between the two moments.")
            earlier, later = (MomentText(opened, at, default_edition().rulebook) for at in (old, new))
            for stream in dict.fromkeys(one.stream for one in found):
                was = earlier.rows(stream) if stream in old.streams else []
                _show_changes(screen, later, stream, dated_changes(was, later.rows(stream), new, stream))


def compare(
    rulebook: Annotated[Path, typer.Option(), Text(zh="另一版办法的文件", en="File of the other rulebook")],
    year: _OnlyYear = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        other = load(rulebook).rulebook
        with Database.open(database or Settings().database, read_only=True) as opened:
            reader = DatabaseReader(opened)
            usable, _ = compiled_rulebooks(reader.rulebooks())
            found = list(comparing.compare_results(reader, usable, other, _of(year, None)))
        if as_json:
            print(json.dumps([to_builtins(one) for one in found], ensure_ascii=False, indent=1))
            return
        differing = [one for one in found if one.differs]
        screen.say(
            f"按 {other.id} 重新计算 {len(found)} 个结果：{len(differing)} 个会不同。",
            f"{len(found)} results under {other.id}: {len(differing)} would differ.",
        )
        for one in differing:
            _show_compared(screen, one)


def _standing(reader: DatabaseReader, asked: str | None, wanted: Callable[[str], bool]) -> LedgerSnapshot:
    usable, _ = compiled_rulebooks(reader.rulebooks())
    return snapshot_at(reader, usable, within_point(asked, _timezone(reader)), wanted)


def _timezone(reader: DatabaseReader) -> str:
    """The time zone of the ledger's rulebooks: a date without a time means the day there."""
    usable, _ = compiled_rulebooks(reader.rulebooks())
    return min((law.rulebook.timezone for law in usable.values()), default="UTC")


def _in_year(stream: str, year: int | None) -> bool:
    """Whether a stream belongs to this year; every stream does where no year is given."""
    return year is None or stream == year_stream(year) or stream.startswith(assessments_of_year(year))


def _of(year: int | None, unit: str | None) -> Callable[[str], bool]:
    """Selects the assessments of this year and this department, where they are given."""

    def wanted(name: str) -> bool:
        stream = Stream.parse(name)
        return stream.kind == "assessment" and year in (None, stream.year) and unit in (None, stream.unit)

    return wanted


def _by(entry: Entry) -> dict[str, object]:
    return {"entry": entry.number, "at": entry.recorded_at.isoformat(), "actor": entry.actor, "role": entry.role}


def _difference(one: ValueChange) -> dict[str, object]:
    return {**{k: v for k, v in structs.asdict(one).items() if k != "by"}, **_by(one.by)}


def _with_cases(wanted: Callable[[str], bool]) -> Callable[[str], bool]:
    """Selects these streams, and the cases that their values name."""
    return lambda stream: kind_of(stream) == "case" or wanted(stream)


def _show_rows(
    screen: Screen, words: MomentText, stream: str, found: list[StateRow], writer: Callable[[StateRow], Entry | None]
) -> None:
    """The values under their headings, each with the entry that set it; a long value in its parts."""
    table = _table(screen, words, stream, (("值", "Value"),))
    for heading, of in groupby(found, key=lambda row: row.heading):
        table.add_row(f"[bold]{heading.render(screen.language)}[/]")
        for row in of:
            for title, one in _each(row):
                table.add_row(
                    title.render(screen.language),
                    escape(one.said.render(screen.language)),
                    *_entry(words, stream, writer(one), screen),
                )
        table.add_section()
    screen.console.print(table)


def _each(row: StateRow) -> list[tuple[Text, StateRow]]:
    """A row and its parts, each with its title."""
    parts = [
        (Text(zh=f"{row.title.zh}：{part.title.zh}", en=f"{row.title.en}: {part.title.en}"), part) for part in row.parts
    ]
    return [(row.title, row), *parts]


def _show_changes(screen: Screen, words: MomentText, stream: str, found: list[DatedChange]) -> None:
    table = _table(screen, words, stream, (("原为", "Was"), ("现为", "Is")))
    for heading, of in groupby(found, key=lambda one: one.change.row.heading):
        table.add_row(f"[bold]{heading.render(screen.language)}[/]")
        for one in of:
            if one.is_summary or not one.parts:
                table.add_row(
                    one.change.row.title.render(screen.language),
                    *_before_and_after(one, screen),
                    *_entry(words, stream, one.by, screen),
                )
            for part in one.parts:
                title = f"{one.change.row.title.render(screen.language)}{screen.pick('：', ': ')}{part.change.row.title.render(screen.language)}"
                table.add_row(title, *_before_and_after(part, screen), *_entry(words, stream, part.by, screen))
        table.add_section()
    screen.console.print(table)


def _entry(words: MomentText, stream: str, entry: Entry | None, screen: Screen) -> tuple[str, str, str]:
    """The number of an entry, its time, and who made it."""
    if entry is None:
        return "", "", ""
    who = words.who(stream, entry).render(screen.language)
    return str(entry.number), words.at(stream, entry.recorded_at), escape(who)


def _before_and_after(one: DatedChange, screen: Screen) -> tuple[str, str]:
    before, after = one.change.before, one.change.after
    removed = screen.pick("已删除", "removed")
    return escape(before.render(screen.language)) if before else "—", escape(
        after.render(screen.language)
    ) if after else removed


def _table(screen: Screen, words: MomentText, stream: str, values: tuple[tuple[str, str], ...]) -> Table:
    title = words.title(stream).render(screen.language)
    return screen.table((title, title), ("项", "Item"), *values, ("台账号", "Entry"), ("时间", "Time"), ("经办", "By"))


def _heading(one: comparing.ResultComparison) -> str:
    """The department and the year of an assessment."""
    return f"{one.unit} {one.stream.split('/')[1]}"


def _show_compared(screen: Screen, one: comparing.ResultComparison) -> None:
    if one.other is None or one.why is not None:
        why = one.why.render(screen.language) if one.why else ""
        screen.say(
            f"{_heading(one)}：无法按该办法计分（{why}）。",
            f"{_heading(one)}: it cannot be scored by that rulebook ({why}).",
            "yellow",
        )
        return
    title = f"{_heading(one)}：{_result(one.held)} → {_result(one.other)}"
    table = screen.table(
        (title, title), ("现行办法", "On record"), ("另一版办法", "Other rulebook"), ("条款", "Clause")
    )
    for left, right in one.lines:
        clause = (right or left).clause if right or left else ""  # type: ignore[union-attr]
        table.add_row(_line(left, screen), _line(right, screen), clause)
    screen.console.print(table)


def _result(result: Result) -> str:
    return f"{plain(result.score)} {result.grade}"


def _line(line: Line | None, screen: Screen) -> str:
    if line is None:
        return "—"
    amount = "" if line.amount is None else f" {plain(line.amount)}"
    return escape(f"{line.text.render(screen.language)}{amount}")
