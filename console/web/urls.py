"""URLs that came with a request: parsed without errors, and limited to this site."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split_url(url: str) -> SplitResult:
    """The parts of a URL that somebody sent. They are all empty if it is not a URL."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("//")


def local_path(path: str) -> str:
    """A path of this site to go back to; "/" for anything else."""
    # A path from a request must never send the browser to another site (open redirect). A browser reads `\` as `/`.
    parts = split_url(path)
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return path if ours and path.isprintable() else "/"
