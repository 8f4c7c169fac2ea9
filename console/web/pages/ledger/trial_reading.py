"""Reads what somebody typed into a trial: what is tried, the facts, and the readings; all errors at once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from console.trial_values import read_values
from console.web.forms.fields import Fields, read_all
from console.web.request.field_errors import InvalidForm
from console.web.request.form import Form
from states.refusals import Malformed
from states.rulebook.calculation.lines import Inputs
from states.rulebook.readings import Reading
from states.rulebook.trial.record_fields import SPARE_ROWS
from states.rulebook.trial.trial_fields import TrialValue
from states.rulebook.trial.trial_form import TrialForm, trial_form
from states.rulebook.trial.trial_inputs import filled_rows, inputs_of
from states.rulebook.trial.trial_scope import TrialScope, TrialTeam
from states.user_errors import UserError
from states.vocabulary import Text

CLAUSE = Text(zh="本系统·试算", en="our rule for trials")
MOST_PERSONS, MOST_ROWS = 9, 40
"""The most heads, and other members, of a team; and the most lines of a kind of record."""
KIND, YEAR, HEADS, MEMBERS = "kind", "year", "heads", "members"
TITLES = {
    KIND: Text("部门类别", "Kind of department"),
    YEAR: Text("年度", "Year"),
    HEADS: Text("正职人数", "Number of heads"),
    MEMBERS: Text("其他成员人数", "Number of other members"),
}
READING, OWN_NUMBER = "reading:", "reading-number:"
"""The beginnings of the names of the fields for the alternative of a reading, and for a number in its place."""
_CHOOSE = Text("请从所列各项中选择", "choose one of the options listed")


class TypedTrial(Struct, frozen=True):
    """What was typed: the form, the text in each of its fields, and errors in what is tried."""

    form: TrialForm
    texts: dict[str, str]
    errors: dict[str, UserError]

    def inputs(self) -> Inputs:
        """The facts. Raises `InvalidForm` with everything that is wrong."""
        values, faults = read_values(self.form, self.texts)
        errors = dict(self.errors)
        for name, why in faults.items():
            field = self.form.fields[name]
            errors.setdefault(name, Malformed(what=field.title, why=why, clause=field.clause))
        if errors:
            raise InvalidForm(errors)
        return inputs_of(self.form, values)


def read_trial(form: Form, scope: TrialScope, kinds: dict[str, Text]) -> TypedTrial:
    """What was typed. What cannot be read is as it is in `scope`, with an error."""
    fields, errors = Fields(form, CLAUSE), dict[str, UserError]()
    readers: dict[str, Callable[[], str | int]] = {
        KIND: lambda: _kind(form, kinds),
        YEAR: lambda: fields.year(YEAR, TITLES[YEAR]),
        HEADS: lambda: _count(fields, HEADS),
        MEMBERS: lambda: _count(fields, MEMBERS),
    }
    values: dict[str, str | int] = {}
    for name, read in readers.items():
        if name in form:
            try:
                values |= read_all({name: read})
            except InvalidForm as invalid:
                errors |= invalid.errors
    kind, _, occasion = str(values.get(KIND, scope.unit_kind)).partition("@")
    team = TrialTeam(int(values.get(HEADS, scope.team.head_count)), int(values.get(MEMBERS, scope.team.member_count)))
    year = int(values.get(YEAR, scope.year))
    made = _with_rows(form, replace(scope, unit_kind=kind, occasion=occasion or None, team=team, year=year))
    texts = {name: form.text_or(name, field.default) for name, field in made.fields.items()}
    return TypedTrial(made, texts, errors)


def read_choices(form: Form, readings: list[Reading]) -> dict[str, str | Decimal]:
    """The readings for which another alternative, or a number, was chosen. Raises `InvalidForm`."""
    fields = Fields(form, CLAUSE)
    readers = {
        name: lambda reading=reading: _choice(fields, reading)
        for reading in readings
        for name in [f"{OWN_NUMBER if form.text(OWN_NUMBER + reading.key) else READING}{reading.key}"]
    }
    chosen = read_all(readers)
    of_key = {name.partition(":")[2]: value for name, value in chosen.items()}
    return {reading.key: of_key[reading.key] for reading in readings if of_key[reading.key] != reading.value}


def _choice(fields: Fields, reading: Reading) -> str | Decimal:
    title = Text("条文理解", "The reading")
    if reading.number is not None and fields.form.text(OWN_NUMBER + reading.key):
        number = fields.number(OWN_NUMBER + reading.key, title)
        if not 0 < number <= 1000:
            why = Text("应大于 0、不大于 1000", "it must be above 0 and at most 1000")
            raise Malformed(what=title, why=why, clause=reading.clause)
        return number
    chosen = fields.form.text(READING + reading.key)
    if not chosen:
        return reading.value
    if chosen not in reading.alternatives:
        raise Malformed(what=title, why=_CHOOSE, clause=reading.clause)
    return chosen


def _kind(form: Form, kinds: dict[str, Text]) -> str:
    kind = form.text(KIND)
    if kind not in kinds:
        raise Malformed(what=TITLES[KIND], why=_CHOOSE, clause=CLAUSE)
    return kind


def _count(fields: Fields, name: str) -> int:
    count = fields.whole(name, TITLES[name])
    if not 0 <= count <= MOST_PERSONS:
        why = Text(f"应在 0 至 {MOST_PERSONS} 之间", f"it must lie between 0 and {MOST_PERSONS}")
        raise Malformed(what=TITLES[name], why=why, clause=CLAUSE)
    return count


def _with_rows(form: Form, scope: TrialScope) -> TrialForm:
    """The form with so many lines of each kind of record that all that was typed is there, and some are empty."""
    counts = dict.fromkeys((kind.key for kind in scope.rules.record), MOST_ROWS)
    longest = trial_form(replace(scope, record_rows=counts))
    texts: dict[str, TrialValue] = {name: form.text(name) for name in longest.fields}
    for kind in counts:
        last = max(filled_rows(longest, kind, texts), default=0)
        counts[kind] = min(last + SPARE_ROWS, MOST_ROWS)
    return trial_form(replace(scope, record_rows=counts))
