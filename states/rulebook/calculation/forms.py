"""A form (考核指标): the tree of items that adds up to `total`, the subjects that have one, and the ballots."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Annotated, Literal, NamedTuple, Self, TypeGuard, get_args

from pydantic import Discriminator, Field, StrictBool, Tag, model_validator

from states.rulebook.parts import Clause, Key, Misfit, Misfits, Number, Paragraph, Part, Wording, raise_if_any, repeated
from states.vocabulary import Text

from .computed_values import BandsValue, HowManyValue, RatioValue, SumValue, TakeValue
from .entered_values import GivenValue, LevelValue, MarkValue, PerValue
from .read_values import ALL_VOTERS, EarlierValue, FindingValue, LadderValue, PlaceValue, VoteValue
from .values import NamedValue

TOTAL = "total"
"""The key of what a form adds up to."""


def way_of(value: object) -> object:
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
    Discriminator(way_of),
]
"""A value in one of the fourteen ways. Without `kind` it is a mark, or a sum if it has items of its own."""

WAYS = frozenset(tag.tag for way in get_args(get_args(FormItem)[0]) for tag in way.__metadata__)
"""The name of every way."""

SumValue.model_rebuild(_types_namespace={"FormItem": FormItem})


Element = MarkValue | PerValue | LevelValue
"""考核要素: an item that the assessors fill in: points, a count, or a level (`is_element`)."""


class Branch(NamedTuple):
    """A part of a form with elements directly below it: 二级指标, or 一级指标 where a form has no second level."""

    part: NamedValue
    elements: tuple[Element, ...]

    @property
    def judged(self) -> tuple[MarkValue, ...]:
        """The elements that assessors give points."""
        return tuple(element for element in self.elements if isinstance(element, MarkValue))

    @property
    def points(self) -> Decimal:
        """The full mark of its elements."""
        return sum((element.full_mark or Decimal(0) for element in self.elements), Decimal(0))


COLUMNS = 5
"""The number of columns of a printed annex: 一级指标, 二级指标, 考核要素, 自评, 考核."""


class ScoreForm(SumValue):
    """考核指标: the items for one kind of subject. Its own key names the form; what it adds up to is called `total`.

    The total of a form without points is absent. The rest is for paper: `columns` (five, or none) are the printed
    heads, `deduction_item` is the text of the item that only costs points, its heading first, and `subtotal` and
    `grand_total` are printed in the last rows.
    """

    columns: tuple[Wording, ...] = ()
    subtotal: Wording | None = None
    grand_total: Wording | None = None
    deduction_item: tuple[Paragraph, ...] = ()

    @model_validator(mode="after")
    def _check_form(self) -> Self:
        raise_if_any(chain(self._wrong_columns(), repeated("", self.items_in_order())))
        return self

    def _wrong_columns(self) -> Iterator[Misfit]:
        if len(self.columns) not in (0, COLUMNS):
            count = len(self.columns)
            yield Misfit("columns", f"应为 {COLUMNS} 栏，现为 {count} 栏", f"has {count} columns, not {COLUMNS}")

    def items_in_order(self) -> Iterator[str]:
        """The key of every value on the form."""
        for part in self.item:
            yield from (value.key for value in part.tree())

    @cached_property
    def total(self) -> SumValue:
        fields = {name: getattr(self, name) for name in SumValue.model_fields}
        return SumValue.model_construct(**{**fields, "key": TOTAL})

    @cached_property
    def items_beside(self) -> tuple[NamedValue, ...]:
        """The items at the top of the form that stand beside its points."""
        return tuple(item for item in self.item if item.beside)

    @cached_property
    def items(self) -> dict[str, NamedValue]:
        """Every value on the form by its key, each before what it is made of."""
        return {value.key: value for part in self.item for value in part.tree()}

    @cached_property
    def elements(self) -> dict[str, Element]:
        """Every element by its key, in the order of the form."""
        return {key: value for key, value in self.items.items() if is_element(value)}

    @cached_property
    def judged(self) -> dict[str, MarkValue]:
        """The elements that assessors give points, by key: all but the counts and the levels without points."""
        return {key: element for key, element in self.elements.items() if isinstance(element, MarkValue)}

    @cached_property
    def is_plain_sum(self) -> bool:
        """Whether the points that assessors give add up to the points of the form, before what stands beside them."""
        parts = [part for part in self.items.values() if not part.beside]
        ends = [end for part in self.item if not part.beside for end in part.ends()]
        return all(isinstance(end, MarkValue) for end in ends) and all(part.weight is None for part in parts)

    @cached_property
    def sections(self) -> tuple[tuple[NamedValue, tuple[Branch, ...]], ...]:
        """Each part at the top of the form (一级指标), with the branches in it."""
        pairs = ((part, tuple(_branches(part))) for part in self.item)
        return tuple((part, branches) for part, branches in pairs if branches)

    @property
    def branches(self) -> Iterator[Branch]:
        """Every branch of the form, in order."""
        return (branch for _, branches in self.sections for branch in branches)

    @cached_property
    def labels(self) -> dict[str, Text]:
        """The printed number of every element as people read it, by the key of the element.

        If a number is printed twice (F17), the label of the misplaced element also names its indicator.
        """
        pairs = [
            (e, branch.part.label) for _, branches in self.sections for branch in branches for e in branch.elements
        ]
        counts = Counter(element.label for element, _ in pairs)
        return {
            e.key: Text(zh=e.label, en=e.label)
            if (e.label and counts[e.label] == 1) or e.label.startswith(f"{indicator}.")
            else Text(zh=f"{indicator} 下的 {e.label}", en=f"{e.label} under {indicator}")
            if e.label
            else e.title.text
            for e, indicator in pairs
        }


def is_element(value: NamedValue) -> TypeGuard[Element]:
    """Whether the assessors fill it in: not a count made of another value, and not a level that some role names."""
    if isinstance(value, PerValue):
        return value.of is None
    return isinstance(value, MarkValue) or (isinstance(value, LevelValue) and not value.by)


def _branches(part: NamedValue) -> Iterator[Branch]:
    """The branches in a part, in order. An element at the top of a form is a branch of its own."""
    if is_element(part):
        yield Branch(part, (part,))
        return
    elements = tuple(one for one in part.parts() if is_element(one))
    if elements:
        yield Branch(part, elements)
    for one in part.parts():
        if not is_element(one):
            yield from _branches(one)


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
    abstention: StrictBool = False


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
        raise_if_any(repeated("option", (option.key for option in self.option)))
        return self

    @cached_property
    def titles(self) -> dict[str, Text]:
        """The title of each option, in the order of the ballot paper."""
        return {option.key: option.title.text for option in self.option}

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The keys of the voter groups; one for everybody if the ballot has none."""
        return tuple(group.key for group in self.group) or (ALL_VOTERS,)

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
