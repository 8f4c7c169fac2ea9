"""Files that come with a form. Each is inspected and stored at once; from then on the form names it by a token.

So a file is not uploaded again when a form comes back with an error. The token is `digest.size.name`, in a hidden field
`file-<field>`. A token gives no right: an account may name a file only if it uploaded the file, or if the file came
with an entry of the stream (`document_of_upload`).

Not here: confidential files, which are not stored before the command is done (`confidential_files.py`), and the
inspection itself (`documents/`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from console.web.display import files
from documents import inspection
from documents.inspection import AcceptedFile
from documents.kinds import KINDS
from states.acts import ACT_OF_FACT
from states.assessment import Assessment
from states.guards import MAX_DOCUMENT_SIZE
from states.refusals import Malformed, Refusal, combine_faults
from states.stages.self_report import SubmitSelfReport
from states.vocabulary import Command, Digest, Document, Text, documents_of
from storage.papers import attachments, documents, evidence

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

    from console.web.request.page_request import PageRequest

FILE_PREFIX = "file-"
"""The name of the hidden field with a token: this, followed by the name of the file's field."""

REMOVE_FIELD = "_remove"
"""The name of the buttons that remove a file from the form. A button's value is the hidden field and the token."""

SEVERAL_FILES_FIELDS = frozenset(("documents", "evidence"))
"""Fields that take several files; also `evidence.<element>`. In any other field a new file replaces the old one."""

MAX_FILES = 20
"""The most files of one field."""

MAX_NAME_LENGTH = 120
"""The most characters of a file's name."""
_CONVERTED = re.compile(r"（由 \w+ 转换）\.\w+$")

# Control characters, and invisible characters that change the direction of text. They can make a name look like
# another.
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

_UPLOADING = Text(zh="本系统·上传文件", en="our rule for uploads")


class FileRemoved(Refusal):
    """A file was removed from the form. The command was not submitted."""

    zh = "已删去“{name}”，尚未提交。其余内容都已保留。"
    en = "“{name}” has been removed. Nothing has been submitted yet, and everything else is kept."


class TooManyFiles(Refusal):
    """A field got more files than it takes. The sentence names the files that were not accepted."""

    zh = "{names}未收下：此处最多 {most} 个文件，请先删去几个，或合并成一个文件。"
    en = (
        "{names} not accepted: up to {most} files are allowed here. Remove some first, or combine several into one "
        "file."
    )


class Upload(Struct, frozen=True):
    """A stored file that a form names."""

    sha256: str
    size: int
    name: str

    @property
    def kind(self) -> Text:
        return files.kind_title(_media_type(self.name))

    @property
    def is_converted(self) -> bool:
        """Whether it was converted from an old Office file, so that the person should check it. Its name says so."""
        return bool(_CONVERTED.search(self.name))

    @property
    def token(self) -> str:
        return f"{self.sha256}.{self.size}.{self.name}"


def accept_attribute(request: PageRequest) -> str:
    """The `accept` attribute of a file field."""
    return inspection.accept_attribute(request.app.settings.office_converter)


def takes_several(field: str) -> bool:
    """Whether a field of a form takes several files."""
    return field.partition(".")[0] in SEVERAL_FILES_FIELDS


def uploads_of_field(request: PageRequest, field: str) -> list[Upload]:
    """The files that the form names for a field, in order. What is not a token is ignored."""
    tokens = (token.split(".", 2) for token in request.form.texts(FILE_PREFIX + field))
    return [Upload(digest, int(size), name) for digest, size, name in filter(_is_token, tokens)]


def names_by_digest(request: PageRequest) -> dict[str, str]:
    """The names of the form's files, by digest. If a file has two names, the first counts."""
    fields = dict.fromkeys(name for name, _ in request.form.items() if name.startswith(FILE_PREFIX))
    uploads = [upload for name in fields for upload in uploads_of_field(request, name.removeprefix(FILE_PREFIX))]
    return {upload.sha256: upload.name for upload in reversed(uploads)}


def recorded_names(request: PageRequest, stream: str, command: Command) -> dict[str, str]:
    """The names to record for a command's files, by digest: those of the form, or else the last names in the stream.

    Empty for a command of a program.
    """
    # A program may name a document by its digest without having its bytes. If a name were recorded for it, readers of
    # the entry could download a document that the program never had.
    digests = {document.sha256 for document in documents_of(command)} if request.form.is_from_page else set()
    if not digests:
        return {}
    collected_names = _names_in_folder(request, stream, command) if isinstance(command, SubmitSelfReport) else {}
    earlier_names = {
        sha256: file.name or "" for (_, sha256), file in attachments.attachments_of(request.database, stream).items()
    }
    names = {**earlier_names, **collected_names, **names_by_digest(request)}
    return {sha256: name for sha256, name in names.items() if sha256 in digests}


def _names_in_folder(request: PageRequest, stream: str, command: SubmitSelfReport) -> dict[str, str]:
    """The names of the collected evidence that a self-report hands in, by digest."""
    state = request.engine.state(stream)
    if not command.evidence or not isinstance(state, Assessment):
        return {}
    return {one.sha256: one.name for one in evidence.collected(request.database, state.year, state.unit)}


def _is_token(parts: list[str]) -> bool:
    """Whether the parts are those of a token. The browser may have changed it, so its name is checked again."""
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{64}", parts[0]) or not re.fullmatch(r"[0-9]{1,9}", parts[1]):
        return False
    return clean_name(parts[2]) == parts[2] and (not parts[2] or _media_type(parts[2]) != "")


def _media_type(name: str) -> str:
    """The media type for the ending of a name; empty for an ending that is not accepted."""
    ending = name.rpartition(".")[2].lower()
    return KINDS[ending].media_type if ending in KINDS else ""


def clean_name(name: str) -> str:
    """A file's name that is safe to show and to send: without folders and invisible characters, and not too long."""
    bare = " ".join(_INVISIBLE.sub("", re.split(r"[/\\]", name)[-1]).split()).strip(". ")
    stem, dot, ending = bare.rpartition(".")
    if len(bare) > MAX_NAME_LENGTH and dot:
        bare = f"{stem[: MAX_NAME_LENGTH - len(ending) - 2]}….{ending}"
    return bare[-MAX_NAME_LENGTH:]


def store_files(
    request: PageRequest, account: str = "", confidential_prefix: str = "confidential."
) -> dict[str, Refusal]:
    """Inspect and store every file that came with the form, as an upload of the account. The form then has its token.

    Returns, by field, a refusal with a sentence for each file that was not accepted. The token of a file that the
    person wants to remove is removed. Fields whose names begin with `confidential_prefix` are not changed.
    """
    refusals: dict[str, list[Refusal]] = {}
    stored: dict[str, list[Upload]] = {}
    other_fields: list[tuple[str, str | UploadFile]] = []
    for name, value in request.form.items():
        if isinstance(value, str) or name.startswith(confidential_prefix):
            other_fields.append((name, value))
        elif value.filename:
            try:
                stored.setdefault(name, []).append(_store(request, account or request.user.id, value))
            except Refusal as refusal:
                refusals.setdefault(name, []).append(refusal)
    to_remove = request.form.text(REMOVE_FIELD)
    request.form.fill((n, v) for n, v in other_fields if n != REMOVE_FIELD and f"{n} {v}" != to_remove)
    for name, new_files in stored.items():
        rejected = _name_in_form(request, name, new_files)
        if rejected:
            refusals.setdefault(name, []).append(_too_many(rejected))
    return {
        name: errors[0] if len(errors) == 1 else combine_faults(errors, clause=_UPLOADING)
        for name, errors in refusals.items()
    }


def _name_in_form(request: PageRequest, field: str, new: Iterable[Upload]) -> list[Upload]:
    """Add the tokens of new files to a field, or replace the one it has. Returns the files above the limit."""
    earlier = uploads_of_field(request, field) if takes_several(field) else []
    distinct = list({file.sha256: file for file in (*earlier, *new)}.values())
    accepted, rejected = (distinct[:MAX_FILES], distinct[MAX_FILES:]) if takes_several(field) else (distinct[-1:], [])
    others = [(n, v) for n, v in request.form.items() if n != FILE_PREFIX + field]
    request.form.fill([*others, *((FILE_PREFIX + field, file.token) for file in accepted)])
    return rejected


def _too_many(rejected: list[Upload]) -> TooManyFiles:
    names = [f"“{upload.name}”" for upload in rejected]
    zh, en = "、".join(names), ", ".join(names)
    return TooManyFiles(names=Text(zh=zh, en=f"{en} {'was' if len(rejected) == 1 else 'were'}"), most=MAX_FILES)


def removed_name(request: PageRequest) -> str:
    """The name of the file that the person wants to remove, or empty.

    Call this before `store_files`, which removes it.
    """
    _, _, token = request.form.text(REMOVE_FIELD).partition(" ")
    return token.split(".", 2)[2] if token.count(".") > 1 else ""


def inspect(request: PageRequest, file: UploadFile) -> AcceptedFile:
    """Inspect one file. Returns what may be stored, with a name that is safe to show. Raises `FileNotAccepted`."""
    # One byte over the limit is enough to know that the file is too large.
    data = file.file.read(MAX_DOCUMENT_SIZE + 1)
    accepted = inspection.accept_file(file.filename or "", data, request.app.settings.office_converter)
    return replace(accepted, name=clean_name(accepted.name))


def _store(request: PageRequest, account: str, file: UploadFile) -> Upload:
    """Inspect and store one file. Raises `FileNotAccepted`."""
    accepted = inspect(request, file)
    sha256 = documents.store(request.database, accepted.data, accepted.media_type, request.now)
    attachments.record_upload(request.database, account, sha256)
    return Upload(sha256, len(accepted.data), accepted.name)


def document_of_upload(request: PageRequest, upload: Upload, stream: str = "", act: str = "") -> Document:
    """The document of a file that the form names. Raises `Malformed` if the user may not name it.

    The user may name a file that they uploaded. The user may also name a file that came with an entry of the stream;
    with `act`, the entry must be of this act, so that nobody submits the document of another step as their own. The
    ending of the name must belong to the kind of the stored file.
    """
    stored = documents.find(request.database, upload.sha256)
    # The name comes back from the browser. With the ending of another kind, readers would open the file as a kind for
    # which it was never inspected.
    if (
        stored is None
        or (upload.name and _media_type(upload.name) != stored[1])
        or not (
            attachments.has_uploaded(request.database, request.user.id, upload.sha256)
            or _is_attached(request, stream, upload.sha256, act)
        )
    ):
        remedy = Text(zh="请重新上传", en="upload it again")
        raise Malformed(
            what=Text(zh=f"文件“{upload.name}”", en=f"the file “{upload.name}”"), why=remedy, clause=_UPLOADING
        )
    return Document(sha256=Digest(upload.sha256), size=stored[0], media_type=stored[1])


def _is_attached(request: PageRequest, stream: str, sha256: str, act: str) -> bool:
    """Whether the document came with an entry of the stream and, if `act` is not empty, of this act.

    Then the form of a returned step may name it.
    """
    attached = attachments.attachments_of(request.database, stream) if stream else {}
    versions = {version for version, digest in attached if digest == sha256}
    entries = request.engine.ledger.stream(stream) if versions else []
    return any(entry.version in versions and act in ("", ACT_OF_FACT.get(entry.kind)) for entry in entries)
