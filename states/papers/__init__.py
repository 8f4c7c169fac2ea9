"""The papers (文书) that an office prints, signs, sends and files: which there are, and who may make them (`paper.py`).

`template.py` and `issue.py` have the two streams about papers. Not here: the names in their templates and the templates
(`documents/papers/`), and their values (`workflow/papers/`).
"""
