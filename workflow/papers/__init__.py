"""The values of the papers that an office makes: what the names in their templates stand for.

`values.py` has the function of each paper, `sources.py` reads what they need. They read states and the rulebook only,
and the values are Chinese, as the papers are. Not here: which papers there are and their templates
(`documents/papers/`), and who may make one.
"""
