"""一次性链接: one system administrator asks, the security administrator confirms, then the one who asked issues the link.

A college opens sixty accounts, so each step takes all that are ticked.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from console.web import credentials
from console.web.forms.fields import FaultyForm
from console.web.request import Visit
from console.web.routes import Pages
from states.accounts.links import ConfirmLink, RequestLink
from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Command, Text
from storage.sign_in import accounts

from . import accounts as page

pages = Pages()


class NoneTicked(UserError):
    """Nothing was chosen."""

    zh = "没有勾选账号。请勾选后再提交。"
    en = "No account is selected. Select at least one and submit again."


class SomeLeft(UserError):
    """Some accounts were refused; the others are done."""

    zh = "{count} 个账号未办成：{why}"
    en = "Not done for {count} accounts: {why}"


@pages.post("/links/request", view="accounts")
def request(visit: Visit) -> Response:
    """Ask for links: nobody gets one before another administrator confirms."""
    return _all(visit, RequestLink(), "link_requested")


@pages.post("/links/confirm", view="accounts")
def confirm(visit: Visit) -> Response:
    """Confirm what another administrator asked for."""
    return _all(visit, ConfirmLink(), "link_confirmed")


@pages.post("/links/issue", view="accounts")
def issue(visit: Visit) -> Response:
    """Issue links that were confirmed and show them, once."""
    made, wrong, names = [], [], accounts.names(visit.database)
    for id_ in visit.fields("account"):
        try:
            issue, path = credentials.link_for(visit.engine, page.known(visit, id_).id)
            done = visit.submit(issue.stream, issue.command, command_id=visit.command_id.of(id_), beside=issue.beside)
            credentials.check_first(done, credentials.LINK)
        except (Refusal, credentials.ShownOnce) as why:
            wrong.append((id_, why))
            continue
        visit.log("link_issued", what=id_)
        made.append((id_, names.get(id_, id_), page.address(visit, path)))
    if not made:
        return page.listed(visit, _refusals(wrong, "issue"))
    return visit.page("links.html", made=made, refusal=_refusals(wrong, "issue") if wrong else None)


def _all(visit: Visit, command: Command, event: str) -> Response:
    wrong: list[tuple[str, UserError]] = []
    ticked = visit.fields("account")
    for id_ in ticked:
        try:
            state = page.known(visit, id_)
            done = visit.submit(state.stream, command, command_id=visit.command_id.of(id_))
        except Refusal as why:
            wrong.append((id_, why))
            continue
        if not done.repeated:
            visit.log(event, what=id_)
    if wrong or not ticked:
        return page.listed(visit, _refusals(wrong, command.act.removesuffix("_link")))
    return visit.to(f"/accounts?done={command.act}")


def _refusals(wrong: Sequence[tuple[str, UserError]], step: str) -> UserError:
    """All refusals as one; at the list of accounts, where none was ticked."""
    if not wrong:
        return FaultyForm({f"{step}-account": NoneTicked()})
    if len(wrong) == 1:
        return wrong[0][1]
    said = [Text(zh=f"{id_[:64]}：{why.render('zh')}", en=f"{id_[:64]}: {why.render('en')}") for id_, why in wrong]
    why = Text(zh=" ".join(one.zh for one in said), en=" ".join(one.en for one in said))
    return SomeLeft(count=len(wrong), why=why)
