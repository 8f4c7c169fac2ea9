"""`kaohe scenario run`: runs stories one after the other, each on its own ledger, which is deleted afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from msgspec.structs import replace

from config.clock import VirtualClock
from config.rulebooks import Edition, default_edition
from config.settings import Settings
from console.cli.options import AsJson, Lang
from console.cli.screen import Screen, on_screen
from scenarios.runner import StoryResult, run
from scenarios.story import StoryFault
from scenarios.story_file import load
from states.vocabulary import Text
from workflow import wiring


def run_stories(
    files: Annotated[list[Path], typer.Argument(), Text(zh="情景文件", en="Files of stories")],
    rulebook: Annotated[
        Path | None,
        typer.Option(),
        Text(
            zh="用这个办法文件运行，不用情景写明的办法",
            en="Run the stories on this rulebook file instead of those that they name",
        ),
    ] = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Exit code: 0 if every expectation holds, 1 if one does not, 2 if a file cannot be read."""
    with on_screen(lang) as screen:
        default = default_edition(Settings().rulebook)
        results: list[tuple[Path, StoryResult]] = []
        unreadable = 0
        for file in files:
            try:
                result = _run_story(file, rulebook, default)
            except StoryFault as fault:
                unreadable += 1
                screen.error(fault)
                continue
            results.append((file, result))
            if not as_json:
                _print_result(screen, file, result)
        passed = sum(result.ok for _, result in results)
        if as_json:
            print(json.dumps([_as_json(file, result) for file, result in results], ensure_ascii=False, indent=1))
        else:
            screen.say(f"情景 {len(results)} 个，符合 {passed} 个。", f"{len(results)} stories, {passed} hold.")
        raise typer.Exit(2 if unreadable else int(passed < len(results)))


def _run_story(file: Path, rulebook: Path | None, default: Edition) -> StoryResult:
    """Run one story on a new SQLite ledger, on `rulebook` if it is given. Raises StoryFault if it cannot be read."""
    story = load(file)
    if rulebook is not None:
        story = replace(story, rulebook=rulebook)
    edition = story.edition(default)
    clock = VirtualClock(story.start(edition))
    with (
        TemporaryDirectory() as folder,
        wiring.compose_engine(f"sqlite:///{folder}/story.db", clock, edition) as engine,
    ):
        return run(story, engine, clock)


def _print_result(screen: Screen, file: Path, result: StoryResult) -> None:
    mark, style = ("✓", "green") if result.ok else ("✗", "red")
    screen.say(f"{mark} {file.name}　{result.story.title}", f"{mark} {file.name}  {result.story.title}", style)
    for check in result.checks:
        screen.say(f"   {check.text.zh}", f"   {check.text.en}", None if check.ok else "red")


def _as_json(file: Path, result: StoryResult) -> dict[str, Any]:
    checks = [
        {
            "ok": check.ok,
            "expected": check.expected,
            "came": check.actual,
            "clause": {"zh": check.clause.zh, "en": check.clause.en},
            "zh": check.text.zh,
            "en": check.text.en,
        }
        for check in result.checks
    ]
    return {"file": file.name, "title": result.story.title, "ok": result.ok, "checks": checks}
