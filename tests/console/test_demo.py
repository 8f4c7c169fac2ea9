"""The demonstration year: every turn a year can take, the same ledger on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from config.rulebooks import DEFAULT, load, shipped
from console import demo

EDITION = load(shipped()[DEFAULT])


def live(url: str, count: int = 16, seed: int = 2026) -> dict[str, Any]:
    """The summary of a year."""
    return demo.run(url, EDITION, 2026, count, seed, lambda *_: None)


def test_a_year_shows_every_turn_and_replays_without_a_defect(url: str) -> None:
    """All four grades, returns, deductions, vetoes in time and after circulation, reminders, escalations."""
    summary = live(url)
    facts = summary["facts"]
    assert set(summary["grades"]) == {"excellent", "pass", "basic", "fail"}
    assert summary["replay"]["ok"], summary["replay"]["defects"][:3]
    assert summary["replay"]["entries"] == summary["entries"]
    for kind in (
        "SelfReportReturned", "ScoreReturned", "Reminded", "Escalated", "VetoRaised", "VetoLifted", "ResultReopened",
        "BallotVoided", "StepUndone", "MemberSubstituted", "DeadlineMoved", "StaleScoreNoted", "TaskCompleted",
        "CaseRescinded", "RefusedCommand",
    ):  # fmt: skip
        assert facts.get(kind, 0) > 0, kind
    assert all(row["stage"] == "circulated" for row in summary["results"])
    late = next(row for row in summary["results"] if row["unit"] == "u08")
    assert (late["grade"], late["cause"], len(late["notices"])) == ("fail", "veto", 2)
    assert summary["refused"] == {"OwnUnit": 1, "ScoreIsStale": 1}
    assert summary["notices"]["veto_raised"].keys() == {"office", "committee"}


def test_the_same_seed_gives_the_same_ledger_byte_for_byte_on_both_databases(
    new_url: Callable[[str], str],
) -> None:
    """The last digest covers every byte before it."""
    one, other = live(new_url("sqlite")), live(new_url("postgresql"))
    assert one["digest"] == other["digest"]
    assert one == other


def test_another_seed_gives_another_ledger(new_url: Callable[[str], str]) -> None:
    """The seed is what it is made from."""
    assert live(new_url("sqlite"), 4, 1)["digest"] != live(new_url("sqlite"), 4, 2)["digest"]


def test_running_it_again_writes_nothing(url: str) -> None:
    """A database that holds the year is shown, not lived again."""
    first, again = live(url, 4), live(url, 4)
    assert (first["lived_now"], again["lived_now"]) == (True, False)
    assert again["digest"] == first["digest"]
    assert again["results"] == first["results"]
