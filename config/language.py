"""The language of the program before it has read its settings: for `--help` and for the report of a wrong setting.

All other output uses `Settings.language`.
"""

from __future__ import annotations

import os
from typing import Literal

Language = Literal["zh", "en"]


def preferred_language() -> Language:
    """The language in KAOHE_LANGUAGE; Chinese if it is not set or has another value."""
    # `Settings` is not used here, because loading pydantic takes longer than printing a help text.
    return "en" if os.environ.get("KAOHE_LANGUAGE") == "en" else "zh"
