"""The names and titles for ids: departments, accounts, members, files, streams, and the parts of a rulebook.

An unknown account or part of a rulebook gets a general word, so that no sentence has its id. Also here: which users may
read the names of files (`terms_of`), and an assessment whose members have names (`named`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING, Protocol

from console.web.request.stream_titles import source_title
from states.assessment import UNOPENED, WITHDRAWN, Assessment
from states.chart import stage_title
from states.deadlines.assignment import SHEETS
from states.result.open_tasks import task_title, window_title
from states.rulebook.parts import Wording
from states.rulebook.tasks import Follow
from states.rulebook.types import Rulebook
from states.stages.democratic_evaluation import TEAM, Sheet
from states.stages.evidence import request_title
from states.titles import same_text
from states.vocabulary import CLOCK, Document, Text
from storage.papers import attachments
from storage.papers.attachments import EntryAttachment

from .files import RecordedFile

if TYPE_CHECKING:
    from console.web.request.page_request import PageRequest

_TEAM = Text(zh="领导班子", en="The team")
_CLOCK = Text(zh="系统自动", en="automatic")
_SOMEBODY = Text(zh="其他人员", en="somebody else")


_UNKNOWN = Text(zh="本办法中没有的项目", en="not in this rulebook")


class Titled(Protocol):
    """A part of a rulebook that has a title."""

    @property
    def title(self) -> Wording: ...


class Terms:
    """The terms of one page: each method returns the name of an id.

    `state` is the assessment whose team and elements are meant. `unit` returns the name of a department, `stream` the
    title of a stream. `accounts` has the names of accounts by id, `persons` those of people. `attached` returns the
    files of a stream's entries, by version and digest (`storage/papers/attachments.py`). `names_recorded`: whether the
    reader may know of whom the lines of cases and records are; otherwise a line has its number.
    """

    def __init__(
        self,
        state: Assessment,
        rulebook: Rulebook,
        unit: Callable[[str], str],
        accounts: Mapping[str, str],
        persons: Mapping[str, Text],
        stream: Callable[[str], Text],
        attached: Callable[[str], Mapping[tuple[int, str], EntryAttachment]],
        *,
        names_recorded: bool = False,
    ) -> None:
        self._attached = attached
        self.state, self.rulebook, self.unit, self.stream = state, rulebook, unit, stream
        self._accounts, self._persons = accounts, persons
        self._posts, self._names_recorded = state.posts, names_recorded
        self._positions: dict[str, str] = {member.person: member.position for member in (*state.left, *state.everybody)}

    def account(self, id_: str) -> Text:
        """The name of an account. The clock and an unknown account get a general word."""
        if id_ == CLOCK.id:
            return _CLOCK
        return same_text(self._accounts[id_]) if id_ in self._accounts else _SOMEBODY

    def member(self, person: str) -> Text:
        """A member of the team: the name where it is known, and the post.

        The ledger itself has no names.
        """
        if person == TEAM:
            return _TEAM
        name, post = self._persons.get(person), self._positions.get(person, "")
        if name is None:
            return same_text(self._posts[person]) if person in self._posts else _SOMEBODY
        return Text(zh=f"{name.zh}（{post}）", en=f"{name.en} ({post})") if post else name

    def person(self, id_: str) -> Text:
        """The name of a person; the id if it is not known. For those who named the person themselves."""
        return self._persons.get(id_) or same_text(id_)

    def recorded_person(self, person: str | None) -> Text | None:
        """The name of the person of a line of a case or record; None if it is not known, or not for the reader."""
        return self._persons.get(person) if person is not None and self._names_recorded else None

    def file(self, stream: str, version: int, document: Document) -> RecordedFile:
        """The file of a document under the entry that names it."""
        attachment = self._attached(stream).get((version, document.sha256))
        number, name = (attachment.number, attachment.name or "") if attachment else (0, None)
        return RecordedFile(document.sha256, document.size, document.media_type, number, name)

    def source(self, id_: str) -> Text:
        """The title of a case or of another record by its id; or of a standing; a general word for the rest."""
        standing = self.rulebook.standings.get(id_.partition("@")[0])
        return standing.title.text if standing is not None else source_title(id_, self.stream)

    def standing(self, key: str) -> Text:
        """The rulebook's title of a standing."""
        standing = self.rulebook.standings.get(key)
        return standing.title.text if standing is not None else _UNKNOWN

    def subject(self, id_: str) -> Text:
        """A subject of a standing: a department, or one of its members."""
        unit, _, person = id_.partition("@")
        name = same_text(self.unit(unit))
        if not person:
            return name
        member = self._persons.get(person) or same_text(person)
        return Text(zh=f"{name.zh} {member.zh}", en=f"{name.en} {member.en}")

    def stage(self, kind: str) -> Text:
        """The rulebook's title of a stage, task, window or state of an assessment, with the person whom it is about."""
        if Follow.from_id(kind).key in self.rulebook.windows:
            return window_title(self.state, kind, self.rulebook)
        if self.rulebook.task_of(kind) is not None:
            return task_title(self.state, kind, self.rulebook)
        if (request := self.state.requests.get(kind)) is not None:
            return request_title(request, self.rulebook)
        if kind == SHEETS:
            return self.rulebook.acts["fill_sheet"].title.text
        timed = self.rulebook.part_with_deadline(kind)
        if timed is not None:
            return timed.title.text
        is_stage = kind in (UNOPENED, WITHDRAWN, *self.rulebook.stages)
        return stage_title(kind, self.rulebook) if is_stage else _UNKNOWN

    def in_order(self, stages: Iterable[str]) -> list[str]:
        """Kinds of stage in the order of the measure. The ledger has them in the order of the alphabet."""
        order = [stage.key for stage in self.rulebook.stage]
        return sorted(stages, key=lambda kind: order.index(kind) if kind in order else len(order))

    def element(self, key: str) -> Text:
        """An element by its number and the title of its indicator. The printed numbers alone are not unique."""
        return self._elements.get(key) or self.value(key)

    def value(self, key: str) -> Text:
        """The title of a value or of the grade of a subject, with the post of the person (`item@person`)."""
        name, _, person = key.partition("@")
        on_forms = (value for form in self.rulebook.form for value in form.items.values())
        titles = {subject.key: subject.title.text for subject in self.rulebook.subject}
        titles |= {value.key: value.title.text for value in (*on_forms, *self.rulebook.value)}
        title = titles.get(name, _UNKNOWN)
        if not person:
            return title
        member = self.member(person)
        return Text(zh=f"{title.zh}（{member.zh}）", en=f"{title.en} ({member.en})")

    def subject_of_result(self, id_: str) -> Text:
        """The subject of a result by its id (`Result.id`): 部门, or 班子正职：院长."""
        key, _, person = id_.partition("@")
        title = next((one.title.text for one in self.rulebook.subject if one.key == key), _UNKNOWN)
        if not person:
            return title
        member = self.member(person)
        return Text(zh=f"{title.zh}：{member.zh}", en=f"{title.en}: {member.en}")

    def level(self, key: str) -> Text:
        """The title of a level or of a grade."""
        titles = {grade.key: grade.title.text for scale in self.rulebook.scale for grade in scale.grade}
        titles |= {level.key: level.title.text for one in self.rulebook.levels for level in one.level}
        return titles.get(key, _UNKNOWN)

    @cached_property
    def _elements(self) -> dict[str, Text]:
        return {
            element.key: _element_title(form.labels[element.key], branch.part.title)
            for form in self.rulebook.form
            for branch in form.branches
            for element in branch.elements
        }

    def grade(self, key: str | None) -> Text:
        return self.rulebook.grade_title(key)

    def finding(self, key: str) -> Text:
        """The title of a finding, with the member of the team if it is about one."""
        title, person = self.rulebook.title_of_finding(key), key.partition("@")[2]
        if not person:
            return title
        member = self.member(person)
        return Text(zh=f"{title.zh}（{member.zh}）", en=f"{title.en} ({member.en})")

    def outcome(self, key: str) -> Text:
        """The outcome of a case or of another record: an option of the first field of its kind."""
        options = (kind.first.options.get(key) for kind in self.rulebook.record)
        return _title(next(filter(None, options), None))

    def record_kind(self, key: str) -> Text:
        """The title of a kind of record (案件、表彰)."""
        return _title(self.rulebook.records.get(key))

    def record_fields(self, kind: str, fields: Mapping[str, str]) -> list[Text]:
        """The options of a line of a record, in the order of the fields of its kind."""
        listed = self.rulebook.records.get(kind)
        if listed is None:
            return [_UNKNOWN]
        return [_title(field.options.get(fields[field.key])) for field in listed.field if field.key in fields]

    def line_fields(self, fields: Mapping[str, str]) -> list[Text]:
        """The options of a line whose kind of record is not known here: of the first kind that lists them all."""
        kinds = (kind for kind in self.rulebook.record if fields.keys() == kind.fields.keys())
        fitting = (kind for kind in kinds if all(kind.option(field, key) for field, key in fields.items()))
        kind = next(fitting, None)
        return self.record_fields(kind.key, fields) if kind is not None else [_UNKNOWN]

    def options_of(self, ballot: str) -> Mapping[str, Text]:
        """The titles of the options of a ballot (empty: the only one), in its order."""
        kind = self.rulebook.ballots.get(ballot, self.rulebook.ballot_paper)
        return kind.titles

    def ballot_sheet(self, sheet: Sheet) -> Text:
        """The subject of a count; with several ballots or groups of voters, those too."""
        kind = self.rulebook.ballots.get(sheet.ballot, self.rulebook.ballot_paper)
        group = next((one.title.text for one in kind.group if one.key == sheet.group), None)
        subject = self.member(sheet.subject)
        parts = [part for part in (kind.title.text if sheet.ballot else None, group, subject) if part is not None]
        return Text(zh=" · ".join(one.zh for one in parts), en=" · ".join(one.en for one in parts))

    def unit_kind(self, key: str) -> Text:
        return next((kind.title.text for kind in self.rulebook.unit_kind if kind.key == key), _UNKNOWN)


def _element_title(label: Text, indicator: Wording) -> Text:
    return Text(zh=f"{label.zh} {indicator.zh}", en=f"{label.en} {indicator.en}")


def _title(part: Titled | None) -> Text:
    """The title of a part of the rulebook. A key that was recorded under another edition may be unknown in this one."""
    return part.title.text if part is not None else _UNKNOWN


def terms_of(request: PageRequest, state: Assessment, rulebook: Rulebook) -> Terms:
    """The terms of a page for its user, with the names of departments in the year of the assessment.

    The name of a file may tell whom the file is about. So only users who may read assessments get the names of files;
    this excludes some auditors.
    """
    return Terms(
        named(request, state),
        rulebook,
        lambda unit: request.roster.title(unit, state.year or None),
        request.account_names,
        request.names_of_persons,
        request.stream_titles.title,
        cache(partial(attachments.attachments_of, request.database))
        if request.permissions.may_view("assessment", request.user.unit)
        else lambda _stream: {},
        names_recorded=request.permissions.may_view("cases"),
    )


class NamedAssessment(Assessment, frozen=True, kw_only=True):
    """An assessment with the names of its members, by id. Only texts are made from it, no decisions."""

    names: Mapping[str, str] = {}

    @property
    def posts(self) -> dict[str, str]:
        """The name and post of each member by id. Without a name, the post with its number, as in `Assessment`."""
        posts = Assessment.posts.fget(self)  # type: ignore[attr-defined]
        named = {one.person: one.position for one in (*self.left, *self.everybody) if one.person in self.names}
        return {**posts, **{person: f"{self.names[person]} {post}" for person, post in named.items()}}


def named(request: PageRequest, state: Assessment) -> Assessment:
    """The assessment with the names of its members, in the user's language."""
    persons: set[str] = {member.person for member in (*state.everybody, *state.left)}
    known = request.names_of_persons
    names = {id_: request.format.text(known[id_]) for id_ in persons if id_ in known}
    return NamedAssessment(**{field: getattr(state, field) for field in Assessment.__struct_fields__}, names=names)
