"""The pages, one file per noun, named as in `states/` where it is there. `ALL` is the table of contents."""

from __future__ import annotations

from console.routes import Pages

from . import sign_in, to_dos

ALL: tuple[Pages, ...] = (sign_in.pages, to_dos.pages)
"""Every noun's pages. A noun that is not here has none."""
