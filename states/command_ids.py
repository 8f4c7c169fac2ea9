"""Command ids: `<door>/<account>/<rest>`.

There are two kinds. An `OutsideId` came with a request and may contain anything. Any other id is a string that the
program made from what the command does (`open-year/2026`), so that a second attempt continues where the first stopped.
`scoped` is the only place that puts door and account in front. The replay calls `check` for every entry again.
"""

# Why a door: an id answers for one act. Without the door somebody could use up the id that the clock will make
# tomorrow, and the clock's command would be refused.

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from .accounts.account import OPERATOR
from .privacy import CLAUSE
from .refusals import Refusal
from .vocabulary import CLOCK, Actor


class OutsideId(Struct, frozen=True):
    """An id that came with a request: the door, the id as it was sent, and the digest of its session, if it had one."""

    door: Literal["web", "api"]
    id: str
    session: str = ""

    def with_suffix(self, suffix: str) -> OutsideId:
        """The id of one of several commands of the same request: `suffix` names its stream."""
        return replace(self, id=f"{self.id}/{suffix}")

    def __str__(self) -> str:
        return self.id


CommandId = str | OutsideId

_REQUEST_DOORS = frozenset(("web", "api"))
_PROGRAM = "program"


class WrongDoor(Refusal):
    """A command id begins with a door that is not the actor's."""

    zh = "提交编号 {id} 不是“{role}”账号 {account} 可用的形式（{clause}）。请用新的编号重新提交。"
    en = "Account {account} in the role “{role}” cannot use a command id like {id} ({clause}). Submit again with a new id."


class TokenEnded(Refusal):
    """The API token was revoked, or ended, before the command was reached."""

    zh = "账号 {account} 没有有效的接口令牌，“{act}”没有办成（{clause}）。请安全管理员重新发放令牌后再提交。"
    en = "Account {account} holds no valid API token, so “{act}” was not done ({clause}). Ask the security administrator for a new token, then submit again."


class NoLongerYou(Refusal):
    """The session ended, or the account lost the role, after the request came in."""

    zh = "“{act}”没有办成：账号 {account} 的会话或角色在提交之后已变更（{clause}）。请重新登录，核对后再提交。"
    en = "“{act}” was not done: the session or role of account {account} changed after it was submitted ({clause}). Sign in again, check and submit."


def scoped(actor: Actor, command_id: CommandId) -> str:
    """The id as the ledger stores it."""
    door = command_id.door if isinstance(command_id, OutsideId) else _own_door(actor.id, actor.role)
    return f"{door}/{actor.id}/{command_id}"


def check(account: str, role: str, scoped_id: str) -> None:
    """Refuse an id whose door or account is not the actor's. `WrongDoor`.

    The clock's ids begin with `clock`, the operator's with `cli`, everybody else's with `web`, `api` or `program`.
    """
    own, (door, _, rest) = _own_door(account, role), scoped_id.partition("/")
    doors = {own} if own != _PROGRAM else {own, *_REQUEST_DOORS}
    if door not in doors or not rest.startswith(f"{account}/"):
        raise WrongDoor(id=scoped_id, account=account, role=role, clause=CLAUSE)


def is_by_api(scoped_id: str) -> bool:
    """Whether an id came through the API, where only a system with a token can submit."""
    return scoped_id.startswith("api/")


def is_outside(scoped_id: str) -> bool:
    """Whether an id came with a request; then its actor is an account."""
    return scoped_id.partition("/")[0] in _REQUEST_DOORS


def _own_door(account: str, role: str) -> str:
    if (account, role) == (CLOCK.id, CLOCK.role):
        return "clock"
    return "cli" if (account, role) == (OPERATOR.id, OPERATOR.role) else _PROGRAM
