"""Addresses that came with a request: taken apart, and kept within this site."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_url(url: str) -> SplitResult:
    """The parts of a URL that somebody sent; all empty where it is not a URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("//")


def local_path(path: str) -> str:
    """A path of this site to go back to; the first page for anything else, so that no link of ours leads to another site."""
    parts = split_url(path)
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if ours and path.isprintable() else "/"
