"""一次性链接: a system administrator requests a link, the security administrator confirms it, the first one issues it.

A college opens sixty accounts at once, so each step takes every account that is ticked.
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

from .accounts import find_account, list_page, public_url

pages = Pages()

Refused = Sequence[tuple[str, UserError]]
"""The accounts for which a step was refused, each with the reason."""


class NoAccountTicked(UserError):
    """The form was sent without a ticked account."""

    zh = "没有勾选账号。请勾选后再提交。"
    en = "No account is selected. Select at least one and submit again."


class SomeRefused(UserError):
    """Several accounts were refused. For the others the step is done."""

    zh = "{count} 个账号未办成：{why}"
    en = "Not done for {count} accounts: {why}"


@pages.post("/links/request", view="accounts")
def request_links(request: PageRequest) -> Response:
    """Request links. Nobody gets one before the security administrator has confirmed it."""
    return _do_for_all(request, RequestLink(), "link_requested")


@pages.post("/links/confirm", view="accounts")
def confirm_links(request: PageRequest) -> Response:
    """Confirm links that a system administrator requested."""
    return _do_for_all(request, ConfirmLink(), "link_confirmed")


@pages.post("/links/issue", view="accounts")
def issue_links(request: PageRequest) -> Response:
    """Issue links that were confirmed, and show them once: only their digests are stored."""
    issued, refused = [], []
    names = accounts.names(request.database)
    for id_ in request.form.texts("account"):
        try:
            path = _issue(request, id_)
        except (Refusal, credentials.ShownOnce) as refusal:
            refused.append((id_, refusal))
            continue
        request.log_security("link_issued", what=id_)
        issued.append((id_, names.get(id_, id_), public_url(request, path)))
    if not issued:
        return list_page(request, _one_refusal(refused, "issue"))
    return request.answer.page("links.html", issued=issued, refusal=_one_refusal(refused, "issue") if refused else None)


def _issue(request: PageRequest, id_: str) -> str:
    """Issue the link of one account; its path. Refusal, ShownOnce."""
    issue, path = credentials.link_for(request.engine, find_account(request, id_).id)
    command_id = request.form.command_id.of(id_)
    accepted = submit(request, issue.stream, issue.command, command_id=command_id, beside=issue.beside)
    # A form that is sent twice is done once, and the second answer cannot show the link of the first.
    credentials.refuse_repetition(accepted, credentials.LINK)
    return path


def _do_for_all(request: PageRequest, command: Command, event: str) -> Response:
    """Do the command for every account that is ticked, and log the `event` for each."""
    refused: list[tuple[str, UserError]] = []
    ticked = request.form.texts("account")
    for id_ in ticked:
        try:
            state = find_account(request, id_)
            accepted = submit(request, state.stream, command, command_id=request.form.command_id.of(id_))
        except Refusal as refusal:
            refused.append((id_, refusal))
            continue
        if not accepted.repeated:
            request.log_security(event, what=id_)
    if refused or not ticked:
        return list_page(request, _one_refusal(refused, command.act.removesuffix("_link")))
    return request.answer.redirect(f"/accounts?done={command.act}")


def _one_refusal(refused: Refused, step: str) -> UserError:
    """All refusals of a step as one. Where there is none, no account was ticked: its place is beside the list."""
    if not refused:
        return InvalidForm({f"{step}-account": NoAccountTicked()})
    if len(refused) == 1:
        return refused[0][1]
    reasons = [Text(zh=f"{id_[:64]}：{why.render('zh')}", en=f"{id_[:64]}: {why.render('en')}") for id_, why in refused]
    why = Text(zh=" ".join(one.zh for one in reasons), en=" ".join(one.en for one in reasons))
    return SomeRefused(count=len(refused), why=why)
