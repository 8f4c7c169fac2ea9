"""The earlier values (以往结果) of an assessment that the program reads itself, from the results that the ledger has.

The rule of a value says where: so many rounds back, or at an occasion of this round, and always in an assessment of the
same department. So a value of a person is found only where the person was in that department (decision 0052). If the
ledger has no such assessment, people report the value (`states/stages/value_report.py`). Not here: which department a
new one continues (`states/binding.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from states.assessment import Assessment
from states.context import Context
from states.records.earlier_result import EarlierResult, SubjectValues
from states.rulebook.calculation.lines import EarlierSource
from states.rulebook.calculation.plan import GRADE
from states.rulebook.calculation.read_values import EarlierValue
from states.rulebook.types import Rulebook
from states.streams import assessment_stream
from states.vocabulary import Text

from .value_entries import ValueEntry, entries_of


class LedgerValue(Struct, frozen=True):
    """What the ledger says of one earlier value.

    - `status`: `known`. `open`: the result that it is read from is not decided yet. `other_grade`: it is a grade
      (`word`) that the present scale does not have. `uneven`: it is no finite decimal. `unknown`: the entries of that
      result are not at hand, as in the bundle of one department.
    - `source`: the entry of the score; for an `open` result only its stream, with version 0.
    - `grade`: the title that the grade has in the edition under which it was given.
    """

    status: Literal["known", "open", "other_grade", "uneven", "unknown"]
    source: EarlierSource
    amount: Decimal | None = None
    word: str = ""
    grade: Text = Text("", "")

    @property
    def is_reported(self) -> bool:
        """Whether people report the value although the ledger has one, because that one cannot be used."""
        return self.status in ("other_grade", "uneven")


def earlier_streams(state: Assessment, rulebook: Rulebook) -> tuple[str, ...]:
    """The streams from which its earlier values are read, in the order in which they are tried."""
    values = rulebook.earlier_values.get(state.unit_kind, ())
    return tuple(dict.fromkeys(stream for value in values for stream in _streams(value, state, rulebook)))


def read_values(state: Assessment, context: Context) -> dict[str, LedgerValue]:
    """What the ledger says of the earlier values of this assessment, by their keys in the inputs. Of others it has none."""
    if not context.earlier or not context.rulebook.earlier_values.get(state.unit_kind):
        return {}
    return dict(_read_values(state, context))


def _read_values(state: Assessment, context: Context) -> Iterator[tuple[str, LedgerValue]]:
    for key, entry in entries_of(state, context.rulebook).items():
        if isinstance(entry.value, EarlierValue):
            result = _result_of(entry.value, state, context)
            read = _value_in(result, entry, entry.value) if result is not None else None
            if read is not None:
                yield key, read


def _streams(value: EarlierValue, state: Assessment, rulebook: Rulebook) -> Iterator[str]:
    """The streams in which a value may be, the first that exists counts.

    An assessment at an occasion looks so many rounds back at the same occasion first, and then at the round itself.
    """
    if value.occasion is not None:
        yield assessment_stream(state.year, state.unit, value.occasion)
        return
    assert value.back is not None, "a value has one of the two"
    year = state.year - value.back * rulebook.period.years
    if state.occasion is not None:
        yield assessment_stream(year, state.unit, state.occasion)
    yield assessment_stream(year, state.unit)


def _result_of(value: EarlierValue, state: Assessment, context: Context) -> EarlierResult | None:
    """The first result that exists where the value may be; None if none does."""
    streams = (stream for stream in _streams(value, state, context.rulebook) if stream != state.stream)
    results = (context.earlier.get(stream) for stream in streams)
    return next((one for one in results if one is not None and one.status != "none"), None)


def _value_in(result: EarlierResult, entry: ValueEntry, value: EarlierValue) -> LedgerValue | None:
    """What a result says of a value; None if it has no such value."""
    source = EarlierSource(stream=result.stream, version=result.version)
    if result.status != "decided":
        return LedgerValue("unknown" if result.status == "unknown" else "open", source)
    subject = _subject_in(result, entry, value)
    known = subject.values.get(value.of) if subject is not None else None
    if subject is None or known is None:
        return None
    if isinstance(known, str):
        scale = entry.plan.scale
        is_other = value.of == GRADE and (scale is None or known not in scale.grades)
        return LedgerValue("other_grade" if is_other else "known", source, word=known, grade=subject.grade)
    if not isinstance(known, Decimal):
        return LedgerValue("uneven", source)
    return LedgerValue("known", source, amount=known)


def _subject_in(result: EarlierResult, entry: ValueEntry, value: EarlierValue) -> SubjectValues | None:
    """The same subject in that result. An occasion may have subjects of its own: there, one of the same kind will do."""
    subject = entry.plan.subject
    same = result.of_subject(subject.key, entry.person)
    return result.of_kind(subject.is_, entry.person) if same is None and value.occasion is not None else same
