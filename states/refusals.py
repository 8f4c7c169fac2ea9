"""The refusals that several modules raise: each says what was not accepted, what the rule is, and what to do next.

A refusal that only one noun needs is in the file of the noun (`accounts/account.py`, `views.py`). A refused command
changes nothing. A `grave` refusal (wrong role, own department, a second person missing) answers an attempt that an
auditor must see: the engine records it in the stream `access`, without the command's values.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .user_errors import UserError
from .vocabulary import CLOCK, Citation, Text

_YOURSELF = Text(zh="您本人（在另一窗口）", en="yourself in another window")
_SYSTEM = Text(zh="系统自动", en="the system")
_SOMEBODY = Text(zh="他人", en="somebody else")


def join_faults(faults: Iterable[Text]) -> Text:
    """Several faults as one part of a sentence."""
    texts = list(faults)
    return Text(zh="；".join(text.zh for text in texts), en="; ".join(text.en for text in texts))


class Refusal(UserError):
    """The command was not accepted, and nothing was changed. The detail `clause` is the rule."""

    grave: bool = False

    field: str = ""
    """The path of the field that it is about (`sanctions.0.person`); empty if it is not about a single field."""

    @property
    def faults(self) -> tuple[Refusal, ...]:
        """The single faults in this refusal, each with its field: the refusal itself, if it is not `SeveralFaults`."""
        return (self,)


class NotNow(Refusal):
    """The assessment's stage does not allow this act."""

    zh = "“{act}”现在不能办理：本考核当前进度为“{stage}”（{clause}）。现在可办理：{open}。"
    en = "“{act}” is not possible now: the assessment is at “{stage}” ({clause}). Possible now: {open}."


class NotYours(Refusal):
    """The actor's role is not named for this act."""

    grave = True
    zh = "“{act}”不能由“{role}”办理：按{clause}，由{by}办理。请转交其办理。"
    en = "“{act}” is not for “{role}”: under {clause} it is for {by}. Ask them to do it."


class NotByDeputy(Refusal):
    """A deputy tried an act, or used a role, that is only for the holder in person."""

    grave = True
    zh = "“{act}”须由本人办理，不能代办（{clause}）。请由有此角色的人员本人办理。"
    en = "“{act}” cannot be done by a deputy ({clause}). Ask somebody who has the role to do it in person."


YOUR_OWN, YOUR_PRINCIPALS = Text(zh="您所在的", en="your own"), Text(zh="委托您代办的人所在的", en="your principal's")
"""Whose department `OwnUnit` is about: the actor's, or that of the principal of a deputy."""


class OwnUnit(Refusal):
    """Nobody scores, decides or signs for their own department."""

    grave = True
    zh = "“{act}”涉及{whose}部门 {unit}，按回避规定（{clause}）不能由您办理。请由其他部门人员办理。"
    en = (
        "“{act}” concerns {whose} department, {unit}, so you must not do it ({clause}, recusal). Ask somebody from "
        "another department."
    )


class OtherUnit(Refusal):
    """A department acts for itself only."""

    grave = True
    zh = "“{act}”只能由部门 {unit} 本部门办理（{clause}），您属于 {own}。请由该部门人员办理。"
    en = (
        "Only department {unit} itself can do “{act}” ({clause}). You belong to {own}. Ask somebody from that "
        "department."
    )


class SamePerson(Refusal):
    """One person may not do two acts that check each other."""

    grave = True
    zh = "“{act}”须由另一人办理：{done}的人不能再{act}（{clause}）。请由其他有权人员办理。"
    en = (
        "Somebody else must do “{act}”: the person who {done} cannot also do this ({clause}). Ask another person with "
        "this role."
    )


class OwnUnitVisited(Refusal):
    """An inspector belongs to the department of the visit."""

    zh = "{account} 属于 {unit}，按回避规定（{clause}）不能参加对本部门的现场考评。请改派其他部门的考核人员。"
    en = (
        "{account} belongs to {unit}, so they cannot assess it on site ({clause}, recusal). Choose an assessor from "
        "another department."
    )


class OwnUnitChecked(Refusal):
    """A person who checked the department belongs to it."""

    zh = "{account} 属于 {unit}，按回避规定（{clause}）不能检查本部门。请填写其他部门的检查人员。"
    en = (
        "{account} belongs to {unit}, so they cannot check it ({clause}, recusal). Choose people from another "
        "department."
    )


class TwoPlaces(Refusal):
    """An inspector would be in two departments at the same time."""

    zh = "{unit} 的现场考评时间与 {other}（{when}）重叠，{who} 不能同时到两处（{clause}）。请改时间或改派人员。"
    en = (
        "The visit to {unit} overlaps with the one to {other} ({when}): {who} cannot be at both ({clause}). Change "
        "the time or the sub-group."
    )


class DayOff(Refusal):
    """A visit is on a day off, without a reason."""

    zh = "{unit} 的现场考评安排在 {day}，当天是休息日（{clause}）。请改到工作日，或写明安排在休息日的理由。"
    en = (
        "The visit to {unit} is on {day}, which is a day off ({clause}). Choose a working day, or give a reason for "
        "that day."
    )


class StaleForm(Refusal):
    """The stream changed after the form was read. `by` says who changed it, without an account."""

    zh = "您填写期间，此事已由{by}办理。请刷新后核对再提交，已填内容不会丢失。"
    en = (
        "While you were filling in the form, this was changed by {by}. Reload the page, check it and submit again. "
        "What you filled in is kept."
    )


class OutcomeChanged(Refusal):
    """The command would no longer have the outcome that the person confirmed."""

    zh = "核对之后，“{act}”的结果有变化，本次提交未成功。请重新核对后再确认。"
    en = (
        "The outcome of “{act}” has changed since you checked it, so nothing was submitted. Check it again, then "
        "confirm."
    )


def stale_form(expected: int, version: int, last: Sequence[str], asker: str) -> StaleForm:
    """The refusal of a form that `asker` read at version `expected`, when the stream has the present `version`.

    `last` has the accounts of the newest entries, the newest at the end.
    """
    names = {asker: _YOURSELF, CLOCK.id: _SYSTEM}
    by = names.get(last[-1], _SOMEBODY) if last else _SOMEBODY
    return StaleForm(expected=expected, version=version, by=by)


class IdTaken(Refusal):
    """The command id was already used for another act."""

    zh = "提交编号 {id} 已用于另一项办理，本次提交未成功。请用新的编号重新提交。"
    en = "The command id {id} has already been used for another act, so nothing was done. Submit again with a new id."


class SeveralFaults(Refusal):
    """Several faults at once, each with its own sentence."""

    zh = "共有 {count} 处不合要求（{clause}）：{faults}请一并更正后再提交。"
    en = "There are {count} problems ({clause}). {faults} Correct them all and submit again."

    faults: tuple[Refusal, ...] = ()


def combine_faults(faults: Sequence[Refusal], clause: Citation) -> SeveralFaults:
    """One refusal with several faults. It is grave if one of the faults is grave."""
    zh = "".join(fault.render("zh") for fault in faults)
    en = " ".join(fault.render("en") for fault in faults)
    sentences = Text(zh=zh, en=en)
    refusal = SeveralFaults(count=len(faults), faults=sentences, clause=clause)
    refusal.faults, refusal.grave = tuple(faults), any(fault.grave for fault in faults)
    return refusal


class OutOfRange(Refusal):
    """A value is outside its range."""

    zh = "{what}为 {value}，应在 {low} 至 {high} 之间，步长 {step}（{clause}）。请更正后再提交。"
    en = (
        "{what} is {value}. It must be between {low} and {high}, in steps of {step} ({clause}). Correct it and submit "
        "again."
    )


class OutsideRange(Refusal):
    """A number is outside the range of its row, which may have any steps. `limits` is the range."""

    zh = "{what}为 {value}，应{limits}（{clause}）。请更正后再提交。"
    en = "{what} is {value}. It must be {limits} ({clause}). Correct it and submit again."


class Incomplete(Refusal):
    """Something that the rule requires is missing."""

    zh = "缺少{missing}（{clause}）。请补充后再提交。"
    en = "Missing: {missing} ({clause}). Add it and submit again."


class NotSettled(Refusal):
    """The result rests on a place, and the places were not settled, or would be settled otherwise now."""

    zh = "还不能{act}：“{standing}”尚未核定，或者核定之后得分有变化（{clause}）。请先重新核定名次，再按新名次计分。"
    en = (
        "You cannot {act} yet: “{standing}” is not settled, or scores have changed since ({clause}). First settle the "
        "places again, and score by them."
    )


class ResultNotDecided(Refusal):
    """The score reads the result of another assessment, which is not decided yet."""

    zh = "还不能{act}：{what}取自{source}，那次考核还没有定出结果（{clause}）。请先办完那次考核；不再办理的，请撤销。"
    en = (
        "You cannot {act} yet: {what} is read from {source}, and that result is not decided ({clause}). Finish that "
        "assessment first. If it will not be finished, withdraw it."
    )


class ReadFromLedger(Refusal):
    """A value was reported, or said not to exist, that the system reads from the ledger."""

    zh = (
        "{what}由系统取自{source}，不用报送，也不能说没有（{clause}）。请删去这一项；那次考核的结果有误的，请重新审议。"
    )
    en = (
        "{what} is read by the system from {source}, so nobody reports it or says that there is none ({clause}). Leave "
        "it out. If that result is wrong, have it reopened."
    )


class NotKnown(Refusal):
    """The command names something that does not exist in this assessment, table or rulebook."""

    zh = "没有{what} {value}（{clause}）。可用：{known}。请更正后再提交。"
    en = "There is no {what} {value} ({clause}). You can use: {known}. Correct it and submit again."


class DoesNotAddUp(Refusal):
    """Counts contradict each other. `sum` is the contradiction."""

    zh = "{what}对不上：{sum}（{clause}）。请核对原始记录后再提交。"
    en = "{what} does not add up: {sum} ({clause}). Check the paper record and submit again."


class Malformed(Refusal):
    """A value has a wrong form (a digest, an id, an empty text), or is at a place where it may not be."""

    zh = "{what}不合要求：{why}（{clause}）。请更正后再提交。"
    en = "Check {what}: {why} ({clause}). Correct it and submit again."


class Personal(Refusal):
    """A value contains personal data, which may never be in the ledger: an entry cannot be taken back."""

    grave = True
    zh = "{what}含有{why}，台账不得写入个人信息（{clause}）。请删去后再提交；涉密内容存入保密库，只写引用。"
    en = (
        "{what} contains {why}. Personal data must not be in the ledger ({clause}). Remove it. Put confidential text "
        "in the vault and give only the reference."
    )


class Implausible(Refusal):
    """A record contradicts itself: it is impossible, or so unusual that it needs a reason."""

    zh = "{what}：{why}（{clause}）。请核对后更正{otherwise}。"
    en = "{what}: {why} ({clause}). Check and correct it{otherwise}."


class InTheFuture(Refusal):
    """A day is in the future. Something that has not happened yet cannot be recorded."""

    zh = "{what}为 {value}，晚于今天（{today}）（{clause}）。请更正日期。"
    en = "{what} is {value}, later than today ({today}) ({clause}). Correct the date."


class TooEarly(Refusal):
    """A day or time is before the earliest possible one (`against`). `after` is the title of that one."""

    zh = "{what}为 {value}，早于{after}（{against}）（{clause}）。请更正日期；若后者有误，请先更正后者。"
    en = (
        "{what} is {value}, before {after} ({against}) ({clause}). Correct the date. If the other date is wrong, "
        "correct that one first."
    )


class PastDue(Refusal):
    """Some deadlines are past, so nothing can be opened with them."""

    zh = "“{act}”不能按这些期限办理：{dates}在今天（{today}）之前（{clause}）。请改定期限；启动页面和 kaohe year open 会给出建议日期。"
    en = (
        "“{act}” is not possible with these deadlines: {dates} are before today ({today}) ({clause}). Set other "
        "dates. The page for opening a year and `kaohe year open` suggest some."
    )


class OutOfOrder(Refusal):
    """Two dates contradict each other: a deadline after that of the next stage, an end before its beginning."""

    zh = "{what} {value} 与{other} {against} 的先后不符（{clause}）。请更正日期。"
    en = "{what} {value} contradicts {other} {against} ({clause}). Correct the date."


class ScoreIsStale(Refusal):
    """Since scoring, a case changed or the result was reopened. The assessment must be scored again."""

    zh = "“{act}”不能办理：计分之后{since}，得分已失效（{clause}）。请考核工作组重新计分后再提交。"
    en = (
        "“{act}” is not possible: since scoring, {since}, so the score is out of date ({clause}). Ask the working "
        "group to score again first."
    )


class CaseOpen(Refusal):
    """A case is not closed, and under this rulebook scoring must wait for it."""

    zh = "“{act}”不能办理：{cases}尚未办结，按本校对条文的理解，结案后再计分（{clause}）。请待结案登记后再办理。"
    en = (
        "“{act}” is not possible: {cases} is not closed, and under the college's reading a result is scored only "
        "after that ({clause}). Wait until the outcome is recorded."
    )


class VetoStands(Refusal):
    """The ground of a veto still exists, so it cannot be lifted."""

    zh = "否决“{veto}”不能解除：{why}（{clause}）。请先登记依据的变化。"
    en = "The veto “{veto}” cannot be lifted: {why} ({clause}). First record what has changed."


class NothingToDo(Refusal):
    """The act would change nothing: it is already done, or there is nothing to do."""

    zh = "“{act}”不必办理：{why}（{clause}）。"
    en = "“{act}” is not needed: {why} ({clause})."


class NotEnded(Refusal):
    """The year cannot be closed: assessments are neither circulated nor withdrawn, or were never opened."""

    zh = "“{act}”不能办理：还有 {count} 个部门的考核既未通报也未撤销（{units}）（{clause}）。请先逐一办结，再办理本项。"
    en = (
        "“{act}” is not possible: {count} assessments are neither circulated nor withdrawn ({units}) ({clause}). "
        "Complete each of them first."
    )


class YearOver(Refusal):
    """The year is closed: nothing can be opened or moved in it."""

    grave = True
    zh = "{year} 年度考核已办结，不能再“{act}”（{clause}）。已通报的结果如须变更，请对该部门办理“重新审议考核结果”；遗漏的部门可组织专门检查考核。"
    en = (
        "The assessment year {year} is closed, so “{act}” is no longer possible ({clause}). To change a circulated "
        "result, reopen it for that department. For a department left out, open a special assessment."
    )


class Impossible(Refusal):
    """The command contradicts the roster or itself. `why` has every contradiction (`join_faults`)."""

    zh = "“{act}”不能办理：{why}（{clause}）。请一并更正后再提交。"
    en = "“{act}” is not possible: {why} ({clause}). Correct this and submit again."


class UnitRetired(Refusal):
    """A closed department is not assessed after its last year. `gone` has every closed department of the command."""

    zh = "{gone}，{year} 年度不再考核（{clause}）。登记有误的，请先在名册办理“恢复部门”。"
    en = (
        "{gone}: no longer assessed in {year} ({clause}). If this is wrong, restore the department on the roster first."
    )


class SplitUnit(Refusal):
    """A department was split, and the record does not say which of its successors answers for it."""

    zh = "部门“{unit}”已拆分，未写明由哪个部门承接（{clause}）。请在“现在部门”中选一个：{heirs}。"
    en = (
        "“{unit}” was split, and nothing says which department took it over ({clause}). Choose one as "
        "“Department now”: {heirs}."
    )


class NotThere(Refusal):
    """The stream has no entry yet, and this act cannot begin it. `first` is the act that can."""

    zh = "“{act}”不能办理：没有 {stream} 的记录。请先{first}。"
    en = "“{act}” is not possible: there is no {stream}. First: {first}."


class InTeamTwice(Refusal):
    """A person would be in a team twice."""

    zh = "{person} 已在班子中，不能重复列入（{clause}）。请每人只列一次。"
    en = "{person} is already in the team ({clause}). List each person once."


class NoticeNumberUsed(Refusal):
    """The number of a circulated notice was used for an earlier notice of the same assessment."""

    zh = "文号 {document} 已用于本考核的一次通报（{clause}）。请核对文号后再提交。"
    en = "The number {document} was already used for a notice of this assessment ({clause}). Check it and submit again."


class AlreadyThere(Refusal):
    """The stream exists already, or the roster has the department already."""

    zh = "{stream} 已存在，不能再次“{act}”（{clause}）。如需更改，请办理相应的变更。"
    en = "{stream} already exists, so “{act}” cannot be done twice ({clause}). Record a change to it instead."
