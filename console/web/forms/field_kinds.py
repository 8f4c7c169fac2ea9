"""The kind of each field of a command, and the hint below its title. The kind decides how a form draws and reads it.

A field whose name is in `_CHOICES` is a choice, and one whose name is in `_LINES` is one line. For any other field the
kind follows from the type. A type without a kind is a text of several lines. `act_form.py` reads each kind,
`prefill.py` writes it, and the template `inputs.html` draws it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from states.vocabulary import Text

HINTS: Mapping[str, Text] = {
    "reason": Text(
        zh="写明事由即可，不写姓名、电话、身份证号：台账不能更改。",
        en="Give the reason. No names, phone numbers or identity numbers: entries cannot be deleted.",
    ),
    "report": Text(zh="Word、PDF 等。", en="Word, PDF or similar."),
    "minutes": Text(zh="Word、PDF 或照片。", en="Word, PDF or a photograph."),
    "personal_reports": Text(
        zh="逐人登记；未报告的写明原因。报告原文可一并交入保密库，加密保存，不进台账。",
        en=(
            "One line for each member. If there was no report, say why. You can also submit the report itself to the "
            "vault, where it is encrypted and not in the ledger."
        ),
    ),
    "documents": Text(
        zh="可以一次交几个文件。确实没有的，不交文件，在备注中写明原因。",
        en="You may hand in several files. If you do not have the document, upload no file and say why in the remark.",
    ),
    "what": Text(
        zh="写明要哪一份材料，如“第三季度班子会议记录”；不写姓名。",
        en="Say which document it is, such as “minutes of the team's meetings, third quarter”. No names.",
    ),
    "member_talks": Text(
        zh="逐人勾选；未谈话的写明原因（如病假、外出），不写谈话内容。",
        en=(
            "Tick each member interviewed. If there was no interview, give the reason (such as sick leave). Do not "
            "write down what was said."
        ),
    ),
    "sheets": Text(
        zh="照计票单填写。收回多于发出的，本次测评无效，须重新进行。",
        en=(
            "Copy the figures from the count. If more ballots were returned than issued, the vote is void and must be "
            "held again."
        ),
    ),
    "findings": Text(
        zh="除“未落实”外，每个要素须有佐证材料。可以分几次上传，点“暂存”不会丢失。",
        en="Every element but one that is unmet needs evidence. Upload it in several goes; “Save draft” keeps it.",
    ),
    "inspectors": Text(
        zh="本部门以外的人员。",
        en="People from other departments.",
    ),
    "special_work": Text(zh="不写姓名。", en="No names."),
    "record": Text(
        zh="办理本步骤的书面材料：反馈意见、签字确认的回执、会议纪要等。",
        en="What was written about it: the opinion given, a signed receipt, the minutes.",
    ),
    "summary": Text(zh="如何办理、结果如何，写明即可；不写姓名。", en="How it was done and how it ended. No names."),
    "participants": Text(zh="勾选参加的成员；不涉及成员的，可以不勾选。", en="Tick those who took part, if any did."),
    "accounts": Text(
        zh="可以指定多人；一个也不勾选的，由有权办理的人共同承办。把本人承办的事项转给他人的，须写明理由。指定承办人不改变办理权限，只决定待办显示给谁，通知、提醒和催办发给谁。",
        en=(
            "You can choose several people. If you choose nobody, everybody who may do it sees it. "
            "If you hand over your own part, give a reason. This does not change "
            "who may act: it decides who sees it among their to-dos, and who is reminded."
        ),
    ),
    "decision": Text(
        zh="部分采纳的，选“重新审议”：结果由审定机构重新审议后才会改变。",
        en=(
            "If the request is granted in part, choose “the result is to be reopened”. The result changes only when "
            "that is done."
        ),
    ),
    "replaces": Text(
        zh="更正通报时填写原通报文号；首次通报不填。", en="Only for a correction: the number of the notice it replaces."
    ),
    "notes": Text(
        zh="每次谈话一份，文字或文件均可；加密存入保密库，不进台账、暂存和日志，查阅须登记理由。可以不填，以后在“保密内容”页补交。",
        en=(
            "One for each interview, as text or a file. Notes are encrypted in the vault and are not in the ledger, "
            "drafts or logs. Everybody who reads them must give a reason. You can leave this empty and add notes "
            "later under “Confidential”."
        ),
    ),
    "held_on": Text(
        zh="实际举行的日期；分几天进行的，填最后一天。",
        en="The date it took place, or the last day if it took several.",
    ),
}
"""Hints, by the name of the field."""

_KINDS: Mapping[str, str] = {
    "date": "day",
    "int": "count",
    "bool": "tick",
    "Document": "document",
    "tuple[Document, ...]": "documents",
    "dict[str, tuple[Document, ...]]": "folder",
    "dict[str, Decimal]": "marks",
    "dict[str, str]": "levels",
    "dict[str, Words]": "reasons",
    "dict[str, Finding]": "findings",
    "tuple[PersonalReport, ...]": "reports",
    "tuple[MemberTalk, ...]": "member_talks",
    "tuple[Sheet, ...]": "ballot",
    "tuple[Opaque, ...]": "people",
    "tuple[str, ...]": "sources",
    "Member | None": "joiner",
    "tuple[Reference, ...]": "notes",
    "tuple[TaskPerson, ...]": "persons",
}
_CHOICES = frozenset(
    ("team_report_by", "task", "stage", "finding", "veto", "leaves", "item", "window", "decision", "element", "request")
)
_LINES = frozenset(("resolution", "document", "replaces", "special_work"))
_BY_NAME: Mapping[str, str] = {
    "step": "next_stage", "participants": "team", "numbers": "report", "earlier": "report_part",
    "earlier_grades": "report_part", "grades": "grades", "accounts": "assignees",
}  # fmt: skip
"""The kinds of fields whose type says too little: the key of the next stage, which no form asks for, members, reported
values, the grades of all subjects, and accounts that may do the chosen step or task."""


def kind_of(name: str, hint: Any) -> str:
    """The kind of a field, from its name and its type."""
    if name in _CHOICES:
        return "choice"
    if name in _LINES:
        return "line"
    if name in _BY_NAME:
        return _BY_NAME[name]
    is_class = isinstance(hint, type) and not hasattr(hint, "__args__")
    type_name = getattr(hint, "__name__", "") if is_class else _type_as_written(hint)
    return _KINDS.get(type_name) or _KINDS.get(type_name.removesuffix(" | None"), "words")


def _type_as_written(hint: Any) -> str:
    """A type as it is written in code, without the names of modules: `tuple[Sheet, ...]`."""
    return re.sub(r"\b\w+\.", "", str(hint))
