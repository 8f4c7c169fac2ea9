"""One assessment of one department in a year under any rulebook: the submissions of each stage, from the state of now.

Each function returns the submissions of one moment, which may be none. Not here: the days (`steps.py`), and what is put
on record beside the assessment (`records.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random
from typing import Any

from msgspec.structs import replace

from scenarios.defaults.reports import missing_grades, reports_of
from states.acts import STAGE_COMMANDS
from states.assessment import Assessment
from states.context import Context
from states.deadlines.windows import Windows, undecided_reviews
from states.records.roster import Unit
from states.result.open_tasks import open_task_ids
from states.result.sheet_items import self_scored_items, sheet_items
from states.rulebook.stages import Stage
from states.stages import scoring
from states.stages.democratic_evaluation import RecordBallot
from states.stages.scoring import Scored
from states.stages.value_report import ReportItem, missing_items
from states.streams import assessment_stream
from states.vocabulary import Words
from workflow.engine import Engine, Submission

from .acts import READER, ActWriter
from .college import RulebookSample
from .entries import CARES, sheet_entries, vote_counts
from .reports import ReportedValues


class DepartmentRound:
    """The round of one department, or its run at an occasion."""

    def __init__(self, sample: RulebookSample, writer: ActWriter, unit: Unit, occasion: str | None = None) -> None:
        self.sample, self.writer, self.unit, self.occasion = sample, writer, unit, occasion
        self.number = [one.unit for one in sample.units].index(unit.unit) + 1
        self.stream = assessment_stream(sample.year, unit.unit, occasion)
        self.rulebook = sample.rulebook.at(occasion)
        self.random = Random(f"{sample.seed}/{self.stream}")
        self.care = CARES[(self.number - 1) % len(CARES)]

    def sheets(self, engine: Engine) -> list[Submission]:
        """The score sheets that the rulebook needs, each of another assessor."""
        state, _ = self._state(engine)
        count = range(1, self.rulebook.scoring.minimum_sheets + 1)
        return [self._write(engine, "fill_sheet", number=number, **self._entries(state)) for number in count]

    def reports(self, engine: Engine) -> list[Submission]:
        """What others report before the score: one report of each role, of everything that is missing."""
        state, context = self._state(engine)
        return self._reports(engine, state, missing_items(state, context))

    def named_grades(self, engine: Engine) -> list[Submission]:
        """The grades that a role names, because no row of the scale gave one."""
        state, _ = self._state(engine)
        return self._reports(engine, state, missing_grades(state, self.rulebook))

    def stage(self, stage: Stage, engine: Engine) -> list[Submission]:
        """The act that completes this stage."""
        state, context = self._state(engine)
        act = STAGE_COMMANDS[stage.kind].act
        submission = self._write(engine, act, **self._fields(act, state, context))
        if isinstance(submission.command, RecordBallot):
            sheets = tuple(
                replace(sheet, counts=vote_counts(sheet.counts, self.care, self.random))
                for sheet in submission.command.sheets
            )
            return [replace(submission, command=replace(submission.command, sheets=sheets))]
        return [submission]

    def score_again(self, engine: Engine) -> list[Submission]:
        """A new score from the same sheet, if what the score rests on has changed."""
        state, context = self._state(engine)
        scored = state.fact(Scored)
        if scored is None or not scoring.is_stale(state, context):
            return []
        sheet = scoring.agreed_sheet(scored, state)
        return [self._write(engine, "score", marks=sheet.marks, levels=sheet.levels, reasons=sheet.reasons)]

    def tasks(self, engine: Engine) -> list[Submission]:
        """The tasks of the circulated result that can be done now."""
        state, _ = self._state(engine)
        document = Words(f"办结〔{self.sample.year}〕{self.number}号")
        return [
            self._write(engine, "complete_task", task=task, document=document)
            for task in open_task_ids(state, self.rulebook)
        ]

    def request(self, engine: Engine) -> list[Submission]:
        """The request for a review in the first window that is open today."""
        state, context = self._state(engine)
        windows = Windows(state, self.rulebook)
        return [
            self._write(engine, "ask_review", role=windows.rule(id_).by[0], window=id_)
            for id_ in windows.open(context.today)[:1]
        ]

    def decisions(self, engine: Engine) -> list[Submission]:
        """The decisions on the reviews that wait for one: each result stands."""
        state, _ = self._state(engine)
        # Nobody decides who gave points: persons 1 to `minimum_sheets` of a role may have filled in a sheet.
        number, document = self.rulebook.scoring.minimum_sheets + 2, Words(f"复核〔{self.sample.year}〕{self.number}号")
        return [
            self._write(engine, "decide_review", number=number, window=id_, decision="stands", document=document)
            for id_ in undecided_reviews(state)
        ]

    def _reports(self, engine: Engine, state: Assessment, items: Sequence[ReportItem]) -> list[Submission]:
        values = ReportedValues(state, self.rulebook, self.care, self.random)
        by_role = reports_of(items, values.of)
        return [self._write(engine, "report_values", role=role or None, **fields) for role, fields in by_role.items()]

    def _state(self, engine: Engine) -> tuple[Assessment, Context]:
        state, context, _ = engine.context(self.stream, READER)
        assert isinstance(state, Assessment)
        return state, context

    def _write(
        self, engine: Engine, act: str, *, role: str | None = None, number: int | None = None, **fields: Any
    ) -> Submission:
        return self.writer.write(
            engine, self.stream, act, self.unit, role=role, number=number, occasion=self.occasion, **fields
        )

    def _fields(self, act: str, state: Assessment, context: Context) -> dict[str, Any]:
        """What this department writes in the act of a stage, instead of the default."""
        year, number = self.sample.year, self.number
        if act == "submit_self_report":
            own = sheet_entries(self_scored_items(state, self.rulebook), (1 + self.care) / 2, self.random)
            return {"self_scores": own.marks, "self_levels": own.levels}
        if act == "score":
            return self._agreed(state)
        fields: dict[str, dict[str, Any]] = {
            "record_meeting": {"present": state.staff - self.random.randint(0, 3)},
            "record_interviews": {
                "with_staff": min(max(3, self.rulebook.scoring.minimum_talks_with_staff), state.staff)
            },
            "take_step": {"summary": Words("已办理")},
            "approve": {"resolution": Words(f"审定〔{year}〕{number}号")},
            "circulate": {"document": Words(f"通报〔{year}〕{number}号")},
        }
        return fields.get(act, {})

    def _entries(self, state: Assessment) -> dict[str, Any]:
        entries = sheet_entries(sheet_items(state, self.rulebook), self.care, self.random)
        return {"marks": entries.marks, "levels": entries.levels, "reasons": entries.reasons}

    def _agreed(self, state: Assessment) -> dict[str, Any]:
        """The sheet on which the assessors agree: that of the first of them."""
        sheets: Sequence[Any] = list(state.sheets.values())
        if not sheets:
            return self._entries(state)
        first = sheets[0]
        marks: dict[str, Decimal] = first.marks
        return {"marks": marks, "levels": first.levels, "reasons": first.reasons}
