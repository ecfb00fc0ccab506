"""What is wrong, from what was raised: cause, evidence, the command to type, and the edit that may put it right.

A diagnosis is a function ``(failure, context) -> Diagnosis | None`` in a file of its own; `catalogue` is the table.
"""
