"""一次性链接: the three steps of a one-time link, each for all ticked accounts: request, confirm and issue.

A system administrator requests a link, the security administrator confirms it, and the same system administrator
issues it. A college opens sixty accounts at once, so one form does a step for many accounts. An account for which the
step is refused does not stop the others.

Not here: using a link (`one_time_link.py`); requesting or confirming links together with new accounts and roles
(`new_accounts.py`, `new_roles.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
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

from .accounts import find_account, list_page, mail_addresses, public_url
from .link_letters import LinkLetters
from .slips import slip_of

pages = Pages()

RefusedAccounts = Sequence[tuple[str, UserError]]
"""The ids of the accounts for which a step was refused, each with its refusal."""


class NoAccountTicked(UserError):
    """No account is ticked in the form, so the step is done for none."""

    zh = "没有勾选账号。请勾选后再提交。"
    en = "No account is selected. Select at least one and submit again."


class SomeRefused(UserError):
    """The step was refused for several accounts. It is done for the others."""

    zh = "{count} 个账号未办成：{why}"
    en = "Not done for {count} accounts: {why}"


@pages.post("/links/request", view="accounts")
def request_links(request: PageRequest) -> Response:
    """Request links. A link can be issued only after the security administrator has confirmed the request."""
    return _do_for_ticked(request, RequestLink(), "link_requested")


@pages.post("/links/confirm", view="accounts")
def confirm_links(request: PageRequest) -> Response:
    """Confirm links that a system administrator requested."""
    return _do_for_ticked(request, ConfirmLink(), "link_confirmed")


@pages.post("/links/issue", view="accounts")
def issue_links(request: PageRequest) -> Response:
    """Issue confirmed links: by mail, if the form says so, to those who have an address; the others are shown once.

    Only the digests of the links are stored. If the mail server takes no more letters, the other accounts that have an
    address get no link yet and stay in the list.
    """
    ticked = request.form.texts("account")
    channel = request.app.mail if request.form.text("by_mail") else None
    known = mail_addresses(request, [request.account_of(id_) for id_ in ticked]) if channel else {}
    letters = LinkLetters(request, channel, accounts.languages(request.database)) if channel else None
    mailed, printed, left, refused = [], [], [], []
    for id_ in ticked:
        by_mail = letters if id_ in known else None
        if by_mail is not None and not by_mail.has_room:
            left.append(id_)
            continue
        try:
            path = _issue(request, id_)
        except (Refusal, credentials.ShownOnce) as refusal:
            refused.append((id_, refusal))
            continue
        request.log_security("link_issued", detail=id_)
        slip = slip_of(request, id_, path)
        failure = by_mail.send(slip, known[id_]) if by_mail is not None else None
        if by_mail is not None and failure is None:
            request.log_security("link_mailed", detail=id_)
            mailed.append(slip)
        else:
            printed.append(msgspec.structs.replace(slip, failure=failure))
    if not mailed and not printed:
        return list_page(request, _one_refusal(refused, "issue"))
    printed.sort(key=lambda slip: (slip.unit, slip.name))
    sign_in = public_url(request, "/sign-in")
    return request.answer.page(
        "links.html",
        issued=printed,
        mailed=mailed,
        left=left,
        sign_in=sign_in,
        refusal=_one_refusal(refused, "issue") if refused else None,
    )


def _issue(request: PageRequest, id_: str) -> str:
    """Issue the link of one account and return its path, which contains the secret.

    Raises a `Refusal`, or `ShownOnce` if the form is sent twice.
    """
    issue, path = credentials.prepare_link(request.engine, find_account(request, id_).id)
    command_id = request.form.command_id.with_suffix(id_)
    accepted = submit(request, issue.stream, issue.command, command_id=command_id, beside=issue.beside)
    # If a form is sent twice, only the first submission issues a link, and the second answer cannot show it.
    credentials.refuse_repetition(accepted, credentials.LINK_TITLE)
    return path


def _do_for_ticked(request: PageRequest, command: Command, event: str) -> Response:
    """Submit the command for every ticked account, and log the `event` for each for which it was done."""
    refused: list[tuple[str, UserError]] = []
    ticked = request.form.texts("account")
    for id_ in ticked:
        try:
            state = find_account(request, id_)
            accepted = submit(request, state.stream, command, command_id=request.form.command_id.with_suffix(id_))
        except Refusal as refusal:
            refused.append((id_, refusal))
            continue
        if not accepted.repeated:
            request.log_security(event, detail=id_)
    if refused or not ticked:
        return list_page(request, _one_refusal(refused, command.act.removesuffix("_link")))
    return request.answer.redirect(f"/accounts?done={command.act}")


def _one_refusal(refused: RefusedAccounts, step: str) -> UserError:
    """All refusals of a step as one error. An empty list means that no account was ticked."""
    if not refused:
        return InvalidForm({f"{step}-account": NoAccountTicked()})
    if len(refused) == 1:
        return refused[0][1]
    reasons = [Text(zh=f"{id_[:64]}：{why.render('zh')}", en=f"{id_[:64]}: {why.render('en')}") for id_, why in refused]
    why = Text(zh=" ".join(reason.zh for reason in reasons), en=" ".join(reason.en for reason in reasons))
    return SomeRefused(count=len(refused), why=why)
