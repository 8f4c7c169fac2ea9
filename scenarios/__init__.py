"""STORIES. The tests that people who know the measure write: what happens in a year, and what must come of it.

A story runs on a ledger of its own and a virtual clock (`scheduler/rehearsal.py`); nothing here knows the console. Read `story.py`, then `runner.py`.
"""
