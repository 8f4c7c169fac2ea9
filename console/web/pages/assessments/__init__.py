"""Pages about assessments: one of them with its acts, many at once, special ones, cases, results and what follows from them."""
