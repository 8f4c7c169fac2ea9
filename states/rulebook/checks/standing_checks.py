"""Whether a standing compares somebody.

Not here: whether its value can be compared (`form_checks.py`), and who reads a place in it (`name_checks.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.parts import Misfit

from .name_checks import SINGLE


def check_standings(rules: ResultRules) -> Iterator[Misfit]:
    """The misfits of all standings. Every name must be there."""
    subjects = {subject.key: subject for subject in rules.subject}
    for standing in rules.standing:
        location = f"standing.{standing.key}.group"
        subject = subjects[standing.subject or rules.subject[0].key]
        if standing.group == "unit" and subject.is_ in SINGLE:
            zh = f"每个部门只有一个 {subject.key}，无从比较：请写 round、unit_kind 或 unit_kind.group"
            en = f"every department has one {subject.key}, so there is nobody to compare it with: write another group"
            yield Misfit(location, zh, en)
        if standing.group == "unit_kind.group" and all(kind.group is None for kind in rules.unit_kind):
            zh = "没有任何部门类别写明 group，谁也没有名次"
            yield Misfit(location, zh, "no kind of department has a group, so nobody has a place")
