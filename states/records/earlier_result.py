"""The result of another assessment, as a later one reads it: of an earlier round, or of an occasion of the round.

Not here: what makes it of an assessment (`states/stages/decided_result.py`), and which values of which subject a later
assessment reads of it (`states/result/earlier_values.py`).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from states.rulebook.calculation.numbers import Amount
from states.vocabulary import Text

PERSONS = frozenset({"each_head", "each_other", "each_member"})
"""What a subject is whose results are those of persons."""


class SubjectValues(Struct, frozen=True):
    """What one subject, or one of its persons, got: its values by key, a number or the key of a grade.

    `is_`: what the subject is in its rulebook (`unit`, `each_head`). `person`: empty for the department and its team.
    `grade`: the title of the grade, which another edition may not have.
    """

    subject: str
    is_: str
    person: str
    values: dict[str, Amount | str]
    grade: Text


class EarlierResult(Struct, frozen=True):
    """The result of the assessment of this stream.

    - `status`: `none`: there is no such assessment, or it was withdrawn. `open`: nobody has decided on its result yet.
      `decided`: its result is approved or, where nobody approves it, the last stage is done. `unknown`: its entries are
      not at hand.
    - `version`: that of the entry with the score; 0 unless it is decided.
    - `subjects`: their values; empty unless it is decided.
    """

    stream: str
    status: Literal["none", "open", "decided", "unknown"]
    version: int = 0
    subjects: tuple[SubjectValues, ...] = ()

    def of_subject(self, subject: str, person: str) -> SubjectValues | None:
        """What the same subject got. Of a person, what the person got, perhaps as another subject of persons."""
        # Somebody who was a member of the team in the last round may be its head in this one.
        same = (one for one in self.subjects if (one.subject, one.person) == (subject, person))
        others = (one for one in self.subjects if person and one.person == person)
        return next(same, next(others, None))

    def of_kind(self, is_: str, person: str) -> SubjectValues | None:
        """What a subject of this kind got: an occasion may have subjects of its own."""
        return next((one for one in self.subjects if (one.is_, one.person) == (is_, person)), None)
