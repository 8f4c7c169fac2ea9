"""SEARCH (查找): the index of one process, and when a text matches what somebody typed. Read `index.py` first.

Not here: the groups of hits and who may read them (`search_sources.py` among the pages), and the page (`search.py`).
"""
