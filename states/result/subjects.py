"""The subjects of an assessment as people call them: the department, its team, and each member by the post.

Not here: their results (`result.py`), and names of people, which the ledger does not have.
"""

from __future__ import annotations

from states.assessment import Assessment
from states.rulebook.types import Rulebook
from states.vocabulary import Text


def subject_title(id_: str, state: Assessment, rulebook: Rulebook) -> Text:
    """The title of a subject by its id (`Result.id`), with the post of the person: 班子正职（院长）."""
    key, _, person = id_.partition("@")
    title = next((one.title.text for one in rulebook.subject if one.key == key), Text(zh=key, en=key))
    if not person:
        return title
    post = state.posts.get(person, person)
    return Text(zh=f"{title.zh}（{post}）", en=f"{title.en} ({post})")
