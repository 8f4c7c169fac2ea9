"""`kaohe rules`: checks, prints, draws and compares rulebooks. Without a file: the edition of the settings.

Not here: the papers for the institution to answer and sign (`to_sign.py`).
"""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from config.rulebooks import (
    DEFAULT_EDITION_ID,
    Edition,
    FileFault,
    RulebookFault,
    default_edition,
    load_edition,
    shipped_editions,
    start_of_rulebook,
)
from config.settings import Settings
from console.cli.options import AsJson, Lang, WrongOption
from console.cli.screen import Screen, on_screen
from states.chart import Chart
from states.rulebook.clauses import cite
from states.rulebook.edition_changes import EditionChanges, changes_between
from states.rulebook.measure_in_words import lines_of_part, measure_in_words
from states.rulebook.printed_measure import printed_lines
from states.rulebook.sentences.names import plural
from states.rulebook.sentences.rules_in_words import RuleLine
from states.vocabulary import Text

RulebookFile = Annotated[
    Path | None,
    typer.Argument(metavar="FILE"),
    Text(zh="办法文件；不写则为设置中的办法", en="Rulebook file; that of the settings if not given"),
]
_Part = Annotated[
    str | None,
    typer.Option(),
    Text(
        zh="只看办法文件的这一部分，如 form、scale.unit、ladder、reading",
        en="Only this part of the file, such as form, scale.unit, ladder or reading",
    ),
]


class NoSuchPart(WrongOption):
    """The rulebook has no part of this name that says a rule."""

    zh = "办法中没有 {option} 这一部分；可用：{why}。"
    en = "The rulebook has no part {option}; it has: {why}."


def edition_of(file: Path | None) -> Edition:
    """The edition in this file; None means that of the settings."""
    return default_edition(file or Settings().rulebook)


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE..."),
        Text(zh="办法文件；不写则为设置中的办法", en="Rulebook files; that of the settings if not given"),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        faults: dict[str, tuple[FileFault, ...]] = {}
        for file in files or [Settings().rulebook or shipped_editions()[DEFAULT_EDITION_ID]]:
            try:
                edition = load_edition(file, under_every_reading=True)
            except RulebookFault as fault:
                faults[str(file)] = fault.faults
                if not as_json:
                    screen.error(fault)
                continue
            faults[str(file)] = ()
            if not as_json:
                _print_sound(screen, file, edition)
        if as_json:
            print(json.dumps([_checked_json(*one) for one in faults.items()], ensure_ascii=False, indent=1))
        raise typer.Exit(1 if any(faults.values()) else 0)


def new(
    id_: Annotated[
        str,
        typer.Argument(metavar="ID"),
        Text(zh="新办法的编号，如 greencedar-2031", en="Id of the new rulebook, such as greencedar-2031"),
    ],
    lang: Lang = None,
) -> None:
    with on_screen(lang):
        print(start_of_rulebook(id_), end="")


def show(file: RulebookFile = None, part: _Part = None, as_json: AsJson = False, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        edition = edition_of(file)
        every = measure_in_words(edition.rulebook)
        lines = list(lines_of_part(every, part)) if part is not None else every
        if not lines:
            names = dict.fromkeys(line.location.partition(".")[0] for line in every)
            raise NoSuchPart(option=part, why=", ".join(names))
        if as_json:
            print(json.dumps([_line_json(line) for line in lines], ensure_ascii=False, indent=1))
            return
        title = edition.rulebook.measure.title
        screen.say(f"{title.zh}　{edition.pin}", f"{title.en}  {edition.pin}", "bold")
        for line in lines:
            if not line.depth:
                screen.say("", "")
            _print_line(screen, line)


def print_measure(file: RulebookFile = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        for line in printed_lines(edition_of(file).rulebook):
            print("\t".join(cell.render(screen.language) for cell in line.cells).rstrip())


def chart(file: RulebookFile = None, lang: Lang = None) -> None:
    with on_screen(lang) as screen:
        print(Chart(edition_of(file).rulebook).mermaid(screen.language), end="")


def diff(
    first: Annotated[
        Path,
        typer.Argument(metavar="[OLD] NEW"),
        Text(
            zh="原版本；只写一个文件时，与设置中的办法比较", en="The rulebook before; of one file, that of the settings"
        ),
    ],
    second: Annotated[Path | None, typer.Argument(metavar=" "), Text(zh="新版本", en="The rulebook after")] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    with on_screen(lang) as screen:
        before = load_edition(first) if second is not None else edition_of(None)
        after = load_edition(second or first)
        changes = changes_between(before.rulebook, after.rulebook)
        if as_json:
            print(json.dumps(_changes_json(changes), ensure_ascii=False, indent=1))
        else:
            _print_changes(screen, before, after, changes, second or first)
        raise typer.Exit(1 if changes.any else 0)


def _print_sound(screen: Screen, file: Path, edition: Edition) -> None:
    items = sum(len(list(form.ends())) for form in edition.rulebook.form)
    title = edition.rulebook.measure.title
    screen.say(
        f"✓ {file.name}：{title.zh}（{items} 个要素，摘要 {edition.digest[:16]}）",
        f"✓ {file.name}: {title.en} ({items} {plural('element', items)}, digest {edition.digest[:16]})",
        "green",
    )


def _checked_json(file: str, faults: tuple[FileFault, ...]) -> dict[str, object]:
    return {
        "file": file,
        "ok": not faults,
        "faults": [{"key": fault.key, "zh": fault.zh, "en": fault.en} for fault in faults],
    }


def _print_line(screen: Screen, line: RuleLine) -> None:
    """A rule on one line: its label and title, its points, its sentence, and its clause."""
    text = rule_text(line)
    screen.say(f"{'　' * line.depth}{text.zh}", f"{'  ' * line.depth}{text.en}", None if line.depth else "bold")


def rule_text(line: RuleLine) -> Text:
    """A rule as one line of text."""
    label, clause = f"{line.label} " if line.label else "", cite(line.clause)
    sentences = (line.points,) if line.is_plain else (line.points, line.sentence)
    words = [text for text in sentences if text.zh]
    colon_zh, colon_en = ("：", ": ") if words else ("", "")
    return Text(
        zh=f"{label}{line.title.zh}{colon_zh}{'；'.join(text.zh for text in words)}　［{clause.zh}］",
        en=f"{label}{line.title.en}{colon_en}{'; '.join(text.en for text in words)}  [{clause.en}]",
    )


def _line_json(line: RuleLine) -> dict[str, object]:
    texts = {"title": line.title, "points": line.points, "sentence": line.sentence}
    return {
        "location": line.location,
        "depth": line.depth,
        "label": line.label,
        **{name: {"zh": text.zh, "en": text.en} for name, text in texts.items()},
        "clause": line.clause,
        "certainty": line.certainty,
    }


def _print_changes(screen: Screen, before: Edition, after: Edition, changes: EditionChanges, file: Path) -> None:
    if not changes.any:
        screen.say("两个版本内容相同。", "The two rulebooks have the same content.")
        return
    screen.say(f"{before.pin} → {after.pin}", f"{before.pin} → {after.pin}", "bold")
    for head, rules in groupby(changes.rules, lambda rule: rule.head):
        screen.say(f"\n{head.zh}", f"\n{head.en}", "bold")
        for rule in rules:
            for line, mark, style in ((rule.before, "−", "red"), (rule.after, "+", "green")):
                if line is not None:
                    screen.say(f"{mark} {rule_text(line).zh}", f"{mark} {rule_text(line).en}", style)
    others = [key for key in changes.keys if not key.is_in_words]
    if others:
        screen.say("\n文件中的其他改动：", "\nOther changes in the file:", "bold")
    for key in others:
        change = f"{key.location}: {key.before or '—'} → {key.after or '—'}"
        screen.say(change, change)
    command = f"kaohe audit compare --rulebook {file}"
    screen.say(f"\n哪些结果会不同：{command}", f"\nWhose results would differ: {command}")


def _changes_json(changes: EditionChanges) -> dict[str, object]:
    def line(one: RuleLine | None) -> dict[str, object] | None:
        return None if one is None else _line_json(one)

    return {
        "rules": [
            {"location": pair.location, "before": line(pair.before), "after": line(pair.after)}
            for pair in changes.rules
        ],
        "keys": [{"location": key.location, "before": key.before, "after": key.after} for key in changes.keys],
    }
