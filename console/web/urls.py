"""Reads URLs that came with a request: without errors, and only those of this site."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_url(url: str) -> SplitResult:
    """The parts of a URL that somebody sent. They are all empty if it is not a URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("//")


def local_path(path: str) -> str:
    """The path itself if it is a path of this site; "/" for anything else."""
    # A path from a request must never send the browser to another site (open redirect). A browser reads `\` as `/`.
    parts = split_url(path)
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if is_local and path.isprintable() else "/"
