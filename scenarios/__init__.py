"""STORIES. The tests that the people who own the rules write: what happens in a year, and what must follow from it.

What lives here: `story.py` is a story, `story_file.py` reads one, `defaults.py` fills in what it does not write, `runner.py` runs it on a virtual
clock, `observations.py` and `checks.py` compare what came with what was expected, `variant.py` changes a rulebook for one story.

What does not: the stories themselves (tests/scenarios/), and anything of the console. Read `story.py`, then `runner.py`.
"""
