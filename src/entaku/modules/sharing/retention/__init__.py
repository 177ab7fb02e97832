"""Retention: what is deleted is kept in a bin, restored if somebody wants it back, and removed for good when its time
is over. And the other states of a resource, which are entered and left in the same way.

model           the entry of the bin
asked           Asked: version, reason and idempotency key, as every change takes them
state_changes   StateChanges: archived, unarchived, deleted, restored, each in one transaction
purging         Purging: removed for good with shares and ownership, in steps; the job that does it when it is due
bin             Bin: what is in it
views           what goes over the wire about the state of a resource

Which change leads from which state to which is `sharing.lifecycle`.
"""
