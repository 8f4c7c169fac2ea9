"""`kaohe audit replay`, `show`, `diff` and `compare`.

They check the ledger, show an assessment at a point in time, show the changes between two points in time, and compute
results under another rulebook.
"""

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

from audit.bundle.html_page import report_page
from audit.compare import ResultComparison, compare_results
from audit.history import FoldedStreams, PastReader, ValueChange, point_filter, snapshot_at, value_changes
from audit.parallel import MIN_ENTRIES, replay_in_two_processes
from audit.reader import DatabaseReader
from audit.replay import replay
from audit.rules.rulebooks import compile_rulebooks
from audit.seals.keys import Key
from audit.tables.all_tables import check_tables
from config.rulebooks import default_edition, load_edition
from config.settings import Settings
from console.cli.options import AsJson, DatabaseUrl, Expect, Lang, Occasion, TrustedKey, Unit, Year
from console.cli.screen import Screen, on_screen, progress_bar
from console.seal_files import collect_evidence
from console.web.display.history import MomentText, NoEntriesYet
from console.web.display.rows import DatedChange, StateRow, dated_changes, entry_of_row
from states.result.result import Result
from states.rulebook.calculation.numbers import plain
from states.rulebook.sentences.explained_lines import ExplainedLine
from states.rulebook.sentences.names import figure
from states.streams import Stream, assessment_stream, assessments_of_year, kind_of, year_stream
from states.vocabulary import Text
from storage import private_files
from storage.database.database import Database
from storage.ledger.chain import Entry
from storage.master_key import MasterKey
from workflow import wiring

_POINT_IN_TIME = Text(
    zh="台账号、日期或时间，如 120、2026-11-20、2026-11-20T09:00",
    en="Entry number, date or time: 120, 2026-11-20, 2026-11-20T09:00",
)
_AsOf = Annotated[str | None, typer.Option("--as-of", metavar="NUMBER|DATE|TIME"), _POINT_IN_TIME]
_OnlyYear = Annotated[int | None, typer.Option("--year"), Text(zh="只看这个年度", en="Only this year")]
_OnlyUnit = Annotated[str | None, typer.Option("--unit"), Text(zh="只看这个部门", en="Only this department")]


def replay_ledger(
    first: Annotated[
        int | None, typer.Option("--from", min=1), Text(zh="只列从此号起的缺陷", en="Only defects from this entry on")
    ] = None,
    last: Annotated[
        int | None, typer.Option("--to", min=1), Text(zh="只列到此号为止的缺陷", en="Only defects up to this entry")
    ] = None,
    stream: Annotated[
        str | None,
        typer.Option(),
        Text(
            zh="只列这一序列的缺陷，如 assessment/2026/u-01",
            en="Only defects of this stream, such as assessment/2026/u-01",
        ),
    ] = None,
    year: Annotated[int | None, typer.Option(), Text(zh="只列这个年度的缺陷", en="Only defects of this year")] = None,
    as_of: _AsOf = None,
    html: Annotated[
        Path | None, typer.Option(), Text(zh="把报告写成此网页文件", en="File for the report as a web page")
    ] = None,
    expect: Expect = None,
    key: TrustedKey = None,
    without_documents: Annotated[
        bool,
        typer.Option("--without-documents"),
        Text(zh="不读文件内容，较快", en="Do not read the documents' content; faster"),
    ] = False,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        evidence = collect_evidence(expect or [], with_last_seal=as_of is None)
        trusted_keys = [Key.parse(text) for text in key or ()]
        url = url or Settings().database
        with wiring.open_database(url, read_only=True) as database:
            reader = DatabaseReader(database)
            # The whole ledger is replayed, and the defects are selected afterwards: the digest of an entry depends on
            # all entries before it.
            with progress_bar(screen, reader.size(), "复核", "replaying", quiet=as_json) as progress:
                if as_of is not None:
                    past_reader = PastReader(reader, point_filter(as_of, _timezone(reader)))
                    report = replay(past_reader, progress, evidence=evidence, trusted=trusted_keys)
                elif reader.size() >= MIN_ENTRIES and (cpu_count() or 1) > 1:
                    master = database.key if isinstance(database.key, MasterKey) else None
                    report = replay_in_two_processes(
                        url, progress, evidence=evidence, trusted=trusted_keys, master=master
                    )
                else:
                    report = replay(reader, progress, evidence=evidence, trusted=trusted_keys)
            if as_of is None:  # the tables beside the ledger have no earlier state to check
                findings = check_tables(database, with_documents=not without_documents)
                report = report.with_tables(findings.defects, findings.caveats)
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
    unit: Unit,
    year: Year,
    as_of: _AsOf = None,
    occasion: Occasion = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        stream = assessment_stream(year, unit, occasion)
        with Database.open(url or Settings().database, read_only=True) as database:
            snapshot = _snapshot(DatabaseReader(database), as_of, _with_cases(lambda name: name == stream))
            renderer = MomentText(database, snapshot, default_edition().rulebook, screen.language)
            if stream not in snapshot.values:
                raise NoEntriesYet(what=renderer.title(stream))
            values = snapshot.values[stream]
            if as_json:
                rows = {path: {"value": value.text, **_source_of(value.by)} for path, value in values.items()}
                print(json.dumps({"stream": stream, "values": rows}, ensure_ascii=False, indent=1))
                return
            _print_rows(screen, renderer, stream, renderer.rows(stream), entry_of_row(values))


def diff(
    before: Annotated[str, typer.Argument(metavar="NUMBER|DATE|TIME"), _POINT_IN_TIME],
    after: Annotated[str, typer.Argument(metavar="NUMBER|DATE|TIME"), _POINT_IN_TIME],
    year: Year,
    unit: _OnlyUnit = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        in_scope = _assessments_of(year, unit)
        with Database.open(url or Settings().database, read_only=True) as database:
            reader = DatabaseReader(database)
            old, new = (_snapshot(reader, point, _with_cases(in_scope)) for point in (before, after))
            changes = [change for change in value_changes(old, new) if in_scope(change.stream)]
            if as_json:
                print(json.dumps([_change_as_json(change) for change in changes], ensure_ascii=False, indent=1))
                return
            if not changes:
                screen.say("两个时刻之间没有变化。", "Nothing changed between the two moments.")
            rulebook = default_edition().rulebook
            earlier, later = (MomentText(database, snapshot, rulebook, screen.language) for snapshot in (old, new))
            for stream in dict.fromkeys(change.stream for change in changes):
                old_rows = earlier.rows(stream) if stream in old.streams else []
                _print_changes(screen, later, stream, dated_changes(old_rows, later.rows(stream), new, stream))


def compare(
    rulebook: Annotated[Path, typer.Option(), Text(zh="另一版办法的文件", en="File of the other rulebook")],
    year: _OnlyYear = None,
    url: DatabaseUrl = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        other = load_edition(rulebook).rulebook
        with Database.open(url or Settings().database, read_only=True) as database:
            reader = DatabaseReader(database)
            rulebooks, _ = compile_rulebooks(reader.rulebooks())
            results = list(compare_results(reader, rulebooks, other, _assessments_of(year, None)))
        if as_json:
            print(json.dumps([to_builtins(result) for result in results], ensure_ascii=False, indent=1))
            return
        differing = [result for result in results if result.differs]
        screen.say(
            f"按 {other.id} 重新计算 {len(results)} 个结果：{len(differing)} 个会不同。",
            f"{len(results)} results under {other.id}: {len(differing)} would differ.",
        )
        for result in differing:
            _print_comparison(screen, result)


def _snapshot(reader: DatabaseReader, point: str | None, in_scope: Callable[[str], bool]) -> FoldedStreams:
    """The states of the streams in scope at this point in time; None means now."""
    rulebooks, _ = compile_rulebooks(reader.rulebooks())
    return snapshot_at(reader, rulebooks, point_filter(point, _timezone(reader)), in_scope)


def _timezone(reader: DatabaseReader) -> str:
    """The time zone in which a typed date or time is read: that of the rulebooks, or "UTC" without a rulebook.

    If the rulebooks have several zones, it is the first in alphabetical order, whatever the order of the rows.
    """
    rulebooks, _ = compile_rulebooks(reader.rulebooks())
    return min((compiled.rulebook.timezone for compiled in rulebooks.values()), default="UTC")


def _in_year(stream: str, year: int | None) -> bool:
    """Whether a stream is the year's own, or of one of its assessments. If `year` is None, every stream is."""
    return year is None or stream == year_stream(year) or stream.startswith(assessments_of_year(year))


def _assessments_of(year: int | None, unit: str | None) -> Callable[[str], bool]:
    """A filter of streams: the assessments of this year and department. None means every year or every department."""

    def in_scope(name: str) -> bool:
        stream = Stream.parse(name)
        return stream.kind == "assessment" and year in (None, stream.year) and unit in (None, stream.unit)

    return in_scope


def _source_of(entry: Entry) -> dict[str, object]:
    return {"entry": entry.number, "at": entry.recorded_at.isoformat(), "actor": entry.actor, "role": entry.role}


def _change_as_json(change: ValueChange) -> dict[str, object]:
    return {**{name: value for name, value in structs.asdict(change).items() if name != "by"}, **_source_of(change.by)}


def _with_cases(in_scope: Callable[[str], bool]) -> Callable[[str], bool]:
    """A filter for these streams and for all cases.

    The cases are needed because a value of an assessment may name one.
    """
    return lambda stream: kind_of(stream) == "case" or in_scope(stream)


def _print_rows(
    screen: Screen,
    renderer: MomentText,
    stream: str,
    rows: list[StateRow],
    entry_of: Callable[[StateRow], Entry | None],
) -> None:
    """Print the values under their headings, each with the entry that set it, and below it its parts, if it has any."""
    table = _new_table(screen, renderer, stream, (("值", "Value"),))
    for heading, rows_of_heading in groupby(rows, key=lambda row: row.heading):
        table.add_row(f"[bold]{heading.render(screen.language)}[/]")
        for row in rows_of_heading:
            for title, part in _row_and_parts(row):
                table.add_row(
                    title.render(screen.language),
                    escape(part.text.render(screen.language)),
                    *_entry_cells(renderer, stream, entry_of(part), screen),
                )
        table.add_section()
    screen.console.print(table)


def _row_and_parts(row: StateRow) -> list[tuple[Text, StateRow]]:
    """A row and its parts, each with its title."""
    parts = [
        (Text(zh=f"{row.title.zh}：{part.title.zh}", en=f"{row.title.en}: {part.title.en}"), part) for part in row.parts
    ]
    return [(row.title, row), *parts]


def _print_changes(screen: Screen, renderer: MomentText, stream: str, changes: list[DatedChange]) -> None:
    table = _new_table(screen, renderer, stream, (("原为", "Was"), ("现为", "Is")))
    for heading, changes_of_heading in groupby(changes, key=lambda dated: dated.change.row.heading):
        table.add_row(f"[bold]{heading.render(screen.language)}[/]")
        for dated in changes_of_heading:
            title = dated.change.row.title.render(screen.language)
            if dated.is_summary or not dated.parts:
                cells = _entry_cells(renderer, stream, dated.by, screen)
                table.add_row(title, *_before_and_after(dated, screen), *cells)
            for part in dated.parts:
                part_title = f"{title}{screen.pick('：', ': ')}{part.change.row.title.render(screen.language)}"
                cells = _entry_cells(renderer, stream, part.by, screen)
                table.add_row(part_title, *_before_and_after(part, screen), *cells)
        table.add_section()
    screen.console.print(table)


def _entry_cells(renderer: MomentText, stream: str, entry: Entry | None, screen: Screen) -> tuple[str, str, str]:
    """The number of an entry, its time and its actor; empty without an entry."""
    if entry is None:
        return "", "", ""
    actor = renderer.author(stream, entry).render(screen.language)
    return str(entry.number), renderer.format_time(stream, entry.recorded_at), escape(actor)


def _before_and_after(dated: DatedChange, screen: Screen) -> tuple[str, str]:
    before, after = dated.change.before, dated.change.after
    old_text = escape(before.render(screen.language)) if before else "—"
    new_text = escape(after.render(screen.language)) if after else screen.pick("已删除", "removed")
    return old_text, new_text


def _new_table(screen: Screen, renderer: MomentText, stream: str, values: tuple[tuple[str, str], ...]) -> Table:
    title = renderer.title(stream).render(screen.language)
    return screen.table((title, title), ("项", "Item"), *values, ("台账号", "Entry"), ("时间", "Time"), ("经办", "By"))


def _print_comparison(screen: Screen, comparison: ResultComparison) -> None:
    heading = f"{comparison.title} {comparison.stream.split('/')[1]}"
    if comparison.other is None or comparison.why is not None:
        reason = comparison.why.render(screen.language) if comparison.why else ""
        screen.say(
            f"{heading}：无法按该办法计分（{reason}）。",
            f"{heading}: it cannot be scored by that rulebook ({reason}).",
            "yellow",
        )
        return
    title = f"{heading}：{_result_text(comparison.result)} → {_result_text(comparison.other)}"
    table = screen.table(
        (title, title), ("现行办法", "On record"), ("另一版办法", "Other rulebook"), ("条款", "Clause")
    )
    for old, new in comparison.lines:
        clause = (new or old).clause if new or old else ""  # type: ignore[union-attr]
        table.add_row(_line_text(old, screen), _line_text(new, screen), clause)
    screen.console.print(table)


def _result_text(result: Result) -> str:
    return f"{plain(result.score)} {result.grade}"


def _line_text(line: ExplainedLine | None, screen: Screen) -> str:
    if line is None:
        return "—"
    amount = "" if line.amount is None else f" {figure(line.amount)}"
    return escape(f"{line.text.render(screen.language)}{amount}")
