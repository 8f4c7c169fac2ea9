"""The form of an act: its fields are made from the act's command, and the filled-in form becomes that command again.

The titles of fields are in `states/titles.py`; how a field is drawn and read follows from its kind (`field_kinds.py`).
If a form cannot be read, one `InvalidForm` has all its errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, get_type_hints

from msgspec import Struct

from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from states.assessment import Assessment, Member, TaskPerson
from states.chart import ACTS
from states.context import Context
from states.custody.confidential import ValueKind
from states.guards import reason_if_lost
from states.policy import clause_of
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
from .confidential_fields import ConfidentialContent
from .confidential_files import PREFIX
from .field_kinds import HINTS, kind_of
from .fields import Fields, read_all, too_long

OTHERS = 3
"""How many persons outside the team a form has fields for."""

TALKS = 8
"""How many interview notes a form has fields for. The assessment's page of confidential values takes more."""


class Input(Struct, frozen=True):
    """One field of a form: its name in the command, its kind (`field_kinds.py`), and whether it may be empty."""

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
    typed = ((name, hints[name]) for name in command.__struct_fields__)
    return tuple(Input(name, kind_of(name, hint), type(None) in getattr(hint, "__args__", ())) for name, hint in typed)


class FormSource(Struct, frozen=True):
    """What the fields of a form are read from: the request, the act, the assessment, and the context of the decision.

    Reading the fields fills two collections. `confidential`: the confidential content, which is not in a command
    (`confidential_fields.py`). `missing`: values that a command may lack but the rules require; they are reported
    together with fields that cannot be read. If all can be read, the rules themselves refuse the command.

    `stream` is the stream of the act, if it is not the assessment's.
    """

    request: PageRequest
    act: str
    state: Assessment
    context: Context
    confidential: list[ConfidentialContent] = []
    missing: dict[str, Refusal] = {}
    stream: str = ""

    @property
    def clause(self) -> Citation:
        return clause_of(self.act, self.context.rulebook)

    @property
    def typed(self) -> Fields:
        """Reads the fields of the form one by one."""
        return Fields(self.request.form, self.clause)

    def documents(self, name: str) -> tuple[Document, ...]:
        """The documents that the form names for a field (`uploads.py`)."""
        return tuple(
            uploads.document(self.request, one, self.stream or self.state.stream, "" if self.stream else self.act)
            for one in uploads.uploads(self.request, name)
        )


def store_uploads(request: PageRequest) -> None:
    """Store the files that came with the form.

    Raises `InvalidForm` if one is not accepted, and `FileRemoved` if one was removed.
    """
    removed_name = uploads.removed_name(request)
    wrong = uploads.store(request, confidential=PREFIX)
    if wrong:
        raise InvalidForm(wrong)
    if removed_name:
        raise uploads.FileRemoved(name=removed_name)


def read(reading: FormSource) -> Command:
    """The command in the form. Raises `InvalidForm` with the errors of all fields."""
    wrong = too_long(reading.request.form, _recorded_fields(reading.request))
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


def _recorded_fields(request: PageRequest) -> list[str]:
    """The fields whose text goes into an entry: not files, and not confidential content."""
    return [name for name, _ in request.form.items() if not name.startswith((PREFIX, uploads.FILE))]


def _read(one: Input, reading: FormSource) -> Any:
    if one.optional and one.kind != "joiner" and not reading.request.form.text(one.name):
        if rests_on_a_resolution(reading.act, reading.state, reading.context.rulebook) and one.name != "cases":
            raise Incomplete(missing=one.title, clause=reading.clause)
        return None
    return _READERS[one.kind](reading, one)


def rests_on_a_resolution(act: str, state: Assessment, rulebook: Rulebook) -> bool:
    """Whether the act needs the committee's resolution: to reopen a result of which no case has changed."""
    return act == "reopen_result" and not by_cases(state, None, rulebook)


def field_of(path: str, command: Command | None, reading: FormSource) -> str:
    """The form's field for a path in its command: for `sheets.team.counts.satisfied` it is `ballot.team.satisfied`."""
    head, _, rest = path.partition(".")
    if head == "findings" and rest:
        return _finding_field(rest)
    if head == "sheets":
        subject, _, column = rest.partition(".")
        counted = column.removeprefix("counts.")
        return f"ballot.{subject}.{counted}" if column not in ("", "counts", "subject") else head
    if head in _LISTS_OF_PERSONS and rest and command is not None:
        index, _, part = rest.partition(".")
        return _person_field(head, int(index), part, command, reading) if index.isdigit() else head
    if head == "joins":
        return "position" if rest == "position" else head
    return path if head in ("marks", "self_scores", "reasons") else head


def _finding_field(rest: str) -> str:
    """The field for a path below `findings`: `3.1.remark` is `remark.3.1`, `3.1.evidence.0` is `evidence.3.1`."""
    if rest.endswith(".remark"):
        return f"remark.{rest.removesuffix('.remark')}"
    key, evidence, _ = rest.partition(".evidence")
    return f"evidence.{key}" if evidence else f"finding.{key}"


_LISTS_OF_PERSONS = ("personal_reports", "member_talks", "persons")


def _person_field(head: str, index: int, part: str, command: Command, reading: FormSource) -> str:
    """The field about one person of a list.

    It is named by the person's id, or by a number for a person outside the team.
    """
    persons = getattr(command, head)
    person = persons[index].person
    if head != "persons":
        return f"{'missing' if head == 'personal_reports' else 'untalked'}.{person}" if part == "missing" else head
    if person in {m.person for m in reading.state.everybody}:
        return f"{part}.{person}" if part in ("measure", "exception") else head
    field = reading.request.form.text
    filled = [n for n in range(OTHERS) if field(f"person.{n}") or field(f"measure.{n}")]
    # The persons outside the team are at the end of the list, in the order of their rows.
    return f"{part}.{filled[index - len(persons)]}"


def _marks(reading: FormSource, one: Input) -> dict[str, Decimal]:
    labels = reading.context.rulebook.tables[reading.state.unit_kind].labels
    readers = {f"{one.name}.{key}": partial(_mark, reading, one, key, label) for key, label in labels.items()}
    return {field.partition(".")[2]: points for field, points in read_all(readers).items()}


def _mark(reading: FormSource, one: Input, key: str, label: Text) -> Decimal:
    what = Text(zh=f"要素 {label.zh} 的得分", en=f"points for element {label.en}")
    return reading.typed.number(f"{one.name}.{key}", what)


def _reasons(reading: FormSource, one: Input) -> dict[str, Words]:
    """The reasons for lost points, by element. An element that lost points must have one, any other must have none."""
    labels = reading.context.rulebook.tables[reading.state.unit_kind].labels
    readers = {f"{one.name}.{key}": partial(_reason, reading, one, key, label) for key, label in labels.items()}
    return {field.partition(".")[2]: why for field, why in read_all(readers).items() if why is not None}


def _reason(reading: FormSource, one: Input, key: str, label: Text) -> Words | None:
    why = reading.typed.words(f"{one.name}.{key}")
    element = reading.context.rulebook.tables[reading.state.unit_kind].elements[key]
    try:
        points = reading.typed.number(f"marks.{key}", one.title)
    except Refusal:
        # The error is at the points.
        return why
    # More points than the element has is an error of the points, which the rules find.
    if points <= element.points:
        reason_if_lost(label, reading.clause, lost=points < element.points, given=why is not None)
    return why


def _findings(reading: FormSource, one: Input) -> dict[str, Finding]:
    shared = reading.documents("evidence")
    findings = {}
    for key in reading.context.rulebook.tables[reading.state.unit_kind].elements:
        finding = reading.request.form.text(f"finding.{key}")
        remark = _words_or_none(reading.request.form.text(f"remark.{key}"))
        evidence = reading.documents(f"evidence.{key}") or (shared if finding != "unmet" else ())
        if finding in ("met", "partly", "unmet"):
            findings[key] = Finding(finding=finding, evidence=evidence, remark=remark)  # type: ignore[arg-type]
        else:
            label = reading.context.rulebook.tables[reading.state.unit_kind].labels[key]
            what = Text(zh=f"要素 {label.zh} 的查验结果", en=f"finding for element {label.en}")
            reading.missing[f"finding.{key}"] = Incomplete(missing=what, clause=reading.clause)
    return findings


def _notes(reading: FormSource, one: Input) -> tuple[Reference, ...]:
    """Collect the notes. The command has no references to them yet: `confidential_fields.store` adds them."""
    places = {f"talk.{n}": reading.request.form.text(f"{PREFIX}talk.{n}.about") for n in range(TALKS)}
    _collect_confidential(reading, places, "interview_notes")
    return ()


def _collect_confidential(reading: FormSource, places: Mapping[str, str], kind: ValueKind) -> None:
    """Add the confidential content at each place to `reading.confidential`.

    `places`: the place, and the person it is about.
    """
    team = {member.person for member in reading.state.team}
    for place, about in places.items():
        content = confidential_fields.read(reading.request, place, kind, about if about in team else None)
        if content is not None:
            reading.confidential.append(content)


def _reports(reading: FormSource, one: Input) -> tuple[PersonalReport, ...]:
    _collect_confidential(reading, {m.person: m.person for m in reading.state.team}, "personal_report")
    missing = {m.person: reading.request.form.text(f"missing.{m.person}") for m in reading.state.team}
    return tuple(PersonalReport(person=p, missing=Words(why) if why else None) for p, why in missing.items())


def _member_talks(reading: FormSource, one: Input) -> tuple[MemberTalk, ...]:
    """The members who were interviewed, and those who were not, with the reason.

    A member with neither is left out; the rules decide whether somebody is missing.
    """
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


def _ballot(reading: FormSource, one: Input) -> tuple[Sheet, ...]:
    rulebook = reading.context.rulebook
    counted = {
        "issued": Text(zh="发出", en="issued"),
        "returned": Text(zh="收回", en="returned"),
        "valid": Text(zh="有效", en="valid"),
    }
    options = {k: t.text for k, t in zip(rulebook.ballot.options, rulebook.ballot.titles, strict=True)}
    subjects = [TEAM, *(m.person for m in reading.state.team)]
    titles = {column: Text(zh=f"{t.zh}票数", en=f"ballots: {t.en}") for column, t in {**counted, **options}.items()}
    names = {f"ballot.{subject}.{column}": title for subject in subjects for column, title in titles.items()}
    counts = read_all({name: partial(reading.typed.whole, name, title) for name, title in names.items()})
    return tuple(
        Sheet(
            subject=Opaque(subject),
            **{column: counts[f"ballot.{subject}.{column}"] for column in counted},
            counts={option: counts[f"ballot.{subject}.{option}"] for option in options},
        )
        for subject in subjects
    )


def _joiner(reading: FormSource, one: Input) -> Member | None:
    person, position = reading.request.form.text("joins"), reading.request.form.text("position")
    if not person and not position:
        return None
    return Member(person=Opaque(person), position=Words(position))


def _one_document(reading: FormSource, one: Input) -> Document:
    documents = reading.documents(one.name)
    if not documents:
        raise Incomplete(missing=one.title, clause=reading.clause)
    return documents[-1]


def _persons(reading: FormSource, one: Input) -> tuple[TaskPerson, ...]:
    """The persons of a task: every member of the team, or everybody for whom a measure is typed."""
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


def _names(reading: FormSource, one: Input) -> tuple[str, ...]:
    typed = reading.typed.word(one.name, one.title)
    names = tuple(filter(None, (part.strip() for part in typed.replace("，", ",").replace("、", ",").split(","))))
    return (
        account_fields.require_known(reading.request, names, reading.clause)
        if one.name in account_fields.FIELDS
        else names
    )


_READERS: Mapping[str, Callable[[FormSource, Input], Any]] = {
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
"""For each kind of field, how it is read."""
