"""Moving in (搬入): brings departments, their teams, people and accounts in from the workbooks that an office has.

- `heads.py`: the columns that are known, by their title and the names that offices give them. `lines.py`: reads
  their rows, and says every fault with its place. The tables themselves are found by `config/tables.py`.
- `plan.py`: what is new, what changes, who is no longer there. Nothing is stored before a person has seen it.
- `arrival.py`: does what the plan says: all or nothing.

Not here: reading the file (`documents/sheets/`), and the pages and the command (`console`).
"""
