"""The templates of the papers to start from (`shipped.py`). An institution may replace each by its own.

The words are those of an office; titles, clauses, elements and grades come with the values. Not here: how a paper looks
(`documents/word/gongwen.py`).
"""
