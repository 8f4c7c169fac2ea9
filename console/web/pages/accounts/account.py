"""The page of one account, for administrators: its state, its history, and the acts of administrators on it.

The acts: close the account, move it to another department, name its member of a team, grant or withdraw a role, issue
or revoke a token, and propose, confirm or remove an identity. The page shows a new token once.

Not here: the acts on one-time links, for which this page only has the forms (`links.py`); and the page on which the
holder changes the account (`own_account.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from console.web import sessions, tokens
from console.web.credentials import ShownOnce, refuse_repetition
from console.web.forms.fields import Fields
from console.web.forms.refusal_status import status_of
from console.web.forms.submitting import submit
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from console.web.routes import Pages
from states import policy
from states.accounts import credentials
from states.accounts.account import CLAUSE, AssignPerson, CloseAccount, GrantRole, MoveAccount, WithdrawRole
from states.accounts.deputies import EndDeputy
from states.accounts.identities import ConfirmIdentity, EndIdentity, ProposeIdentity
from states.accounts.links import open_request
from states.accounts.tokens import RevokeToken
from states.acts import ACT_OF_FACT
from states.records.account import ADMINISTRATORS, Account
from states.refusals import Malformed, NotKnown, Refusal
from states.streams import account_stream
from states.user_errors import UserError
from states.vocabulary import CLOCK, Command, Text
from storage.errors import Conflict
from storage.ledger.facts import fact_of
from storage.sign_in import accounts
from storage.tables.accounts import AccountRow
from storage.vault import account_secrets

from .accounts import LABELS, acts_of, find_account, members_of_teams, read_person, read_unit
from .deputies import deputies_of
from .identities import identities_of

pages = Pages()

_COMMANDS: dict[str, type[Command]] = {
    "close_account": CloseAccount,
    "grant_role": GrantRole,
    "withdraw_role": WithdrawRole,
    "move_account": MoveAccount,
    "assign_person": AssignPerson,
    "end_deputy": EndDeputy,
    "revoke_token": RevokeToken,
    "confirm_identity": ConfirmIdentity,
    "end_identity": EndIdentity,
}
"""The commands of the forms on this page, by act. Links, tokens and new identities are sent to paths of their own."""

_SUBJECT_PATTERN = re.compile(r"[ -~]{1,128}")
"""The pattern of a subject, a person's name at a provider: visible ASCII and spaces, as in CAS and OpenID Connect."""


class SubjectTaken(UserError):
    """The subject is already bound to an account. A subject belongs to one account at most."""

    zh = "标识 {subject} 已绑定账号。请核对；如需更换，请先停用原账号。"
    en = "{subject} is already linked to an account. Check it. To change it, close the other account first."


@pages.get("/accounts/{account}", view="accounts")
def show(request: PageRequest, account: str) -> Response:
    return _page(request, account)


@pages.post("/accounts/{account}", view="accounts")
def do_act(request: PageRequest, account: str) -> Response:
    """Do the act of `_COMMANDS` that the form names. An unknown act does nothing.

    The engine decides whether the act is possible and whether the user is entitled to it.
    """
    command = _COMMANDS.get(request.form.text("act"))
    if command is None:
        return request.answer.redirect(f"/accounts/{account}")
    fields = Fields(request.form, CLAUSE, _prefix(request))
    readers: dict[str, Callable[[], Any]] = {
        "role": lambda: fields.id("role", LABELS["role"]),
        "reason": lambda: fields.word("reason", LABELS["reason"]),
        "unit": lambda: read_unit(request, fields),
        "person": lambda: read_person(request, fields),
        "token": lambda: fields.id("token", LABELS["token"]),
        "identity": lambda: fields.id("identity", LABELS["identity"]),
        "deputy": lambda: fields.id("deputy", LABELS["deputy"]),
    }
    try:
        values = fields.values({name: read for name, read in readers.items() if name in command.__struct_fields__})
        submit(request, account_stream(account), command(**values))
    except Refusal as refusal:
        return _page(request, account, refusal)
    return request.answer.redirect(f"/accounts/{account}?done={command.act}")


@pages.post("/accounts/{account}/token", view="accounts", reauthenticates=True)
def issue_token(request: PageRequest, account: str) -> Response:
    """Issue a token for another system and show it once. Only the digest of the token is stored."""
    find_account(request, account)
    fields = Fields(request.form, CLAUSE)
    try:
        days = fields.values({"days": lambda: _read_days(fields)})["days"]
        issue, token = tokens.prepare_token(request.engine, account, days)
        refuse_repetition(submit(request, issue.stream, issue.command, beside=issue.beside), tokens.TOKEN_TITLE)
    except (Refusal, ShownOnce) as refusal:
        return _page(request, account, refusal)
    request.log_security("token_issued", detail=account)
    return _page(request, account, token=token)


@pages.post("/accounts/{account}/identity", view="accounts")
def propose_identity(request: PageRequest, account: str) -> Response:
    """Propose an identity for the account. Nobody can sign in with it until another person has confirmed it."""
    provider, subject = request.form.text("provider"), request.form.text("subject")
    # A staff number is easy to guess, and its digest in the ledger would confirm the guess. So the digest has a salt,
    # which is stored with the subject, outside the ledger.
    salt = sessions.new_token()
    digest = credentials.commitment(salt, provider, subject)
    fields = Fields(request.form, CLAUSE)
    try:
        state = find_account(request, account)
        fields.values({"provider": lambda: _read_provider(request, fields), "subject": lambda: _read_subject(fields)})
        row = account_secrets.identity_write(provider, subject, account, salt, digest)
        accepted = submit(request, state.stream, ProposeIdentity(identity=digest), beside=[row])
    except Conflict:
        return _page(request, account, InvalidForm({"subject": SubjectTaken(subject=subject)}))
    except Refusal as refusal:
        return _page(request, account, refusal)
    if not accepted.repeated:
        request.log_security("identity_proposed", detail=account)
    return request.answer.redirect(f"/accounts/{account}?done=propose_identity")


def _read_days(fields: Fields) -> int:
    """The number of days for which the token is valid. Raises `InvalidForm` or `Malformed`."""
    days = fields.whole("days", LABELS["days"])
    if not 1 <= days <= tokens.MAX_DAYS:
        why = Text(zh=f"应为 1 至 {tokens.MAX_DAYS} 天", en=f"it must be between 1 and {tokens.MAX_DAYS} days")
        raise Malformed(what=LABELS["days"], why=why, clause=CLAUSE)
    return days


def _read_provider(request: PageRequest, fields: Fields) -> str:
    """The chosen provider. Raises `InvalidForm`, or `NotKnown` if the settings do not have it."""
    provider, providers = fields.word("provider", LABELS["provider"]), _providers(request)
    if provider not in providers:
        raise NotKnown(what=LABELS["provider"], value=provider[:64], known="、".join(providers), clause=CLAUSE)
    return provider


def _read_subject(fields: Fields) -> str:
    """The typed subject. Raises `InvalidForm` or `Malformed`."""
    subject = fields.word("subject", LABELS["subject"])
    if not _SUBJECT_PATTERN.fullmatch(subject):
        why = Text(zh="应为 1 至 128 个字母、数字或符号", en="use 1 to 128 letters, digits or signs")
        raise Malformed(what=LABELS["subject"], why=why, clause=CLAUSE)
    return subject


def _providers(request: PageRequest) -> list[str]:
    """The names of the sign-in providers in the settings, as an identity records them."""
    settings = request.app.settings
    return [name for name in (settings.oidc_issuer, settings.cas_url.rstrip("/")) if name]


def _prefix(request: PageRequest) -> str:
    """The prefix of the field ids in the posted form. The page has one form for each act and for each token."""
    act, token = request.form.text("act"), request.form.text("token")
    if token:
        return f"{act}-{token}-"
    return f"{act}-" if act else ""


def _page(request: PageRequest, account: str, refusal: UserError | None = None, token: str = "") -> Response:
    state, prefix = find_account(request, account), _prefix(request)
    entries = [(entry, fact_of(entry)) for entry in request.engine.ledger.stream(state.stream)]
    # The many sign-ins would hide the other entries. So the page only counts the entries that do not notify the holder.
    notifying_entries = [(entry, fact) for entry, fact in entries if getattr(fact, "notifies_holder", True)]
    return request.answer.page(
        "account.html",
        status_of(refusal),
        field_of=lambda path: f"{prefix}{path}" if path else "",
        state=state,
        row=accounts.account(request.database, account) or AccountRow(id=account, name="—", language="zh"),
        refusal=refusal,
        token=token,
        entries=notifying_entries[::-1],
        sign_ins=len(entries) - len(notifying_entries),
        posted_form=prefix,
        roles=_grantable_roles(request, state),
        units=list(request.roster.current()),
        members=members_of_teams(request),
        may=acts_of(request),
        link_request=open_request(state, request.now),
        providers=_providers(request),
        identities=identities_of(request, state),
        deputies=deputies_of(request, state),
        deputyships=request.engine.deputyships(state, request.now),
        act_of=ACT_OF_FACT,
        done=request.query.get("done", ""),
        title=lambda act: policy.title(act, request.rulebook),
    )


def _grantable_roles(request: PageRequest, state: Account) -> list[str]:
    """The roles that the account does not have, those of administrators included. Nobody can have the clock's role."""
    roles = (*request.rulebook.roles, *ADMINISTRATORS)
    return [role for role in roles if role != CLOCK.role and role not in state.roles]
