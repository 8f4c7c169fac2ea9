"""What is put on record in a year under any rulebook: a record of each of its kinds, a routine check, and a veto.

Which lines a kind of record may have depends on rules about what is plausible. So lines are tried until a preview
accepts one; nothing of a trial is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

from scenarios.defaults.records import StoryLine, StorySanction
from states import policy
from states.records.case import CASE
from states.records.roster import Unit
from states.records.routine_check import ROUTINE_CHECK
from states.refusals import Refusal
from states.rulebook.calculation.record_kinds import RecordKind
from states.streams import assessment_stream, case_stream, record_stream, routine_check_stream
from states.vocabulary import CLOCK, Opaque, Words
from workflow.engine import Engine, Submission

from .acts import READER, ActWriter, YearStopped
from .college import RulebookSample

_TRIALS = 12
_NUMBERS = (None, Decimal(1), Decimal(2), Decimal("0.5"))
"""The numbers that are tried in a line: none, as most need none; a count; points within the range of a row."""


def kinds_of(sample: RulebookSample) -> list[RecordKind]:
    """The kinds of record that somebody may enter, but routine checks."""
    acts = sample.rulebook.acts
    return [
        kind
        for kind in sample.rulebook.record
        if kind.key != ROUTINE_CHECK and ("record_case" if kind.key == CASE else "enter_record") in acts
    ]


def record(writer: ActWriter, kind: RecordKind, unit: Unit, engine: Engine) -> list[Submission]:
    """A record of this kind about the department. Raises `YearStopped` if no line that was tried can be entered."""
    sample = writer.sample
    random = Random(f"{sample.seed}/{unit.unit}/{kind.key}")
    number = [one.unit for one in sample.units].index(unit.unit) + 1
    id_ = Opaque(f"{kind.key.replace('_', '-')}-{sample.year}-{number}")
    stop: YearStopped | None = None
    for line in _lines(sample, kind, unit, random):
        if kind.key == CASE:
            fields: dict[str, Any] = {"sanctions": [StorySanction(**line)]}
            submission = writer.write(engine, case_stream(id_), "record_case", unit, **fields)
        else:
            fields = {"record": kind.key, "lines": [StoryLine(**line)]}
            submission = writer.write(engine, record_stream(id_), "enter_record", unit, **fields)
        try:
            engine.preview(submission.stream, submission.command, submission.actor)
        except Refusal as refusal:
            stop = writer.stop(refusal, submission, engine.context(submission.stream, READER)[1].today)
        else:
            return [submission]
    if stop is not None:
        raise stop
    return []


def veto(writer: ActWriter, unit: Unit, engine: Engine) -> list[Submission]:
    """The first finding that a limit reads and that some role judges, recorded by that role. None if there is none."""
    rulebook = writer.sample.rulebook
    judges, _ = policy.entitled_roles("record_veto", None, None, rulebook)
    for finding in rulebook.findings.values():
        roles = [role for role in finding.by if role in judges and role != CLOCK.role]
        if roles and finding.key in rulebook.limits_of_findings:
            stream = assessment_stream(writer.sample.year, unit.unit, None)
            fields: dict[str, Any] = {"finding": finding.key, "reason": Words("经调查核实")}
            return [writer.write(engine, stream, "record_veto", unit, role=roles[0], **fields)]
    return []


def check_acts(sample: RulebookSample) -> list[str]:
    """The acts of a routine check, in their order, if the rulebook has all of them."""
    acts = ["record_routine_check", "answer_routine_check", "accept_answer"]
    return acts if set(acts) <= sample.rulebook.acts.keys() else []


def routine_check(writer: ActWriter, act: str, unit: Unit, engine: Engine) -> list[Submission]:
    """One act of the routine check of this department, which finds something to rectify."""
    stream = routine_check_stream(Opaque(f"check-{writer.sample.year}-{unit.unit}"))
    fields: dict[str, Any] = {}
    if act == "record_routine_check":
        mend_until = engine.context(stream, READER)[1].today + timedelta(days=28)
        fields = {"observation": Words("台账登记不及时"), "to_mend": Words("补充登记并报送"), "mend_until": mend_until}
    elif act == "answer_routine_check":
        fields = {"answer": Words("已补充登记")}
    return [writer.write(engine, stream, act, unit, **fields)]


def _lines(sample: RulebookSample, kind: RecordKind, unit: Unit, random: Random) -> Iterator[dict[str, Any]]:
    """Lines with options by chance, rather light ones, first without and then with a remark."""
    rulebook, team = sample.rulebook, [*unit.heads, *unit.members]
    for remark, number, _ in product((None, Words("情况特殊，已经核实")), _NUMBERS, range(_TRIALS)):
        fields = {}
        for field in kind.field:
            options = [one.key for one in field.option if one.key not in rulebook.open_options.get(kind.key, ())]
            fields[field.key] = options[min(random.randrange(len(options)), random.randrange(len(options)))]
        line: dict[str, Any] = {"fields": fields, "remark": remark}
        if kind.personal:
            line["person"] = random.choice([one.person for one in team] + [Opaque(f"p-{unit.unit}-s1")])
        if kind.key != CASE:
            line["number"] = number
        elif number is not None:
            continue
        yield line
