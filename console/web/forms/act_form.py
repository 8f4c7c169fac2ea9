"""The form of an act: its fields are made from the act's command, and the filled-in form becomes that command again.

Also here: the form field to which a part of a refusal belongs (`field_of`).

The titles of fields are in `states/titles.py`; how a field is drawn and read follows from its kind (`field_kinds.py`).
If a form cannot be read, one `InvalidForm` has all its errors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache, partial
from typing import Any, get_type_hints

from msgspec import Struct

from console.score_files.sheet_view import items_of_act
from console.web.request.field_errors import InvalidForm
from console.web.request.page_request import PageRequest
from states.acts import ACTS
from states.assessment import Assessment, Member, TaskPerson
from states.context import Context
from states.custody.confidential import ValueKind
from states.guards import check_mark, check_reason, level_title, mark_title
from states.policy import clause_of
from states.refusals import Incomplete, Malformed, Refusal
from states.result.result import grades_of
from states.result.sheet_items import SheetItem
from states.rulebook.types import Rulebook
from states.stages.democratic_evaluation import Sheet, papers_of
from states.stages.document_review import VERDICT_TITLES, Finding, Verdict
from states.stages.evidence import handed_in
from states.stages.interviews import MemberTalk
from states.stages.meeting import PersonalReport
from states.stages.reopening import is_reopened_by_sources
from states.stages.scoring import Scored
from states.titles import FIELD_TITLES, title_of
from states.vocabulary import Citation, Command, Digest, Document, Opaque, Reference, Text, Words
from storage.papers.evidence import collected

from . import account_fields, confidential_fields, uploads
from .confidential_fields import ConfidentialContent
from .confidential_files import PREFIX
from .field_kinds import HINTS, kind_of
from .fields import Fields, errors_of_long_texts, read_all
from .reported_values import read_part, report_rows

OUTSIDER_ROWS = 3
"""The number of persons outside the team for whom a form has fields."""

PERSON = Text(zh="人员", en="the person")
"""The title of the field for a person outside the team."""

NOTE_ROWS = 8
"""The number of interview notes for which a form has fields. More can be added on the page of confidential values."""


_PERSON_LISTS = ("personal_reports", "member_talks", "persons")
_BOTH = Text(
    zh="同一成员既勾选了已谈话，又写了未谈话的原因，请只留一项",
    en="a member is ticked as interviewed and also has a reason for no interview; keep only one of them",
)


class FormField(Struct, frozen=True):
    """One field of a form: its title, its name in the command, its kind (`field_kinds.py`), and whether it may be empty."""

    title: Text
    name: str
    kind: str
    optional: bool

    @property
    def hint(self) -> Text | None:
        return HINTS.get(self.name)


@lru_cache(maxsize=64)
def form_fields(act: str) -> tuple[FormField, ...]:
    """The fields of an act's form, in the order of its command."""
    command = ACTS[act].command
    types, fact = get_type_hints(command), ACTS[act].facts[0].kind
    return tuple(
        FormField(
            title=title_of(name, fact) or FIELD_TITLES[name],
            name=name,
            kind=kind_of(name, types[name]),
            optional=type(None) in getattr(types[name], "__args__", ()),
        )
        for name in command.__struct_fields__
    )


class FormSource(Struct, frozen=True):
    """The source from which a form is read: the request, the act, the assessment, and the context of the decision.

    Reading the fields fills two collections. `confidential` gets the confidential content, which is not in a command
    (`confidential_fields.py`). `missing_errors` gets the errors of fields that the rules require although the command
    allows them to be empty. They are reported only together with other errors of the form; otherwise the rules refuse
    the command later. `stream` is the stream of the act, if it is not that of the assessment.
    """

    request: PageRequest
    act: str
    state: Assessment
    context: Context
    confidential: list[ConfidentialContent] = []
    missing_errors: dict[str, Refusal] = {}
    stream: str = ""

    @property
    def clause(self) -> Citation:
        return clause_of(self.act, self.context.rulebook, self.state)

    @property
    def fields(self) -> Fields:
        """Reads single fields of the form."""
        return Fields(self.request.form, self.clause)

    def documents(self, name: str) -> tuple[Document, ...]:
        """The documents that the form names for a field (`uploads.py`)."""
        return tuple(
            uploads.document_of_upload(
                self.request, upload, self.stream or self.state.stream, "" if self.stream else self.act
            )
            for upload in uploads.uploads_of_field(self.request, name)
        )


def store_uploads(request: PageRequest) -> None:
    """Store the files that came with the form.

    Raises `InvalidForm` if a file is not accepted, and `FileRemoved` if the person removed one.
    """
    removed_name = uploads.removed_name(request)
    errors = uploads.store_files(request, confidential_prefix=PREFIX)
    if errors:
        raise InvalidForm(errors)
    if removed_name:
        raise uploads.FileRemoved(name=removed_name)


def read(source: FormSource) -> Command:
    """The command in the form. Raises `InvalidForm` with the errors of all fields."""
    errors = errors_of_long_texts(source.request.form, _recorded_fields(source.request))
    values: dict[str, Any] = {}
    for field in form_fields(source.act):
        try:
            values[field.name] = _read(field, source)
        except InvalidForm as invalid:
            errors.update(invalid.errors)
        except Refusal as refusal:
            errors[field.name] = refusal
    if errors:
        raise InvalidForm({**source.missing_errors, **errors})
    return ACTS[source.act].command(**values)


def _recorded_fields(request: PageRequest) -> list[str]:
    """The fields whose text goes into an entry: not files, and not confidential content."""
    return [name for name, _ in request.form.items() if not name.startswith((PREFIX, uploads.FILE_PREFIX))]


def _read(field: FormField, source: FormSource) -> Any:
    """The value of one field.

    An optional field may be empty. But if the act needs a resolution (`needs_resolution`), every field except `sources`
    must be filled in.
    """
    # A joiner has two fields with other names (`_joiner`).
    if field.optional and field.kind != "joiner" and not source.request.form.text(field.name):
        if needs_resolution(source.act, source.state, source.context.rulebook) and field.name != "sources":
            raise Incomplete(missing=field.title, clause=source.clause)
        return None
    if source.act == "report_values":
        rows = report_rows(source.state, source.context, source.request.user.roles)
        return read_part(field.name, rows, source.fields, source.request.form.text)
    return _READERS[field.kind](source, field)


def needs_resolution(act: str, state: Assessment, rulebook: Rulebook) -> bool:
    """Whether the act needs a resolution of the committee: it reopens a result although no case has changed."""
    return act == "reopen_result" and not is_reopened_by_sources(state, None, rulebook)


def field_of(path: str, command: Command | None, source: FormSource) -> str:
    """The form field to which a refusal's path belongs: `ballot.team.satisfied` for `sheets.team.counts.satisfied`."""
    head, _, rest = path.partition(".")
    if head == "findings" and rest:
        return _finding_field(rest)
    if head == "sheets":
        sheet, _, option = rest.partition(".counts.")
        if not option:
            sheet, _, option = rest.rpartition(".")
        return f"ballot.{sheet}.{option}" if sheet and option not in ("counts", "subject") else head
    if head in _PERSON_LISTS and rest and command is not None:
        index, _, part = rest.partition(".")
        return _person_field(head, int(index), part, command, source) if index.isdigit() else head
    if head == "joins":
        return "position" if rest == "position" else head
    by_key = (
        "marks",
        "levels",
        "self_scores",
        "self_levels",
        "reasons",
        "evidence",
        "numbers",
        "earlier",
        "earlier_grades",
        "grades",
    )
    return path if head in by_key else head


def _finding_field(rest: str) -> str:
    """The field for a path below `findings`: `remark.3.1` for `3.1.remark`, `evidence.3.1` for `3.1.evidence.0`."""
    key, verdicts, digest = rest.partition(".verdicts.")
    if verdicts:
        return f"verdict.{key}.{digest}"
    if rest.endswith(".remark"):
        return f"remark.{rest.removesuffix('.remark')}"
    key, evidence, _ = rest.partition(".evidence")
    return f"evidence.{key}" if evidence else f"finding.{key}"


def _person_field(head: str, index: int, part: str, command: Command, source: FormSource) -> str:
    """The form field about one person of a list.

    Its name has the person's id; for a person outside the team, a number.
    """
    persons = getattr(command, head)
    person = persons[index].person
    if head != "persons":
        return f"{'missing' if head == 'personal_reports' else 'untalked'}.{person}" if part == "missing" else head
    if person in {m.person for m in source.state.everybody}:
        return f"{part}.{person}" if part in ("measure", "exception") else head
    text_of = source.request.form.text
    filled = [n for n in range(OUTSIDER_ROWS) if text_of(f"person.{n}") or text_of(f"measure.{n}")]
    # `_persons` puts the persons outside the team at the end of the list, in the order of their rows.
    return f"{part}.{filled[index - len(persons)]}"


def _marks(source: FormSource, field: FormField) -> dict[str, Decimal]:
    items = (item for item in _items(source).values() if not item.is_level)
    readers = {f"{field.name}.{item.key}": partial(_mark, source, field, item) for item in items}
    return {name.partition(".")[2]: points for name, points in read_all(readers).items()}


def _items(source: FormSource) -> Mapping[str, SheetItem]:
    return items_of_act(source.act, source.state, source.context.rulebook)


def _mark(source: FormSource, field: FormField, item: SheetItem) -> Decimal:
    return source.fields.number(f"{field.name}.{item.key}", mark_title(item))


def _levels(source: FormSource, field: FormField) -> dict[str, str]:
    items = (item for item in _items(source).values() if item.is_level)
    readers = {f"{field.name}.{item.key}": partial(_level, source, field, item) for item in items}
    return {name.partition(".")[2]: word for name, word in read_all(readers).items()}


def _level(source: FormSource, field: FormField, item: SheetItem) -> str:
    return str(source.fields.word(f"{field.name}.{item.key}", level_title(item)))


def _reasons(source: FormSource, field: FormField) -> dict[str, Words]:
    """The reasons for lost points, by element.

    An element that lost points must have a reason. Any other element must have none, except a count.
    """
    readers = {f"{field.name}.{item.key}": partial(_reason, source, field, item) for item in _items(source).values()}
    return {name.partition(".")[2]: why for name, why in read_all(readers).items() if why is not None}


def _reason(source: FormSource, field: FormField, item: SheetItem) -> Words | None:
    why = source.fields.words(f"{field.name}.{item.key}")
    entry: Decimal | str
    try:
        if item.is_level:
            entry = str(source.fields.word(f"levels.{item.key}", field.title))
        else:
            entry = source.fields.number(f"marks.{item.key}", field.title)
            check_mark(entry, item)
    except Refusal:
        # The field of the entry reports this error; or the rules do, at the same field.
        return why
    check_reason(item, source.clause, entry, has_reason=why is not None)
    return why


def _grades(source: FormSource, field: FormField) -> dict[str, str]:
    """The grades that the form names, by subject. The rules decide whether one is missing or another one."""
    scored, text_of = source.state.fact(Scored), source.request.form.text
    ids = grades_of(scored.results, source.context.rulebook) if scored is not None else ()
    return {id_: grade for id_ in ids if (grade := text_of(f"{field.name}.{id_}"))}


def _findings(source: FormSource, field: FormField) -> dict[str, Finding]:
    """The findings by element, each with its files.

    An element without own files gets the files for all elements, unless it is unmet. An element without a finding is
    left out, and `source.missing_errors` gets the error.
    """
    shared, evidence_of_department = source.documents("evidence"), handed_in(source.state)
    findings = {}
    for key in source.context.rulebook.forms_by_kind[source.state.unit_kind].elements:
        finding = source.request.form.text(f"finding.{key}")
        remark = _words_or_none(source.request.form.text(f"remark.{key}"))
        evidence = source.documents(f"evidence.{key}") or (shared if finding != "unmet" else ())
        if finding in ("met", "partly", "unmet"):
            verdicts = _verdicts(source, key, evidence_of_department.get(key, {}))
            parts = {"evidence": evidence, "verdicts": verdicts, "remark": remark}
            findings[key] = Finding(degree=finding, **parts)  # type: ignore[arg-type]
        else:
            label = source.context.rulebook.forms_by_kind[source.state.unit_kind].labels[key]
            what = Text(zh=f"要素 {label.zh} 的查验结果", en=f"finding for element {label.en}")
            source.missing_errors[f"finding.{key}"] = Incomplete(missing=what, clause=source.clause)
    return findings


def _folder(source: FormSource, field: FormField) -> dict[str, tuple[Document, ...]]:
    """The evidence that the department has collected under the elements of its form. None is typed."""
    state, elements = source.state, source.context.rulebook.forms_by_kind[source.state.unit_kind].elements
    files: dict[str, tuple[Document, ...]] = {}
    for one in collected(source.request.database, state.year, state.unit) if not state.is_special else ():
        if one.element in elements:
            document = Document(sha256=Digest(one.sha256), size=one.size, media_type=one.media_type)
            files[one.element] = (*files.get(one.element, ()), document)
    return files


def _verdicts(source: FormSource, key: str, files: Mapping[str, Document]) -> dict[str, Verdict]:
    """What the form says of the documents that the department handed in under an element."""
    text_of, verdicts = source.request.form.text, {}
    for digest in files:
        fits, remark = text_of(f"verdict.{key}.{digest}"), _words_or_none(text_of(f"verdict_remark.{key}.{digest}"))
        if fits in VERDICT_TITLES:
            verdicts[digest] = Verdict(fits=fits, remark=remark)  # type: ignore[arg-type]
    return verdicts


def _notes(source: FormSource, field: FormField) -> tuple[Reference, ...]:
    """Collect the notes. The command has no references to them yet: `confidential_fields.store` adds them."""
    places = {f"talk.{n}": source.request.form.text(f"{PREFIX}talk.{n}.about") for n in range(NOTE_ROWS)}
    _collect_confidential(source, places, "interview_notes")
    return ()


def _collect_confidential(source: FormSource, places: Mapping[str, str], kind: ValueKind) -> None:
    """Add the confidential content at each place to `source.confidential`.

    `places`: by the name of each place in the form, the id of the person whom its content concerns.
    """
    team = {member.person for member in source.state.team}
    for place, about in places.items():
        content = confidential_fields.read(source.request, place, kind, about if about in team else None)
        if content is not None:
            source.confidential.append(content)


def _reports(source: FormSource, field: FormField) -> tuple[PersonalReport, ...]:
    _collect_confidential(source, {m.person: m.person for m in source.state.team}, "personal_report")
    reasons = {m.person: source.request.form.text(f"missing.{m.person}") for m in source.state.team}
    return tuple(PersonalReport(person=p, missing=Words(why) if why else None) for p, why in reasons.items())


def _member_talks(source: FormSource, field: FormField) -> tuple[MemberTalk, ...]:
    """The members who were interviewed, and those who were not, with the reason.

    A member with neither is left out; the rules decide whether somebody is missing.
    """
    request, talks = source.request, []
    for member in source.state.team:
        why = request.form.text(f"untalked.{member.person}")
        if why and request.form.text(f"talked.{member.person}"):
            raise Malformed(what=field.title, why=_BOTH, clause=source.clause)
        if why or request.form.text(f"talked.{member.person}"):
            talks.append(MemberTalk(person=member.person, missing=Words(why) if why else None))
    return tuple(talks)


def _ballot(source: FormSource, field: FormField) -> tuple[Sheet, ...]:
    rulebook = source.context.rulebook
    count_titles = {
        "issued": Text(zh="发出", en="issued"),
        "returned": Text(zh="收回", en="returned"),
        "valid": Text(zh="有效", en="valid"),
    }
    papers = papers_of(source.state, rulebook)
    columns = {
        paper.id: {
            c: Text(zh=f"{t.zh}票数", en=f"ballots: {t.en}") for c, t in {**count_titles, **paper.options}.items()
        }
        for paper in papers
    }
    names = {f"ballot.{id_}.{column}": title for id_, titles in columns.items() for column, title in titles.items()}
    counts = read_all({name: partial(source.fields.whole, name, title) for name, title in names.items()})
    return tuple(
        Sheet(
            ballot=paper.ballot,
            group=paper.group,
            subject=Opaque(paper.subject),
            **{column: counts[f"ballot.{paper.id}.{column}"] for column in count_titles},
            counts={option: counts[f"ballot.{paper.id}.{option}"] for option in paper.options},
        )
        for paper in papers
    )


def _joiner(source: FormSource, field: FormField) -> Member | None:
    person, position = source.request.form.text("joins"), source.request.form.text("position")
    if not person and not position:
        return None
    title = Text(zh="接任成员", en="the member who joins")
    id_ = source.fields.person("joins", title, source.request.directory_names.id_of) if person else Opaque("")
    return Member(person=id_, position=Words(position))


def _one_document(source: FormSource, field: FormField) -> Document:
    documents = source.documents(field.name)
    if not documents:
        raise Incomplete(missing=field.title, clause=source.clause)
    # The newest upload replaces the others.
    return documents[-1]


def _persons(source: FormSource, field: FormField) -> tuple[TaskPerson, ...]:
    """The persons of a task, as the rulebook says: nobody, everybody who is or was in the team, or chosen persons.

    The chosen persons are the members with a measure, then the persons outside the team in the filled-in rows.
    """
    task = source.context.rulebook.task_of(source.request.form.text("task"))
    kind = task.persons if task else "none"
    text_of = source.request.form.text
    if kind == "team":
        return tuple(
            TaskPerson(person=m.person, exception=_words_or_none(text_of(f"exception.{m.person}")))
            for m in source.state.everybody
        )
    if kind == "none":
        return ()
    names = source.request.directory_names
    typed = [n for n in range(OUTSIDER_ROWS) if text_of(f"person.{n}")]
    outsiders = read_all(
        {f"person.{n}": partial(source.fields.person, f"person.{n}", PERSON, names.id_of) for n in typed}
    )
    others = [(outsiders.get(f"person.{n}", ""), text_of(f"measure.{n}")) for n in range(OUTSIDER_ROWS)]
    members = [(m.person, text_of(f"measure.{m.person}")) for m in source.state.everybody]
    return tuple(
        TaskPerson(person=Opaque(person), measure=_words_or_none(measure))
        for person, measure in (*(row for row in members if row[1]), *(row for row in others if any(row)))
    )


def _words_or_none(text: str) -> Words | None:
    return Words(text) if text else None


def _accounts(source: FormSource, field: FormField) -> tuple[str, ...]:
    """The accounts whose names are ticked or typed."""
    return account_fields.read(source.request, field.name, field.title, source.clause)


_READERS: Mapping[str, Callable[[FormSource, FormField], Any]] = {
    "day": lambda source, field: source.fields.day(field.name, field.title),
    "count": lambda source, field: source.fields.whole(field.name, field.title),
    "tick": lambda source, field: bool(source.request.form.text(field.name)),
    "words": lambda source, field: source.fields.word(field.name, field.title),
    "line": lambda source, field: source.fields.word(field.name, field.title),
    "choice": lambda source, field: source.fields.word(field.name, field.title),
    "people": _accounts,
    "sources": lambda source, field: tuple(source.request.form.texts(field.name)),
    "team": lambda source, field: tuple(Opaque(person) for person in source.request.form.texts(field.name)),
    "assignees": lambda source, field: tuple(Opaque(account) for account in source.request.form.texts(field.name)),
    "next_stage": lambda source, _: source.context.rulebook.next_stages[source.state.stage].key,
    "document": _one_document,
    "documents": lambda source, field: source.documents(field.name),
    "folder": _folder,
    "marks": _marks,
    "levels": _levels,
    "reasons": _reasons,
    "grades": _grades,
    "findings": _findings,
    "reports": _reports,
    "member_talks": _member_talks,
    "notes": _notes,
    "persons": _persons,
    "ballot": _ballot,
    "joiner": _joiner,
}
"""The function that reads a field, by its kind."""
