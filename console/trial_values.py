"""Reads the facts of a trial from what somebody typed, on the page or in the command: everything that is wrong, at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from config import typed
from states.rulebook.trial.trial_fields import TrialField, TrialValue
from states.rulebook.trial.trial_form import TrialForm
from states.rulebook.trial.trial_inputs import Faults, absent_entries, faults_of, is_away

_READERS: Mapping[str, Callable[[str], Decimal | date]] = {"number": typed.number, "day": typed.day}


def read_values(form: TrialForm, texts: Mapping[str, str]) -> tuple[dict[str, TrialValue], Faults]:
    """The value of each field that can be read, and what is wrong. A field that does not apply has no fault."""
    values: dict[str, TrialValue] = {}
    unclear: Faults = {}
    for name, field in form.fields.items():
        try:
            values[name] = _value(field, texts[name])
        except typed.Unclear as error:
            unclear[name] = error.why
    away = absent_entries(form, values)
    faults = {name: why for name, why in unclear.items() if not is_away(form.fields[name], away)}
    return values, faults_of(form, values) | faults


def _value(field: TrialField, text: str) -> TrialValue:
    """Raises `typed.Unclear`."""
    if not text:
        return None
    return _READERS[field.kind](text) if field.kind in _READERS else text
