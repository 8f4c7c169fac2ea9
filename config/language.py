"""The language a program speaks before it has read its settings: what `--help` and the report of a wrong setting need.

Not here: reading a setting any other way. Everything else asks `Settings.language`.
"""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["zh", "en"]


def preferred_language() -> Language:
    """What KAOHE_LANGUAGE names; Chinese where it is not set or names no language we speak."""
    # Not through `Settings`: pydantic takes longer to load than a help text takes to print.
    return "en" if os.environ.get("KAOHE_LANGUAGE") == "en" else "zh"
