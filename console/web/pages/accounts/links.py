"""一次性链接: one system administrator asks, the security administrator confirms, then the one who asked issues the link.

A college opens sixty accounts, so each step takes all that are ticked.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from console.web import credentials
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
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
def request_link(request: PageRequest) -> Response:
    """Ask for links: nobody gets one before another administrator confirms."""
    return _all(request, RequestLink(), "link_requested")


@pages.post("/links/confirm", view="accounts")
def confirm(request: PageRequest) -> Response:
    """Confirm what another administrator asked for."""
    return _all(request, ConfirmLink(), "link_confirmed")


@pages.post("/links/issue", view="accounts")
def issue(request: PageRequest) -> Response:
    """Issue links that were confirmed and show them, once."""
    made, wrong, names = [], [], accounts.names(request.database)
    for id_ in request.form.texts("account"):
        try:
            issue, path = credentials.link_for(request.engine, page.known(request, id_).id)
            done = submit(
                request, issue.stream, issue.command, command_id=request.form.command_id.of(id_), beside=issue.beside
            )
            credentials.check_first(done, credentials.LINK)
        except (Refusal, credentials.ShownOnce) as why:
            wrong.append((id_, why))
            continue
        request.log_security("link_issued", what=id_)
        made.append((id_, names.get(id_, id_), page.address(request, path)))
    if not made:
        return page.listed(request, _refusals(wrong, "issue"))
    return request.answer.page("links.html", made=made, refusal=_refusals(wrong, "issue") if wrong else None)


def _all(request: PageRequest, command: Command, event: str) -> Response:
    wrong: list[tuple[str, UserError]] = []
    ticked = request.form.texts("account")
    for id_ in ticked:
        try:
            state = page.known(request, id_)
            done = submit(request, state.stream, command, command_id=request.form.command_id.of(id_))
        except Refusal as why:
            wrong.append((id_, why))
            continue
        if not done.repeated:
            request.log_security(event, what=id_)
    if wrong or not ticked:
        return page.listed(request, _refusals(wrong, command.act.removesuffix("_link")))
    return request.answer.redirect(f"/accounts?done={command.act}")


def _refusals(wrong: Sequence[tuple[str, UserError]], step: str) -> UserError:
    """All refusals as one; at the list of accounts, where none was ticked."""
    if not wrong:
        return InvalidForm({f"{step}-account": NoneTicked()})
    if len(wrong) == 1:
        return wrong[0][1]
    said = [Text(zh=f"{id_[:64]}：{why.render('zh')}", en=f"{id_[:64]}: {why.render('en')}") for id_, why in wrong]
    why = Text(zh=" ".join(one.zh for one in said), en=" ".join(one.en for one in said))
    return SomeLeft(count=len(wrong), why=why)
