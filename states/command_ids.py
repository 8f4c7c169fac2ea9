"""Command ids: `<door>/<account>/<rest>`.

A request (web page or API) brings its own id, an `OutsideId`, with any content. For all other commands the program
makes the id, a string, from the content (`open-year/2026`). If it submits the same commands again, their ids are the
same, so each command gets its first answer. `make_scoped_id` puts the door and the account in front of an id. The
engine and the replay call `check` for every command and every entry.

Also here: the refusals of a command whose token or session ended before it was processed (`workflow/request_checks.py`
raises them). Not here: which characters an id may have (`privacy.py`).
"""

# Why an id contains its door: it can be used only once. Without the door, somebody could send today the id that the
# clock will make tomorrow, and the clock's command would be refused.

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from .accounts.account import OPERATOR
from .privacy import CLAUSE
from .refusals import Refusal
from .vocabulary import CLOCK, Actor


class OutsideId(Struct, frozen=True):
    """An id that came with a request: the door, the id as it was sent, and the digest of the session (empty: none)."""

    door: Literal["web", "api"]
    id: str
    session: str = ""

    def with_suffix(self, suffix: str) -> OutsideId:
        """The id of one of several commands of the same request. `suffix` distinguishes it, and names its stream."""
        return replace(self, id=f"{self.id}/{suffix}")

    def __str__(self) -> str:
        return self.id


CommandId = str | OutsideId

_REQUEST_DOORS = frozenset(("web", "api"))
_PROGRAM = "program"


class WrongDoor(Refusal):
    """A command id begins with a door or an account that the actor may not use."""

    zh = "提交编号 {id} 不是“{role}”账号 {account} 可用的形式（{clause}）。请用新的编号重新提交。"
    en = (
        "Account {account} in the role “{role}” cannot use a command id like {id} ({clause}). Submit again with a new "
        "id."
    )


class TokenEnded(Refusal):
    """The API token was revoked or expired before the command was processed."""

    zh = "账号 {account} 没有有效的接口令牌，“{act}”没有办成（{clause}）。请安全管理员重新发放令牌后再提交。"
    en = (
        "Account {account} holds no valid API token, so “{act}” was not done ({clause}). Ask the security "
        "administrator for a new token, then submit again."
    )


class NoLongerYou(Refusal):
    """The session ended, or the account lost the role, after the request came in and before it was processed."""

    zh = "“{act}”没有办成：账号 {account} 的会话或角色在提交之后已变更（{clause}）。请重新登录，核对后再提交。"
    en = (
        "“{act}” was not done: the session or role of account {account} changed after it was submitted ({clause}). "
        "Sign in again, check and submit."
    )


def make_scoped_id(actor: Actor, command_id: CommandId) -> str:
    """The id as the ledger stores it: with its door and its account."""
    door = command_id.door if isinstance(command_id, OutsideId) else _program_door(actor.id, actor.role)
    return f"{door}/{actor.id}/{command_id}"


def check(account: str, role: str, scoped_id: str) -> None:
    """Refuse an id whose door or account is not the actor's. Raises `WrongDoor`.

    The ids of the clock begin with `clock`, those of the operator with `cli`. The ids of accounts begin with `web` or
    `api` if they came with a request, and otherwise with `program`, also if the command line names the account.
    """
    program_door, (door, _, rest) = _program_door(account, role), scoped_id.partition("/")
    doors = {program_door} if program_door != _PROGRAM else {program_door, *_REQUEST_DOORS}
    if door not in doors or not rest.startswith(f"{account}/"):
        raise WrongDoor(id=scoped_id, account=account, role=role, clause=CLAUSE)


def is_from_api(scoped_id: str) -> bool:
    """Whether an id came through the API, which only a system with a token can use."""
    return scoped_id.startswith("api/")


def is_from_request(scoped_id: str) -> bool:
    """Whether an id came with a request, so that its actor is an account, and not the clock or the operator."""
    return scoped_id.partition("/")[0] in _REQUEST_DOORS


def _program_door(account: str, role: str) -> str:
    """The door of the ids that the program makes for this actor."""
    if (account, role) == (CLOCK.id, CLOCK.role):
        return "clock"
    return "cli" if (account, role) == (OPERATOR.id, OPERATOR.role) else _PROGRAM
