"""Rows: what each user reaches, kept ready under the user, so that a list is one query. They change no answer.

A row holds every source of one person and one resource. It is recomputed from the truth, never patched: a change of
the truth writes, in its own transaction, a pending item that names which pairs it concerns; a worker settles these
pairs and then removes the item. Lists evaluate from the truth what is still pending, so they are right at once.

A row is written in a transaction that checks what it was computed from - resource, profile, directory - so it is never
older than the truth at that instant, whoever crashes where. Principals above a size, and the organisation, have no
rows: they stay by reference, and lists merge what is shared with them.

model         the entities
computing     a row from facts, and what is announced of it (pure)
pending       Pendings: what a change of the truth leaves to be done
modes         Modes: which principals are by reference
dirty         DirtyPairs: whom and what a pending item concerns
gathering     the facts of many pairs from few calls
settling      Settling: rows written from the truth
measuring     Measuring: principals that have become too large for rows, or small enough
worker        RowsWorker: works through what is pending
row_lists     RowLists: what a user reaches, from rows, references and what is pending
transitions   Transitions: shares that start and end by themselves
jobs          RowJobs: built anew, compared with the truth
clearing      Clearing: ended shares removed, shares counted again
progress      what is pending, as administrators are shown it
service       Rows: all of them together
"""
