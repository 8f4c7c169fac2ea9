"""The whole of an edition in words: its steps, its rules of results, what follows from a result, and its readings.

Not here: the sentences of the rules (`sentences/`), the measure as it was printed (`printed_measure.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from states.vocabulary import Text

from .file_locations import is_within
from .sentences.follow_ups import follow_up_rules
from .sentences.names import NOTHING, OutsideTitles, listed
from .sentences.rules_in_words import RuleLine, reading_lines, rules_in_words
from .stages import Occasion, Stage
from .types import Rulebook

_ROLLS = {
    "back": Text("遇非工作日提前", "if that is a day off, the working day before"),
    "stay": Text("遇非工作日不变", "whether or not it is a working day"),
    "forward": Text("遇非工作日顺延", "if that is a day off, the next working day"),
}


_YEARS = (NOTHING, Text("次年", " of the year after"), Text("第三年", " of the second year after"))
"""By how many years after the assessed one."""


def measure_in_words(rulebook: Rulebook) -> list[RuleLine]:
    """Every rule of an edition, in the order in which a reader needs them."""
    outside = rulebook.outside_titles
    return [
        *(_stage_line(stage, outside) for stage in rulebook.stage),
        *(_occasion_line(occasion, rulebook) for occasion in rulebook.occasion),
        *rules_in_words(rulebook, outside=outside),
        *follow_up_rules(rulebook, rulebook, outside),
        *(line for reading in rulebook.readings.values() for line in reading_lines(reading)),
    ]


def lines_of_part(lines: list[RuleLine], part: str) -> Iterator[RuleLine]:
    """The lines of one part of a rulebook file: `form`, or `form.annex-1`, or an item in it."""
    return (line for line in lines if is_within(line.location, part))


def _stage_line(stage: Stage, outside: OutsideTitles) -> RuleLine:
    by = listed(outside.roles.get(role, Text(role, role)) for role in stage.by)
    sentences = [Text(f"由{by.zh}办理", f"Done by: {by.en}")]
    if stage.due is not None:
        roll = _ROLLS[stage.roll]
        year = _YEARS[stage.due_year]
        sentences.append(
            Text(
                f"{year.zh}{' ' if year.zh else ''}{stage.due} 前完成（{roll.zh}）",
                f"due {stage.due}{year.en} ({roll.en})",
            )
        )
    sentences += [wording.text for wording in stage.requires]
    return RuleLine(
        location=f"stage.{stage.key}",
        title=stage.title.text,
        sentence=listed(sentences, "；", "; "),
        clause=stage.clause,
    )


def _occasion_line(occasion: Occasion, rulebook: Rulebook) -> RuleLine:
    stages = listed((rulebook.stages[key].title.text for key in occasion.stages), "、", ", ")
    subjects = listed(one.title.text for one in rulebook.subject if one.occasion == occasion.key)
    sentences = [Text(f"按以下步骤进行：{stages.zh}", f"Its steps: {stages.en}")]
    if subjects.zh:
        sentences.append(Text(f"考核{subjects.zh}", f"it assesses: {subjects.en}"))
    if occasion.opens is not None:
        year = _YEARS[occasion.opens_year]
        sentences.append(
            Text(f"系统于{year.zh} {occasion.opens} 启动", f"the system opens it on {occasion.opens}{year.en}")
        )
    return RuleLine(
        location=f"occasion.{occasion.key}", title=occasion.title.text, sentence=listed(sentences, "；", "; "),
        clause=occasion.clause,
    )  # fmt: skip
