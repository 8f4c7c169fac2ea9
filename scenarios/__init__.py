"""STORIES. Tests that the owners of the rules write: the events of a year, and the results that must follow from them.

What lives here: `story.py` is a story, `story_file.py` reads one from a file, `defaults/` fills in the fields that it
leaves out, `runner.py` runs it on a virtual clock, `walk.py` says which acts a walk through the stages consists of,
`observations.py` and `checks.py` compare the actual values with the expected ones, `variant.py` changes a rulebook for
one story.

Not here: the stories themselves (`tests/scenarios/`, `tests/measures/`) and the command that runs them (`console`).
Read `story.py`, then `runner.py`.
"""
