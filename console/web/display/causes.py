"""Why the grade of a department is worse than its points and conditions say: 一票否决 or 等次受限.

一票否决 sets the worst grade; any other limit of a scale only lets none be better than some other grade (等次受限).
"""

from __future__ import annotations

from states.assessment import Assessment
from states.rulebook.types import VETOED, Rulebook
from states.stages.scoring import Scored
from states.vocabulary import Text


def cause_of_grade(state: Assessment, rulebook: Rulebook, *, with_findings: bool) -> Text | None:
    """What limits the grade of the department; None if nothing does.

    `with_findings`: also findings in force that the score does not have yet. The department's own people do not learn
    of them.
    """
    scored = state.fact(Scored)
    causes = [rulebook.cause_of_grade(scored.result.limits)] if scored is not None else []
    if with_findings:
        causes += [rulebook.limit_title(veto.finding) for veto in state.vetoes if "@" not in veto.finding]
    return VETOED if VETOED in causes else next(filter(None, causes), None)
