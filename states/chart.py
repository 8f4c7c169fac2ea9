"""Defines in which stage each act (`acts.py`) is possible, and decides commands of every kind of stream.

`Chart` makes one table of edges `(stage, act) -> stage` from a rulebook's `[[stage]]` list. Only `decide` makes a fact
from a command: it checks the stage, the actor, the rules of the act and the content. The replay calls `check_recorded`
for recorded facts, with the first three of these checks. Also here: the titles of stages, and the chart as a diagram.
"""

# Why `transitions`: each rulebook has one `transitions.Machine`, made from its edges. The machine refuses an edge to a
# stage that does not exist, and `Chart.edges`, the table that all other code uses, is read from it. The machine does
# not run for each command: it would move a model of its own, while here the state is folded from facts. `Chart.advance`
# makes one step with the machine, and a test compares every edge of the table with it.

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

from transitions import Machine, MachineError

from . import policy, privacy
from .acts import ACT_OF_FACT, ACTS, STAGE_COMMANDS
from .assessment import UNOPENED, WITHDRAWN, Assessment, fact_from
from .context import Context
from .deadlines.assignment import ASSIGNMENT_ACTS
from .deadlines.chase import CHASE_ACTS
from .deadlines.review import REVIEW_ACTS
from .guards import FaultCollector
from .refusals import AlreadyThere, Malformed, NotNow, NotThere, Refusal
from .rulebook.types import Rulebook
from .stages.evidence import EVIDENCE_ACTS
from .stages.value_report import VALUE_ACTS
from .stream_kinds import KIND_OF_STATE, State
from .vocabulary import Command, Fact, Text, listed


class Chart:
    """One rulebook's machine, and the table of its edges: (stage, act) -> the stage after the act."""

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
            for source, transitions in event.transitions.items()
            for edge in transitions
        }

    def advance(self, stage: str, act: str) -> str | None:
        """The stage that follows `stage` by `act`, computed by the machine; None if the act is not possible."""
        model = SimpleNamespace(state=stage)
        try:
            self.machine.events[act].trigger(model)
        except (MachineError, KeyError):
            return None
        return str(model.state)

    def open_acts(self, stage: str) -> tuple[str, ...]:
        """The acts that are possible in this stage, for any actor. Pages and the API offer only these."""
        return tuple(act for source, act in self.edges if source == stage)

    def entitled_actors(self, rulebook: Rulebook) -> set[policy.EntitledActor] | None:
        """The cache of `policy.permit`; None for another rulebook than this chart's own."""
        return self._entitled if rulebook is self.rulebook else None

    def mermaid(self, language: str = "zh") -> str:
        """The edges that change the stage, as a Mermaid state diagram, without the opening."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.states[1]}"]
        titles = {state: stage_title(state, self.rulebook).render(language) for state in self.states[1:]}
        lines[1:1] = [f'    state "{title}" as {state}' for state, title in titles.items()]
        for (source, act), dest in self.edges.items():
            if source not in (UNOPENED, dest):
                title = policy.title(act, self.rulebook, Assessment(stage=source)).render(language)
                lines.append(f"    {source} --> {dest}: {title}")
        lines += [f"    {end} --> [*]" for end in self.states[-2:]]
        return "\n".join(lines) + "\n"


def _edges(rulebook: Rulebook, states: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """Every edge (stage, act, stage after it): forward through the stages, back, and without a change of stage."""
    stages = states[1:-1]
    forward = [
        (source, STAGE_COMMANDS[stage.kind].act, dest)
        for source, dest, stage in zip(states, stages, rulebook.stage, strict=False)
    ]
    return forward + _edges_back(stages) + _edges_that_stay(stages, rulebook)


def _edges_back(stages: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """The edges of acts that go back to an earlier stage, and of scoring again. `stages` are in their order."""
    scoring, scoring_index = "scoring", stages.index("scoring")
    # An occasion may have no approval. Then nobody has decided on its result, so it is never reopened but returned.
    approval_index = stages.index("approval") if "approval" in stages else len(stages)
    before_scoring = stages[scoring_index - 1]
    # The circulation of a result is never undone, because the whole college has read it (第九条1). It can only be
    # reopened or returned, and then circulated again as a correction.
    back = [(dest, "undo_step", source) for source, dest in pairwise(stages) if dest != "circulation"]
    back.append((scoring, "score", scoring))
    back += [(stage, "return_score", before_scoring) for stage in stages[scoring_index:approval_index]]
    back += [(stage, "reopen_result", scoring) for stage in stages[approval_index:]]
    if "self_report" in stages:
        back.append(("self_report", "return_self_report", stages[stages.index("self_report") - 1]))
    back.append((WITHDRAWN, "open_assessment", stages[0]))
    back += [(stage, "withdraw", WITHDRAWN) for stage in stages[:approval_index] if stage != "circulation"]
    return back


def _edges_that_stay(stages: tuple[str, ...], rulebook: Rulebook) -> list[tuple[str, str, str]]:
    """The edges of acts that do not change the stage of the assessment."""
    scoring_index = stages.index("scoring")
    before_approval = stages[: stages.index("approval")] if "approval" in stages else stages[:-1]
    stages_of_act = {
        "fill_sheet": (stages[scoring_index - 1],),
        # Nothing that a result rests on is reported after the approval, which would then stand on other facts.
        **dict.fromkeys(sorted(VALUE_ACTS & rulebook.acts.keys()), before_approval),
        **dict.fromkeys(sorted(EVIDENCE_ACTS & rulebook.acts.keys()), _stages_with_evidence(stages)),
        "complete_task": (stages[-1],),
        **dict.fromkeys(sorted(REVIEW_ACTS & rulebook.acts.keys()), (stages[-1],)),
        **dict.fromkeys(sorted((CHASE_ACTS | ASSIGNMENT_ACTS) & rulebook.acts.keys()), stages),
        "note_stale_score": stages[scoring_index:],
        "substitute_member": stages[:scoring_index],
        **dict.fromkeys(
            ("move_deadline", "record_veto", "raise_veto", "lift_veto", "remind", "escalate", "lapse_reminders"), stages
        ),
    }
    return [(stage, act, stage) for act, act_stages in stages_of_act.items() for stage in act_stages]


def _stages_with_evidence(stages: tuple[str, ...]) -> tuple[str, ...]:
    """The stages in which a document may be asked for and handed in: from the self-report to the score."""
    scoring = stages.index("scoring")
    return stages[stages.index("self_report") : scoring] if "self_report" in stages[:scoring] else ()


def decide(state: State, command: Command, context: Context, chart: Chart) -> Fact:
    """The fact that this command makes. Raises a `Refusal` if the command is not accepted.

    It checks the name of the stream, the stage, the actor, the rules of the act, and the content (`privacy.py`).
    """
    # The order of the checks is the order that helps a person: first whether the act is possible now, then whether the
    # person may do it, and only then all faults in the form at once.
    act = ACTS[command.act]
    privacy.check_stream(state.stream)
    _check_stage(state, command, command.act, context, chart)
    policy.permit(command.act, state, command, context, chart.entitled_actors(context.rulebook))
    fact: Fact | None = None
    faults = FaultCollector(policy.clause_of(command.act, context.rulebook, state, command))
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
    """Raise a `Refusal` if a recorded fact could not be accepted in this state from this actor. For the replay.

    It does not check the content; the replay does that separately (`privacy.check`).
    """
    name = ACT_OF_FACT[fact.kind]
    _check_stage(state, fact, name, context, chart)
    policy.permit(name, state, fact, context, chart.entitled_actors(context.rulebook))
    check = ACTS[name].check
    if check is not None:
        check(state, fact, context)


def _check_stage(state: State, record: Command | Fact, act: str, context: Context, chart: Chart) -> None:
    """Refuse an act that the stage of an assessment does not allow.

    For other streams: refuse the first act in a stream that has begun, and every other act in one that has not.
    """
    if isinstance(state, Assessment) and (state.stage, act) in chart.edges:
        return
    rulebook = context.rulebook
    if not isinstance(state, ACTS[act].state_type):
        title = policy.title(act, rulebook)
        why = Text(zh=f"“{title.zh}”不属于此台账流", en=f"“{title.en}” does not belong to this stream")
        raise Malformed(what=state.stream, why=why, clause=policy.clause_of(act, rulebook))
    if isinstance(state, Assessment):
        _refuse_stage(state, record, act, context, chart)
    elif (kind := KIND_OF_STATE[type(state)]).first_act:
        if act == kind.first_act and state.version:
            raise AlreadyThere(
                stream=state.stream, act=policy.title(act, rulebook), clause=policy.clause_of(act, rulebook)
            )
        if act != kind.first_act and not state.version:
            raise NotThere(act=policy.title(act, rulebook), stream=state.stream, first=kind.first_step)


def _refuse_stage(state: Assessment, record: Command | Fact, act: str, context: Context, chart: Chart) -> None:
    """Raise the refusal of an act that the stage does not allow. `NotNow` names the possible acts."""
    rulebook = context.rulebook
    title, clause = policy.title(act, rulebook, state, record), policy.clause_of(act, rulebook, state, record)
    if state.stage == UNOPENED:
        raise NotThere(act=title, stream=state.stream, first=policy.title("open_assessment", rulebook))
    if act == "open_assessment":
        raise AlreadyThere(stream=state.stream, act=title, clause=clause)
    possible = [
        policy.title(open_act, rulebook, state)
        for open_act in chart.open_acts(state.stage)
        if _is_open_to_a_person(open_act, state, context)
    ]
    titles = listed(possible, Text(zh="无", en="nothing"))
    raise NotNow(act=title, stage=stage_title(state.stage, rulebook), clause=clause, open=titles)


def _is_open_to_a_person(act: str, state: Assessment, context: Context) -> bool:
    """Whether the act applies in this state, and a person may do it, not only the clock."""
    applies = ACTS[act].applies
    by, _ = policy.entitled_roles(act, None, None, context.rulebook)
    return by not in (("clock",), ()) and (applies is None or applies(state, context))


def stage_title(stage: str, rulebook: Rulebook) -> Text:
    """The title of an assessment's stage, for people."""
    if stage == UNOPENED:
        return Text(zh="未启动", en="not opened")
    if stage == WITHDRAWN:
        return Text(zh="已撤销", en="withdrawn")
    return rulebook.stages[stage].title.text
