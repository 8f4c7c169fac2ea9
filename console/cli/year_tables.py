"""Prints the figures of `kaohe demo`: the results of a year, its notices and letters, its counts, its replay and seals.

Also here: the names of the kinds of notices.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from states.chart import stage_title
from states.rulebook.types import Rulebook

from .screen import Screen

NOTICES = {
    "reminder": ("提醒", "reminder"), "overdue": ("逾期提醒", "overdue"), "escalation": ("督办", "escalation"),
    "step_open": ("待办", "step open"), "returned": ("退回", "returned"), "deadline_moved": ("改期", "deadline moved"),
    "chased": ("催办", "chased"), "assigned": ("指定承办", "assigned"), "assignment_ended": ("不再承办", "no longer assigned"), "own_result": ("本人结果", "own result"),
    "circulated": ("通报", "circulated"), "task": ("结果运用", "consequence"), "veto_raised": ("一票否决", "veto raised"),
    "veto_lifted": ("否决解除", "veto lifted"), "stale_score": ("重新计分", "score again"), "places_settled": ("名次核定", "places settled"),
    "visit": ("现场考评", "on-site visit"), "visits_assigned": ("现场考评分工", "visits assigned"),
    "visit_dropped": ("现场考评调整", "no longer visiting"),
    "routine_check": ("平时检查", "routine check"),
    "window_open": ("可申请复核", "review open"), "review_decided": ("复核决定", "review decided"),
    "review_granted": ("复核后重新审议", "to be reopened"), "reopened": ("重开审定", "reopened"), "clock_stopped": ("定时服务停摆", "clock stopped"),
    "clock_doubted": ("时间存疑", "time in doubt"), "sealed": ("封存", "seal"),
    "unreadable": ("无法读取的记录", "entry that cannot be read"), "access_changed": ("账号变动", "account changed"),
    "deputy": ("代办", "deputy"), "document_supplied": ("佐证材料", "evidence"),
    "year_due": ("年度待启动", "year to be opened"), "year_missed": ("年度逾期未启动", "year not opened"),
    "year_end": ("年末未办结事项", "open at the year's end"),
}  # fmt: skip


def print_year(screen: Screen, figures: dict[str, Any], rulebook: Rulebook, url: str, mail: Path, keys: Path) -> None:
    """Print the figures of `demo.year.run`: results, notices, counts, replay, seals, letters and files."""
    _print_results(screen, figures, rulebook)
    _print_notices(screen, figures["notices"], rulebook)
    facts, replay = figures["facts"], figures["replay"]
    refused = sum(figures["refused"].values())
    screen.say(
        f"提醒 {facts.get('Reminded', 0)} 次，督办 {facts.get('Escalated', 0)} 次，提出否决 {facts.get('VetoRaised', 0)} 次，"
        f"解除 {facts.get('VetoLifted', 0)} 次，退回 {facts.get('SelfReportReturned', 0) + facts.get('ScoreReturned', 0)} 次，"
        f"重开审定 {facts.get('ResultReopened', 0)} 次，拒绝 {refused} 次。",
        f"{facts.get('Reminded', 0)} reminders, {facts.get('Escalated', 0)} escalations, {facts.get('VetoRaised', 0)} vetoes "
        f"raised, {facts.get('VetoLifted', 0)} lifted, {facts.get('SelfReportReturned', 0) + facts.get('ScoreReturned', 0)} "
        f"returns, {facts.get('ResultReopened', 0)} reopened, {refused} commands refused.",
    )
    screen.say(
        f"台账 {figures['entries']} 条，末条摘要 {figures['digest']}",
        f"{figures['entries']} entries, last digest {figures['digest']}",
    )
    proof = replay["vouched"]
    if replay["ok"]:
        sealed = proof["sealed"]
        screen.say(f"复核：无缺陷，封存至第 {sealed} 号。", f"Replay: no defect, sealed to entry {sealed}.", "green")
    else:
        screen.say(f"复核：{len(replay['defects'])} 处缺陷！", f"Replay: {len(replay['defects'])} defects!", "red")
    if proof["sealed"]:
        screen.say(
            f"封存 {proof['seals']} 份，覆盖至第 {proof['sealed']} 号；见证人（样例）签到第 {proof['witnessed']} 号。密钥和见证人目录：{keys}/",
            f"{proof['seals']} seals, the newest up to entry {proof['sealed']}; an invented witness signed up to entry {proof['witnessed']}. Their keys are in {keys}/",
        )
    if figures["letters"]:
        _print_letters(screen, figures["letters_by_role"], rulebook)
        screen.say(
            f"实发邮件 {figures['letters']} 封（由演示用的本机邮件服务器接收），存于 {mail}/",
            f"{figures['letters']} letters were really sent, to the demonstration's own mail server; they are in {mail}/",
        )
    screen.say(f"数据库：{url}", f"Database: {url}")


def _print_results(screen: Screen, figures: dict[str, Any], rulebook: Rulebook) -> None:
    """Print the results of the year, one department in each row."""
    table = screen.table(
        (f"{figures['year']} 年度考核结果", f"Results of {figures['year']}"),
        ("部门", "Department"),
        ("步骤", "Stage"),
        ("考核分", "Points"),
        (rulebook.adjustment_title.zh, rulebook.adjustment_title.en),
        ("总分", "Score"),
        ("等次", "Grade"),
        ("由来", "Decided by"),
    )
    scale = rulebook.first_scale
    styles = dict(zip(scale.ranks if scale is not None else (), ("green", "", "yellow", "red"), strict=False))
    for row in figures["results"]:
        grade = rulebook.grade_title(row["grade"]).render(screen.language) if row["grade"] else "—"
        limit = rulebook.cause_of_grade(row["limits"])
        cause = limit.render(screen.language) if limit is not None else screen.pick("按条件", "conditions")
        table.add_row(
            f"{row['unit']} {row['title']}",
            _stage(screen, row, rulebook),
            row["subtotal"] or "—",
            row["adjustment"] or "—",
            row["score"] or "—",
            grade,
            cause,
            style=styles.get(row["grade"]) or None,
        )
    screen.console.print(table)


def _stage(screen: Screen, row: dict[str, Any], rulebook: Rulebook) -> str:
    """The stage of a department's assessment, with the mark “corrected” if its result was circulated twice."""
    title = stage_title(row["stage"], rulebook).render(screen.language)
    return title + (screen.pick("（更正）", " (corrected)") if len(row["notices"]) > 1 else "")


def _print_notices(screen: Screen, counts_by_kind: dict[str, dict[str, int]], rulebook: Rulebook) -> None:
    table = screen.table(
        ("通知（按类别和对象）", "Notices by kind and receiver"), ("类别", "Kind"), ("对象与条数", "Receivers")
    )
    for kind, receivers in counts_by_kind.items():
        counts = [f"{rulebook.role_title(role).render(screen.language)} {count}" for role, count in receivers.items()]
        table.add_row(screen.pick(*NOTICES[kind]), screen.pick("、", ", ").join(counts))
    screen.console.print(table)


def _print_letters(screen: Screen, tallies: list[dict[str, Any]], rulebook: Rulebook) -> None:
    table = screen.table(
        ("邮件（按角色）", "Letters by role"),
        ("角色", "Role"),
        ("人数", "People"),
        ("总数", "Letters"),
        ("每人最多", "Most for one person"),
        ("最长行数", "Lines of the longest"),
    )
    for tally in tallies:
        counts = (str(tally[name]) for name in ("people", "letters", "most", "lines"))
        table.add_row(rulebook.role_title(tally["role"]).render(screen.language), *counts)
    screen.console.print(table)
