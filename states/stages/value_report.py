"""What a result reads that no sheet has: numbers of other offices, levels and grades that a role names, earlier results.

The rulebook says of each value which roles report it (`by`). An earlier result that the ledger has is read from there,
and nobody reports it. One that the ledger does not have is reported by the roles of `waive_item`: they know whether
there was one. Of a value that is reported twice the last report counts. A report after scoring makes the score stale.

Also here: to declare that an item does not apply, and to take that back; and what is still missing before scoring. Not
here: how an earlier result is read (`states/result/earlier_values.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from states.assessment import Assessment, AssessmentFact, ValueReport
from states.context import Context
from states.guards import FaultCollector, is_plain_number
from states.refusals import (
    Incomplete,
    NothingToDo,
    NotKnown,
    NotYours,
    OutOfRange,
    ReadFromLedger,
    Refusal,
    ResultNotDecided,
)
from states.result.earlier_values import LedgerValue, read_values
from states.result.sheet_items import MOST_COUNTED, level_titles
from states.result.value_entries import MOST_CACHED, Extent, ValueEntry, entries_for, entries_of, extent_of
from states.rulebook.calculation.entered_values import GivenValue, LevelValue
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.plan import GRADE
from states.rulebook.calculation.read_values import EarlierValue
from states.rulebook.sentences.names import RuleNames
from states.rulebook.types import Rulebook
from states.vocabulary import Citation, Command, Reason, Stamp, Text, listed

VALUE_ACTS = frozenset({"report_values", "waive_item", "restore_item"})
"""The acts of this file."""
FIELDS = ("numbers", "levels", "earlier", "earlier_grades", "grades")
"""The fields of a report that have values. The field `reasons` has the reasons for them, by the same keys."""
EARLIER_FIELDS = frozenset({"earlier", "earlier_grades"})
"""The fields of a report that have results of other rounds."""


class ReportItem(Struct, frozen=True):
    """One value that somebody reports: the field of the report and its key there, its title, and who reports it.

    - `low`, `high`, `step`: a number lies from `low` to `high` and goes by `step`.
    - `words`: the titles of the levels or grades of which one is named, by key. Empty if it is a number.
    - `needs_reason`: it is a judgement and not a figure.
    - `is_required`: without it the department cannot be scored.
    - `remark`: why people report it although the ledger has an earlier result.
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
    remark: Text | None = None

    @property
    def name(self) -> str:
        return f"{self.field}.{self.key}"


class ReadItem(Struct, frozen=True):
    """One earlier value that the system reads: its title, and what the ledger has of it."""

    title: Text
    names: RuleNames
    read: LedgerValue
    clause: str

    @property
    def source(self) -> Text:
        """The assessment from which it is read."""
        return self.names.assessment(self.read.source.stream)

    @property
    def value(self) -> Text | None:
        """What was read, as people read it; None: it is not known yet."""
        if self.read.amount is not None:
            return Text(zh=plain(self.read.amount), en=plain(self.read.amount))
        return self.read.grade if self.read.word else None


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
        return _with_stale_score(replace(state, reported=ValueReport(**merged)), named)


class WaiveItem(Command, Reason, frozen=True, kw_only=True):
    """Declare that an item does not apply, or that there was no earlier result."""

    item: str


class ItemWaived(AssessmentFact, Reason, frozen=True, kw_only=True):
    """An item does not apply to this department (不适用)."""

    item: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return _with_stale_score(replace(state, absent=state.absent | {self.item}), (self.item,))


class RestoreItem(Command, Reason, frozen=True, kw_only=True):
    """Take back that an item does not apply."""

    item: str


class ItemRestored(AssessmentFact, Reason, frozen=True, kw_only=True):
    """The item applies after all."""

    item: str

    def fold(self, state: Assessment, stamp: Stamp) -> Assessment:
        return _with_stale_score(replace(state, absent=state.absent - {self.item}), (self.item,))


def _with_stale_score(state: Assessment, sources: Iterable[str]) -> Assessment:
    """The state in which the score, if there is one, is stale because these values or items changed."""
    if state.step("scoring") is None:
        return state
    return replace(state, noted=tuple(sorted({*(state.noted or ()), *sources})))


def report_items(state: Assessment, rulebook: Rulebook) -> Mapping[str, ReportItem]:
    """Everything that could be reported for this assessment, by field and key (`numbers.survey`).

    The earlier results are all there. `asked_items` leaves out those that the ledger has.
    """
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
    """The grades that a role names where no row of the scale holds: after scoring, so scoring does not wait for them."""
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


def asked_items(state: Assessment, context: Context) -> dict[str, ReportItem]:
    """What people report for this assessment, by field and key: not the earlier results that are read from the ledger."""
    read, items = read_values(state, context), report_items(state, context.rulebook)
    names = context.rulebook.names[context.rulebook.subject[0].key]
    return {
        name: replace(item, remark=_remark(read[item.key], names)) if item.key in read else item
        for name, item in items.items()
        if item.field not in EARLIER_FIELDS or item.key not in read or read[item.key].is_reported
    }


def _remark(read: LedgerValue, names: RuleNames) -> Text:
    """Why people report an earlier value although the ledger has one."""
    there = names.assessment(read.source.stream)
    if read.status == "other_grade":
        return Text(
            zh=f"{there.zh}的等次为“{read.grade.zh}”，现行办法没有这一等次，请认定相当的等次",
            en=f"The grade in {there.en} was “{read.grade.en}”, which this measure does not have. Name its equal.",
        )
    return Text(
        zh=f"{there.zh}的这一数值除不尽，请按该次考核结果报送",
        en=f"This value of {there.en} does not come out even. Report it as that result states it.",
    )


def read_items(state: Assessment, context: Context) -> dict[str, ReadItem]:
    """The earlier values that nobody reports, by their keys: read from the ledger, or as soon as that result is decided."""
    read = {key: one for key, one in read_values(state, context).items() if not one.is_reported}
    entries = entries_of(state, context.rulebook) if read else {}
    items = {}
    for key, one in read.items():
        entry = entries[key]
        names = context.rulebook.names[entry.plan.subject.key]
        items[key] = ReadItem(entry.label, names, one, entry.value.clause)
    return items


def open_results(state: Assessment, context: Context) -> list[ReadItem]:
    """The earlier values that are read from a result which is not decided yet."""
    return [item for item in read_items(state, context).values() if item.read.status == "open"]


def missing_items(state: Assessment, context: Context) -> list[ReportItem]:
    """What must be reported before the department can be scored, and is not yet."""
    return [
        item
        for item in asked_items(state, context).values()
        if item.is_required and item.key not in getattr(state.reported, item.field)
    ]


def refuse_missing(state: Assessment, context: Context) -> None:
    """Refuse a score before everything that it reads is known."""
    undecided = next(iter(open_results(state, context)), None)
    if undecided is not None:
        score = context.rulebook.stages["scoring"].title.text
        raise ResultNotDecided(act=score, what=undecided.title, source=undecided.source, clause=undecided.clause)
    missing = missing_items(state, context)
    if missing:
        raise Incomplete(missing=listed(item.title for item in missing), clause=missing[0].clause)


def check(state: Assessment, record: ValueReport, context: Context) -> None:
    """Refuse values that nobody asks for, that another role reports, that are out of range, or that lack their reason."""
    clause, items = context.rulebook.cited("report_values"), asked_items(state, context)
    read = read_items(state, context)
    faults = FaultCollector(clause)
    named: set[str] = set()
    for field in FIELDS:
        for key, value in getattr(record, field).items():
            named.add(key)
            with faults.at(f"{field}.{key}"):
                if field in EARLIER_FIELDS and key in read:
                    _refuse_read(read[key])
                else:
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


def _refuse_read(item: ReadItem) -> None:
    """Refuse a report of what the ledger has. Without its entries, as in a bundle, that cannot be said: nothing is refused."""
    if item.read.status != "unknown":
        raise ReadFromLedger(what=item.title, source=item.source, clause=item.clause)


def _not_yours(item: ReportItem, context: Context) -> Refusal:
    roles = listed((context.rulebook.role_title(role) for role in item.by), Text(zh="无人", en="nobody"))
    act = Text(zh=f"报送{item.title.zh}", en=f"report: {item.title.en}")
    return NotYours(act=act, role=context.rulebook.role_title(context.actor.role), by=roles, clause=item.clause)


def waivable(state: Assessment, context: Context) -> dict[str, Text]:
    """The items that may still be declared not to apply, and the earlier results of which it may be said there was none."""
    read = read_items(state, context)
    return {
        key: entry.label
        for key, entry in entries_of(state, context.rulebook).items()
        if key not in state.absent
        and (entry.value.may_be_absent or (isinstance(entry.value, EarlierValue) and key not in read))
    }


def waived(state: Assessment, rulebook: Rulebook) -> dict[str, Text]:
    """The items that do not apply."""
    entries = entries_of(state, rulebook)
    return {key: entries[key].label for key in sorted(state.absent) if key in entries}


def check_waiver(state: Assessment, record: WaiveItem | ItemWaived, context: Context) -> None:
    """Refuse an item that must apply, and one that is declared not to apply already."""
    read = read_items(state, context).get(record.item)
    allowed = waivable(state, context)
    if read is not None and record.item not in allowed:
        _refuse_read(read)
        return
    _check_item(record.item, allowed, "waive_item", context)


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
    return bool(asked_items(state, context))


def may_waive(state: Assessment, context: Context) -> bool:
    """Whether an item may be declared not to apply."""
    return bool(waivable(state, context))


def may_restore(state: Assessment, context: Context) -> bool:
    """Whether an item is declared not to apply."""
    return bool(state.absent)
