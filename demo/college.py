"""The departments of the sample college, all invented, and the reorganisation after its first year."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from states.assessment import Member
from states.records.roster import Unit
from states.vocabulary import Opaque, Words
from states.year.reorganisation import ReorganiseUnit
from states.year.roster import RenameUnit

OFFICES = ("党委办公室", "党委组织部", "党委宣传部", "纪委办公室")
"""The four offices of the working group (第四条（三）). They are assessed too, by annex 2."""

COLLEGES = ("智能制造", "信息工程", "商务贸易", "财经管理", "艺术设计", "汽车工程", "环境食品", "建筑工程", "公共基础")
SUPPORT = ("图书馆", "现代教育技术中心", "后勤服务中心")

_SUCCESSOR, _MERGED = SUPPORT[:2]


def units(count: int, seed: int) -> list[Unit]:
    """`count` departments: nine colleges, the four offices and three centres, then the same again with a number."""
    random = Random(f"{seed}/units")
    return [_unit(index, random) for index in range(count)]


def changes(college: Sequence[Unit], year: int) -> list[RenameUnit | ReorganiseUnit]:
    """The reorganisation in March of `year`: one centre is merged into another, which gets a new name.

    Empty for a college that is too small to have both.
    """
    ids = {unit.title: unit.unit for unit in college}
    if not {_MERGED, _SUCCESSOR} <= ids.keys():
        return []
    since, document = date(year, 3, 8), f"样例字〔{year}〕8号"
    successor = ids[Words(_SUCCESSOR)]
    return [
        ReorganiseUnit(
            unit=ids[Words(_MERGED)],
            since=since,
            successors=(successor,),
            final_year=year - 1,
            reason=Words(f"机构调整，{document}"),
        ),
        RenameUnit(unit=successor, title=Words("图书与信息中心"), since=since, reason=Words(f"合并后更名，{document}")),
    ]


def _unit(index: int, random: Random) -> Unit:
    id_ = f"u{index + 1:02}"
    if index % 16 < 9:
        kind, title = "college", f"{COLLEGES[index % 16]}学院"
    elif index % 16 < 13:
        kind, title = "party-admin", OFFICES[index % 16 - 9]
    else:
        kind, title = "support", SUPPORT[index % 16 - 13]
    if index >= 16:
        title = f"{title}（{index // 16 + 1}）"
    posts = ("党总支书记", "院长") if kind == "college" else ("部长（主任）", "副部长（副主任）")
    heads = tuple(Member(person=Opaque(f"p-{id_}-h{n}"), position=Words(post)) for n, post in enumerate(posts, 1))
    members = tuple(
        Member(person=Opaque(f"p-{id_}-m{n}"), position=Words("班子成员")) for n in range(1, random.randint(2, 4))
    )
    return Unit(
        unit=Opaque(id_),
        title=Words(title),
        unit_kind=kind,
        heads=heads,
        members=members,
        staff=random.randint(24, 90) if kind == "college" else random.randint(7, 20),
    )
