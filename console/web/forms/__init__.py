"""From a form to a command and to the engine.

Read `act_form.py` first: it makes the form of an act from its command, and the command from the filled-in form.
`fields.py` reads one field, `rows.py` a table of many. `submitting.py` submits one command to the engine,
`command_batch.py` several at once. `confirmation.py` shows a final act for a check before it is done.

`uploads.py` stores the files of a form; `confidential_fields.py` and `confidential_files.py` handle confidential
content. `account_fields.py` refuses ids that no account ever had. `recovery.py` saves a form that could not be
submitted, and fills it in again. `returns.py` finds the step that was sent back, with the reason; `prefill.py` fills in
its form.

Not here: the HTML of a form (`templates/`), and the raw fields that the browser sent (`request/form.py`).
"""
