"""The questions that a measure leaves to the institution: one for each reading that could be chosen otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from states.vocabulary import Text

from .clauses import cite
from .readings import Reading

_QUESTION = Text(zh="这一条应如何理解？", en="How is this clause to be read?")


class OpenQuestion(Struct, frozen=True, kw_only=True):
    """One open question: its clause, the answers among which the institution chooses, and the one chosen so far.

    `answers` are by the keys of the alternatives. `chosen` is the sentence of what holds now, and `why` its reason.
    """

    key: str
    clause: str
    question: Text
    answers: dict[str, Text]
    chosen: Text
    why: Text

    @property
    def text(self) -> Text:
        """The question as a paragraph to be answered and signed."""
        return Text(
            zh="\n".join(
                (
                    f"{self.clause}　{self.question.zh}",
                    *(f"  □ {answer.zh}" for answer in self.answers.values()),
                    f"  现按：{self.chosen.zh}。理由：{self.why.zh}",
                )
            ),
            en="\n".join(
                (
                    f"{cite(self.clause).en}: {self.question.en}",
                    *(f"  [ ] {answer.en}" for answer in self.answers.values()),
                    f"  At present: {self.chosen.en}. Reason: {self.why.en}",
                )
            ),
        )


def questions(readings: Iterable[Reading]) -> list[OpenQuestion]:
    """The open questions, in the order of the rulebook. A reading without other answers and without a question is none."""
    return [
        OpenQuestion(
            key=reading.key,
            clause=reading.clause,
            question=reading.asks.text if reading.asks is not None else _QUESTION,
            answers=_answers(reading),
            chosen=reading.sentence,
            why=reading.why.text,
        )
        for reading in readings
        if reading.others or reading.number is not None or reading.asks is not None
    ]


def _answers(reading: Reading) -> dict[str, Text]:
    """The alternatives; and if a number may be chosen, the sentence with a gap for it."""
    answers = {key: alternative.text.text for key, alternative in reading.alternatives.items()}
    if reading.number is not None:
        number = reading.number
        answers["number"] = Text(zh=number.zh.replace("{value}", "＿＿"), en=number.en.replace("{value}", "___"))
    return answers
