"""The language of a program before it has read its settings: for `--help` and for the report of a wrong setting.

Everything else uses `Settings.language`.
"""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["zh", "en"]


def preferred_language() -> Language:
    """The language in KAOHE_LANGUAGE; Chinese if it is not set or names another language."""
    # Not through `Settings`: pydantic takes longer to load than a help text takes to print.
    return "en" if os.environ.get("KAOHE_LANGUAGE") == "en" else "zh"
