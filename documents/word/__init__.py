"""Word papers that are filled from templates: what a template may name, whether it is right, and the filled file.

Nothing in a template is evaluated (decision 0063): it has names and four marks, and they are replaced in the XML.
"""
