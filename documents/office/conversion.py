"""Converts an old Office file with LibreOffice in a sandbox (bubblewrap).

The caller inspects the new file like any other (`documents/inspection.py`).

The sandbox has no network, no files except programs and fonts, no environment variables, no processes of others, and no
disk: the old file comes in through standard input and the new file goes out through standard output. Macros are not
run, and the new formats cannot contain any.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from tempfile import TemporaryFile
from threading import BoundedSemaphore

from msgspec import Struct

from config.logs import logger
from documents import file_formats
from documents.kinds import ADVICE
from documents.rejection import Rejection
from states.guards import MAX_DOCUMENT_SIZE as LARGEST
from states.vocabulary import Text

MAX_SECONDS, TIMEOUT, MAX_MEMORY, MAX_DISK = 60, 120, 4 * 2**30, 256 * 2**20
"""Limits: seconds of processor time; seconds by the clock; bytes of address space of each process; bytes of the files
in the sandbox, which are in memory.
"""


class ConversionTarget(Struct, frozen=True):
    """How to convert a format.

    `old` and `new` are endings. `filter` is LibreOffice's name for the new format. A file of the old format has one of
    the `streams` (MS-CFB).
    """

    old: str
    new: str
    filter: str
    streams: tuple[str, ...]


_WORD = ConversionTarget("doc", "docx", "MS Word 2007 XML", ("WordDocument",))
_EXCEL = ConversionTarget("xls", "xlsx", "Calc MS Excel 2007 XML", ("Workbook", "Book"))
_SLIDES = ConversionTarget("ppt", "pptx", "Impress MS PowerPoint 2007 XML", ("PowerPoint Document",))

CONVERTIBLE: Mapping[str, ConversionTarget] = {
    "doc": _WORD,
    "wps": _WORD,
    "xls": _EXCEL,
    "et": _EXCEL,
    "ppt": _SLIDES,
    "dps": _SLIDES,
}
"""The endings that can be converted. WPS uses endings of its own for Microsoft's old formats."""

SCRIPT = """
ulimit -c 0; ulimit -t "$1"; ulimit -v "$2"; ulimit -f "$7"
cat > "in.$3" && "$0" -env:UserInstallation=file:///box/profile --headless --norestore --nolockcheck --nologo \
  --infilter="$5" --convert-to "$4:$6" --outdir /box/out "in.$3" >&2 && exec cat "out/in.$4"
"""
"""The script in the sandbox. `$0` is the converter. Its arguments: the limits in seconds (`$1`) and in KiB of memory
(`$2`), the old and the new ending (`$3`, `$4`), the formats to read and to write (`$5`, `$6`), and the limit of the new
file in blocks of 512 bytes (`$7`).
"""
_FOLDERS = ("/lib", "/lib64", "/bin", "/opt", "/etc/fonts", "/etc/libreoffice")
"""The folders of the machine, beside /usr, that can be read in the sandbox."""
ONE_AT_A_TIME = BoundedSemaphore()

_LATER = Text(
    zh="请一分钟后再上传，或自行另存为新格式后上传",
    en="Upload it again in a minute, or save it in the new format yourself and upload that",
)

MAX_WAIT = 20
"""Seconds that a file waits for another conversion. Not longer, because the waiting request occupies a thread of the
web pages.
"""


def convert(converter: Path, ending: str, data: bytes) -> bytes:
    """The file in the new format, which `CONVERTIBLE[ending].new` names.

    Raises `Rejection` if the file does not have the old format, or if it was not converted.
    """
    target = CONVERTIBLE[ending]
    if not file_formats.is_old_office(data) or not any(_has_stream(data, name) for name in target.streams):
        raise Rejection(f"内容不是 {ending} 格式", f"is not {ending} inside", advice=ADVICE[ending])
    if not ONE_AT_A_TIME.acquire(timeout=MAX_WAIT):
        raise Rejection(
            "暂时无法转换（正在转换别的文件）",
            "could not be converted, because another file is being converted",
            advice=_LATER,
        )
    try:
        new_data, reason = _run_converter(converter, target, data)
    finally:
        ONE_AT_A_TIME.release()
    if 0 < len(new_data) <= LARGEST:
        return new_data
    logger("documents").warning("conversion_failed", kind=ending, size=len(data), reason=reason)
    raise Rejection(f"未能自动转换为 {target.new}", f"could not be converted to {target.new}", advice=ADVICE[ending])


def _run_converter(converter: Path, target: ConversionTarget, data: bytes) -> tuple[bytes, str]:
    """The new file, and the reason for the log in case it cannot be used.

    The file is empty if there is none, and cut off after `LARGEST` + 1 bytes.
    """
    arguments = (
        str(MAX_SECONDS),
        str(MAX_MEMORY // 1024),
        target.old,
        target.new,
        *_filters(target),
        str(LARGEST // 512 + 1),
    )
    # Into a file and not into a pipe: the shell's limit on the size of files (ulimit -f) does not hold for a pipe.
    with TemporaryFile() as output:
        try:
            result = subprocess.run(  # noqa: S603
                [*sandbox(converter), *arguments],
                input=data,
                stdout=output,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT,
                env={},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return b"", "time"
        except OSError as error:
            return b"", type(error).__name__
        if result.returncode:
            return b"", f"exit {result.returncode}"
        output.seek(0)
        return output.read(LARGEST + 1), "nothing came out"


def sandbox(converter: Path) -> list[str]:
    """The command that runs the script in the sandbox, with the converter as its `$0`.

    The script's arguments come after it.
    """
    folders = [word for folder in _FOLDERS for word in ("--ro-bind-try", folder, folder)]
    return [
        which("bwrap") or "/usr/bin/bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL",
        "--ro-bind", "/usr", "/usr", *folders, "--proc", "/proc", "--dev", "/dev", "--size", str(2**20), "--tmpfs", "/tmp",  # noqa: S108
        "--size", str(MAX_DISK), "--tmpfs", "/box", "--chdir", "/box",
        "--setenv", "HOME", "/box", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8",
        "/bin/sh", "-c", SCRIPT, str(converter),
    ]  # fmt: skip


def _filters(target: ConversionTarget) -> tuple[str, str]:
    """LibreOffice's names of the formats to read and to write. With a name to read it does not guess the format."""
    old_formats = {"doc": "MS Word 97", "xls": "MS Excel 97", "ppt": "MS PowerPoint 97"}
    return old_formats[target.old], target.filter


def _has_stream(data: bytes, name: str) -> bool:
    """Whether the directory of a compound file has an entry with this name (MS-CFB, 2.6.1).

    An entry begins with 64 bytes for the name in UTF-16, and then the length of the name.
    """
    encoded = (name + "\0").encode("utf-16-le")
    return encoded.ljust(64, b"\0") + len(encoded).to_bytes(2, "little") in data
