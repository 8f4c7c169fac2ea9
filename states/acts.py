"""Every act: its command, the facts it can make, the check that both must pass, and the other states that it needs.

The table is closed: a rulebook chooses among these acts and adds none. Also here, derived from the table: every class
of facts, the act of a fact, and the command and the fact of each kind of stage. Not here: in which stage an act is
possible (`chart.py`) and who may do it (`policy.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from .accounts import account, attempts, deputies, identities, links, passwords, sessions, tokens
from .assessment import WITHDRAWN, Assessment, StageFact, fact_from
from .cases import case as cases
from .cases import record as records
from .cases import routine_check, vetoes
from .context import ACCOUNTS, CASES, EARLIER, HOLDERS, PROGRESS, YEAR, Context, Needs
from .custody import confidential, confirmed_time, seals, tables
from .deadlines import assignment, chase, rectification, reminders, review
from .papers import issue, template
from .records.case import Case
from .records.record import Record
from .records.roster import Roster
from .records.routine_check import RoutineCheck
from .records.year import Year
from .stages import (
    approval,
    circulation,
    democratic_evaluation,
    document_review,
    evidence,
    interviews,
    meeting,
    opening,
    publicity,
    reopening,
    scoring,
    self_report,
    site_inspection,
    step,
    value_report,
)
from .stream_kinds import State, kind_of_fact
from .vocabulary import Command, Fact
from .year import reorganisation, roster, standings, visits, year


class Act(Struct, frozen=True):
    """One act: its command, the facts that it can make, and its functions.

    - `check(state, command or fact, context)` refuses or does nothing. It reads only fields that both have.
    - `decide` makes the fact; without it, the fact has the command's fields (`fact_from`).
    - `needs`: the states of other streams that the decision needs (`context.py`).
    - `applies(state, context)` is False if there is nothing to do now in this state.
    - `revisable`: the same people may do the act again, and only the last time counts.
    """

    command: type[Command]
    facts: tuple[type[Fact], ...]
    check: Callable[[Any, Any, Context], None] | None = None
    decide: Callable[[Any, Any, Context], Fact] | None = None
    needs: Needs = frozenset()
    applies: Callable[[Any, Context], bool] | None = None
    revisable: bool = False

    @property
    def is_final(self) -> bool:
        """Whether the act cannot be corrected by doing it again. Pages ask people to confirm such an act."""
        return not self.revisable and self.state_type in (Assessment, Case, RoutineCheck, Record, Year, Roster)

    @property
    def state_type(self) -> type[State]:
        """The class of the state of the act's streams."""
        return kind_of_fact(self.facts[0]).state


def _decide_ballot(state: Assessment, command: democratic_evaluation.RecordBallot, context: Context) -> Fact:
    """The fact of a ballot, or of a void ballot: 收回的票数多于发出的票数，测评无效，应重新进行测评 (domain B)."""
    democratic_evaluation.check(state, command, context)
    is_void = command.has_surplus_ballots
    return fact_from(democratic_evaluation.BallotVoided if is_void else democratic_evaluation.BallotHeld, command)


_TABLE: tuple[Act, ...] = (
    # The stages of an assessment, and the acts that go back to an earlier stage.
    Act(opening.OpenAssessment, (opening.AssessmentOpened,), opening.check, needs=YEAR),
    Act(self_report.SubmitSelfReport, (self_report.SelfReportSubmitted,), self_report.check),
    Act(self_report.ReturnSelfReport, (self_report.SelfReportReturned,)),
    Act(meeting.RecordMeeting, (meeting.MeetingHeld,), meeting.check),
    Act(
        democratic_evaluation.RecordBallot,
        (democratic_evaluation.BallotHeld, democratic_evaluation.BallotVoided),
        democratic_evaluation.check,
        _decide_ballot,
    ),
    Act(interviews.RecordInterviews, (interviews.InterviewsHeld,), interviews.check),
    Act(evidence.RequestDocument, (evidence.DocumentRequested,), evidence.check_request),
    Act(
        evidence.SupplyDocument,
        (evidence.DocumentSupplied,),
        evidence.check_supply,
        applies=evidence.may_supply,
    ),
    Act(document_review.ReviewDocuments, (document_review.DocumentsReviewed,), document_review.check),
    Act(site_inspection.InspectSite, (site_inspection.SiteInspected,), site_inspection.check),
    Act(step.TakeStep, (step.StepTaken,), step.check),
    Act(
        value_report.ReportValues,
        (value_report.ValuesReported,),
        value_report.check,
        needs=EARLIER,
        applies=value_report.has_items,
        revisable=True,
    ),
    Act(
        value_report.WaiveItem,
        (value_report.ItemWaived,),
        value_report.check_waiver,
        needs=EARLIER,
        applies=value_report.may_waive,
    ),
    Act(
        value_report.RestoreItem,
        (value_report.ItemRestored,),
        value_report.check_restoration,
        applies=value_report.may_restore,
    ),
    Act(scoring.FillSheet, (scoring.SheetFilled,), scoring.check_sheet, revisable=True),
    Act(scoring.Score, (scoring.Scored,), scoring.check, scoring.score, needs=CASES, applies=scoring.awaits_score),
    Act(scoring.ReturnScore, (scoring.ScoreReturned,)),
    Act(scoring.NoteStaleScore, (scoring.StaleScoreNoted,), scoring.check_stale_note, needs=CASES),
    Act(reopening.ReopenResult, (reopening.ResultReopened,), reopening.check, needs=CASES),
    Act(publicity.PostResult, (publicity.ResultPosted,), publicity.check),
    Act(
        approval.Approve,
        (approval.Approved,),
        approval.check,
        needs=CASES | PROGRESS,
        applies=scoring.score_is_valid,
    ),
    Act(
        circulation.Circulate,
        (circulation.Circulated,),
        circulation.check,
        circulation.circulate,
        needs=CASES,
        applies=circulation.may_circulate,
    ),
    Act(
        circulation.CompleteTask,
        (circulation.TaskCompleted,),
        circulation.check_task,
        applies=circulation.has_open_tasks,
    ),
    Act(review.AskReview, (review.ReviewAsked,), review.check_request, applies=review.may_ask),
    Act(review.DecideReview, (review.ReviewDecided,), review.check_decision, applies=review.may_decide),
    Act(opening.Withdraw, (opening.AssessmentWithdrawn,)),
    Act(opening.UndoStep, (opening.StepUndone,)),
    Act(opening.SubstituteMember, (opening.MemberSubstituted,), opening.check_substitution),
    # Deadlines, reminders and vetoes of an assessment.
    Act(
        reminders.MoveDeadline,
        (reminders.DeadlineMoved,),
        reminders.check_move,
        applies=reminders.has_movable_deadline,
        revisable=True,
    ),
    Act(
        chase.Chase,
        (chase.Chased,),
        chase.check,
        chase.chase,
        needs=CASES,
        applies=chase.can_chase,
        revisable=True,
    ),
    Act(
        assignment.Assign,
        (assignment.Assigned,),
        assignment.check,
        assignment.assign,
        needs=ACCOUNTS,
        applies=assignment.can_assign,
        revisable=True,
    ),
    Act(reminders.Remind, (reminders.Reminded,), reminders.check_reminder),
    Act(reminders.Escalate, (reminders.Escalated,), reminders.check_reminder),
    Act(reminders.LapseReminders, (reminders.RemindersLapsed,), reminders.check_lapse),
    Act(vetoes.RecordVeto, (vetoes.VetoRecorded,), vetoes.check_record, needs=CASES),
    Act(vetoes.RaiseVeto, (vetoes.VetoRaised,), vetoes.check_raise, needs=CASES),
    Act(vetoes.LiftVeto, (vetoes.VetoLifted,), vetoes.check_lift, needs=CASES, applies=vetoes.has_veto),
    # Cases, routine checks, and other records.
    Act(cases.RecordCase, (cases.CaseRecorded,), cases.check),
    Act(cases.ReviseCase, (cases.CaseRevised,), cases.check_revision),
    Act(cases.RescindCase, (cases.CaseRescinded,), cases.check_rescission),
    Act(routine_check.RecordRoutineCheck, (routine_check.RoutineCheckRecorded,), routine_check.check, needs=ACCOUNTS),
    Act(
        routine_check.CorrectRoutineCheck,
        (routine_check.RoutineCheckCorrected,),
        routine_check.check_correction,
        needs=ACCOUNTS,
    ),
    Act(routine_check.WithdrawRoutineCheck, (routine_check.RoutineCheckWithdrawn,), routine_check.check_withdrawal),
    Act(routine_check.AnswerRoutineCheck, (routine_check.RoutineCheckAnswered,), routine_check.check_answer),
    Act(routine_check.AcceptAnswer, (routine_check.AnswerAccepted,), routine_check.check_acceptance),
    Act(routine_check.ReturnAnswer, (routine_check.AnswerReturned,), routine_check.check_return),
    Act(records.EnterRecord, (records.RecordEntered,), records.check),
    Act(records.ReviseRecord, (records.RecordRevised,), records.check_revision),
    Act(records.RescindRecord, (records.RecordRescinded,), records.check_rescission),
    Act(rectification.RemindOfCheck, (rectification.CheckReminded,), rectification.check_reminder),
    Act(rectification.EscalateCheck, (rectification.CheckEscalated,), rectification.check_reminder),
    # The year, its visits, the roster.
    Act(year.OpenYear, (year.YearOpened,), year.check_open),
    Act(year.MoveYearDeadline, (year.YearDeadlineMoved,), year.check_move, revisable=True),
    Act(year.CloseYear, (year.YearClosed,), year.check_close, year.close, needs=PROGRESS),
    Act(standings.Settle, (standings.StandingSettled,), standings.check, standings.settle, needs=PROGRESS),
    Act(visits.PlanVisits, (visits.VisitsPlanned,), visits.check_plan, needs=PROGRESS | ACCOUNTS, revisable=True),
    Act(
        visits.MoveVisit,
        (visits.VisitMoved,),
        visits.check_move,
        visits.move,
        needs=PROGRESS | ACCOUNTS,
        revisable=True,
    ),
    Act(roster.RegisterUnit, (roster.UnitRegistered,), roster.check_new, revisable=True),
    Act(roster.ChangeUnit, (roster.UnitChanged,), roster.check_change, revisable=True),
    Act(roster.RenameUnit, (roster.UnitRenamed,), roster.check_rename, revisable=True),
    Act(reorganisation.ReorganiseUnit, (reorganisation.UnitReorganised,), reorganisation.check),
    Act(reorganisation.RestoreUnit, (reorganisation.UnitRestored,), reorganisation.check_restoration),
    # Accounts and their credentials.
    Act(account.OpenAccount, (account.AccountOpened,), account.check_open, needs=HOLDERS),
    Act(account.CloseAccount, (account.AccountClosed,), account.check_close),
    Act(account.MoveAccount, (account.AccountMoved,), account.check_move),
    Act(account.AssignPerson, (account.PersonAssigned,), account.check_person, needs=HOLDERS),
    Act(account.GrantRole, (account.RoleGranted,), account.check_grant),
    Act(account.WithdrawRole, (account.RoleWithdrawn,), account.check_withdrawal),
    Act(deputies.AppointDeputy, (deputies.DeputyAppointed,), deputies.check_appointment, needs=ACCOUNTS),
    Act(deputies.EndDeputy, (deputies.DeputyEnded,), deputies.check_end),
    Act(links.RequestLink, (links.LinkRequested,), links.check_request),
    Act(links.ConfirmLink, (links.LinkConfirmed,), links.check_confirmation),
    Act(links.IssueLink, (links.LinkIssued,), links.check_issue),
    Act(links.SetPassword, (links.PasswordSet,), links.check_set_password),
    Act(passwords.ChangePassword, (passwords.PasswordChanged,), passwords.check_change),
    Act(passwords.SetSecondFactor, (passwords.SecondFactorSet,), passwords.check_set_factor),
    Act(passwords.EndSecondFactor, (passwords.SecondFactorEnded,), passwords.check_end_factor),
    Act(identities.ProposeIdentity, (identities.IdentityProposed,), identities.check_proposal),
    Act(identities.ConfirmIdentity, (identities.IdentityConfirmed,), identities.check_confirmation),
    Act(identities.EndIdentity, (identities.IdentityEnded,), identities.check_end),
    Act(sessions.BeginSession, (sessions.SessionBegun,), sessions.check_begin),
    Act(sessions.EndSessions, (sessions.SessionsEnded,), sessions.check_end),
    Act(tokens.IssueToken, (tokens.TokenIssued,), tokens.check_issue),
    Act(tokens.RevokeToken, (tokens.TokenRevoked,), tokens.check_revocation),
    # Papers.
    Act(template.ProposeTemplate, (template.TemplateProposed,), template.check_proposal),
    Act(template.AdoptTemplate, (template.TemplateAdopted,), template.check_adoption),
    Act(issue.MakePaper, (issue.PaperMade,), issue.check_made),
    Act(issue.ReturnPaper, (issue.PaperReturned,), issue.check_return),
    # Confidential values, tables outside the ledger, seals, the confirmed time.
    Act(confidential.KeepValue, (confidential.ValueKept,), confidential.check_keep),
    Act(confidential.ReadValue, (confidential.ValueRead,), confidential.check_read),
    Act(confidential.EraseValue, (confidential.Erased,), confidential.check_erase),
    Act(tables.NoteRows, (tables.RowsNoted,), tables.check_rows),
    Act(tables.NoteSecurityLog, (tables.SecurityLogNoted,), tables.check_log),
    Act(seals.RecordSeal, (seals.SealMade,), seals.check_seal),
    Act(seals.RecordCosignature, (seals.CosignatureAccepted,), seals.check_cosignature),
    Act(confirmed_time.ConfirmTime, (confirmed_time.TimeConfirmed,), confirmed_time.check),
    Act(seals.GiveUpEnd, (seals.EndGivenUp,), seals.check_give_up),
)

ACTS: Mapping[str, Act] = {act.command.act: act for act in _TABLE}
"""Every act, by its name in rulebooks. A rulebook can use only these."""

FACTS: Mapping[str, type[Fact]] = {
    **{fact.kind: fact for act in ACTS.values() for fact in act.facts},
    attempts.RefusedCommand.kind: attempts.RefusedCommand,
}
"""Every class of facts, by its kind in entries."""

ACT_OF_FACT: Mapping[str, str] = {fact.kind: name for name, act in ACTS.items() for fact in act.facts}
"""The name of the act that makes a fact, by the kind of the fact."""

_STAGE_ACTS: Mapping[str, tuple[type[Command], type[StageFact]]] = {
    fact.stage: (act.command, fact)
    for act in ACTS.values()
    if issubclass(fact := act.facts[0], StageFact) and fact.stage != WITHDRAWN
}

STAGE_COMMANDS: Mapping[str, type[Command]] = {stage: command for stage, (command, _) in _STAGE_ACTS.items()}
"""The kinds of stage a rulebook can have (`StageKind` in `rulebook/types.py`): for each, the command that asks for it.
"""

STAGE_FACTS: Mapping[str, type[StageFact]] = {stage: fact for stage, (_, fact) in _STAGE_ACTS.items()}
"""For each kind of stage, the fact that completes it."""

STAGE_OF_ACT: Mapping[str, str] = {command.act: stage for stage, command in STAGE_COMMANDS.items()}
"""The stage that an act completes: `record_meeting` -> `meeting`."""
