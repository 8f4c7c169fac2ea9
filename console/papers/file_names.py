"""Names of departments and papers as the names of files and folders, on any system."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_MOST = 80
"""The most characters: of three bytes each they fit into the 255 bytes that Linux allows, with an ending."""


def safe_name(title: str, most: int = _MOST) -> str:
    """A title as a part of a name: without separators and what Windows refuses, and not too long."""
    return _UNSAFE.sub("_", title)[:most].strip(" .")
