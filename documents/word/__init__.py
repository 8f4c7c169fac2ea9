"""Word papers that are filled from templates: what a template may name, whether it is right, and the filled file.

Nothing in a template is evaluated (decision 0063): it has names and four marks, and they are replaced in the XML. Also
here: the templates that are shipped are made (`gongwen.py`, with `package.py`), and a paper is measured by GB/T 9704
(`geometry.py`, with `text_geometry.py`, `deviations.py` and `formatting.py`).
"""
