"""The form of an act, made of its command: one field for each thing the command says, each with its title, and read back.

What each field is called stands in `states/titles.py`. How a field is drawn and read follows from
its type (`_KINDS`), or, for a string that chooses among things, from its name. A form that cannot be read is one `InvalidForm`
with everything that is wrong in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, get_type_hints

from msgspec import Struct

from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from states.assessment import Assessment, Member, TaskPerson
from states.chart import ACTS
from states.context import Context
from states.custody.confidential import Kept
from states.guards import reason_if_lost
from states.policy import cited
from states.refusals import Incomplete, Malformed, Refusal
from states.rulebook.types import Rulebook
from states.stages.democratic_evaluation import TEAM, Sheet
from states.stages.document_review import Finding
from states.stages.interviews import MemberTalk
from states.stages.meeting import PersonalReport
from states.stages.reopening import by_cases
from states.titles import FIELDS
from states.vocabulary import Citation, Command, Document, Opaque, Reference, Text, Words

from . import account_fields, confidential_fields, uploads
from .confidential_fields import Content
from .confidential_files import PREFIX
from .fields import Fields, read_all, too_long

HINTS: Mapping[str, Text] = {
    "reason": Text(zh="写明事由即可，不写姓名、电话、身份证号：台账不能更改。", en="Give the reason. No names, phone numbers or identity numbers: entries cannot be deleted."),
    "report": Text(zh="Word、PDF 等。", en="Word, PDF or similar."),
    "minutes": Text(zh="Word、PDF 或照片。", en="Word, PDF or a photograph."),
    "personal_reports": Text(zh="逐人登记；未报告的写明原因。报告原文可一并交入保密库，加密保存，不进台账。", en="One line for each member. If there was no report, say why. You can also submit the report itself to the vault, where it is encrypted and not in the ledger."),
    "member_talks": Text(zh="逐人勾选；未谈话的写明原因（如病假、外出），不写谈话内容。", en="Tick each member interviewed. If there was no interview, give the reason (such as sick leave). Do not write what was said."),
    "sheets": Text(zh="照计票单填写。收回多于发出的，本次测评无效，须重新进行。", en="Copy the figures from the count. If more ballots were returned than issued, the vote is void and must be held again."),
    "findings": Text(zh="除“未落实”外，每个要素须有佐证材料。可以分几次上传，点“暂存”不会丢失。", en="Every element but one that is unmet needs evidence. Upload it in several goes; “Save draft” keeps it."),
    "inspectors": Text(zh="本部门以外的人员，填账号，用逗号隔开。", en="People from other units: accounts, separated by commas."),
    "special_work": Text(zh="不写姓名。", en="No names."),
    "replaces": Text(zh="更正通报时填写原通报文号；首次通报不填。", en="Only for a correction: the number of the notice it replaces."),
    "notes": Text(zh="每次谈话一份，文字或文件均可；加密存入保密库，不进台账、暂存和日志，查阅须登记理由。可以不填，以后在“保密内容”页补交。", en="One for each interview, as text or a file. Notes are encrypted in the vault and are not in the ledger, drafts or logs. Everybody who reads them must give a reason. You can leave this empty and add notes later under “Confidential”."),
    "held_on": Text(zh="实际举行的日期；分几天进行的，填最后一天。", en="The date it took place, or the last day if it took several."),
}  # fmt: skip

_KINDS: Mapping[str, str] = {
    "date": "day", "int": "count", "bool": "tick", "Document": "document", "tuple[Document, ...]": "documents", "dict[str, Decimal]": "marks", "dict[str, Words]": "reasons",
    "dict[str, Finding]": "findings", "tuple[PersonalReport, ...]": "reports", "tuple[MemberTalk, ...]": "member_talks", "tuple[Sheet, ...]": "ballot",
    "tuple[Opaque, ...]": "people", "tuple[str, ...]": "cases", "Member | None": "joiner", "tuple[Reference, ...]": "notes", "tuple[TaskPerson, ...]": "persons",
}  # fmt: skip
_CHOICES = frozenset(("team_report_by", "grade", "task", "stage", "ground", "veto", "leaves"))
_LINES = frozenset(("resolution", "document", "replaces", "special_work"))

OTHERS = 3
"""How many persons outside the team a form has room for."""

TALKS = 8
"""How many talks' notes a form has room for; more are added on the assessment's page of confidential values."""


class Input(Struct, frozen=True):
    """One field of a form: its name in the command, how it is drawn and read (`kind`), and whether it may be empty."""

    name: str
    kind: str
    optional: bool

    @property
    def title(self) -> Text:
        return FIELDS[self.name]

    @property
    def hint(self) -> Text | None:
        return HINTS.get(self.name)


@lru_cache(maxsize=64)
def inputs(act: str) -> tuple[Input, ...]:
    """The fields of an act's form, in the order of its command."""
    command = ACTS[act].command
    hints = get_type_hints(command)
    named = ((name, hints[name]) for name in command.__struct_fields__)
    return tuple(Input(name, _kind(name, hint), type(None) in getattr(hint, "__args__", ())) for name, hint in named)


def _kind(name: str, hint: Any) -> str:
    if name in _CHOICES:
        return "choice"
    if name in _LINES:
        return "line"
    said = getattr(hint, "__name__", "") if isinstance(hint, type) and not hasattr(hint, "__args__") else _said(hint)
    return _KINDS.get(said) or _KINDS.get(said.removesuffix(" | None"), "words")


def _said(hint: Any) -> str:
    """A hint as it is written: `tuple[Sheet, ...]`."""
    return re.sub(r"\b\w+\.", "", str(hint))


class Reading(Struct, frozen=True):
    """What a field is read from: the form, the assessment, and the context of the decision.

    `confidential` gathers what the form says in confidence: no command holds it (`confidential_fields.py`). `missing` gathers what a command may lack and the
    law asks for: it is told with what could not be read, and by the law where all could. `stream` is the one acted on, where it is
    no assessment's.
    """

    request: PageRequest
    act: str
    state: Assessment
    context: Context
    confidential: list[Content] = []
    missing: dict[str, Refusal] = {}
    stream: str = ""

    @property
    def clause(self) -> Citation:
        return cited(self.act, self.context.rulebook)

    @property
    def typed(self) -> Fields:
        """The fields of the form, to be read one by one."""
        return Fields(self.request.form, self.clause)

    def documents(self, name: str) -> tuple[Document, ...]:
        """The documents of a field: those kept with the form before, and those that came with it now."""
        return tuple(
            uploads.document(self.request, one, self.stream or self.state.stream, "" if self.stream else self.act)
            for one in uploads.uploads(self.request, name)
        )


def take_files(request: PageRequest) -> None:
    """Keep every file that came with the form and let the form name it. InvalidForm, where one was not taken; Removed."""
    name = uploads.removed(request)
    wrong = uploads.store(request, confidential=PREFIX)
    if wrong:
        raise InvalidForm(wrong)
    if name:
        raise uploads.Removed(name=name)


def read(reading: Reading) -> Command:
    """The command the form says; `InvalidForm` with all that is wrong."""
    wrong = too_long(reading.request.form, _entered(reading.request))
    values: dict[str, Any] = {}
    for one in inputs(reading.act):
        try:
            values[one.name] = _read(one, reading)
        except InvalidForm as several:
            wrong.update(several.wrong)
        except Refusal as refusal:
            wrong[one.name] = refusal
    if wrong:
        raise InvalidForm({**reading.missing, **wrong})
    return ACTS[reading.act].command(**values)


def _entered(request: PageRequest) -> list[str]:
    """The fields that go into an entry as they are typed: no files, and nothing said in confidence."""
    return [name for name, _ in request.form.items() if not name.startswith((PREFIX, uploads.FILE))]


def _read(one: Input, reading: Reading) -> Any:
    if one.optional and one.kind != "joiner" and not reading.request.form.text(one.name):
        if rests_on_a_resolution(reading.act, reading.state, reading.context.rulebook) and one.name != "cases":
            raise Incomplete(missing=one.title, clause=reading.clause)
        return None
    return _READERS[one.kind](reading, one)


def rests_on_a_resolution(act: str, state: Assessment, rulebook: Rulebook) -> bool:
    """Whether a form asks for the committee's resolution: where no case changed, a result is reopened by one only."""
    return act == "reopen_result" and not by_cases(state, None, rulebook)


def place(path: str, command: Command | None, reading: Reading) -> str:
    """Where the form of an act has a field of its command: `sheets.team.counts.satisfied` is at `ballot.team.satisfied`."""
    head, _, rest = path.partition(".")
    if head == "findings":
        key, _, part = rest.rpartition(".remark") if rest.endswith(".remark") else rest.partition(".evidence")
        named = {".remark": "remark", ".evidence": "evidence"}
        kind = next((name for end, name in named.items() if end in rest), "finding")
        return f"{kind}.{key or rest.removesuffix('.remark')}" if rest else head
    if head == "sheets":
        subject, _, column = rest.partition(".")
        counted = column.removeprefix("counts.")
        return f"ballot.{subject}.{counted}" if column not in ("", "counts", "subject") else head
    if head in _OF_PERSONS and rest and command is not None:
        at, _, part = rest.partition(".")
        return _of_person(head, int(at), part, command, reading) if at.isdigit() else head
    if head == "joins":
        return "position" if rest == "position" else head
    return path if head in ("marks", "self_scores", "reasons") else head


_OF_PERSONS = ("personal_reports", "member_talks", "persons")


def _of_person(head: str, at: int, part: str, command: Command, reading: Reading) -> str:
    """Where what is said of one person stands: in the person's row, by id, or, of somebody outside the team, by its number."""
    among = getattr(command, head)
    person = among[at].person
    if head != "persons":
        return f"{'missing' if head == 'personal_reports' else 'untalked'}.{person}" if part == "missing" else head
    if person in {m.person for m in reading.state.everybody}:
        return f"{part}.{person}" if part in ("measure", "exception") else head
    field = reading.request.form.text
    filled = [n for n in range(OTHERS) if field(f"person.{n}") or field(f"measure.{n}")]
    return f"{part}.{filled[at - len(among)]}"


def _marks(reading: Reading, one: Input) -> dict[str, Decimal]:
    labels = reading.context.rulebook.tables[reading.state.unit_kind].labels
    found = read_all({
        f"{one.name}.{key}": lambda key=key, label=label: reading.typed.number(  # type: ignore[misc]
            f"{one.name}.{key}", Text(zh=f"要素 {label.zh} 的得分", en=f"points for element {label.en}")
        )
        for key, label in labels.items()
    })  # fmt: skip
    return {where.partition(".")[2]: points for where, points in found.items()}


def _reasons(reading: Reading, one: Input) -> dict[str, Words]:
    """What was typed: at each element whose points, as far as they can be read, are below its own, and at no other."""
    table = reading.context.rulebook.tables[reading.state.unit_kind]
    found = read_all({
        f"{one.name}.{key}": lambda key=key, label=label: _reason(reading, one, key, label)  # type: ignore[misc]
        for key, label in table.labels.items()
    })  # fmt: skip
    return {where.partition(".")[2]: why for where, why in found.items() if why is not None}


def _reason(reading: Reading, one: Input, key: str, label: Text) -> Words | None:
    why = reading.typed.words(f"{one.name}.{key}")
    element = reading.context.rulebook.tables[reading.state.unit_kind].elements[key]
    try:
        points = reading.typed.number(f"marks.{key}", one.title)
    except Refusal:
        return why  # it is told at the points
    # More points than there are is a fault of the points, which the law finds.
    if points <= element.points:
        reason_if_lost(label, reading.clause, lost=points < element.points, given=why is not None)
    return why


def _findings(reading: Reading, one: Input) -> dict[str, Finding]:
    shared = reading.documents("evidence")
    findings = {}
    for key in reading.context.rulebook.tables[reading.state.unit_kind].elements:
        finding = reading.request.form.text(f"finding.{key}")
        remark = reading.request.form.text(f"remark.{key}")
        evidence = reading.documents(f"evidence.{key}") or (shared if finding != "unmet" else ())
        if finding in ("met", "partly", "unmet"):
            findings[key] = Finding(finding=finding, evidence=evidence, remark=Words(remark) if remark else None)  # type: ignore[arg-type]
        else:
            label = reading.context.rulebook.tables[reading.state.unit_kind].labels[key]
            what = Text(zh=f"要素 {label.zh} 的查验结果", en=f"finding for element {label.en}")
            reading.missing[f"finding.{key}"] = Incomplete(missing=what, clause=reading.clause)
    return findings


def _notes(reading: Reading, one: Input) -> tuple[Reference, ...]:
    """None yet: what the notes say is gathered, and the command names them once they are kept."""
    return _gathered(reading, {f"talk.{n}": reading.request.form.text(f"{PREFIX}talk.{n}.about") for n in range(TALKS)}, "interview_notes")  # fmt: skip


def _gathered(reading: Reading, places: Mapping[str, str], kind: Kept) -> tuple[()]:
    """Gather what stands in confidence at these places, each about somebody of the team or nobody."""
    team = {member.person for member in reading.state.team}
    for place, about in places.items():
        found = confidential_fields.read(reading.request, place, kind, about if about in team else None)
        if found is not None:
            reading.confidential.append(found)
    return ()


def _reports(reading: Reading, one: Input) -> tuple[PersonalReport, ...]:
    _gathered(reading, {m.person: m.person for m in reading.state.team}, "personal_report")
    missing = {m.person: reading.request.form.text(f"missing.{m.person}") for m in reading.state.team}
    return tuple(PersonalReport(person=p, missing=Words(why) if why else None) for p, why in missing.items())


def _member_talks(reading: Reading, one: Input) -> tuple[MemberTalk, ...]:
    """Who was talked with, and who was not for a reason; who is neither is not named, and the law asks for him or not."""
    request, talks = reading.request, []
    for member in reading.state.team:
        why = request.form.text(f"untalked.{member.person}")
        if why and request.form.text(f"talked.{member.person}"):
            raise Malformed(what=one.title, why=_BOTH, clause=reading.clause)
        if why or request.form.text(f"talked.{member.person}"):
            talks.append(MemberTalk(person=member.person, missing=Words(why) if why else None))
    return tuple(talks)


_BOTH = Text(
    zh="同一成员既勾选了已谈话，又写了未谈话的原因，请只留一项",
    en="a member is ticked as interviewed and also has a reason for no interview; keep only one of them",
)


def _ballot(reading: Reading, one: Input) -> tuple[Sheet, ...]:
    rulebook = reading.context.rulebook
    counted = {
        "issued": Text(zh="发出", en="issued"),
        "returned": Text(zh="收回", en="returned"),
        "valid": Text(zh="有效", en="valid"),
    }
    options = {k: t.text for k, t in zip(rulebook.ballot.options, rulebook.ballot.titles, strict=True)}
    subjects = [TEAM, *(m.person for m in reading.state.team)]
    found = read_all({
        f"ballot.{subject}.{column}": lambda s=subject, c=column, t=title: reading.typed.whole(  # type: ignore[misc]
            f"ballot.{s}.{c}", Text(zh=f"{t.zh}票数", en=f"ballots: {t.en}")
        )
        for subject in subjects
        for column, title in {**counted, **options}.items()
    })  # fmt: skip
    return tuple(
        Sheet(
            subject=Opaque(subject),
            **{column: found[f"ballot.{subject}.{column}"] for column in counted},
            counts={option: found[f"ballot.{subject}.{option}"] for option in options},
        )
        for subject in subjects
    )


def _joiner(reading: Reading, one: Input) -> Member | None:
    person, position = reading.request.form.text("joins"), reading.request.form.text("position")
    if not person and not position:
        return None
    return Member(person=Opaque(person), position=Words(position))


def _one_document(reading: Reading, one: Input) -> Document:
    found = reading.documents(one.name)
    if not found:
        raise Incomplete(missing=one.title, clause=reading.clause)
    return found[-1]


def _persons(reading: Reading, one: Input) -> tuple[TaskPerson, ...]:
    """Whom the task names: every member of the team, or those for whom a measure is typed, of the team or not."""
    task = reading.context.rulebook.consequences.get(reading.request.form.text("task"))
    kind = task.persons if task else "none"
    field = reading.request.form.text
    if kind == "team":
        return tuple(
            TaskPerson(person=m.person, exception=_words_or_none(field(f"exception.{m.person}")))
            for m in reading.state.everybody
        )
    if kind == "none":
        return ()
    others = [(field(f"person.{n}"), field(f"measure.{n}")) for n in range(OTHERS)]
    typed = [(m.person, field(f"measure.{m.person}")) for m in reading.state.everybody]
    return tuple(
        TaskPerson(person=Opaque(person), measure=_words_or_none(measure))
        for person, measure in (*(t for t in typed if t[1]), *(o for o in others if any(o)))
    )


def _words_or_none(typed: str) -> Words | None:
    return Words(typed) if typed else None


def _names(reading: Reading, one: Input) -> tuple[str, ...]:
    typed = reading.typed.word(one.name, one.title)
    names = tuple(filter(None, (part.strip() for part in typed.replace("，", ",").replace("、", ",").split(","))))
    return account_fields.known(reading.request, names, reading.clause) if one.name in account_fields.FIELDS else names


_READERS: Mapping[str, Callable[[Reading, Input], Any]] = {
    "day": lambda r, i: r.typed.day(i.name, i.title),
    "count": lambda r, i: r.typed.whole(i.name, i.title),
    "tick": lambda r, i: bool(r.request.form.text(i.name)),
    "words": lambda r, i: r.typed.word(i.name, i.title),
    "line": lambda r, i: r.typed.word(i.name, i.title),
    "choice": lambda r, i: r.typed.word(i.name, i.title),
    "people": _names,
    "cases": lambda r, i: tuple(r.request.form.texts(i.name)),
    "document": _one_document,
    "marks": _marks,
    "reasons": _reasons,
    "findings": _findings,
    "reports": _reports,
    "member_talks": _member_talks,
    "notes": _notes,
    "persons": _persons,
    "ballot": _ballot,
    "joiner": _joiner,
}
"""How each kind of field is read."""
