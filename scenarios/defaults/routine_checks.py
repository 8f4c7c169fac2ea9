"""The content of a routine check of today, of its answer and of the acceptance."""

from __future__ import annotations

from states.records.routine_check import RoutineCheck
from states.vocabulary import Opaque, Words

from .scene import Fields, Scene, reason_fields


def check_fields(scene: Scene, fields: Fields) -> Fields:
    """A routine check of today. With a date in `mend_until` it has something to rectify.

    A correction has the old values of all fields that the story does not write.
    """
    old = scene.state.findings if isinstance(scene.state, RoutineCheck) else None
    before = {name: getattr(old, name) for name in old.__struct_fields__} if old else {"unit": scene.unit.unit}
    defaults = {
        "checked_on": scene.day,
        "checked_by": (Opaque("a-office"),),
        "observation": Words("检查情况（情景用）"),
    }
    mending = {"to_mend": Words("整改要求（情景用）")} if fields.get("mend_until") else {}
    return {**defaults, **before, **mending, **reason_fields(scene, fields), **fields}


def answer_fields(scene: Scene, fields: Fields) -> Fields:
    return {"answer": Words("已整改（情景用）"), **fields}


def acceptance_fields(scene: Scene, fields: Fields) -> Fields:
    return {"accepted_on": scene.day, **fields}
