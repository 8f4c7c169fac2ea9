"""What a paper is, and who may make it. Which papers there are: `catalogue.py`."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from msgspec import Struct

from states import views
from states.records.lineage import is_recused, speaks_for
from states.records.roster import Roster
from states.rulebook.types import Rulebook
from states.vocabulary import CLOCK, UNIT_ROLE, Text

VAULT = Text(zh="不归档：存保密库", en="not in the archive: in the vault")
"""The retention of a paper that is never in the archive."""
WORKING = Text(zh="不归档", en="not in the archive")
"""That of a paper to work with, which nobody files."""


CLAUSE = Text(zh="本系统·文书", en="our rule for papers")


class Paper(Struct, frozen=True):
    """One paper.

    - `of`: whether it is about one assessment or about all of a year.
    - `stages`: the kinds of stage on whose page it is offered.
    - `acts`: kinds of stage and commands, as in `states/views.py`; the roles that the rulebook names for one of them
      may make the paper. `task`: the key of the task that it serves; then the roles of the task may make it.
    - `view`: the view (`states/views.py`) whose content it says; who may not see that view may not make the paper.
    - `has_persons`: it may have names of people (★). Then nothing of it is stored.
    - `says_judgement`: it says how a department was judged, so nobody of that department may make it.
    - `retention`: how long the signed paper is kept.
    - `file`: Word, of which an institution may replace the template; or Excel, whose columns are the program's.
    """

    key: str
    title: Text
    of: Literal["assessment", "year"]
    stages: tuple[str, ...]
    retention: Text
    acts: frozenset[str] = frozenset()
    task: str = ""
    view: str = ""
    has_persons: bool = False
    says_judgement: bool = True
    file: Literal["docx", "xlsx"] = "docx"

    def makers(self, rulebook: Rulebook) -> tuple[str, ...]:
        """The roles of people that may make it under this rulebook, in its order."""
        doing = views.roles_doing(self.acts, rulebook)
        if self.task in rulebook.tasks:
            doing |= {*rulebook.tasks[self.task].by}
        if self.view:
            doing &= {*views.readers(self.view, rulebook)}
        return tuple(role for role in rulebook.roles if role in doing and role != CLOCK.role)


def may_make(
    paper: Paper,
    roles: Collection[str],
    own_unit: str | None,
    rulebook: Rulebook,
    unit: str | None = None,
    roster: Roster | None = None,
) -> bool:
    """Whether an account with these roles may make a paper. `unit`: the department that it is about; None: a year.

    In the role of a department an account makes only the papers of its own.

    第四条（三）: the working group consists of heads of departments, which are assessed too. Nobody of a department makes
    what says how it was judged.
    """
    making = set(roles) & set(paper.makers(rulebook))
    if unit is not None and not speaks_for(own_unit, unit, roster):
        making.discard(UNIT_ROLE)
    if not making:
        return False
    return unit is None or not paper.says_judgement or not is_recused(own_unit, unit, roster)
