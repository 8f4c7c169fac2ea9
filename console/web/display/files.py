"""A file as people read it: its name, its kind, its size."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from states.vocabulary import Document, Text

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


class RecordedFile(Struct, frozen=True):
    """A file that an entry names. `name` is empty where it is not known, None where the entry came without the bytes: they are not here."""

    sha256: str
    size: int
    media_type: str
    entry: int
    name: str | None

    @property
    def title(self) -> Text:
        """The name; of a file that has none here, the beginning of its digest."""
        short = self.sha256[:8]
        return Text(zh=self.name or f"文件 {short}", en=self.name or f"Document {short}")


NameOf = Callable[[Document], Text]
"""Says what the file of a document is called."""


def size(of: int) -> str:
    """A number of bytes, for reading."""
    return f"{of / 2**20:.1f} MB" if of >= 2**20 else f"{max(1, round(of / 1024))} KB"


def kind(media_type: str) -> Text:
    """What kind of file it is, for reading."""
    return _KINDS.get(media_type, Text(zh="文件", en="File"))


def describe(documents: Iterable[Document], name: NameOf) -> Text:
    """Files in one line, each with its kind and its size."""
    found = [(name(one), kind(one.media_type), size(one.size)) for one in documents]
    return Text(
        zh="；".join(f"{name.zh}（{kind.zh}，{size}）" for name, kind, size in found),
        en="; ".join(f"{name.en} ({kind.en}, {size})" for name, kind, size in found),
    )
