"""The papers (文书) that an office prints, signs, sends and files: which there are, and who may make them.

Not here: the names in their templates and the templates (`documents/papers/`), and their values (`workflow/papers/`).
"""
