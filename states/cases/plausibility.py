"""Whether what a case says of a person is possible: a Party sanction needs a Party member, a removal from post a post.

An impossible record is refused, with the reason. An unusual record is accepted with a remark (`Sanction.remark`). The
rulebook says what is impossible and what is unusual (`[[outcome_kind]]`, `unusual`). Not here: whether the sanction was
deserved.
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
    """Every check with the field it is about. Each check refuses or does nothing.

    Outcomes that the rulebook does not know are skipped: `case.py` refuses them.
    """
    rulebook = context.rulebook
    people: defaultdict[str, list[Sanction]] = defaultdict(list)
    last: dict[str, int] = {}
    for at, sanction in enumerate(record.sanctions):
        people[sanction.person].append(sanction)
        last[sanction.person] = at
        outcome = rulebook.outcomes.get(sanction.outcome)
        if outcome is not None:
            yield f"sanctions.{at}.standing", partial(_suits_the_person, sanction, outcome, rulebook)
            yield f"sanctions.{at}.instead_of", partial(_replaces_a_heavier, sanction, outcome, rulebook)
            yield f"sanctions.{at}.effective_on", partial(_follows_the_act, sanction, outcome, record, context)
    for person, sanctions in people.items():
        at = last[person]
        yield f"sanctions.{at}.standing", partial(_one_standing, sanctions, rulebook)
        yield f"sanctions.{at}.outcome", partial(_each_once, sanctions, rulebook)
        yield f"sanctions.{at}.outcome", partial(_none_after_the_last, sanctions, rulebook)


def _unusual(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> Text | None:
    for unusual in (outcome.unusual, rulebook.outcome_kinds[outcome.kind].unusual):
        if unusual is not None and sanction.standing in unusual.standings:
            return unusual.why.text
    return None


def _suits_the_person(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> None:
    """The outcome is possible for a person of this standing."""
    kind, unusual = rulebook.outcome_kinds[outcome.kind], _unusual(sanction, outcome, rulebook)
    standing, title = STANDINGS[sanction.standing], outcome.title
    what = Text(
        zh=f"{sanction.person} 的身份为“{standing.zh}”，处理结果为“{title.zh}”",
        en=f"{sanction.person} is “{standing.en}” and the outcome is “{title.en}”",
    )
    if unusual is None and sanction.standing not in kind.standings:
        why = Text(zh=f"{kind.why.zh}（{kind.basis.zh}）", en=f"{kind.why.en} ({kind.basis.en})")
        raise Implausible(what=what, why=why, otherwise=_NEVER, clause=outcome.clause)
    if unusual is not None and sanction.remark is None:
        raise Implausible(what=what, why=unusual, otherwise=_WITH_REMARK, clause=outcome.clause)


def _replaces_a_heavier(sanction: Sanction, outcome: Outcome, rulebook: Rulebook) -> None:
    """F6: the outcome that a sanction replaces is heavier than the sanction."""
    heavier = rulebook.outcomes.get(sanction.instead_of or "")
    if heavier is None or heavier.weight > outcome.weight:
        return
    what = Text(
        zh=f"{sanction.person} 的“{outcome.title.zh}”写作代替“{heavier.title.zh}”",
        en=f"{sanction.person}'s “{outcome.title.en}” is recorded as replacing “{heavier.title.en}”",
    )
    why = Text(zh="被代替的处理应当更重", en="the outcome it replaces must be heavier")
    raise Implausible(what=what, why=why, otherwise=_NEVER, clause=rulebook.settings.substituted_sanction.clause)


def _follows_the_act(sanction: Sanction, outcome: Outcome, record: CaseBody, context: Context) -> None:
    """No decision took effect before its act. `case.py` refuses a day of the act that is in the future."""
    act, effect = record.acted_on, sanction.effective_on
    if act is None or effect is None or outcome.is_open or not effect < act <= context.today:
        return
    what = Text(zh=f"{sanction.person} 的生效日期", en=f"The effective date for {sanction.person}")
    day = Text(zh="行为日期", en="the day of the act")
    raise TooEarly(what=what, value=effect, after=day, against=act, clause=outcome.clause)


def _one_standing(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """A standing is the one at the time of the act, so a person has one in a case. A second one needs a remark."""
    standings = list(dict.fromkeys(s.standing for s in sanctions))
    if len(standings) < 2 or any(s.remark for s in sanctions):
        return
    titles = [STANDINGS[one] for one in standings]
    person = sanctions[0].person
    what = Text(
        zh=f"{person} 在同一案件中的身份写作{'、'.join(f'“{t.zh}”' for t in titles)}",
        en=f"{person} has several standings in one case: {', '.join(t.en for t in titles)}",
    )
    why = Text(
        zh="身份以行为发生时为准，一般只有一个", en="the standing is the one at the time of the act, usually only one"
    )
    raise Implausible(what=what, why=why, otherwise=_WITH_REMARK, clause=rulebook.settings.party_cadre.clause)


def _each_once(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """The same outcome with the same day is entered once."""
    entered = set()
    for one in sanctions:
        key = (one.outcome, one.effective_on)
        outcome = rulebook.outcomes.get(one.outcome)
        if key in entered and outcome is not None:
            what = Text(zh=f"{one.person} 的“{outcome.title.zh}”", en=f"“{outcome.title.en}” for {one.person}")
            why = Text(zh="同一日期登记了两次", en="it is entered twice with the same date")
            raise Implausible(what=what, why=why, otherwise=_NEVER, clause=rulebook.settings.deduction_unit.clause)
        entered.add(key)


def _none_after_the_last(sanctions: list[Sanction], rulebook: Rulebook) -> None:
    """After an expulsion from the Party no other Party sanction follows, and after a dismissal none of its kind."""
    known = [(one, rulebook.outcomes[one.outcome]) for one in sanctions if one.outcome in rulebook.outcomes]
    for last, end in known:
        for one, outcome in known:
            if not end.last or outcome.kind != end.kind or one.remark or None in (one.effective_on, last.effective_on):
                continue
            if last.effective_on < one.effective_on:  # type: ignore[operator]  # neither is None
                what = Text(
                    zh=f"{one.person} 受“{end.title.zh}”之后又受“{outcome.title.zh}”",
                    en=f"{one.person} was given “{outcome.title.en}” after “{end.title.en}”",
                )
                why = Text(zh="此后不再适用同类处理", en="nothing of that kind can follow")
                raise Implausible(what=what, why=why, otherwise=_WITH_REMARK, clause=outcome.clause)
