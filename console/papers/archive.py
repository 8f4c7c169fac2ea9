"""The folder with which a year goes to the archive (归档): a folder for each piece, the catalogue, and the ledger.

Each piece has its files and a text with its row of the catalogue and the digests of the files. Beside them are the
catalogue, the list that both sides sign, the bundle of the ledger for an auditor, and the digests of everything. Not
here: which pieces there are (`workflow/papers/archive.py`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from audit.bundle.export import export_ledger
from audit.reader import DatabaseReader
from documents.inspection import ENDING_OF_MEDIA_TYPE
from documents.sheets.writing import write
from states.papers.catalogue import PAPERS
from states.streams import year_stream
from states.vocabulary import Document
from storage.papers import documents
from workflow.engine import Engine
from workflow.papers.archive import ArchivePiece, archive_code, numbered, pieces_of
from workflow.papers.sources import YearSource, present_sources

from .file_names import safe_name
from .making import make_paper
from .sheets.archive_list import archive_table

MISSING = "系统中没有原件，台账中只有摘要"
BUNDLE = "台账核验包.zip"
DIGESTS = "摘要.txt"


def archive_files(
    engine: Engine,
    year: int,
    *,
    fonds: str = "",
    office: str = "",
    may_have: Callable[[ArchivePiece], bool] = lambda _piece: True,
    with_ledger: bool = True,
) -> Iterator[tuple[str, bytes]]:
    """The files of the folder, each with its path. `fonds`, `office`: 全宗号、机构代码, which the archive gives.

    `may_have`: whether the user may have a piece. The others keep their numbers in the lists, and the text that
    explains the folder names them; so it does the ledger, without `with_ledger`. Raises the `UserError` of a year that
    is not there.
    """
    one = present_sources(engine).year(year)
    pieces = list(pieces_of(one))
    left_out = [piece for piece in pieces if not may_have(piece)]
    digests = dict[str, str]()

    def noted(path: str, data: bytes) -> tuple[str, bytes]:
        digests[path] = sha256(data).hexdigest()
        return path, data

    for number, piece in numbered(pieces):
        if piece not in left_out:
            yield from (noted(path, data) for path, data in _piece_files(engine, number, piece, one, fonds, office))
    yield noted("归档目录.xlsx", write([archive_table(one, numbered(pieces), fonds, office)]))
    yield noted("移交清单.docx", make_paper(engine, PAPERS["handover"], year_stream(year)))
    if with_ledger:
        yield noted(BUNDLE, _bundle(engine, year))
    yield noted("说明.txt", _explanation(one, pieces, left_out, with_ledger=with_ledger))
    yield DIGESTS, "".join(f"{digest}  {path}\n" for path, digest in digests.items()).encode()


def size_of(engine: Engine, year: int) -> int:
    """About how many bytes the folder has, without the ledger."""
    pieces = pieces_of(present_sources(engine).year(year))
    return sum(document.size for piece in pieces for _, document in piece.files)


def _piece_files(
    engine: Engine, number: int, piece: ArchivePiece, one: YearSource, fonds: str, office: str
) -> Iterator[tuple[str, bytes]]:
    folder = f"{piece.retention}/{number:04} {safe_name(piece.title)}"
    files = []
    for name, document in piece.files:
        data = documents.read(engine.ledger.database, document.sha256)
        file = f"{name}.{ENDING_OF_MEDIA_TYPE.get(document.media_type, 'bin')}"
        files.append(_file_row(file, document, is_there=data is not None))
        if data is not None:
            yield f"{folder}/{file}", data
    row = {
        "档号": archive_code(number, piece, one.year.year, fonds, office),
        "题名": piece.title,
        "责任者": piece.author,
        "文号": piece.document_number,
        "日期": piece.day.strftime("%Y%m%d") if piece.day is not None else "",
        "保管期限": piece.retention,
        "备注": piece.remark,
        "文件": files,
    }
    yield f"{folder}/著录.json", json.dumps(row, ensure_ascii=False, indent=1).encode() + b"\n"


def _file_row(name: str, document: Document, *, is_there: bool) -> dict[str, object]:
    entry: dict[str, object] = {"名称": name, "字节数": document.size, "SHA-256": document.sha256}
    return entry if is_there else {**entry, "说明": MISSING}


def _bundle(engine: Engine, year: int) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / BUNDLE
        export_ledger(DatabaseReader(engine.ledger.database), year, path)
        return path.read_bytes()


def _explanation(
    one: YearSource, pieces: Iterable[ArchivePiece], left_out: Iterable[ArchivePiece], *, with_ledger: bool
) -> bytes:
    lines = [
        f"{one.rulebook.measure.issuer.zh}{one.year.year}年度考核归档文件",
        "",
        "按保管期限分目录，每件一个子目录：有盖章件的，盖章件在前；著录.json 为该件的著录项和各文件的摘要。",
        "归档目录.xlsx 为归档文件目录（DA/T 22-2015 的著录项）；移交清单.docx 供双方签章。",
        f"{DIGESTS} 为全部文件的 SHA-256 摘要，可用 sha256sum -c 核对。",
        (
            f"{BUNDLE} 为当年台账，含核验程序：解压后运行 python verify.py，可核对各文件的摘要是否在台账中登记。"
            if with_ledger
            else "未附台账：台账涉及各部门，由不属于任何部门、有权核验台账的人员在“导出与验包”页导出，或由运维人员导出。"
        ),
        "可有人员姓名的文书（签到表、谈话记录等）不在其中：其签字原件另行归档或存保密库。",
    ]
    named = [piece.title for piece in left_out]
    if named:
        lines += ["", "下列各件涉及导出人所在部门的评定，或不在其查阅范围内，未导出，请由其他人员导出：", *named]
    missing = [piece.title for piece in pieces if piece.is_unsealed]
    if missing:
        lines += ["", "下列文书已定稿，没有登记盖章件：", *missing]
    return "\r\n".join([*lines, ""]).encode("utf-8-sig")
