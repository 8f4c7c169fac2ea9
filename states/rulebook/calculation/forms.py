"""A form (考核指标): the tree of items that adds up to `total`, the subjects that have one, and the ballots."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from states.rulebook.parts import Clause, Key, Misfit, Misfits, Number, Part, Wording

from .computed_values import BandsValue, HowManyValue, RatioValue, SumValue, TakeValue
from .entered_values import GivenValue, LevelValue, MarkValue, PerValue
from .read_values import EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from .values import NamedValue

TOTAL = "total"
"""The key of what a form adds up to."""


def _way(value: object) -> object:
    if isinstance(value, dict):
        return value.get("kind", "sum" if "item" in value else "mark")
    return getattr(value, "kind", None)


FormItem = Annotated[
    Annotated[MarkValue, Tag("mark")]
    | Annotated[LevelValue, Tag("level")]
    | Annotated[PerValue, Tag("per")]
    | Annotated[GivenValue, Tag("given")]
    | Annotated[VoteValue, Tag("vote")]
    | Annotated[LadderValue, Tag("ladder")]
    | Annotated[FindingValue, Tag("finding")]
    | Annotated[EarlierValue, Tag("earlier")]
    | Annotated[PlaceValue, Tag("standing")]
    | Annotated[SumValue, Tag("sum")]
    | Annotated[TakeValue, Tag("take")]
    | Annotated[RatioValue, Tag("ratio")]
    | Annotated[BandsValue, Tag("bands")]
    | Annotated[HowManyValue, Tag("how_many")],
    Discriminator(_way),
]
"""A value in one of the fourteen ways. Without `kind` it is a mark, or a sum if it has items of its own."""

SumValue.model_rebuild(_types_namespace={"FormItem": FormItem})


class ScoreForm(SumValue):
    """考核指标: the items for one kind of subject. Its own key names the form; what it adds up to is called `total`.

    The total of a form without points is absent.
    """

    @cached_property
    def total(self) -> SumValue:
        fields = {name: getattr(self, name) for name in SumValue.model_fields}
        return SumValue.model_construct(**{**fields, "key": TOTAL})

    @cached_property
    def items(self) -> dict[str, NamedValue]:
        """Every value on the form by its key, each before what it is made of."""
        return {value.key: value for part in self.item for value in part.tree()}

    @cached_property
    def marks(self) -> dict[str, MarkValue | LevelValue | PerValue]:
        """The items that assessors fill in, in the order of the form."""
        return {
            key: value
            for key, value in self.items.items()
            if isinstance(value, MarkValue)
            or (isinstance(value, LevelValue) and not value.by)
            or (isinstance(value, PerValue) and value.of is None)
        }


class Subject(Part):
    """考核对象: who gets a result in an assessment, its form by kind of department, and the scale of its grades.

    `each_head` is every head of the team (正职), `each_other` every other member, `each_member` the whole team. A subject
    without a scale is only scored. A kind of department that `form` leaves out does not have this subject; with no
    `form` at all, every kind has it, and nothing is added up. With an `occasion` it is reckoned there (at the half-year
    check), and not in the round.
    """

    key: Key
    title: Wording
    is_: Annotated[Literal["unit", "team", "each_head", "each_other", "each_member"], Field(alias="is")]
    form: dict[Key, Key] = Field(default_factory=dict)
    scale: Key | None = None
    occasion: Key | None = None
    clause: Clause


class LevelOption(Part):
    """One level of a list: a word that people choose, and what it means."""

    key: Key
    title: Wording


class LevelList(Part):
    """评价档次: levels without points, best first, for all items and reviews that name the list."""

    key: Key
    level: Annotated[tuple[LevelOption, ...], Field(min_length=2)]
    clause: Clause


class BallotOption(Part):
    """One option of a ballot. Without points it does not count in a mean. An `abstention` is no valid vote (弃权)."""

    key: Key
    title: Wording
    points: Number | None = None
    abstention: bool = False


class VoterGroup(Part):
    """Voters whose votes are counted apart (上级、同级、服务对象)."""

    key: Key
    title: Wording


class BallotKind(Part):
    """民主测评: what a ballot asks of the team and of each member, who votes, and what a share is counted of.

    `base`: the valid votes (`valid`), or all votes (`cast`). If options have points, only votes for those are valid.
    """

    key: Key
    title: Wording
    option: Annotated[tuple[BallotOption, ...], Field(min_length=2)]
    group: tuple[VoterGroup, ...] = ()
    base_of: Annotated[Literal["valid", "cast"], Field(alias="base")] = "valid"
    clause: Clause

    @model_validator(mode="after")
    def _check_points(self) -> Self:
        if not self.base:
            raise Misfits(Misfit("option", "没有有效的选项", "has no option that is a valid vote"))
        return self

    @cached_property
    def points(self) -> dict[str, Decimal]:
        return {option.key: option.points for option in self.option if option.points is not None}

    @cached_property
    def base(self) -> tuple[str, ...]:
        """The options whose votes are counted."""
        if self.base_of == "cast":
            return tuple(option.key for option in self.option)
        may_vote = (option for option in self.option if not option.abstention)
        return tuple(option.key for option in may_vote if (option.points is not None) == bool(self.points))
