"""The errors of a form, by field: how a refusal becomes a sentence beside each field that it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Text


class InvalidForm(Refusal):
    """The form cannot become a command. `wrong` has, by field, what is missing or cannot be read."""

    zh = "表中有 {count} 处需要更正，已在各项下注明。已填内容都已保留。"
    en = "{problems} in the form, marked below. What you filled in is kept."

    def __init__(self, wrong: Mapping[str, UserError]) -> None:
        super().__init__(
            count=len(wrong), problems="There is 1 problem" if len(wrong) == 1 else f"There are {len(wrong)} problems"
        )
        self.wrong = dict(wrong)


class FieldErrors(Struct, frozen=True):
    """The errors of a form: in `placed` by the name of the field, in `general` those that belong to no field.

    `summary` is the list at the top of the page. For a field with several errors it has the first and their number.
    """

    placed: dict[str, Text] = {}
    general: tuple[Text, ...] = ()
    summary: dict[str, Text] = {}

    @property
    def count(self) -> int:
        return len(self.placed) + len(self.general)


def field_errors(refusal: object, field_of: Callable[[str], str], labels: Mapping[str, Text]) -> FieldErrors:
    """The errors in a refusal, by field of the form. Anything that is not a `Refusal` has none.

    `field_of` turns the path of a command's field (`sanctions.0.person`) into the name of the form's field. `labels`
    has the titles of fields: the first sentence about a field begins with it, unless it contains it.
    """
    if not isinstance(refusal, Refusal):
        return FieldErrors()
    placed: dict[str, list[Text]] = {}
    general = []
    for field, error in _errors(refusal, field_of):
        sentence = error.text
        if not field:
            general.append(sentence)
            continue
        if field not in placed and (label := labels.get(field)) and label.zh not in sentence.zh:
            sentence = Text(zh=f"{label.zh}：{sentence.zh}", en=f"{label.en}: {sentence.en}")
        placed.setdefault(field, []).append(sentence)
    whole = {field: _joined(sentences) for field, sentences in placed.items()}
    shortened = {field: _shortened(sentences) for field, sentences in placed.items()}
    summary = shortened if isinstance(refusal, InvalidForm) else whole
    return FieldErrors(whole, tuple(general) if placed else (), summary)


def _errors(refusal: Refusal, field_of: Callable[[str], str]) -> Iterator[tuple[str, UserError]]:
    """Every error in the refusal, with the name of its field; the name is empty if it belongs to no field."""
    if isinstance(refusal, InvalidForm):
        for field, why in refusal.wrong.items():
            yield from ((field, error) for error in (why.each if isinstance(why, Refusal) else (why,)))
    else:
        yield from ((field_of(error.at), error) for error in refusal.each)


def _joined(sentences: list[Text]) -> Text:
    return Text(zh="".join(one.zh for one in sentences), en=" ".join(one.en for one in sentences))


def _shortened(sentences: list[Text]) -> Text:
    """The first of a field's errors, and how many more are listed at the field."""
    more = len(sentences) - 1
    if not more:
        return sentences[0]
    rest = Text(zh=f"此处另有 {more} 处问题。", en=f"There {'is' if more == 1 else 'are'} {more} more here.")
    return _joined([sentences[0], rest])
