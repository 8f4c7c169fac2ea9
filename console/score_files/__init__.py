"""Score sheets on a page and as Excel files: the self-report's and an assessor's, filled in offline and read back.

- `sheet_view.py`: the items of a sheet with what is known of each, as pages and files show them.
- `writing.py`: the file of a form, with what the form has now. `origin.py`: what the file says of itself, hidden.
- `reading.py`: what somebody filled in, and every fault with its cell. Nothing is guessed or rounded.

Not here: sending the form. A file only fills its draft; the person looks at it and submits.
"""
