"""The papers that an office prints, signs, sends and files, as data: `catalogue.py` lists them.

Also here: the names that their templates may use (`names.py`), and the templates to start from (`templates.py`). Not
here: the values of the names (`workflow/papers/`), and filling a template (`documents/word/`).
"""
