"""Inspects an OFD file: every part, whether or not another part names it.

Rejected: scripts, actions other than going to a page and opening a safe link, sound and film, files within the file,
content that is fetched from elsewhere, encrypted files, and parts of which nobody knows what they are. Accepted:
signatures and seals (not verified here), fonts, pictures, and an attachment that is itself data or a picture, because
every electronic invoice has one.

The elements are those of the schema of GB/T 33190-2016: `Action` with `Goto`, `URI`, `GotoA`, `Sound`, `Movie`;
`MultiMedia`; `Attachment`; and the elements and attributes that name a part (`ST_Loc`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from documents import file_formats
from documents.links import is_local, reject_unsafe_link
from documents.office import embedded_pictures, fonts
from documents.office.archive import Archive
from documents.office.xml_reader import Attributes, Budget
from documents.rejection import REMOVE_PASSWORD, Rejection, damaged_file, too_much_to_check
from states.vocabulary import Text

from .entry import ENTRY, read_entry
from .xml_texts import OwnTextReader

_EXPORT = Text(
    zh="请在出具该文件的系统或 OFD 阅读器中去掉该内容后重新导出，再上传",
    en="Remove it in the system that issued the file or in an OFD reader, export it again and upload that",
)
_EMBEDDED = ("嵌入了其他文件", "has another file embedded in it")
_MEDIA = ("含有多媒体内容", "holds media")
_EXTERNAL = ("引用了外部文件或数据", "draws on a file or data elsewhere")
_SCRIPT = ("含有脚本", "holds a script")

_LOCATIONS = frozenset((
    "DocRoot", "PublicRes", "DocumentRes", "PageRes", "FileLoc", "MediaFile", "FontFile", "BaseLoc", "Annotations",
    "CustomTags", "Attachments", "Extensions", "ExtendData", "Signatures", "SignedValue", "Cover", "SchemaLoc",
))  # fmt: skip
"""The elements whose text is the name of a part."""
_LOCATION_ATTRIBUTES = ("BaseLoc", "Profile", "FileRef")
"""The attributes whose value is the name of a part."""
_ACTIONS = frozenset(("Region", "Goto", "URI"))
"""What an action may have: the region of a click, a place in the file, a link."""
_WEB_NAMESPACES = frozenset(("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"))
"""What a browser runs as a page, whatever the name of the file is."""
_SCRIPTS = frozenset(("script", "javascript", "js"))
_ENCRYPTIONS = frozenset(("encryptions.xml", "encryptinfo.xml"))
_DATA = frozenset(("xml", "xbrl", "png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff"))
"""The endings of attachments that are accepted: data and pictures."""
_SIGNATURE_DATA = (".dat", ".esl")
"""The endings of what only a program for signatures reads: values of signatures, and seals."""
_JBIG2 = b"\x97JB2\r\n\x1a\n"
_PAGE = re.compile(r"page_(\d+)/[^/]*$")
_MARKUP = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\0]*<")


def inspect(data: bytes) -> None:
    """Raises `Rejection` if the file is damaged or encrypted, or runs, fetches or hides something."""
    if b"%PDF-" in data[:1024]:
        raise file_formats.hidden_file()
    archive, budget = Archive(data), Budget()
    if any(name.rpartition("/")[2] in _ENCRYPTIONS for name in archive.parts):
        raise Rejection("已加密", "is encrypted", advice=REMOVE_PASSWORD)
    if ENTRY not in archive.parts:
        raise damaged_file()
    entry = read_entry(archive, budget)
    if entry.root != "OFD" or not entry.documents or not set(entry.documents) <= archive.parts.keys():
        raise damaged_file()
    _Inspection(archive, budget).check_parts()


class _Inspection:
    def __init__(self, archive: Archive, budget: Budget) -> None:
        self._archive, self._budget = archive, budget

    def check_parts(self) -> None:
        """Check every part. Raises `Rejection`, with the page that the part belongs to."""
        attachments: list[Attributes] = []
        for name in self._archive.parts:
            with _naming_page(name):
                if self._is_markup(name):
                    reader = PartReader(self._budget)
                    with self._archive.open(name) as stream:
                        reader.read(stream)
                    attachments += reader.attachments
                else:
                    self._check_binary(name)
        for one in attachments:
            _check_attachment(one)

    def _is_markup(self, name: str) -> bool:
        return name.endswith(".xml") or bool(_MARKUP.match(self._archive.head(name)))

    def _check_binary(self, name: str) -> None:
        """Check a part that is no XML, by its first bytes. Raises `Rejection`."""
        head = self._archive.head(name, 600)
        if head.startswith(_JBIG2):
            # A black and white picture, which nothing here decodes.
            file_formats.reject_second_format(self._read(name, embedded_pictures.MAX_SIZE))
        elif file_formats.is_picture(head):
            embedded_pictures.inspect(self._read(name, embedded_pictures.MAX_SIZE), self._budget)
        elif fonts.is_font(head):
            fonts.inspect_plain(self._read(name, fonts.MAX_SIZE), _EXPORT)
        elif head and (file_formats.is_foreign_format(head) or not name.endswith(_SIGNATURE_DATA)):
            raise Rejection(*_EMBEDDED, advice=_EXPORT)

    def _read(self, name: str, limit: int) -> bytes:
        """The bytes of a part. Raises `Rejection` if there are more than `limit`."""
        if self._archive.parts[name].file_size > limit:
            raise too_much_to_check()
        with self._archive.open(name) as stream:
            return stream.read(limit)


class PartReader(OwnTextReader):
    """A reader of one part. It raises `Rejection` at what is not accepted.

    After `read`, `attachments` has the attributes of each attachment, with its part as `FileLoc`.
    """

    def __init__(self, budget: Budget) -> None:
        super().__init__(budget, _LOCATIONS)
        self.parser.ProcessingInstructionHandler = self._instruction
        self.attachments: list[Attributes] = []
        self._events: list[str] = []
        self._attachment: dict[str, str] | None = None

    def namespace(self, address: str) -> None:
        if address.strip() in _WEB_NAMESPACES:
            raise _web_page()

    def start_element(self, local: str, parents: list[str], attributes: Attributes) -> None:
        if local.lower() == "html":
            raise _web_page()
        if local.lower() in _SCRIPTS:
            raise Rejection(*_SCRIPT, advice=_EXPORT)
        if parents and parents[-1] == "Action" and local not in _ACTIONS:
            raise _unsafe_action(local)
        if local == "Action":
            self._events.append(attributes.get("Event", "").strip().upper())
        elif local == "URI":
            self._check_link(attributes)
        elif local == "MultiMedia" and attributes.get("Type", "").strip().lower() in ("audio", "video"):
            raise Rejection(*_MEDIA, advice=_EXPORT)
        elif local == "Attachment":
            self._attachment = dict(attributes)
            self.attachments.append(self._attachment)
        for name in _LOCATION_ATTRIBUTES:
            _check_location(attributes.get(name, ""))

    def end_element(self, local: str) -> None:
        if local == "Action":
            self._events.pop()
        elif local == "Attachment":
            self._attachment = None

    def own_text(self, local: str, text: str) -> None:
        _check_location(text)
        if local == "FileLoc" and self._attachment is not None:
            self._attachment["FileLoc"] = text.strip()

    def _check_link(self, attributes: Attributes) -> None:
        if self._events and self._events[-1] != "CLICK":
            raise Rejection("打开时会自动执行操作", "acts by itself when it is opened", advice=_EXPORT)
        reject_unsafe_link(attributes.get("URI", ""), _EXPORT)
        reject_unsafe_link(attributes.get("Base", ""), _EXPORT)

    def _instruction(self, name: str, _: str) -> None:
        if name.lower() == "xml-stylesheet":
            raise Rejection(*_EXTERNAL, advice=_EXPORT)


def _check_attachment(attachment: Mapping[str, str]) -> None:
    """Raises `Rejection` unless the attachment is data or a picture by all of its names."""
    name, file = attachment.get("Name", ""), attachment.get("FileLoc", "")
    endings = {_ending(file), attachment.get("Format", "").strip(" .").lower()} | (
        {_ending(name)} if "." in name else set()
    )
    if not endings - {""} <= _DATA or not _ending(file):
        title = "".join(letter for letter in name if letter.isprintable())[:40]
        advice = Text(
            zh=f"请把附件“{title}”单独上传，并重新导出不带附件的 OFD",
            en=f"Upload the attachment “{title}” by itself, and export this file again without it",
        )
        raise Rejection(*_EMBEDDED, advice=advice)


def _ending(name: str) -> str:
    return name.strip(" .").rpartition(".")[2].lower() if "." in name else ""


def _check_location(location: str) -> None:
    """Raises `Rejection` if what should be a part of the file is fetched from elsewhere."""
    if location.strip() and not is_local(location):
        raise Rejection(*_EXTERNAL, advice=_EXPORT)


def _web_page() -> Rejection:
    return Rejection("含有网页", "holds a web page", advice=_EXPORT)


def _unsafe_action(kind: str) -> Rejection:
    faults = {
        "GotoA": ("会打开嵌入的文件", "opens an embedded file"),
        "Sound": _MEDIA,
        "Movie": _MEDIA,
    }
    return Rejection(*faults.get(kind, ("含有无法识别的动作", "has an action that nobody knows")), advice=_EXPORT)


@contextmanager
def _naming_page(name: str) -> Iterator[None]:
    """Add the page to a rejection that is raised within the `with`, if the part is one of a page."""
    try:
        yield
    except Rejection as rejection:
        page = _PAGE.search(name)
        if page is None or rejection.place is not None:
            raise
        number = int(page[1]) + 1
        raise rejection.with_place(Text(zh=f"第 {number} 页", en=f"page {number}")) from rejection
