"""From a form to a command and to the engine.

Read `act_form.py` first: it makes the form of an act from its command, and the command from the form that was filled
in. `fields.py` reads one field, `rows.py` a table of many. `submitting.py` asks the engine to do a command,
`command_batch.py` several at once; `confirmation.py` shows a final act for a check before it is done.

Files come in by `uploads.py`; what is confidential by `confidential_fields.py` and `confidential_files.py`. A form is
filled in again by `recovery.py` (it could not be submitted) and by `returns.py` and `prefill.py` (the step was sent
back).

Not here: the HTML of a form (`templates/`), and the fields as the browser sent them (`request/form.py`).
"""
