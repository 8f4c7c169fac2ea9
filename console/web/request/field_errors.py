"""The errors of a form, by field. A refusal becomes a sentence beside each field that it concerns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Text


class InvalidForm(Refusal):
    """The form cannot become a command. `errors` has, by field, the error of a value that is missing or unreadable."""

    zh = "表中有 {count} 处需要更正，已在各项下注明。已填内容都已保留。"
    en = "{problems} in the form, marked below. What you filled in is kept."

    def __init__(self, errors: Mapping[str, UserError]) -> None:
        super().__init__(
            count=len(errors),
            problems="There is 1 problem" if len(errors) == 1 else f"There are {len(errors)} problems",
        )
        self.errors = dict(errors)


class FieldErrors(Struct, frozen=True):
    """The errors of a form: `by_field` by the name of the field, `general` those that belong to no field.

    `general` is empty if no error belongs to a field: the page then has only the refusal itself. `summary` is the list
    at the top of the page. For a field with several errors of an `InvalidForm`, it has the first one and the number of
    the others; for any other refusal it has all.
    """

    by_field: dict[str, Text] = {}
    general: tuple[Text, ...] = ()
    summary: dict[str, Text] = {}

    @property
    def count(self) -> int:
        return len(self.by_field) + len(self.general)


def field_errors(refusal: object, field_of: Callable[[str], str], labels: Mapping[str, Text]) -> FieldErrors:
    """The errors in a refusal, by field of the form. There are none if `refusal` is not a `Refusal`.

    `field_of` turns the path of a command's field (`sanctions.0.person`) into the name of the form's field. `labels`
    has the titles of fields: the first sentence about a field begins with its title, if the sentence does not have it.
    """
    if not isinstance(refusal, Refusal):
        return FieldErrors()
    sentences_of: dict[str, list[Text]] = {}
    general = []
    for field, error in _errors(refusal, field_of):
        sentence = error.text
        if not field:
            general.append(sentence)
            continue
        if field not in sentences_of and (label := labels.get(field)) and label.zh not in sentence.zh:
            sentence = Text(zh=f"{label.zh}：{sentence.zh}", en=f"{label.en}: {sentence.en}")
        sentences_of.setdefault(field, []).append(sentence)
    joined = {field: _join(sentences) for field, sentences in sentences_of.items()}
    shortened = {field: _shorten(sentences) for field, sentences in sentences_of.items()}
    summary = shortened if isinstance(refusal, InvalidForm) else joined
    return FieldErrors(joined, tuple(general) if sentences_of else (), summary)


def _errors(refusal: Refusal, field_of: Callable[[str], str]) -> Iterator[tuple[str, UserError]]:
    """Every error in the refusal, with the name of its field; the name is empty if it belongs to no field."""
    if isinstance(refusal, InvalidForm):
        for field, error in refusal.errors.items():
            yield from ((field, part) for part in (error.faults if isinstance(error, Refusal) else (error,)))
    else:
        yield from ((field_of(error.field), error) for error in refusal.faults)


def _join(sentences: list[Text]) -> Text:
    return Text(zh="".join(one.zh for one in sentences), en=" ".join(one.en for one in sentences))


def _shorten(sentences: list[Text]) -> Text:
    """The first of a field's errors, and the number of the others, which the field shows."""
    others = len(sentences) - 1
    if not others:
        return sentences[0]
    rest = Text(zh=f"此处另有 {others} 处问题。", en=f"There {'is' if others == 1 else 'are'} {others} more here.")
    return _join([sentences[0], rest])
