"""What a result reads that no sheet has: numbers of other offices, levels and grades that a role names, earlier results.

Each value says which roles report it (`by`). An earlier result that the ledger does not have is reported by the roles
that may also say that an item does not apply (`waive_item`): they know whether there was one. A later report replaces
what it names. A report after scoring makes the score stale.

Also here: declaring that an item does not apply, and taking that back; and what is still missing before scoring.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, ValueReport
from states.context import Context
from states.guards import FaultCollector, is_plain_number
from states.refusals import Incomplete, NothingToDo, NotKnown, NotYours, OutOfRange, Refusal
from states.result.sheet_items import MOST_COUNTED, level_titles
from states.result.value_entries import MOST_CACHED, Extent, ValueEntry, entries_for, entries_of, extent_of
from states.rulebook.calculation.entered_values import GivenValue, LevelValue
from states.rulebook.calculation.plan import GRADE
from states.rulebook.calculation.read_values import EarlierValue
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Reason, Stamp, Text

VALUE_ACTS = frozenset({"report_values", "waive_item", "restore_item"})
"""The acts of this file. A rulebook has them if its results read such values."""
FIELDS = ("numbers", "levels", "earlier", "earlier_grades", "grades")
"""The fields of a report that have values; `reasons` has why."""


class ReportItem(Struct, frozen=True):
    """One value that somebody reports: the field of the report and its key there, its title, and who reports it.

    `words`: the levels or grades of which one is named; none for a number from `low` to `high` in steps.
    `needs_reason`: it is a judgement and not a figure.
    """

    field: str
    key: str
    title: Text
    by: tuple[str, ...]
    clause: str
    high: Decimal
    step: Decimal
    words: Mapping[str, Text] = {}
    needs_reason: bool = False
    is_required: bool = True
    low: Decimal = Decimal(0)

    @property
    def name(self) -> str:
        return f"{self.field}.{self.key}"


def names_in(record: ValueReport) -> list[str]:
    """The values that a report has, by field and key."""
    return [f"{field}.{key}" for field in FIELDS for key in getattr(record, field)]


class ReportValues(Command, ValueReport, frozen=True, kw_only=True):
    """Report values of the actor's role."""


class ValuesReported(AssessmentFact, ValueReport, frozen=True, kw_only=True):
    """Values were reported. Of each, the last report counts."""

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        merged = {name: {**getattr(state.reported, name), **getattr(self, name)} for name in (*FIELDS, "reasons")}
        named = (key for name in FIELDS for key in getattr(self, name))
        return _noted(replace(state, reported=ValueReport(**merged)), named)


class WaiveItem(Command, Reason, frozen=True, kw_only=True):
    """Declare that an item does not apply, or that there was no earlier result."""

    item: str


class ItemWaived(AssessmentFact, Reason, frozen=True, kw_only=True):
    """An item does not apply to this department (不适用)."""

    item: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return _noted(replace(state, absent=state.absent | {self.item}), (self.item,))


class RestoreItem(Command, Reason, frozen=True, kw_only=True):
    """Take back that an item does not apply."""

    item: str


class ItemRestored(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The item applies after all."""

    item: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return _noted(replace(state, absent=state.absent - {self.item}), (self.item,))


def _noted(state: Assessment, sources: object) -> Assessment:
    """The state, in which a score that was made before is stale because of these sources."""
    if state.step("scoring") is None:
        return state
    return replace(state, noted=tuple(sorted({*(state.noted or ()), *sources})))  # type: ignore[misc]


def report_items(state: Assessment, rulebook: Rulebook) -> Mapping[str, ReportItem]:
    """Everything that is reported for this assessment, by field and key (`numbers.survey`)."""
    return _report_items(extent_of(state, rulebook))


@lru_cache(MOST_CACHED)
def _report_items(extent: Extent) -> Mapping[str, ReportItem]:
    rulebook = extent.rulebook
    waivers = rulebook.acts["waive_item"].by if "waive_item" in rulebook.acts else ()
    items = [
        item
        for key, entry in entries_for(extent).items()
        if key not in extent.absent
        for item in _items_of(key, entry, waivers, rulebook)
    ]
    return MappingProxyType({item.name: item for item in (*items, *_grade_items(extent))})


def _items_of(key: str, entry: ValueEntry, waivers: tuple[str, ...], rulebook: Rulebook) -> list[ReportItem]:
    value, title = entry.value, entry.label
    if isinstance(value, GivenValue):
        high = value.points if value.points is not None else MOST_COUNTED
        low = -MOST_COUNTED if value.below_zero else Decimal(0)
        return [ReportItem("numbers", key, title, value.by, value.clause, high, value.step, low=low)]
    if isinstance(value, LevelValue) and value.by:
        words = level_titles(value, rulebook)
        return [ReportItem("levels", key, title, value.by, value.clause, Decimal(0), Decimal(1), words, True)]
    if isinstance(value, EarlierValue):
        if value.of == GRADE and entry.plan.scale is not None:
            grades = {grade.key: grade.title.text for grade in entry.plan.scale.grade}
            return [
                ReportItem("earlier_grades", key, title, waivers, value.clause, Decimal(0), Decimal(1), grades, True)
            ]
        high = value.points if value.points is not None else MOST_COUNTED
        return [ReportItem("earlier", key, title, waivers, value.clause, high, Decimal("0.01"), {}, True)]
    return []


def _grade_items(extent: Extent) -> list[ReportItem]:
    """The grades that a role names where no row of the scale holds. They are named after scoring, so none is required."""
    items, posts = [], dict(extent.posts)
    for plan in extent.subjects:
        subject, scale = plan.subject, plan.scale
        if scale is None or not scale.ask:
            continue
        words = {grade.key: grade.title.text for grade in scale.grade}
        for person in extent.persons(subject.is_):
            key = f"{subject.key}@{person}" if person else subject.key
            post = posts[person] if person else ""
            title = Text(
                zh=f"{subject.title.zh}{f'（{post}）' if post else ''}的等次",
                en=f"grade of: {subject.title.en}{f' ({post})' if post else ''}",
            )
            clause = subject.clause
            items.append(
                ReportItem("grades", key, title, scale.ask, clause, Decimal(0), Decimal(1), words, True, False)
            )
    return items


def missing_items(state: Assessment, rulebook: Rulebook) -> list[ReportItem]:
    """What must be reported before the department can be scored, and is not yet."""
    return [
        item
        for item in report_items(state, rulebook).values()
        if item.is_required and item.key not in getattr(state.reported, item.field)
    ]


def refuse_missing(state: Assessment, context: Context) -> None:
    """Refuse a score before everything it reads has been reported."""
    missing = missing_items(state, context.rulebook)
    if missing:
        titles = [item.title for item in missing]
        text = Text(zh="、".join(title.zh for title in titles), en=", ".join(title.en for title in titles))
        raise Incomplete(missing=text, clause=missing[0].clause)


def check(state: Assessment, record: ValueReport, context: Context) -> None:
    """Refuse values that nobody asks for, that another role reports, out of their range, or without a reason."""
    clause, items = context.rulebook.cited("report_values"), report_items(state, context.rulebook)
    faults = FaultCollector(clause)
    named: set[str] = set()
    for field in FIELDS:
        for key, value in getattr(record, field).items():
            named.add(key)
            with faults.at(f"{field}.{key}"):
                _check_value(items.get(f"{field}.{key}"), key, value, items, context, clause)
            item = items.get(f"{field}.{key}")
            with faults.at(f"reasons.{key}"):
                if item is not None and item.needs_reason and key not in record.reasons:
                    reason = Text(zh=f"{item.title.zh}的理由", en=f"reason for: {item.title.en}")
                    raise Incomplete(missing=reason, clause=item.clause)
    for key in record.reasons.keys() - named:
        with faults.at(f"reasons.{key}"):
            raise Incomplete(missing=Text(zh=f"{key} 的数值", en=f"a value for {key}"), clause=clause)
    with faults:
        if not named:
            raise Incomplete(missing=Text(zh="要报送的内容", en="a value to report"), clause=clause)
    faults.end()


def _check_value(
    item: ReportItem | None,
    key: str,
    value: Decimal | str,
    items: Mapping[str, ReportItem],
    context: Context,
    clause: Citation,
) -> None:
    if item is None:
        known = ", ".join(one.key for one in items.values()) or "—"
        raise NotKnown(what=Text(zh="报送项目", en="value"), value=key, known=known, clause=clause)
    if context.actor.role not in item.by:
        raise _not_yours(item, context)
    if isinstance(value, str):
        if value not in item.words:
            raise NotKnown(what=item.title, value=value, known=", ".join(item.words), clause=item.clause)
    elif not (is_plain_number(value) and item.low <= value <= item.high and value % item.step == 0):
        span = {"low": item.low, "high": item.high, "step": item.step}
        raise OutOfRange(what=item.title, value=value, clause=item.clause, **span)


def _not_yours(item: ReportItem, context: Context) -> Refusal:
    titles = [context.rulebook.role_title(role) for role in item.by]
    roles = Text(zh="、".join(one.zh for one in titles) or "无人", en=", ".join(one.en for one in titles) or "nobody")
    act = Text(zh=f"报送{item.title.zh}", en=f"report: {item.title.en}")
    return NotYours(act=act, role=context.rulebook.role_title(context.actor.role), by=roles, clause=item.clause)


def waivable(state: Assessment, rulebook: Rulebook) -> dict[str, Text]:
    """The items that may be declared not to apply and are not yet, and earlier results that there may not be."""
    return {
        key: entry.label
        for key, entry in entries_of(state, rulebook).items()
        if key not in state.absent and (entry.value.may_be_absent or isinstance(entry.value, EarlierValue))
    }


def waived(state: Assessment, rulebook: Rulebook) -> dict[str, Text]:
    """The items that do not apply."""
    entries = entries_of(state, rulebook)
    return {key: entries[key].label for key in sorted(state.absent) if key in entries}


def check_waiver(state: Assessment, record: WaiveItem | ItemWaived, context: Context) -> None:
    """Refuse an item that must apply, and one that is declared not to apply already."""
    _check_item(record.item, waivable(state, context.rulebook), "waive_item", context)


def check_restoration(state: Assessment, record: RestoreItem | ItemRestored, context: Context) -> None:
    """Refuse an item that applies."""
    _check_item(record.item, waived(state, context.rulebook), "restore_item", context)


def _check_item(key: str, allowed: Mapping[str, Text], act: str, context: Context) -> None:
    clause = context.rulebook.cited(act)
    if not allowed:
        why = Text(zh="没有这样的项目", en="there is no such item")
        raise NothingToDo(act=context.rulebook.acts[act].title.text, why=why, clause=clause)
    if key not in allowed:
        raise NotKnown(what=Text(zh="项目", en="item"), value=key, known=", ".join(allowed), clause=clause)


def has_items(state: Assessment, context: Context) -> bool:
    """Whether anything is reported for this assessment."""
    return bool(report_items(state, context.rulebook))


def may_waive(state: Assessment, context: Context) -> bool:
    """Whether an item may be declared not to apply."""
    return bool(waivable(state, context.rulebook))


def may_restore(state: Assessment, context: Context) -> bool:
    """Whether an item is declared not to apply."""
    return bool(state.absent)
