"""Attempts of consequence that were refused: who tried which act where, and which refusal answered it.

Not what was asked in words: a refused text may hold the very thing that may not be in an entry.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from states.streams import ACCESS
from states.vocabulary import Fact, Stamp, Text


class Access(Struct, frozen=True):
    """The stream `access`: only its length matters."""

    stream: str = ACCESS
    version: int = 0


class RefusedCommand(Fact, frozen=True, kw_only=True):
    """A command was refused for a reason of consequence (role, own unit, second person, personal data)."""

    act: str
    stream: str
    refusal: str

    def fold(self, state: Access, stamp: Stamp) -> Access:
        return replace(state, version=stamp.version)


REFUSAL_TITLES: Mapping[str, Text] = {
    "NotYours": Text(zh="角色无权办理", en="not for that role"),
    "OwnUnit": Text(zh="涉及本部门，应当回避", en="it concerned the person's own unit"),
    "OtherUnit": Text(zh="属于其他部门", en="it was another unit's"),
    "SamePerson": Text(zh="须由另一人办理", en="it takes a second person"),
    "Personal": Text(zh="写有个人信息", en="it held personal data"),
    "YearOver": Text(zh="年度已结束", en="the year was over"),
    "OwnAccount": Text(zh="涉及本人账号", en="it concerned the person's own account"),
    "NotTogether": Text(zh="两种角色不能由一人担任", en="two roles that one person may not hold"),
    "Beyond": Text(zh="超出授权范围", en="beyond what the role may grant"),
    "NotTheHolder": Text(zh="不是账号本人", en="not the holder of the account"),
    "NotForYou": Text(zh="角色无权查阅", en="not for that role to read"),
    "OwnUnitRead": Text(
        zh="涉及本部门，应当回避，不能查阅", en="it concerned the person's own unit, so not for this one to read"
    ),
    "OfAnotherUnit": Text(zh="属于其他部门，不能查阅", en="another unit's, not for this one to read"),
}
"""Why an attempt of consequence was refused, by the class of the refusal: every one that is `grave` (`states/refusals.py`)."""
