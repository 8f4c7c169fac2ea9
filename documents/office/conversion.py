"""An old Office file converted: LibreOffice opens it in a sandbox (bubblewrap), and the result is inspected like any file.

In the sandbox there is no network, no file but programs and fonts, no environment, no process of anybody else, and no disk: the old file
comes in at one end and the new one goes out at the other. Macros are not run, and the formats of today that we ask for cannot hold any.
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
from documents import signatures
from documents.kinds import ADVICE
from documents.rejection import Rejection
from states.guards import LARGEST_DOCUMENT as LARGEST
from states.vocabulary import Text

SECONDS, WAIT, MEMORY, DISK = 60, 120, 4 * 2**30, 256 * 2**20
"""At most: seconds of processor, and by the clock; bytes of addresses of each process; bytes of the files in the sandbox, which are in memory."""


class ConversionTarget(Struct, frozen=True):
    """The target of a conversion: the new ending, LibreOffice's filter for that, and the stream by which its file is known (MS-CFB)."""

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
"""The endings that can be converted. WPS writes files of Microsoft's old formats under endings of its own."""

SCRIPT = """
ulimit -c 0; ulimit -t "$1"; ulimit -v "$2"; ulimit -f "$7"
cat > "in.$3" && "$0" -env:UserInstallation=file:///box/profile --headless --norestore --nolockcheck --nologo \
  --infilter="$5" --convert-to "$4:$6" --outdir /box/out "in.$3" >&2 && exec cat "out/in.$4"
"""
_PLACES = ("/lib", "/lib64", "/bin", "/opt", "/etc/fonts", "/etc/libreoffice")
_ONE_AT_A_TIME = BoundedSemaphore()

_LATER = Text(
    zh="请一分钟后再上传，或自行另存为新格式后上传",
    en="Upload it again in a minute, or save it in the new format yourself and upload that",
)

LONGEST_WAIT = 20
"""Seconds a file waits for the conversion before it. Not longer: the request that waits occupies a thread of the web pages."""


def convert(converter: Path, ending: str, data: bytes) -> bytes:
    """The file in the format of today that `CONVERTIBLE[ending].new` names. Raises `Rejection` where it is none of its kind, or was not converted."""
    target = CONVERTIBLE[ending]
    if not signatures.is_old_office(data) or not any(_has_stream(data, name) for name in target.streams):
        raise Rejection(f"内容不是 {ending} 格式", f"is not {ending} inside", advice=ADVICE[ending])
    command = [
        *sandbox(converter),
        str(SECONDS),
        str(MEMORY // 1024),
        target.old,
        target.new,
        *_filters(target),
        str(LARGEST // 512 + 1),
    ]
    if not _ONE_AT_A_TIME.acquire(timeout=LONGEST_WAIT):
        raise Rejection(
            "暂时无法转换（正在转换别的文件）",
            "could not be converted, because another file is being converted",
            advice=_LATER,
        )
    made, reason = b"", "nothing came out"
    # Into a file: the sandbox's bound on the size of files (ulimit -f) holds there, and in a pipe it would not.
    with TemporaryFile() as out:
        try:
            done = subprocess.run(  # noqa: S603
                command, input=data, stdout=out, stderr=subprocess.DEVNULL, timeout=WAIT, env={}, check=False
            )
            reason = f"exit {done.returncode}" if done.returncode else reason
            out.seek(0)
            made = b"" if done.returncode else out.read(LARGEST + 1)
        except subprocess.TimeoutExpired:
            reason = "time"
        except OSError as error:
            reason = type(error).__name__
        finally:
            _ONE_AT_A_TIME.release()
    if 0 < len(made) <= LARGEST:
        return made
    logger("documents").warning("conversion_failed", kind=ending, size=len(data), reason=reason)
    raise Rejection(f"未能自动转换为 {target.new}", f"could not be converted to {target.new}", advice=ADVICE[ending])


def sandbox(converter: Path) -> list[str]:
    """The command that runs the script with the converter as `$0`, where neither network, nor files, nor disk of ours are to be had."""
    places = [word for place in _PLACES for word in ("--ro-bind-try", place, place)]
    return [
        which("bwrap") or "/usr/bin/bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL",
        "--ro-bind", "/usr", "/usr", *places, "--proc", "/proc", "--dev", "/dev", "--size", str(2**20), "--tmpfs", "/tmp",  # noqa: S108
        "--size", str(DISK), "--tmpfs", "/box", "--chdir", "/box",
        "--setenv", "HOME", "/box", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8",
        "/bin/sh", "-c", SCRIPT, str(converter),
    ]  # fmt: skip


def _filters(target: ConversionTarget) -> tuple[str, str]:
    """LibreOffice's filter for reading, so that it does not guess, and the one for writing."""
    reading = {"doc": "MS Word 97", "xls": "MS Excel 97", "ppt": "MS PowerPoint 97"}
    return reading[target.old], target.filter


def _has_stream(data: bytes, name: str) -> bool:
    """Whether a compound file's directory has an entry of this name: 64 bytes of UTF-16, then their length (MS-CFB, 2.6.1)."""
    written = (name + "\0").encode("utf-16-le")
    return written.ljust(64, b"\0") + len(written).to_bytes(2, "little") in data
