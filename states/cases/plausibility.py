"""Checks that the sanctions of a case are possible: a Party sanction needs a Party member, a removal needs a post.

An impossible record is refused, with the reason. An unusual record is accepted if it has a remark (`Sanction.remark`).
The rulebook lists the standings that can have each kind of outcome (`[[outcome_kind]]`, `standings`), and the unusual
standings (`unusual`, also in `[[outcome]]`). The code knows the rest: dates in the wrong order, a sanction entered
twice, several standings of one person, a sanction after a final one. Also here: the titles of the standings. Not here:
whether the sanction was deserved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial

from states.context import Context
from states.records.case import CaseBody, Sanction
from states.refusals import Implausible, TooEarly
from states.rulebook.types import Outcome, Rulebook, Standing
from states.vocabulary import Text

Check = Callable[[], None]

STANDING_TITLES: dict[Standing, Text] = {
    "party_cadre": Text(zh="党员干部", en="cadre, Party member"),
    "party_member": Text(zh="党员（非干部）", en="Party member, not a cadre"),
    "cadre": Text(zh="干部（非党员）", en="cadre, not a Party member"),
    "staff": Text(zh="其他教职工", en="other staff"),
    "student_member": Text(zh="学生党员", en="student, Party member"),
    "student": Text(zh="学生（非党员）", en="student, not a Party member"),
}
"""The title of each standing."""

_NO_EXCEPTION = Text(zh="", en="")
_EXCEPT_WITH_REMARK = Text(zh="；确属如此的，请在“说明”中写明理由", en=", or, if it is right, say why under “Remark”")


def sanction_checks(record: CaseBody, context: Context) -> Iterator[tuple[str, Check]]:
    """Every check of the sanctions, with the path of its field. A check raises a refusal or does nothing.

    Outcomes that the rulebook does not have are skipped, because `case.py` refuses them.
    """
    rulebook = context.rulebook
    people: defaultdict[str, list[Sanction]] = defaultdict(list)
    last_index: dict[str, int] = {}
    for index, sanction in enumerate(record.sanctions):
        people[sanction.person].append(sanction)
        last_index[sanction.person] = index
        outcome = rulebook.outcomes.get(sanction.outcome)
        if outcome is not None:
            yield f"sanctions.{index}.standing", partial(_check_standing, sanction, outcome, rulebook)
            yield f"sanctions.{index}.instead_of", partial(_check_replaced_outcome, sanction, outcome, rulebook)
            yield f"sanctions.{index}.effective_on", partial(_check_effective_date, sanction, outcome, record, context)
    for person, sanctions in people.items():
        index = last_index[person]
        yield f"sanctions.{index}.standing", partial(_check_one_standing, sanctions, rulebook)
        yield f"sanctions.{index}.outcome", partial(_check_duplicates, sanctions, rulebook)
        yield f"sanctions.{index}.outcome", partial(_check_after_final_outcome, sanctions, rulebook)


def _unusual(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> Text | None:
    """The reason why the outcome is unusual for this standing; None if it is not."""
    for unusual in (outcome.unusual, rulebook.outcome_kinds[outcome.kind].unusual):
        if unusual is not None and sanction.standing in unusual.standings:
            return unusual.why.text
    return None


def _check_standing(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> None:
    """Refuse an outcome that a person of this standing cannot have. Refuse an unusual outcome that has no remark."""
    kind, unusual = rulebook.outcome_kinds[outcome.kind], _unusual(sanction, outcome, rulebook)
    standing, title = STANDING_TITLES[sanction.standing], outcome.title
    statement = Text(
        zh=f"{sanction.person} 的身份为“{standing.zh}”，处理结果为“{title.zh}”",
        en=f"{sanction.person} is “{standing.en}” and the outcome is “{title.en}”",
    )
    if unusual is None and sanction.standing not in kind.standings:
        reason = Text(zh=f"{kind.why.zh}（{kind.basis.zh}）", en=f"{kind.why.en} ({kind.basis.en})")
        raise Implausible(what=statement, why=reason, otherwise=_NO_EXCEPTION, clause=outcome.clause)
    if unusual is not None and sanction.remark is None:
        raise Implausible(what=statement, why=unusual, otherwise=_EXCEPT_WITH_REMARK, clause=outcome.clause)


def _check_replaced_outcome(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> None:
    """F6: refuse a sanction that replaces another outcome, if the other outcome is not heavier."""
    replaced_outcome = rulebook.outcomes.get(sanction.instead_of or "")
    if replaced_outcome is None or replaced_outcome.weight > outcome.weight:
        return
    statement = Text(
        zh=f"{sanction.person} 的“{outcome.title.zh}”写作代替“{replaced_outcome.title.zh}”",
        en=f"{sanction.person}'s “{outcome.title.en}” is recorded as replacing “{replaced_outcome.title.en}”",
    )
    reason = Text(zh="被代替的处理应当更重", en="the outcome it replaces must be heavier")
    raise Implausible(
        what=statement, why=reason, otherwise=_NO_EXCEPTION, clause=rulebook.readings["substituted_sanction"].clause
    )


def _check_effective_date(sanction: Sanction, outcome: Outcome, record: CaseBody, context: Context) -> None:
    """Refuse an effective date before the day of the misconduct. An open outcome is not checked.

    `case.py` refuses a day of the misconduct in the future.
    """
    misconduct_day, effective_day = record.acted_on, sanction.effective_on
    if misconduct_day is None or effective_day is None or outcome.is_open:
        return
    if not effective_day < misconduct_day <= context.today:
        return
    field = Text(zh=f"{sanction.person} 的生效日期", en=f"The effective date for {sanction.person}")
    limit = Text(zh="行为日期", en="the day of the act")
    raise TooEarly(what=field, value=effective_day, after=limit, against=misconduct_day, clause=outcome.clause)


def _check_one_standing(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """Refuse several standings of one person, if no sanction of the person has a remark.

    Only the standing at the time of the misconduct counts.
    """
    standings = list(dict.fromkeys(s.standing for s in sanctions))
    if len(standings) < 2 or any(s.remark for s in sanctions):
        return
    titles = [STANDING_TITLES[standing] for standing in standings]
    person = sanctions[0].person
    statement = Text(
        zh=f"{person} 在同一案件中的身份写作{'、'.join(f'“{t.zh}”' for t in titles)}",
        en=f"{person} has several standings in one case: {', '.join(t.en for t in titles)}",
    )
    reason = Text(
        zh="身份以行为发生时为准，一般只有一个", en="the standing is the one at the time of the act, usually only one"
    )
    raise Implausible(
        what=statement, why=reason, otherwise=_EXCEPT_WITH_REMARK, clause=rulebook.readings["party_cadre"].clause
    )


def _check_duplicates(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """Refuse the same outcome with the same effective date entered twice for a person."""
    entered = set()
    for sanction in sanctions:
        key = (sanction.outcome, sanction.effective_on)
        outcome = rulebook.outcomes.get(sanction.outcome)
        if key in entered and outcome is not None:
            statement = Text(
                zh=f"{sanction.person} 的“{outcome.title.zh}”", en=f"“{outcome.title.en}” for {sanction.person}"
            )
            reason = Text(zh="同一日期登记了两次", en="it is entered twice with the same date")
            raise Implausible(
                what=statement, why=reason, otherwise=_NO_EXCEPTION, clause=rulebook.readings["deduction_unit"].clause
            )
        entered.add(key)


def _check_after_final_outcome(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """Refuse a sanction after a final one of the same kind (an expulsion from the Party, a dismissal).

    It is accepted if it has a remark.
    """
    pairs = [(later, rulebook.outcomes[later.outcome]) for later in sanctions if later.outcome in rulebook.outcomes]
    for final, final_outcome in pairs:
        for later, outcome in pairs:
            is_final_of_kind = final_outcome.last and outcome.kind == final_outcome.kind
            if is_final_of_kind and not later.remark and _is_before(final.effective_on, later.effective_on):
                statement = Text(
                    zh=f"{later.person} 受“{final_outcome.title.zh}”之后又受“{outcome.title.zh}”",
                    en=f"{later.person} was given “{outcome.title.en}” after “{final_outcome.title.en}”",
                )
                reason = Text(zh="此后不再适用同类处理", en="nothing of that kind can follow")
                raise Implausible(what=statement, why=reason, otherwise=_EXCEPT_WITH_REMARK, clause=outcome.clause)


def _is_before(day: date | None, later: date | None) -> bool:
    """Whether both dates are known and the first is before the second."""
    return day is not None and later is not None and day < later
