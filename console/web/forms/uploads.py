"""Files that come with a form: each is looked into and stored at once, and from then on the form names it until it is submitted.

A form names a file by a token, `digest.size.name`, in a hidden field `file-<field>`. The token gives no right: only the account
that uploaded the bytes may name them (`document`). A confidential file is no document and stays in the form as it came.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct

from console.web.display import files
from console.web.display.entries import documents_of
from documents import inspection
from documents.kinds import KINDS
from states.chart import ACT_OF_FACT
from states.guards import LARGEST_DOCUMENT
from states.refusals import Malformed, Refusal, several
from states.vocabulary import Command, Digest, Document, Text
from storage.papers import attachments, documents

if TYPE_CHECKING:
    from starlette.datastructures import UploadFile

    from console.web.request.page_request import PageRequest

FILE = "file-"
"""What the hidden field begins with that names a file of a field."""

REMOVE = "_remove"
"""The button that takes a file out of the form: its value is a hidden field's name and token."""

SEVERAL = frozenset(("documents", "evidence"))
"""The fields that take several files, `evidence.<element>` among them. Any other takes one: a new file replaces it."""

MOST = 20
"""Files of one field."""

LONGEST_NAME = 120
_CONVERTED = re.compile(r"（由 \w+ 转换）\.\w+$")

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters, and those that turn the direction of text: a name must not look like another."""

_UPLOADING = Text(zh="本系统·上传文件", en="our rule for uploads")


class Removed(Refusal):
    """A file was taken out of the form. Nothing was asked of the law, and nothing was done."""

    zh = "已删去“{name}”，尚未提交。其余内容都已保留。"
    en = "“{name}” has been removed. Nothing has been submitted yet, and everything else is kept."


class TooManyFiles(Refusal):
    """A field has more files than it takes; every one that was left out is named."""

    zh = "{names}未收下：此处最多 {most} 个文件，请先删去几个，或合并成一个文件。"
    en = "{names} not accepted: up to {most} files are allowed here. Remove some first, or combine several into one file."


class Upload(Struct, frozen=True):
    """One file a form names."""

    sha256: str
    size: int
    name: str

    @property
    def kind(self) -> Text:
        return files.kind(_media_type(self.name))

    @property
    def is_converted(self) -> bool:
        """Whether it was made of an old Office file, as its name says: whoever submits it should look at it first."""
        return bool(_CONVERTED.search(self.name))

    @property
    def token(self) -> str:
        return f"{self.sha256}.{self.size}.{self.name}"


def accept(request: PageRequest) -> str:
    """What a file field offers to choose from."""
    return inspection.accept_attribute(request.app.settings.office_converter)


def takes_several(field: str) -> bool:
    """Whether a field of a form takes several files."""
    return field.partition(".")[0] in SEVERAL


def uploads(request: PageRequest, field: str) -> list[Upload]:
    """The files a field of the form has so far, in their order."""
    found = (token.split(".", 2) for token in request.form.texts(FILE + field))
    return [Upload(digest, int(size), name) for digest, size, name in (t for t in found if _is_token(t))]


def names_in(request: PageRequest) -> dict[str, str]:
    """The names of the form's files, by digest; of two names for the same bytes the first."""
    fields = dict.fromkeys(name for name, _ in request.form.items() if name.startswith(FILE))
    found = [one for name in fields for one in uploads(request, name.removeprefix(FILE))]
    return {one.sha256: one.name for one in reversed(found)}


def names(request: PageRequest, stream: str, command: Command) -> dict[str, str]:
    """What goes on record as the names of a command's files, by digest: as the form has them, else as the stream had them last.

    Empty for a program: it may name a document without its bytes, so its entry hands none out.
    """
    digests = {one.sha256 for one in documents_of(command)} if request.form.is_from_page else set()
    if not digests:
        return {}
    before = {
        sha256: one.name or "" for (_, sha256), one in attachments.attachments_of(request.database, stream).items()
    }
    return {sha256: name for sha256, name in {**before, **names_in(request)}.items() if sha256 in digests}


def _is_token(parts: list[str]) -> bool:
    """Whether it is a token as the page wrote it. The name comes back from the browser, so it must still be one that was taken."""
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{64}", parts[0]) or not re.fullmatch(r"[0-9]{1,9}", parts[1]):
        return False
    return clean(parts[2]) == parts[2] and (not parts[2] or _media_type(parts[2]) != "")


def _media_type(name: str) -> str:
    """The media type that a name's ending tells; empty for an ending that is never taken."""
    ending = name.rpartition(".")[2].lower()
    return KINDS[ending].media_type if ending in KINDS else ""


def clean(name: str) -> str:
    """A file's name as it may be shown and sent: no folders, nothing unseen, not too long; its ending stays."""
    bare = " ".join(_UNSEEN.sub("", re.split(r"[/\\]", name)[-1]).split()).strip(". ")
    stem, dot, ending = bare.rpartition(".")
    if len(bare) > LONGEST_NAME and dot:
        bare = f"{stem[: LONGEST_NAME - len(ending) - 2]}….{ending}"
    return bare[-LONGEST_NAME:]


def store(request: PageRequest, account: str = "", confidential: str = "confidential.") -> dict[str, Refusal]:
    """Look into every file that came with the form, store it as uploaded by the account, and let the form name it instead.

    Gives the refusal of each field that has files which were not taken, with a sentence for each file; everything else stays in the
    form. A file the person asked to remove is left out.
    """
    refusals: dict[str, list[Refusal]] = {}
    stored: dict[str, list[Upload]] = {}
    kept_fields: list[tuple[str, str | UploadFile]] = []
    for name, value in request.form.items():
        if isinstance(value, str) or name.startswith(confidential):
            kept_fields.append((name, value))
        elif value.filename:
            try:
                stored.setdefault(name, []).append(_stored(request, account or request.user.id, value.filename, value))
            except Refusal as refusal:
                refusals.setdefault(name, []).append(refusal)
    removed_file = request.form.text(REMOVE)
    request.form.fill((n, v) for n, v in kept_fields if n != REMOVE and f"{n} {v}" != removed_file)
    for name, new in stored.items():
        left_out = _name_in_form(request, name, new)
        if left_out:
            refusals.setdefault(name, []).append(_too_many(left_out))
    return {
        name: found[0] if len(found) == 1 else several(found, clause=_UPLOADING) for name, found in refusals.items()
    }


def _name_in_form(request: PageRequest, field: str, new: Iterable[Upload]) -> list[Upload]:
    """Let the field name these files, too, or instead where it takes one. Gives those that are too many for it."""
    before = uploads(request, field) if takes_several(field) else []
    distinct = list({one.sha256: one for one in (*before, *new)}.values())
    taken, left_out = (distinct[:MOST], distinct[MOST:]) if takes_several(field) else (distinct[-1:], [])
    others = [(n, v) for n, v in request.form.items() if n != FILE + field]
    request.form.fill([*others, *((FILE + field, one.token) for one in taken)])
    return left_out


def _too_many(files: list[Upload]) -> TooManyFiles:
    zh, en = "、".join(f"“{one.name}”" for one in files), ", ".join(f"“{one.name}”" for one in files)
    return TooManyFiles(names=Text(zh=zh, en=f"{en} {'was' if len(files) == 1 else 'were'}"), most=MOST)


def removed(request: PageRequest) -> str:
    """The name of the file the person asked to remove; empty if none. Asked before `store`."""
    _, _, token = request.form.text(REMOVE).partition(" ")
    return token.split(".", 2)[2] if token.count(".") > 1 else ""


def _stored(request: PageRequest, account: str, name: str, file: UploadFile) -> Upload:
    """Store one file. A file over the limit is read no further than it takes to know that. Raises `FileNotAccepted`."""
    data = file.file.read(LARGEST_DOCUMENT + 1)
    taken = inspection.accept_file(name, data, request.app.settings.office_converter)
    sha256 = documents.store(request.database, taken.data, taken.media_type, request.now)
    attachments.record_upload(request.database, account, sha256)
    return Upload(sha256, len(taken.data), clean(taken.name))


def document(request: PageRequest, one: Upload, stream: str = "", act: str = "") -> Document:
    """A document the form names: one this very account uploaded, or one that came with an entry of the stream. Malformed.

    Where an `act` is given, only what came with an entry of this act counts: nobody submits another step's document as their own.
    """
    found = documents.find(request.database, one.sha256)
    # The browser sends the name back. Under the ending of another kind of file, readers would download something that was never looked into.
    if (
        found is None
        or (one.name and _media_type(one.name) != found[1])
        or not (
            attachments.has_uploaded(request.database, request.user.id, one.sha256)
            or _is_attached(request, stream, one.sha256, act)
        )
    ):
        why = Text(zh="请重新上传", en="upload it again")
        raise Malformed(what=Text(zh=f"文件“{one.name}”", en=f"the file “{one.name}”"), why=why, clause=_UPLOADING)
    return Document(sha256=Digest(one.sha256), size=found[0], media_type=found[1])


def _is_attached(request: PageRequest, stream: str, sha256: str, act: str) -> bool:
    """Whether the document came with an entry of the stream: a form that came back has it again."""
    attached = attachments.attachments_of(request.database, stream) if stream else {}
    versions = {version for version, digest in attached if digest == sha256}
    entries = request.engine.ledger.stream(stream) if versions else []
    return any(entry.version in versions and act in ("", ACT_OF_FACT.get(entry.kind)) for entry in entries)
