"""What is wrong with a form, by field: how a refusal becomes the sentences beside the fields they are about."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from states.refusals import Refusal
from states.user_errors import UserError
from states.vocabulary import Text


class InvalidForm(Refusal):
    """What was typed is not yet a command. `wrong` is what is missing or of no form, by the name of its field."""

    zh = "表中有 {count} 处需要更正，已在各项下注明。已填内容都已保留。"
    en = "{problems} in the form, marked below. What you filled in is kept."

    def __init__(self, wrong: Mapping[str, UserError]) -> None:
        super().__init__(
            count=len(wrong), problems="There is 1 problem" if len(wrong) == 1 else f"There are {len(wrong)} problems"
        )
        self.wrong = dict(wrong)


class FieldErrors(Struct, frozen=True):
    """What is wrong with a form, for its page: each fault at the name of its field, and what is about no single field.

    `summary` is what the list on top of the page says of each field: the fault itself, of several faults the first.
    """

    placed: dict[str, Text] = {}
    general: tuple[Text, ...] = ()
    summary: dict[str, Text] = {}

    @property
    def count(self) -> int:
        return len(self.placed) + len(self.general)


def field_errors(refusal: object, place: Callable[[str], str], labels: Mapping[str, Text]) -> FieldErrors:
    """The one way from a refusal to the fields of a form.

    `place` gives the form's name for a field of the command (`sanctions.0.person`), `labels` what the form calls it: a sentence that does
    not say so gets it before it.
    """
    if not isinstance(refusal, Refusal):
        return FieldErrors()
    if isinstance(refusal, InvalidForm):
        several = {field: why.each if isinstance(why, Refusal) else (why,) for field, why in refusal.wrong.items()}
        named = [(field, one) for field, every in several.items() for one in every]
    else:
        named = [(place(one.at), one) for one in refusal.each]
    placed: dict[str, list[Text]] = {}
    general = []
    for field, one in named:
        said = one.text
        if not field:
            general.append(said)
            continue
        if field not in placed and (label := labels.get(field)) and label.zh not in said.zh:
            said = Text(zh=f"{label.zh}：{said.zh}", en=f"{label.en}: {said.en}")
        placed.setdefault(field, []).append(said)
    whole = {field: _joined(faults) for field, faults in placed.items()}
    summary = (
        {field: _shortened(faults) for field, faults in placed.items()} if isinstance(refusal, InvalidForm) else whole
    )
    return FieldErrors(whole, tuple(general) if placed else (), summary)


def _joined(faults: list[Text]) -> Text:
    return Text(zh="".join(one.zh for one in faults), en=" ".join(one.en for one in faults))


def _shortened(faults: list[Text]) -> Text:
    """The first of a field's faults (of its files, say), and how many more are told at the field."""
    more = len(faults) - 1
    if not more:
        return faults[0]
    rest = Text(zh=f"此处另有 {more} 处问题。", en=f"There {'is' if more == 1 else 'are'} {more} more here.")
    return _joined([faults[0], rest])
