"""Every act, the facts it can make, and the stages in which it may be done.

`ACTS` names each act once: its command, the facts it can make, and the check that both must pass. `Chart` makes of a
rulebook's `[[stage]]` list one table of edges `(stage, act) -> stage`. `decide` is the only way from a command to a
fact. The replay calls `check_recorded`, with the same checks, for recorded facts.
"""

# What `transitions` is for: a rulebook's edges are given to one `transitions.Machine`, which refuses an edge to a stage
# that does not exist, and the table that everything else uses (`Chart.edges`) is read back from it. So the machine says
# what can follow what, once for each rulebook. It is not asked for each command: it would move a model of its own, and
# here the state is folded from facts. `Chart.advance` makes one step with it, and a test compares every edge of the
# table with it.

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from msgspec import Struct
from transitions import Machine, MachineError

from . import policy, privacy, routine_check
from .accounts import account, attempts, identities, links, passwords, sessions, tokens
from .assessment import UNOPENED, WITHDRAWN, Assessment, fact_from
from .cases import case as cases
from .cases import vetoes
from .context import ACCOUNTS, CASES, PROGRESS, YEAR, Context, Needs
from .custody import confidential, confirmed_time, seals, tables
from .deadlines import rectification, reminders
from .guards import Faults
from .records.case import Case
from .records.roster import Roster
from .records.routine_check import RoutineCheck
from .records.year import Year
from .refusals import AlreadyThere, Malformed, NotNow, NotThere, Refusal
from .rulebook.types import Rulebook
from .stages import (
    approval,
    circulation,
    democratic_evaluation,
    document_review,
    interviews,
    meeting,
    opening,
    publicity,
    reopening,
    scoring,
    self_report,
    site_inspection,
)
from .stages.kinds import STAGE_COMMANDS
from .stream_kinds import KIND_OF_STATE, State, kind_of_fact
from .vocabulary import Command, Fact, Text
from .year import reorganisation, roster, visits, year


class Act(Struct, frozen=True):
    """One act: its command, the facts it can make, the check, and how it is decided.

    - `check(state, command or fact, context)` refuses or does nothing. It reads only fields that both have.
    - `decide` makes the fact; without it, the fact has the command's fields (`fact_from`).
    - `needs`: what the decision must know of other streams (`context.py`).
    - `applies(state, rulebook)` is False where the state shows that there is nothing to do yet.
    - `revisable`: the same people may do it again, and the last one counts.
    """

    command: type[Command]
    facts: tuple[type[Fact], ...]
    check: Callable[[Any, Any, Context], None] | None = None
    decide: Callable[[Any, Any, Context], Fact] | None = None
    needs: Needs = frozenset()
    applies: Callable[[Any, Rulebook], bool] | None = None
    revisable: bool = False

    @property
    def is_final(self) -> bool:
        """Whether the act cannot be corrected by doing it again.

        Pages let people check such an act before it is done.
        """
        return not self.revisable and self.state_type in (Assessment, Case, RoutineCheck, Year, Roster)

    @property
    def state_type(self) -> type[State]:
        """The state of the streams that the act belongs to."""
        return kind_of_fact(self.facts[0]).state


def _decide_ballot(state: Assessment, command: democratic_evaluation.RecordBallot, context: Context) -> Fact:
    """A ballot with more sheets returned than issued is void: 收回的票数多于发出的票数，测评无效，应重新进行测评 (domain B)."""
    democratic_evaluation.check(state, command, context)
    return fact_from(
        democratic_evaluation.BallotVoided if command.has_surplus_ballots else democratic_evaluation.BallotHeld, command
    )


_TABLE: tuple[Act, ...] = (
    # The stages of an assessment, and the ways back.
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
    Act(document_review.ReviewDocuments, (document_review.DocumentsReviewed,), document_review.check),
    Act(site_inspection.InspectSite, (site_inspection.SiteInspected,), site_inspection.check),
    Act(scoring.FillSheet, (scoring.SheetFilled,), scoring.check_sheet, revisable=True),
    Act(scoring.Score, (scoring.Scored,), scoring.check, scoring.score, needs=CASES, applies=scoring.awaits_score),
    Act(scoring.ReturnScore, (scoring.ScoreReturned,)),
    Act(scoring.NoteStaleScore, (scoring.StaleScoreNoted,), scoring.check_stale_note, needs=CASES),
    Act(reopening.ReopenResult, (reopening.ResultReopened,), reopening.check, needs=CASES),
    Act(publicity.PostResult, (publicity.ResultPosted,), publicity.check),
    Act(approval.Approve, (approval.Approved,), approval.check, needs=CASES, applies=scoring.score_is_valid),
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
    Act(opening.Withdraw, (opening.AssessmentWithdrawn,)),
    Act(opening.UndoStep, (opening.StepUndone,)),
    Act(opening.SubstituteMember, (opening.MemberSubstituted,), opening.check_substitution),
    # Deadlines, reminders and vetoes of an assessment.
    Act(reminders.MoveDeadline, (reminders.DeadlineMoved,), reminders.check_move, revisable=True),
    Act(reminders.Remind, (reminders.Reminded,), reminders.check_reminder),
    Act(reminders.Escalate, (reminders.Escalated,), reminders.check_reminder),
    Act(reminders.LapseReminders, (reminders.RemindersLapsed,), reminders.check_lapse),
    Act(vetoes.RecordVeto, (vetoes.VetoRecorded,), vetoes.check_record, needs=CASES),
    Act(vetoes.RaiseVeto, (vetoes.VetoRaised,), vetoes.check_raise, needs=CASES),
    Act(vetoes.LiftVeto, (vetoes.VetoLifted,), vetoes.check_lift, needs=CASES, applies=vetoes.has_veto),
    # Cases and routine checks.
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
    Act(rectification.RemindOfCheck, (rectification.CheckReminded,), rectification.check_reminder),
    Act(rectification.EscalateCheck, (rectification.CheckEscalated,), rectification.check_reminder),
    # The year, its visits, the roster.
    Act(year.OpenYear, (year.YearOpened,), year.check_open),
    Act(year.MoveYearDeadline, (year.YearDeadlineMoved,), year.check_move, revisable=True),
    Act(year.CloseYear, (year.YearClosed,), year.check_close, year.close, needs=PROGRESS),
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
    # Accounts, and what lets somebody sign in.
    Act(account.OpenAccount, (account.AccountOpened,), account.check_open),
    Act(account.CloseAccount, (account.AccountClosed,), account.check_close),
    Act(account.MoveAccount, (account.AccountMoved,), account.check_move),
    Act(account.GrantRole, (account.RoleGranted,), account.check_grant),
    Act(account.WithdrawRole, (account.RoleWithdrawn,), account.check_withdrawal),
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
    # What the ledger records about its own upkeep.
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
"""Every act by its name in the rulebook. The set is closed: a rulebook chooses among these."""

FACTS: Mapping[str, type[Fact]] = {
    **{fact.kind: fact for act in ACTS.values() for fact in act.facts},
    attempts.RefusedCommand.kind: attempts.RefusedCommand,
}
"""Every fact by its kind, as entries name it."""

ACT_OF_FACT: Mapping[str, str] = {fact.kind: name for name, act in ACTS.items() for fact in act.facts}


class Chart:
    """One rulebook's table of edges, and the machine made of it."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._entitled: set[policy.EntitledActor] = set()
        self.states = (UNOPENED, *rulebook.stages, WITHDRAWN)
        self.machine = Machine(
            model=None,
            states=list(self.states),
            initial=UNOPENED,
            transitions=[[act, source, dest] for source, act, dest in _edges(rulebook, self.states)],
            auto_transitions=False,
        )
        self.edges = {
            (source, act): edge.dest
            for act, event in self.machine.events.items()
            for source, among in event.transitions.items()
            for edge in among
        }

    def advance(self, stage: str, act: str) -> str | None:
        """The stage that `act` leads to from `stage`, as the machine says; None if it is not possible there."""
        model = SimpleNamespace(state=stage)  # what the machine moves
        try:
            self.machine.events[act].trigger(model)
        except (MachineError, KeyError):
            return None
        return str(model.state)

    def open_acts(self, stage: str) -> tuple[str, ...]:
        """The acts possible in this stage, for any actor. Every button comes from here."""
        return tuple(act for source, act in self.edges if source == stage)

    def entitled_actors(self, rulebook: Rulebook) -> set[policy.EntitledActor] | None:
        """The cache of entitled actors (`policy.permit`); None for another rulebook than this chart's own."""
        return self._entitled if rulebook is self.rulebook else None

    def mermaid(self, language: str = "zh") -> str:
        """The edges that change the stage, as a Mermaid state diagram."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.states[1]}"]
        names = {s: stage_title(s, self.rulebook).render(language) for s in self.states[1:]}
        lines[1:1] = [f'    state "{title}" as {state}' for state, title in names.items()]
        for (source, act), dest in self.edges.items():
            if source not in (UNOPENED, dest):
                lines.append(f"    {source} --> {dest}: {policy.title(act, self.rulebook).render(language)}")
        lines += [f"    {end} --> [*]" for end in self.states[-2:]]
        return "\n".join(lines) + "\n"


def _edges(rulebook: Rulebook, states: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Every edge: the stages in the rulebook's order, the ways back, and the acts that do not change the stage."""
    steps = states[:-1]
    forward = [
        (source, STAGE_COMMANDS[stage.kind].act, dest)
        for source, dest, stage in zip(steps, steps[1:], rulebook.stage, strict=False)
    ]
    opened = steps[1:]
    return forward + _edges_back(opened) + _edges_that_stay(opened)


def _edges_back(opened: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """The ways back, among the stages of an opened assessment in their order."""
    last, scored = opened[-1], "scoring"
    before_scoring = opened[opened.index(scored) - 1]
    # A circulated result is never undone: the whole college has read it (第九条1). It can only be reopened.
    back = [(dest, "undo_step", source) for source, dest in pairwise(opened) if dest != last]
    back += [(scored, "score", scored), (scored, "return_score", before_scoring)]
    back += [(stage, "reopen_result", scored) for stage in opened[opened.index("approval") :]]
    if "publicity" in opened:
        back.append(("publicity", "return_score", before_scoring))
    if "self_report" in opened:
        back.append(("self_report", "return_self_report", opened[opened.index("self_report") - 1]))
    back.append((WITHDRAWN, "open_assessment", opened[0]))
    back += [(stage, "withdraw", WITHDRAWN) for stage in opened if stage not in ("approval", last)]
    return back


def _edges_that_stay(opened: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """The acts that leave the assessment in its stage."""
    scoring = opened.index("scoring")
    stages_of_act = {
        "fill_sheet": (opened[scoring - 1],),
        "complete_task": (opened[-1],),
        "note_stale_score": opened[scoring:],
        "substitute_member": opened[:scoring],
        "move_deadline": opened[:-1],
        **dict.fromkeys(("record_veto", "raise_veto", "lift_veto", "remind", "escalate", "lapse_reminders"), opened),
    }
    return [(stage, act, stage) for act, stages in stages_of_act.items() for stage in stages]


def decide(state: State, command: Command, context: Context, chart: Chart) -> Fact:
    """The fact this command makes, or a `Refusal`. Pure."""
    # The order is what a person should hear first: that it is not the time for this, then that it is not theirs to do,
    # and only then what is wrong in the form, all of it at once.
    act = ACTS[command.act]
    privacy.check_stream(state.stream)
    _check_stage(state, command.act, context, chart)
    policy.permit(command.act, state, command, context, chart.entitled_actors(context.rulebook))
    fact: Fact | None = None
    faults = Faults(policy.clause_of(command.act, context.rulebook))
    with faults:
        if act.decide is not None:
            fact = act.decide(state, command, context)
        else:
            if act.check is not None:
                act.check(state, command, context)
            fact = fact_from(act.facts[0], command)
    record = command if fact is None else fact
    try:
        privacy.check(record)
    except Refusal:
        privacy.check_each(record, faults)
    faults.end()
    assert fact is not None, "without a fact there is a fault, and `end` raised it"
    return fact


def check_recorded(state: State, fact: Fact, context: Context, chart: Chart) -> None:
    """Raise a `Refusal` for a recorded fact that would not be accepted in this state from this actor.

    For the replay.
    """
    name = ACT_OF_FACT[fact.kind]
    _check_stage(state, name, context, chart)
    policy.permit(name, state, fact, context, chart.entitled_actors(context.rulebook))
    check = ACTS[name].check
    if check is not None:
        check(state, fact, context)


def _check_stage(state: State, act: str, context: Context, chart: Chart) -> None:
    """An assessment's stage allows the act. Any other stream has begun, or begins with the act."""
    if isinstance(state, Assessment) and (state.stage, act) in chart.edges:
        return
    rulebook = context.rulebook
    if not isinstance(state, ACTS[act].state_type):
        title = policy.title(act, rulebook)
        why = Text(zh=f"“{title.zh}”不属于此台账流", en=f"“{title.en}” does not belong to this stream")
        raise Malformed(what=state.stream, why=why, clause=policy.clause_of(act, rulebook))
    if isinstance(state, Assessment):
        _refuse_stage(state, act, rulebook, chart)
    elif (kind := KIND_OF_STATE[type(state)]).first_act:
        if act == kind.first_act and state.version:
            raise AlreadyThere(
                stream=state.stream, act=policy.title(act, rulebook), clause=policy.clause_of(act, rulebook)
            )
        if act != kind.first_act and not state.version:
            raise NotThere(act=policy.title(act, rulebook), stream=state.stream, first=kind.first_step)


def _refuse_stage(state: Assessment, act: str, rulebook: Rulebook, chart: Chart) -> None:
    title, clause = policy.title(act, rulebook), policy.clause_of(act, rulebook)
    if state.stage == UNOPENED:
        raise NotThere(act=title, stream=state.stream, first=policy.title("open_assessment", rulebook))
    if act == "open_assessment":
        raise AlreadyThere(stream=state.stream, act=title, clause=clause)
    possible = [
        policy.title(a, rulebook) for a in chart.open_acts(state.stage) if _is_open_to_a_person(a, state, rulebook)
    ]
    titles = Text(zh="、".join(t.zh for t in possible) or "无", en=", ".join(t.en for t in possible) or "nothing")
    raise NotNow(act=title, stage=stage_title(state.stage, rulebook), clause=clause, open=titles)


def _is_open_to_a_person(act: str, state: Assessment, rulebook: Rulebook) -> bool:
    """Whether a person may do the act, and there is something it applies to."""
    applies = ACTS[act].applies
    by, _ = policy.entitled(act, None, None, rulebook)
    return by not in (("clock",), ()) and (applies is None or applies(state, rulebook))


def stage_title(stage: str, rulebook: Rulebook) -> Text:
    """The title of an assessment's stage, as an office calls it."""
    if stage == UNOPENED:
        return Text(zh="未启动", en="not opened")
    if stage == WITHDRAWN:
        return Text(zh="已撤销", en="withdrawn")
    return rulebook.stages[stage].title.text
