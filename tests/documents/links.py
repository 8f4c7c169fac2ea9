r"""Everyday links, links that start or fetch something, and functions that put a link into a file of each kind."""

from __future__ import annotations

EVERYDAY = (
    "https://example.invalid/a.exe?x=1", "http:www.example.invalid", "mailto:a@example.invalid?subject=x", "tel:0772-0000000", "#Sheet2!A1", "",
    "www.example.com", "a@example.com", "附件1.docx", "附件1.docx?web=1", "../资料/2025.12考核材料/", "D:\\资料\\附件.xlsx", "D:\\考核",
    "file:///D:/考核/汇总.xlsx#a", "file:///\\\\files\\share\\a.docx", "\\\\files\\share\\考核\\a.pdf", "\\\\192.0.2.5\\考核",
    "\\\\files.example.invalid\\share\\a.doc", "file://files/share/a.docx", "javascript:void(0);", "about:blank", "https://example.invalid/?q=search-ms:x",
    "[book.xlsx]Sheet1!A1", "第十次会议（10.30）.docx", "../a.php?x=1", "会议记录",
)  # fmt: skip
"""What may be clicked."""

HOSTILE = (
    "powershell:calc", "ms-msdt:/id PCWDiagnostic", "search-ms:query=a", "ms-project:ofe|u|http://example.invalid/a", "ms-word:ofe|u|https://example.invalid/a",
    "ms-appinstaller:?source=https://example.invalid", "shell:startup", "data:text/html,x", "ldap://example.invalid", "javascript:alert(1)", "vbscript:x",
    "C:\\Windows\\System32\\cmd.exe", "C:\\Windows\\System32\\calc", "\\\\example.invalid\\a.lnk", "file:///C:/a.exe", "file://files/a/b.scr", "a.exe", "..\\a.lnk",
    "cmd.exe /c calc", "a.exe.", "a.exe%20", "a.exe#x", "a.exe?x.docx", "a.docx:b.exe", "file:///::{20D04FE0-3AEA-1069-A2D8-08002B30309D}",
    "\\\\example.invalid@80\\a\\b.docx", "\\\\example.invalid@SSL\\a.docx", "\\\\?\\C:\\a.docx", "\\\\.\\pipe\\a", "a.url", "a.library-ms", "C:\\a.com", "\\a\\b.com",
    "%70owershell:calc", "%2570owershell:calc", "power\u200bshell:calc", "C|/a.hta", "file:///C|/a.hta", "ftp://example.invalid/a", "a.settingcontent-ms",
)  # fmt: skip
"""What may not: another program's scheme, a program, or a path that is none."""

LOCAL = (
    "C:\\a.dotm", "file:///C:/a", "file:///C|/a", "file://c:/a", "file://localhost/C:/a", "a.dotx", "../a.xlsx", "file:a.docx", "/a/b", "file:///a.dotm",
    "file:///D:\\考核\\2025.xlsx", "D:\\\\考核\\\\a.jpg",
)  # fmt: skip
"""What lies on the reader's machine."""

ELSEWHERE = (
    "file://c:80/share/a.dotm", "file://c:80", "c:80/a", "file:///c:80/a", "\\\\files\\a", "file:///\\\\files\\a", "//files/a", "/\\files\\a", "%5c%5cfiles%5ca",
    "%255c%255cfiles%255ca", "\\??\\UNC\\files\\a", "\\\\?\\UNC\\files\\a", "＼＼files＼a", "¥¥files¥a", "https://example.invalid", "file:\\\\files\\a",
    "file:////files/a", "file://files@80/a", "file://localhost//files/a", "file:///C:/a?x",
)  # fmt: skip
"""Targets that make a program fetch something from another machine."""
