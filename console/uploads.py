"""Files that come with a form: looked into, kept at once, and from then on named by the form until it is submitted.

A form names a file by a token, `digest.size.name`, in a hidden field `kept-<field>`. The token gives no right: only the account
that handed in the bytes may name them (`document`). What is said in confidence is no document and is left as it came.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from documents.inspection import KINDS, inspect
from states.chart import ACT_OF_FACT
from states.guards import LARGEST_DOCUMENT
from states.refusals import Malformed, Refusal
from states.vocabulary import Digest, Document, Text
from storage import documents, drafts

if TYPE_CHECKING:
    from .visit import Visit

KEPT, REMOVE = "kept-", "_remove"
SEVERAL = frozenset(("documents", "evidence"))
"""The fields that take several files, `evidence.<element>` among them. Any other takes one: a new file replaces it."""

MOST = 20
"""Files of one field."""

LONGEST_NAME = 120

_OFFICE = "application/vnd.openxmlformats-officedocument."
_KINDS = {
    "application/pdf": Text(zh="PDF", en="PDF"),
    _OFFICE + "wordprocessingml.document": Text(zh="Word 文档", en="Word document"),
    _OFFICE + "spreadsheetml.sheet": Text(zh="Excel 表格", en="Excel workbook"),
    _OFFICE + "presentationml.presentation": Text(zh="演示文稿", en="Presentation"),
    "image/png": Text(zh="图片", en="Picture"),
    "image/jpeg": Text(zh="图片", en="Picture"),
    "text/plain": Text(zh="文本", en="Text"),
}
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
"""Control characters, and those that turn the direction of text: a name must not look like another."""


class Removed(Refusal):
    """A file was taken out of the form. Nothing was asked of the law, and nothing was done."""

    zh = "已删去“{name}”，尚未提交。其余内容都已保留。"
    en = "“{name}” has been removed. Nothing has been submitted yet, and everything else is kept."


class TooManyFiles(Refusal):
    """A field has more files than it takes."""

    zh = "“{name}”未收下：此处最多 {most} 个文件，请先删去一个，或合并成一个文件。"
    en = "“{name}” was not accepted: up to {most} files are allowed here. Remove one first, or combine several into one file."


class Upload(Struct, frozen=True):
    """One file a form names."""

    sha256: str
    size: int
    name: str

    @property
    def kind(self) -> Text:
        ending = self.name.rpartition(".")[2].lower()
        return kind(KINDS[ending].media_type if ending in KINDS else "")

    @property
    def token(self) -> str:
        return f"{self.sha256}.{self.size}.{self.name}"


def takes_several(field: str) -> bool:
    """Whether a field of a form takes several files."""
    return field.partition(".")[0] in SEVERAL


def uploads(visit: Visit, field: str) -> list[Upload]:
    """The files a field of the form has so far, in their order."""
    found = (token.split(".", 2) for token in visit.fields(KEPT + field))
    return [Upload(digest, int(size), name) for digest, size, name in (t for t in found if _is_token(t))]


def _is_token(parts: list[str]) -> bool:
    return (
        len(parts) == 3 and bool(re.fullmatch(r"[0-9a-f]{64}", parts[0])) and bool(re.fullmatch(r"\d{1,9}", parts[1]))
    )


def size(of: int) -> str:
    """A number of bytes, for reading."""
    return f"{of / 2**20:.1f} MB" if of >= 2**20 else f"{max(1, round(of / 1024))} KB"


def kind(media_type: str) -> Text:
    """What kind of file it is, for reading."""
    return _KINDS.get(media_type, Text(zh="文件", en="File"))


def clean(name: str) -> str:
    """A file's name as it may be shown and sent: no folders, nothing unseen, not too long; its ending stays."""
    bare = " ".join(_UNSEEN.sub("", re.split(r"[/\\]", name)[-1]).split()).strip(". ")
    stem, dot, ending = bare.rpartition(".")
    if len(bare) > LONGEST_NAME and dot:
        bare = f"{stem[: LONGEST_NAME - len(ending) - 2]}….{ending}"
    return bare[-LONGEST_NAME:]


def take(visit: Visit, account: str = "", confidential: str = "confidential.") -> dict[str, Refusal]:
    """Look into every file that came with the form, keep it as handed in by the account, and let the form name it instead.

    Gives what was not taken, by field, and why; everything else stays in the form. A file the person asked to remove is left out.
    """
    refused: dict[str, Refusal] = {}
    fields: list[tuple[str, object]] = []
    came: dict[str, list[Upload]] = {}
    gone = visit.field(REMOVE)
    for name, value in visit.form.multi_items():
        if isinstance(value, str) or name.startswith(confidential):
            if name != REMOVE and f"{name} {value}" != gone:
                fields.append((name, value))
        elif value.filename:
            try:
                came.setdefault(name, []).append(_kept(visit, account or visit.account.id, value.filename, value))
            except Refusal as refusal:
                refused[name] = refusal
    visit.retype(fields)  # type: ignore[arg-type]
    for name, new in came.items():
        held = {one.sha256: one for one in (*(uploads(visit, name) if takes_several(name) else ()), *new)}
        every = list(held.values()) if takes_several(name) else new[-1:]
        if len(every) > MOST:
            refused[name] = TooManyFiles(name=every[MOST].name, most=MOST)
        rest = [(n, v) for n, v in visit.form.multi_items() if n != KEPT + name]
        visit.retype([*rest, *((KEPT + name, one.token) for one in every[:MOST])])
    return refused


def removed(visit: Visit) -> str:
    """The name of the file the person asked to remove; empty if none. Asked before `take`."""
    _, _, token = visit.field(REMOVE).partition(" ")
    return token.split(".", 2)[2] if token.count(".") > 1 else ""


def _kept(visit: Visit, account: str, name: str, value: object) -> Upload:
    """Keep one file. A file over the limit is read no further than it takes to know that. NotTaken."""
    data = value.file.read(LARGEST_DOCUMENT + 1)  # type: ignore[attr-defined]
    shown = clean(name)
    media_type = inspect(name, data)
    sha256 = documents.keep(visit.database, data, media_type, visit.now)
    drafts.hand_in(visit.database, account, sha256, shown)
    return Upload(sha256, len(data), shown)


_UPLOADING = Text(zh="本系统·上传文件", en="our rule for uploads")


def document(visit: Visit, one: Upload, stream: str = "", act: str = "") -> Document:
    """A document the form names: one this very account handed in, or the stream names and its own actor handed in. Malformed.

    Where an `act` is given, only what an entry of this act names counts: nobody hands in another step's document as their own.
    """
    found = documents.find(visit.database, one.sha256)
    if found is None or not (
        drafts.handed_in(visit.database, visit.account.id, one.sha256) or _names(visit, stream, one, act)
    ):
        why = Text(zh="请重新上传", en="upload it again")
        raise Malformed(what=Text(zh=f"文件“{one.name}”", en=f"The file “{one.name}”"), why=why, clause=_UPLOADING)
    return Document(sha256=Digest(one.sha256), size=found[0], media_type=found[1])


def _names(visit: Visit, stream: str, one: Upload, act: str) -> bool:
    """Whether an entry of the stream names the document, by an actor who handed in its bytes: a form that came back has it again."""
    every = visit.engine.ledger.stream(stream) if stream else []
    entries = [entry for entry in every if act in ("", ACT_OF_FACT.get(entry.kind))]
    actors = {entry.actor for entry in entries if one.sha256.encode() in bytes(entry.payload)}
    return any((actor, one.sha256) in drafts.handed_in_by(visit.database, {one.sha256}) for actor in actors)
