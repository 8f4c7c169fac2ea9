"""The rules of results, and what they made in one assessment, as sentences in both languages.

`explanation.py` explains one result line by line, `comparison.py` lays two explanations side by side, and
`rules_in_words.py` says the whole rulebook. Nothing here calculates: every number is one that the calculation made.
"""
