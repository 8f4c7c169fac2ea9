"""The grades of an assessment, subject by subject, with the places and the seats that they rest on, and what limits one.

Of members only for users who may see the view `member_results`: the caller says so. 一票否决 sets the worst grade; any
other limit of a scale only lets none be better than some other grade (等次受限). Not here: how a grade was reached
(`states/explanation.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from states.assessment import Assessment
from states.rulebook.calculation.lines import Inputs, Place
from states.rulebook.calculation.numbers import plain
from states.rulebook.calculation.standings import StandingKind
from states.rulebook.types import VETOED, Rulebook
from states.stages.scoring import Scored
from states.vocabulary import Text

from .terms import Terms


class SubjectGrade(Struct, frozen=True):
    """The result of one subject: its id (`Result.id`), title, score, grade, and places.

    `key`: the grade as the ledger has it; empty if it is not known, or if the subject has no scale. `score` is empty
    if there is none. `places` has a sentence for each standing in which the subject was compared.
    """

    id: str
    title: Text
    score: str
    key: str
    grade: Text
    places: tuple[Text, ...] = ()

    @property
    def is_person(self) -> bool:
        """Whether it is the result of a member of the team."""
        return "@" in self.id

    @property
    def text(self) -> Text:
        """Grade, score and places in one line."""
        score = Text(zh=f"{self.score} 分", en=f"{self.score} points")
        parts = [self.grade, *([score] if self.score else []), *self.places]
        return Text(zh="，".join(part.zh for part in parts), en=", ".join(part.en for part in parts))


def subject_grades(state: Assessment, terms: Terms, *, with_members: bool) -> list[SubjectGrade]:
    """The grades in the order of the rulebook; empty before scoring. Without `with_members`: none of a person."""
    scored, rulebook = state.fact(Scored), terms.rulebook
    if scored is None:
        return []
    return [
        SubjectGrade(
            id=result.id,
            title=terms.subject_of_result(result.id),
            score=plain(result.score) if result.score is not None else "",
            key=result.grade or "",
            grade=rulebook.grade_title(result.grade, result.subject),
            places=tuple(_places(scored.inputs, result.person, rulebook)) if result.person or not index else (),
        )
        for index, result in enumerate(scored.results)
        if with_members or not result.person
    ]


def cause_of_grade(state: Assessment, rulebook: Rulebook, *, with_findings: bool) -> Text | None:
    """What limits the grade of the department; None if nothing does.

    `with_findings`: also findings in force that the score does not have yet. The department's own people do not learn
    of them.
    """
    scored = state.fact(Scored)
    causes = [rulebook.cause_of_grade(scored.result.limits)] if scored is not None else []
    if with_findings:
        causes += [rulebook.limit_title(veto.finding) for veto in state.vetoes if "@" not in veto.finding]
    return VETOED if VETOED in causes else next(filter(None, causes), None)


def _places(inputs: Inputs, person: str, rulebook: Rulebook) -> Iterator[Text]:
    """The places of the department, or of a person, in the order of the rulebook."""
    for standing in rulebook.standing:
        place = inputs.standings.get(f"{standing.key}@{person}" if person else standing.key)
        if place is not None:
            title, text = standing.title.text, place_text(place, standing)
            yield Text(zh=f"{title.zh}{text.zh}", en=f"{title.en}: {text.en}")


def place_text(place: Place, standing: StandingKind) -> Text:
    """A place in its group, and the quotas of which it has a seat."""
    quotas = [quota.title.text for quota in standing.quota if quota.key in place.seats]
    zh = "".join(f"；{quota.zh}" for quota in quotas)
    en = "".join(f"; {quota.en}" for quota in quotas)
    tied = Text(zh="并列", en="tied at ") if place.level else Text(zh="", en="")
    return Text(
        zh=f"{tied.zh}第 {place.place} 名，共 {place.size} 个{zh}",
        en=f"{tied.en}{place.place} of {place.size}{en}",
    )
