"""`kaohe scenario run`: stories run one after the other, each on a ledger of its own that is thrown away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config.clock import VirtualClock
from config.rulebooks import Edition
from scenarios.runner import Result, run
from scenarios.story import StoryFault, load
from workflow import wiring

from .screen import Screen


def run_all(files: Sequence[Path], base: Edition, screen: Screen, *, as_json: bool) -> int:
    """Run every story; print what was expected, what came, and the clause. 0 if all hold, 1 if not, 2 if unreadable."""
    results, unreadable = [], 0
    for file in files:
        try:
            result = live(file, base)
        except StoryFault as fault:
            unreadable += 1
            screen.told(fault)
            continue
        results.append((file, result))
        if not as_json:
            _show(screen, file, result)
    if as_json:
        print(json.dumps([_row(file, result) for file, result in results], ensure_ascii=False, indent=1))
    else:
        held = sum(result.ok for _, result in results)
        screen.say(f"情景 {len(results)} 个，符合 {held} 个。", f"{len(results)} stories, {held} hold.")
    return 2 if unreadable else int(not all(result.ok for _, result in results))


def live(file: Path, base: Edition) -> Result:
    """One story, on an SQLite ledger of its own. Raises `StoryFault` if it cannot be read."""
    story = load(file)
    edition = story.edition(base)
    clock = VirtualClock(story.begins(edition))
    with TemporaryDirectory() as folder, wiring.engine(f"sqlite:///{folder}/story.db", clock, edition) as engine:
        return run(story, engine, clock)


def _show(screen: Screen, file: Path, result: Result) -> None:
    mark, style = ("✓", "green") if result.ok else ("✗", "red")
    screen.say(f"{mark} {file.name}　{result.story.title}", f"{mark} {file.name}  {result.story.title}", style)
    for check in result.checks:
        screen.say(f"   {check.text.zh}", f"   {check.text.en}", None if check.ok else "red")


def _row(file: Path, result: Result) -> dict[str, Any]:
    checks = [
        {
            "ok": c.ok,
            "expected": c.expected,
            "came": c.came,
            "clause": {"zh": c.clause.zh, "en": c.clause.en},
            "zh": c.text.zh,
            "en": c.text.en,
        }
        for c in result.checks
    ]
    return {"file": file.name, "title": result.story.title, "ok": result.ok, "checks": checks}
