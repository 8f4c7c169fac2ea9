"""The windows (复核、申诉) of a circulated result for its page: what is open until when, what was asked and decided.

Not here: the forms to ask and to decide (`pages/assessments/act_page.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from console.web.request.page_request import PageRequest
from states.assessment import OUTCOME_TITLES, Assessment
from states.deadlines.lights import Light
from states.deadlines.reminders import open_items
from states.deadlines.windows import Windows, WindowStatus
from states.result.open_tasks import window_title
from states.rulebook.tasks import Follow
from states.rulebook.types import Rulebook
from states.vocabulary import Text

STATUS_TITLES: Mapping[WindowStatus, Text] = {
    "waiting": Text(zh="尚未开放", en="not open yet"),
    "open": Text(zh="可以提出", en="open"),
    "asked": Text(zh="已提出，待决定", en="asked, to be decided"),
    "decided": Text(zh="已决定", en="decided"),
    "over": Text(zh="已截止", en="over"),
}
"""The words for what has become of a window."""

_LIGHTS: Mapping[WindowStatus, Light] = {
    "waiting": "wait", "open": "now", "asked": "now", "decided": "done", "over": "wait",
}  # fmt: skip


class WindowView(Struct, frozen=True):
    """One window of one result.

    `due`: the last day to ask, or to decide if somebody has asked; None if there is none, or none yet. `by`: the roles
    that may ask, or that decide. `act`: the act that the user may do in it now; empty if there is none.
    """

    id: str
    title: Text
    clause: str
    status: WindowStatus
    light: Light
    due: date | None
    by: tuple[str, ...]
    asked_on: date | None
    decided_on: date | None
    decision: Text | None
    act: str

    @property
    def word(self) -> Text:
        return STATUS_TITLES[self.status]


def window_views(request: PageRequest, state: Assessment, rulebook: Rulebook) -> list[WindowView]:
    """The windows that the user may see.

    Those of persons are for people who may read the results of members, and for those who may ask or decide in them:
    that such a window is open may say how the person was graded.
    """
    windows, decisions = Windows(state, rulebook), {item.key: due for item, due in open_items(state, rulebook)}
    sees_persons, roles = request.permissions.may_view("member_results", state.unit), request.user.roles
    views = []
    for id_ in windows.ids:
        rule, status, review = windows.rule(id_), windows.status(id_, request.today), state.reviews.get(id_)
        if not sees_persons and Follow.from_id(id_).person and roles.isdisjoint((*rule.by, *rule.decided_by)):
            continue
        by = rule.decided_by if status == "asked" else rule.by
        acts = {"open": "ask_review", "asked": "decide_review"}
        is_users = not roles.isdisjoint(by)
        views.append(
            WindowView(
                id=id_,
                title=window_title(state, id_, rulebook),
                clause=rule.clause,
                status=status,
                light=_LIGHTS[status],
                due=decisions.get(id_) if review is not None else windows.last_day(id_),
                by=by,
                asked_on=review.asked_on if review is not None else None,
                decided_on=state.task_days.get(id_),
                decision=OUTCOME_TITLES[review.decision] if review is not None and review.decision else None,
                act=acts.get(status, "") if is_users else "",
            )
        )
    return views
