"""The values of the list of those who assess in a year, on which each of them declares about recusal."""

from __future__ import annotations

from collections.abc import Iterator

from states.records.lineage import recused_units
from states.rulebook.roles import conductors
from states.user_errors import UserError
from states.vocabulary import listed

from .assessors import Assessor
from .sources import YearSource
from .words import PaperValues, head, roles


class NoAssessors(UserError):
    """Nobody has an account with a role that carries out assessments."""

    zh = "{year} 年度还没有考核人员：没有账号具有办理考核的角色（{roles}）。请先由管理员开通账号、授予角色，再制作。"
    en = (
        "Nobody assesses in {year} yet: no account has one of the roles that do ({roles}). The administrators open "
        "accounts and grant roles first."
    )


def recusal(one: YearSource) -> PaperValues:
    if not one.assessors:
        titles = listed(one.rulebook.role_title(role) for role in conductors(one.rulebook))
        raise NoAssessors(year=one.year.year, roles=titles)
    reading = one.rulebook.readings["recusal"]
    return {
        **head(one.rulebook, one.year.year, one.today),
        "rule": reading.sentence.zh,
        "clause": reading.clause,
        "members": [
            {
                "number": str(number),
                "name": each.name,
                "unit": "、".join(one.title(unit) for unit in each.units),
                "duty": roles(each.roles, one.rulebook),
                "group": "、".join(_groups(each, one)),
                "recused": "、".join(_recused(each, one)),
            }
            for number, each in enumerate(one.assessors, 1)
        ],
    }


def _groups(assessor: Assessor, one: YearSource) -> dict[str, None]:
    """The sub-groups in which somebody visits departments, in the order of the plan."""
    visits = one.year.visits.values()
    return {visit.group: None for visit in visits if assessor.account in {each.account for each in visit.inspectors}}


def _recused(assessor: Assessor, one: YearSource) -> Iterator[str]:
    """The departments of the year that somebody may not judge."""
    recused = {unit for own in assessor.units for unit in recused_units(own, one.roster)}
    return (each.unit for each in one.units if each.state.unit in recused)
