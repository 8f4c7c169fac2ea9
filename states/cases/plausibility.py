"""Whether the sanctions of a case are possible: a Party sanction needs a Party member, a removal needs a post.

An impossible record is refused, with the reason. An unusual record is accepted with a remark (`Sanction.remark`). The
rulebook says which records are impossible and which are unusual (`[[outcome_kind]]`, `unusual`). Not here: whether the
sanction was deserved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from states.context import Context
from states.records.case import CaseBody, Sanction
from states.refusals import Implausible, TooEarly
from states.rulebook.types import Outcome, Rulebook, Standing
from states.vocabulary import Text

Check = Callable[[], None]

STANDINGS: dict[Standing, Text] = {
    "party_cadre": Text(zh="党员干部", en="cadre, Party member"),
    "party_member": Text(zh="党员（非干部）", en="Party member, not a cadre"),
    "cadre": Text(zh="干部（非党员）", en="cadre, not a Party member"),
    "staff": Text(zh="其他教职工", en="other staff"),
    "student_member": Text(zh="学生党员", en="student, Party member"),
    "student": Text(zh="学生（非党员）", en="student, not a Party member"),
}
"""The title of each standing."""

_NEVER = Text(zh="", en="")
_WITH_REMARK = Text(zh="；确属如此的，请在“说明”中写明理由", en=", or, if it is right, say why under “Remark”")


def checks(record: CaseBody, context: Context) -> Iterator[tuple[str, Check]]:
    """Every check with the path of its field. A check raises a refusal or does nothing.

    Outcomes that the rulebook does not have are skipped, because `case.py` refuses them.
    """
    rulebook = context.rulebook
    people: defaultdict[str, list[Sanction]] = defaultdict(list)
    last: dict[str, int] = {}
    for index, sanction in enumerate(record.sanctions):
        people[sanction.person].append(sanction)
        last[sanction.person] = index
        outcome = rulebook.outcomes.get(sanction.outcome)
        if outcome is not None:
            yield f"sanctions.{index}.standing", partial(_suits_the_person, sanction, outcome, rulebook)
            yield f"sanctions.{index}.instead_of", partial(_replaces_a_heavier, sanction, outcome, rulebook)
            yield f"sanctions.{index}.effective_on", partial(_follows_the_act, sanction, outcome, record, context)
    for person, sanctions in people.items():
        index = last[person]
        yield f"sanctions.{index}.standing", partial(_one_standing, sanctions, rulebook)
        yield f"sanctions.{index}.outcome", partial(_each_once, sanctions, rulebook)
        yield f"sanctions.{index}.outcome", partial(_none_after_the_last, sanctions, rulebook)


def _unusual(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> Text | None:
    """The reason why the outcome is unusual for this standing; None if it is not."""
    for unusual in (outcome.unusual, rulebook.outcome_kinds[outcome.kind].unusual):
        if unusual is not None and sanction.standing in unusual.standings:
            return unusual.why.text
    return None


def _suits_the_person(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> None:
    """Refuse an outcome that a person of this standing cannot have, and an unusual one without a remark."""
    kind, unusual = rulebook.outcome_kinds[outcome.kind], _unusual(sanction, outcome, rulebook)
    standing, title = STANDINGS[sanction.standing], outcome.title
    statement = Text(
        zh=f"{sanction.person} 的身份为“{standing.zh}”，处理结果为“{title.zh}”",
        en=f"{sanction.person} is “{standing.en}” and the outcome is “{title.en}”",
    )
    if unusual is None and sanction.standing not in kind.standings:
        reason = Text(zh=f"{kind.why.zh}（{kind.basis.zh}）", en=f"{kind.why.en} ({kind.basis.en})")
        raise Implausible(what=statement, why=reason, otherwise=_NEVER, clause=outcome.clause)
    if unusual is not None and sanction.remark is None:
        raise Implausible(what=statement, why=unusual, otherwise=_WITH_REMARK, clause=outcome.clause)


def _replaces_a_heavier(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> None:
    """F6: refuse a sanction that replaces an outcome which is not heavier."""
    heavier = rulebook.outcomes.get(sanction.instead_of or "")
    if heavier is None or heavier.weight > outcome.weight:
        return
    statement = Text(
        zh=f"{sanction.person} 的“{outcome.title.zh}”写作代替“{heavier.title.zh}”",
        en=f"{sanction.person}'s “{outcome.title.en}” is recorded as replacing “{heavier.title.en}”",
    )
    reason = Text(zh="被代替的处理应当更重", en="the outcome it replaces must be heavier")
    raise Implausible(
        what=statement, why=reason, otherwise=_NEVER, clause=rulebook.settings.substituted_sanction.clause
    )


def _follows_the_act(sanction: Sanction, outcome: Outcome, record: CaseBody, context: Context) -> None:
    """Refuse a decision that took effect before its act. A day of the act in the future is refused by `case.py`."""
    act, effect = record.acted_on, sanction.effective_on
    if act is None or effect is None or outcome.is_open or not effect < act <= context.today:
        return
    field = Text(zh=f"{sanction.person} 的生效日期", en=f"The effective date for {sanction.person}")
    day = Text(zh="行为日期", en="the day of the act")
    raise TooEarly(what=field, value=effect, after=day, against=act, clause=outcome.clause)


def _one_standing(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """Refuse several standings of one person without a remark: only the standing at the time of the act counts."""
    standings = list(dict.fromkeys(s.standing for s in sanctions))
    if len(standings) < 2 or any(s.remark for s in sanctions):
        return
    titles = [STANDINGS[standing] for standing in standings]
    person = sanctions[0].person
    statement = Text(
        zh=f"{person} 在同一案件中的身份写作{'、'.join(f'“{t.zh}”' for t in titles)}",
        en=f"{person} has several standings in one case: {', '.join(t.en for t in titles)}",
    )
    reason = Text(
        zh="身份以行为发生时为准，一般只有一个", en="the standing is the one at the time of the act, usually only one"
    )
    raise Implausible(what=statement, why=reason, otherwise=_WITH_REMARK, clause=rulebook.settings.party_cadre.clause)


def _each_once(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """Refuse the same outcome with the same day entered twice for a person."""
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
                what=statement, why=reason, otherwise=_NEVER, clause=rulebook.settings.deduction_unit.clause
            )
        entered.add(key)


def _none_after_the_last(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """Refuse, without a remark, a sanction after the last of its kind (an expulsion from the Party, a dismissal)."""
    pairs = [(later, rulebook.outcomes[later.outcome]) for later in sanctions if later.outcome in rulebook.outcomes]
    for earlier, earlier_outcome in pairs:
        for later, outcome in pairs:
            if (
                not earlier_outcome.last
                or outcome.kind != earlier_outcome.kind
                or later.remark
                or None in (later.effective_on, earlier.effective_on)
            ):
                continue
            if earlier.effective_on < later.effective_on:  # type: ignore[operator]  # neither is None
                statement = Text(
                    zh=f"{later.person} 受“{earlier_outcome.title.zh}”之后又受“{outcome.title.zh}”",
                    en=f"{later.person} was given “{outcome.title.en}” after “{earlier_outcome.title.en}”",
                )
                reason = Text(zh="此后不再适用同类处理", en="nothing of that kind can follow")
                raise Implausible(what=statement, why=reason, otherwise=_WITH_REMARK, clause=outcome.clause)
