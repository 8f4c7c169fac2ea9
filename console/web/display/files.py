"""Describes files for people: name, kind and size. Not here: who may read the name of a file (`terms.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from states.vocabulary import Document, Text

_OFFICE = "application/vnd.openxmlformats-officedocument."
_KINDS = {
    "application/pdf": Text(zh="PDF", en="PDF"),
    "application/ofd": Text(zh="OFD", en="OFD"),
    _OFFICE + "wordprocessingml.document": Text(zh="Word 文档", en="Word document"),
    _OFFICE + "spreadsheetml.sheet": Text(zh="Excel 表格", en="Excel workbook"),
    _OFFICE + "presentationml.presentation": Text(zh="演示文稿", en="Presentation"),
    "image/png": Text(zh="图片", en="Picture"),
    "image/jpeg": Text(zh="图片", en="Picture"),
    "text/plain": Text(zh="文本", en="Text"),
}


class RecordedFile(Struct, frozen=True):
    """A file that an entry names.

    `name` is empty if nobody recorded one. It is None, and `entry` is 0, if the bytes did not come with the entry, or
    if the user may not read the names of files (`terms.py`).
    """

    sha256: str
    size: int
    media_type: str
    entry: int
    name: str | None

    @property
    def title(self) -> Text:
        """The name of the file, or else the beginning of its digest."""
        short = self.sha256[:8]
        return Text(zh=self.name or f"文件 {short}", en=self.name or f"Document {short}")


FileTitle = Callable[[Document], Text]
"""Returns the title of a document's file."""


def size_text(size: int) -> str:
    """A size in bytes as text in KB or MB."""
    return f"{size / 2**20:.1f} MB" if size >= 2**20 else f"{max(1, round(size / 1024))} KB"


def kind_title(media_type: str) -> Text:
    """The kind of a file in words."""
    return _KINDS.get(media_type, Text(zh="文件", en="File"))


def describe(documents: Iterable[Document], title_of: FileTitle) -> Text:
    """Files in one line, each with its kind and size."""
    files = [(title_of(document), kind_title(document.media_type), size_text(document.size)) for document in documents]
    return Text(
        zh="；".join(f"{title.zh}（{kind.zh}，{size}）" for title, kind, size in files),
        en="; ".join(f"{title.en} ({kind.en}, {size})" for title, kind, size in files),
    )
