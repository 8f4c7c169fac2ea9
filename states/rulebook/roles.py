"""Which roles of a rulebook organise, score, approve, inspect: found by the stages and acts that they have.

So a measure may call its roles as it likes. The program knows only two keys: the department's and the clock's. Not
here: who may do an act (`states/policy.py`), and who may look at what (`states/views.py`).
"""

from __future__ import annotations

from states.vocabulary import CLOCK, UNIT_ROLE

from .stages import ON_SITE
from .types import Rulebook

_CONDUCTING = ON_SITE | {"step", "scoring"}
_DECIDING = ("return_score", "reopen_result")


def organiser(rulebook: Rulebook) -> str:
    """The role that organises the assessment: the first that may open the year. It is told of all that concerns the year."""
    return next(iter(_of_acts(rulebook, "open_year")), "")


def scorer(rulebook: Rulebook) -> str:
    """The role that scores."""
    return rulebook.stages["scoring"].by[0]


def approver(rulebook: Rulebook) -> str:
    """The role that approves; empty if there is no approval, as at an occasion that ends with its score."""
    return rulebook.stages["approval"].by[0] if "approval" in rulebook.stages else ""


def inspectors(rulebook: Rulebook) -> tuple[str, ...]:
    """The roles whose accounts visit departments: those that fill in score sheets."""
    return _of_acts(rulebook, "fill_sheet")


def conductors(rulebook: Rulebook) -> tuple[str, ...]:
    """The roles that carry out the assessment of a department on site and score it. Never the department."""
    conducting = _unique(inspectors(rulebook), _of_stages(rulebook, ON_SITE | {"scoring"}))
    return tuple(role for role in conducting if role != UNIT_ROLE)


def checkers(rulebook: Rulebook) -> tuple[str, ...]:
    """The roles whose accounts go to departments: to visit them, to fill in score sheets, and to make routine checks."""
    return _unique(_of_stages(rulebook, ON_SITE), inspectors(rulebook), _of_acts(rulebook, "record_routine_check"))


def value_keepers(rulebook: Rulebook) -> tuple[str, ...]:
    """The roles that may store a confidential value: the department; those who conduct the assessment or record cases."""
    conducting = _of_stages(rulebook, _CONDUCTING)
    return _unique((UNIT_ROLE,), conducting, inspectors(rulebook), _of_acts(rulebook, "record_case"))


def value_readers(rulebook: Rulebook) -> tuple[str, ...]:
    """The roles that may read a confidential value: those who conduct the assessment, decide on it, or record cases.

    Not those who only fill in sheets, and never the department.
    """
    conducting = _of_stages(rulebook, _CONDUCTING | {"approval"})
    deciding = _of_acts(rulebook, *_DECIDING, "record_case")
    return tuple(role for role in _unique(conducting, deciding) if role != UNIT_ROLE)


def superiors(rulebook: Rulebook) -> tuple[str, ...]:
    """The roles above the organiser, to which a letter reports: those who decide, and those who supervise."""
    deciding = _unique(_of_stages(rulebook, {"approval"}), _of_acts(rulebook, *_DECIDING))
    supervising = tuple(role.key for role in rulebook.role if role.supervises)
    return tuple(role for role in _unique(deciding, supervising) if role != organiser(rulebook))


def _of_stages(rulebook: Rulebook, kinds: frozenset[str] | set[str]) -> tuple[str, ...]:
    return _unique(*(stage.by for stage in rulebook.stage if stage.kind in kinds))


def _of_acts(rulebook: Rulebook, *acts: str) -> tuple[str, ...]:
    return _unique(*(rulebook.acts[act].by for act in acts if act in rulebook.acts))


def _unique(*roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(role for role in dict.fromkeys(one for of_part in roles for one in of_part) if role != CLOCK.role)
