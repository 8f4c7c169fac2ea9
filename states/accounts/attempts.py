"""The record of refused attempts, in the stream `access`: the act, its stream, and the kind of the refusal.

Only `grave` refusals (`states/refusals.py`) are recorded: somebody tried an act that their role, recusal or another
rule about persons does not allow, or a command that must never be accepted (personal data, a closed year). The content
of the command is not recorded, because it may have been refused for its personal data.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from states.streams import ACCESS
from states.vocabulary import Fact, Stamp, Text


class Access(Struct, frozen=True):
    """The state of the stream `access`: only its version."""

    stream: str = ACCESS
    version: int = 0


class RefusedCommand(Fact, frozen=True, kw_only=True):
    """A command was refused, and the refusal is grave.

    `stream` is the stream of the command, and `refusal` is the name of the refusal's class (`NotYours`).
    """

    act: str
    stream: str
    refusal: str

    def fold(self, state: Access, stamp: Stamp) -> Access:
        return replace(state, version=stamp.version)


REFUSAL_TITLES: Mapping[str, Text] = {
    "NotYours": Text(zh="角色无权办理", en="not for that role"),
    "OwnUnit": Text(zh="涉及本部门，应当回避", en="it concerned the person's own department"),
    "OtherUnit": Text(zh="属于其他部门", en="it was another department's"),
    "SamePerson": Text(zh="须由另一人办理", en="it takes a second person"),
    "NotByDeputy": Text(zh="须由本人办理，不能代办", en="not for a deputy"),
    "Personal": Text(zh="写有个人信息", en="it held personal data"),
    "YearOver": Text(zh="年度已结束", en="the year was over"),
    "OwnAccount": Text(zh="涉及本人账号", en="it concerned the person's own account"),
    "NotTogether": Text(zh="两种角色不能由一人担任", en="two roles that one person may not hold"),
    "NotForThisAccount": Text(zh="超出授权范围", en="beyond what the role may grant"),
    "NotTheHolder": Text(zh="不是账号本人", en="not the holder of the account"),
    "NotForYou": Text(zh="角色无权查阅", en="not for that role to read"),
    "OwnUnitRead": Text(
        zh="涉及本部门，应当回避，不能查阅", en="it concerned the person's own department, so they may not read it"
    ),
    "OfAnotherUnit": Text(zh="属于其他部门，不能查阅", en="it was another department's, so they may not read it"),
}
"""The title of each grave refusal, by the name of its class. A test checks that none is missing.

The refusals of views (`states/views.py`) are here for completeness: the engine records refused commands only.
"""
