"""Old Office files: saved again by LibreOffice where that is set, in a sandbox, and inspected like any other."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
import xlsxwriter

from config.settings import BadSetting, Settings
from console.web.forms.uploads import Upload, clean_name
from documents import isolation
from documents.inspection import KINDS, FileNotAccepted, accept_attribute, accept_file, inspect
from documents.office import conversion
from tests.conftest import require

from .everyday import sheet, slides, word
from .hostile_office import OLE

VBA = Path(__file__).with_name("vbaProject.bin")
"""A macro project, as Excel saves it: the sample of XlsxWriter (BSD-2-Clause, J. McNamara), unchanged."""


@pytest.fixture(scope="module")
def soffice() -> Path:
    program = shutil.which("soffice")
    if program is None or shutil.which("bwrap") is None:
        require("LibreOffice and bubblewrap", "soffice or bwrap is not there")
    assert program is not None
    return Path(program)


@pytest.fixture(scope="module")
def old(soffice: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Old files, saved by LibreOffice: by their endings, and one with macros."""
    folder = tmp_path_factory.mktemp("old")
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet().write("A1", "得分")
        book.add_vba_project(str(VBA))
    for name, data in {"a.docx": word(), "a.xlsx": sheet(), "macro.xlsm": made.getvalue(), "a.pptx": slides(1)}.items():
        (folder / name).write_bytes(data)
    for ending, names in {"doc": ["a.docx"], "xls": ["a.xlsx", "macro.xlsm"], "ppt": ["a.pptx"]}.items():
        command = [str(soffice), f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", ending, "--outdir", str(folder), *(str(folder / name) for name in names)]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix in (".doc", ".xls", ".ppt")}


@pytest.mark.parametrize(("came", "as_"), [("a.doc", "docx"), ("a.xls", "xlsx"), ("a.ppt", "pptx")])
def test_an_old_file_is_saved_anew_and_its_name_says_so(
    came: str, as_: str, soffice: Path, old: dict[str, bytes]
) -> None:
    ending = came[-3:]
    taken = accept_file(f"自评报告.{ending.upper()}", old[came], soffice)
    assert (taken.name, taken.media_type) == (f"自评报告（由 {ending} 转换）.{as_}", KINDS[as_].media_type)
    assert inspect(taken.name, taken.data) == taken.media_type
    assert Upload("0" * 64, 1, clean_name(taken.name)).is_converted
    with ZipFile(io.BytesIO(taken.data)) as opened:
        inside = b"".join(opened.read(name) for name in opened.namelist() if name.endswith(".xml")).decode()
    assert "考核要素" in inside or "述职述廉" in inside


def test_macros_are_left_behind(soffice: Path, old: dict[str, bytes]) -> None:
    assert "_VBA_PROJECT".encode("utf-16-le") in old["macro.xls"]
    taken = accept_file("macro.xls", old["macro.xls"], soffice)
    assert b"vbaProject" not in taken.data
    assert inspect("a.xlsx", taken.data) == KINDS["xlsx"].media_type


def test_without_a_converter_an_old_file_is_told_how_to_save_it() -> None:
    with pytest.raises(FileNotAccepted) as refused:
        accept_file("a.doc", OLE, None)
    assert "保存为 .docx" in refused.value.render("zh")
    assert ".doc," not in accept_attribute()
    assert ".doc,.wps,.xls,.et,.ppt,.dps" in accept_attribute(Path("/usr/bin/soffice"))


@pytest.mark.parametrize("data", [OLE, b"<html><script>x</script></html>", b"{\\rtf1 x}", b"MZ" + bytes(600)])
def test_what_is_no_old_office_file_never_reaches_the_converter(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", None)
    with pytest.raises(FileNotAccepted) as refused:
        accept_file("a.doc", data, Path("/usr/bin/soffice"))
    assert "内容不是 doc 格式" in refused.value.render("zh")


def test_a_file_that_the_converter_cannot_read_is_refused_and_the_log_says_so_without_its_name(
    logged: io.StringIO, soffice: Path, old: dict[str, bytes]
) -> None:
    with pytest.raises(FileNotAccepted) as refused:
        accept_file("张三.doc", OLE + "WordDocument\0".encode("utf-16-le").ljust(64, b"\0") + b"\x1a\0", soffice)
    assert "未能自动转换为 docx" in refused.value.render("zh")
    assert "conversion_failed" in logged.getvalue()
    assert "张三" not in logged.getvalue()


def test_a_conversion_that_takes_too_long_is_ended(
    logged: io.StringIO, soffice: Path, old: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "TIMEOUT", 0.05)
    with pytest.raises(FileNotAccepted):
        accept_file("a.doc", old["a.doc"], soffice)
    assert '"reason": "time"' in logged.getvalue()


def test_a_converter_cannot_write_more_than_a_file_may_have(
    logged: io.StringIO, soffice: Path, old: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that a file has taken over would write for as long as it runs. The bound is the sandbox's; nothing of ours holds it in memory."""
    bounds = conversion.SCRIPT.strip().partition("\n")[0]
    monkeypatch.setattr(conversion, "SCRIPT", f"{bounds}\nexec cat /dev/zero")
    with pytest.raises(FileNotAccepted):
        accept_file("a.doc", old["a.doc"], soffice)
    assert json.loads(logged.getvalue())["reason"].startswith("exit "), "ended by its bound, not by the clock"


def test_a_file_waits_no_longer_than_some_seconds_for_another_that_is_converted(
    soffice: Path, old: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "MAX_WAIT", 0.05)
    with conversion.ONE_AT_A_TIME, pytest.raises(FileNotAccepted) as refused:
        accept_file("a.doc", old["a.doc"], soffice)
    assert "正在转换别的文件" in refused.value.render("zh")
    assert accept_file("a.doc", old["a.doc"], soffice).name.endswith("docx")


def test_what_comes_out_of_the_converter_is_inspected(soffice: Path, old: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    hostile = io.BytesIO()
    with xlsxwriter.Workbook(hostile, {"in_memory": True}) as book:
        book.add_worksheet().write_formula("A1", '=HYPERLINK("powershell:calc")')
    monkeypatch.setattr(conversion, "convert", lambda *_: hostile.getvalue())
    with pytest.raises(FileNotAccepted) as refused:
        accept_file("a.xls", old["a.xls"], soffice)
    assert "转换后的文件第 1 张工作表含有会启动程序的链接" in refused.value.render("zh")


def test_in_the_sandbox_there_is_no_network_no_file_of_ours_and_no_environment(
    soffice: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAOHE_SMTP_PASSWORD", "secret")
    (tmp_path / "kaohe.db").write_text("secret")

    def said(script: str) -> str:
        command = conversion.sandbox(soffice)
        command[-2] = script
        done = subprocess.run(command, capture_output=True, timeout=60, check=False, text=True, env={})
        return done.stdout

    assert re.findall(r"^ *(\w+):", said("cat /proc/net/dev"), re.MULTILINE) == ["lo"]
    assert said(f"cat {tmp_path}/kaohe.db; ls /home /root /var {tmp_path}") == ""
    assert set(said("ls /etc").split()) <= {"fonts", "libreoffice"}
    assert "secret" not in said("env; cat /proc/[0-9]*/environ")
    assert "python" not in said("cat /proc/[0-9]*/cmdline")
    said("echo x > /usr/x; echo x > /etc/x")
    assert not Path("/usr/x").exists()


def test_a_converter_that_is_not_there_is_refused_as_a_setting() -> None:
    with pytest.raises(BadSetting) as refused:
        Settings(office_converter="soffice")
    assert "KAOHE_OFFICE_CONVERTER" in refused.value.render("zh")


@pytest.mark.parametrize(("program", "reason"), [
    ("import os; os.abort()", "SIGABRT"),
    ("from documents import worker; worker.limit_process()\nwhile True: pass", "SIGPROF"),
    ("raise ValueError('张三')", "ValueError at start"),
    ("from documents import kinds; kinds.parser_of('pdf')(5)", "TypeError at documents/pdf.py:"),
])  # fmt: skip
def test_the_log_says_why_a_look_ended_and_neither_the_files_name_nor_its_words(
    logged: io.StringIO, program: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "WORKER", ("-c", program))
    with pytest.raises(FileNotAccepted):
        inspect("李四.pdf", b"%PDF-1.4 a")
    assert "inspection_failed" in logged.getvalue()
    assert '"kind": "pdf"' in logged.getvalue()
    assert '"size": 10' in logged.getvalue()
    assert reason in logged.getvalue()
    assert not {"张三", "李四"} & set(logged.getvalue().replace('"', " ").split())
