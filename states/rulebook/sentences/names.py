"""How sentences name values, grades, options and roles, and how they write numbers.

Not here: the sentences. A key is shown only where the rulebook has no title for it (an option of another edition).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from msgspec import Struct

from states.rulebook.calculation.computed_values import HowManyValue
from states.rulebook.calculation.forms import TOTAL
from states.rulebook.calculation.numbers import Amount, plain, round_to
from states.rulebook.calculation.read_values import PlaceValue
from states.rulebook.calculation.record_kinds import RecordKind
from states.rulebook.calculation.result_rules import ResultRules
from states.rulebook.calculation.values import NamedValue
from states.rulebook.readings import Reading
from states.streams import Stream
from states.vocabulary import Text

NOTHING = Text("", "")

LONG_TITLE = 20
"""A Chinese title of more characters is not repeated in a sentence."""

READABLE_DENOMINATOR = 12
"""A fraction with a larger denominator tells a reader nothing: only its decimals are written."""


class OutsideTitles(Struct, frozen=True):
    """Titles by key of parts of a rulebook that are no rules of results: roles and occasions."""

    roles: Mapping[str, Text] = {}
    occasions: Mapping[str, Text] = {}


class RuleNames:
    """The names of everything that a rule of one subject may mention. `people`: the names of persons, by id."""

    def __init__(
        self,
        rules: ResultRules,
        subject: str,
        outside: OutsideTitles | None = None,
        people: Mapping[str, str] | None = None,
    ) -> None:
        self.rules, self.subject = rules, subject
        self.outside = outside or OutsideTitles()
        self.people = people or {}
        self._values = {one.key: dict(values_of(rules, one.key)) for one in rules.subject}

    def find(self, key: str) -> NamedValue | None:
        """The value that a rule calls `key`, `subject.key`, or (in a line) `subject.key@person`."""
        own = self._values[self.subject].get(key)
        if own is not None:
            return own
        other, _, of_other = key.partition("@")[0].partition(".")
        return self._values.get(other, {}).get(of_other)

    def is_from_last(self, value: PlaceValue) -> bool:
        """Whether a seat is one of a quota from the last: nobody is granted that."""
        standing = self.rules.standings.get(value.standing)
        quotas = [quota for quota in standing.quota if value.quota in (None, quota.key)] if standing else []
        return any(quota.from_ == "last" for quota in quotas)

    def value(self, key: str) -> Text:
        """A value in a sentence: 总分, or “1.1”, or “正职测评得分”."""
        if key == TOTAL:
            return Text("总分", "the total")
        if key == "grade":
            return Text("等次", "the grade")
        if key == "unit_kind":
            return Text("部门类别", "the kind of department")
        if key in self._values[self.subject]:
            return short(self._values[self.subject][key])
        name, _, person = key.partition("@")
        other, _, of_other = name.partition(".")
        titles = {one.key: one.title.text for one in self.rules.subject}
        if other not in titles:
            return Text(key, key)
        value = self._values[other].get(of_other)
        what = short(value) if value is not None and of_other != TOTAL else self.value(of_other)
        if person:
            who = self.people.get(person, person)
            return Text(f"{who} 的{what.zh}", f"{what.en} of {who}")
        return Text(f"{titles[other].zh}的{what.zh}", f"{what.en} of {titles[other].en}")

    def counted_items(self, value: HowManyValue) -> list[NamedValue]:
        """The values of which a number is counted."""
        under = self.find(value.under) if value.under is not None else None
        return list(under.ends()) if under is not None else [one for one in map(self.find, value.of) if one is not None]

    def value_of_persons(self, key: str) -> Text:
        """A value of the subjects that are persons."""
        candidates = (
            self._values[one.key][key]
            for one in self.rules.subject
            if one.is_ not in ("unit", "team") and key in self._values[one.key]
        )
        value = next(candidates, None)
        return self.value(key) if value is None or key == TOTAL else short(value)

    def word(self, key: str, among: str = "") -> Text:
        """A grade, a level or a kind of department in quotation marks. `among`: the list or scale it is of, if known."""
        titles = {(scale.key, grade.key): grade.title for scale in self.rules.scale for grade in scale.grade}
        titles |= {(one.key, level.key): level.title for one in self.rules.levels for level in one.level}
        titles |= {("", kind.key): kind.title for kind in self.rules.unit_kind}
        title = titles.get((among, key)) or next((one for (_, word), one in titles.items() if word == key), None)
        return quoted(Text(key, key) if title is None else title.text)

    def roles(self, keys: Iterable[str]) -> Text:
        return listed((self.outside.roles.get(key, Text(key, key)) for key in keys), "或", " or ")

    def occasion(self, key: str) -> Text:
        return quoted(self.outside.occasions.get(key, Text(key, key)))

    def assessment(self, stream: str) -> Text:
        """An assessment by the name of its stream: 2030 年度考核, 2031 年“半年检查”."""
        there = Stream.parse(stream)
        if there.occasion is None:
            return Text(f"{there.year} 年度考核", f"the assessment of {there.year}")
        title = self.outside.occasions.get(there.occasion, Text("专项检查", "Special inspection"))
        return Text(f"{there.year} 年“{title.zh}”", f"“{title.en}” of {there.year}")


def values_of(rules: ResultRules, subject: str) -> Iterator[tuple[str, NamedValue]]:
    """Every value of a subject by its key, on any of its forms and beside them."""
    one = next(one for one in rules.subject if one.key == subject)
    for form in dict.fromkeys(one.form.values()):
        yield TOTAL, rules.forms[form].total
        yield from rules.forms[form].items.items()
    for value in rules.value:
        if subject in (value.subjects or (rules.subject[0].key,)):
            yield value.key, value


def reading_text(reading: Reading) -> Text:
    """The meaning that was chosen, after the question that it answers: an answer alone may be a fragment."""
    answer, question = reading.sentence, reading.asks
    if question is None:
        return answer
    return Text(f"{question.zh}{answer.zh}", f"{question.en} {answer.en}")


def short(value: NamedValue) -> Text:
    """The label and title of a value. Of a title that is a whole paragraph, the label, or else its beginning."""
    label, title = value.label, value.title.text
    if len(title.zh) <= LONG_TITLE:
        return quoted(Text(f"{label} {title.zh}".strip(), f"{label} {title.en}".strip()))
    if label:
        return quoted(Text(label, label))
    return quoted(Text(f"{title.zh[:LONG_TITLE]}……", f"{title.en[: 3 * LONG_TITLE].rpartition(' ')[0]} …"))


def quoted(text: Text) -> Text:
    return Text(f"“{text.zh}”", f"“{text.en}”")


def option_title(kind: RecordKind, field: str, key: str) -> Text:
    """The title of an option; of an option of another edition only its key can be shown."""
    titles = (option.title.text for option in kind.fields[field].option if option.key == key)
    return next(titles, Text(key, key))


def listed(texts: Iterable[Text], zh: str = "、", en: str = ", ") -> Text:
    every = tuple(texts)
    return Text(zh.join(text.zh for text in every), en.join(text.en for text in every))


def figure(amount: Amount) -> str:
    """A number in a sentence: −4.5, 2/3 ≈ 0.6667. Only a fraction that a reader can use is written as one."""
    sign, size = ("−" if amount < 0 else ""), magnitude(amount)
    if not isinstance(size, Fraction):
        return sign + plain(size)
    near = f"≈ {sign}{plain(round_to(size, 4))}"
    return f"{sign}{plain(size)} {near}" if size.denominator <= READABLE_DENOMINATOR else near


def magnitude(amount: Amount) -> Amount:
    return -amount if amount < 0 else amount


def points(amount: Amount) -> Text:
    """A number of points: −4 分, 1 point."""
    number = figure(amount)
    return Text(f"{number} 分", f"{number} {plural('point', magnitude(amount))}")


def change(amount: Amount) -> Text:
    """What is added or taken off: 加 2 分, 扣 4 分."""
    size = points(magnitude(amount))
    return Text(f"扣 {size.zh}", f"{size.en} off") if amount < 0 else Text(f"加 {size.zh}", f"{size.en} more")


def counted_noun(count: Amount | int, noun: str) -> str:
    """A number with its English noun, if there is one: 6 percentage points."""
    number = str(count) if isinstance(count, int) else figure(count)
    return f"{number} {plural(noun, count)}" if noun else number


def plural(noun: str, count: Amount | int) -> str:
    """An English noun as it is written after a number: 1 case, 2 cases, 2 offices, 3 parties."""
    if count == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
