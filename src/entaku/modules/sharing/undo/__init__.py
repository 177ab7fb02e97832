"""Undo: a change of shares taken back, exactly, as long as nothing has happened to them since.

Every change of shares has an id, in its outcome and in its audit records. Undoing it restores each share as it was,
terms and all, in one transaction for each resource. It is a change itself, with an id of its own, and is undone like
any other.

model          ChangePart: what is remembered of a change; what an undo came to
steps          what is to be done to each share, from the audit records (pure)
later          what has happened since, from the trail (pure)
restoring      Restoring: the shares of one resource put back inside a transaction
resource_undo  ResourceUndo: a change taken back in one resource
service        Undo: a change taken back, resource by resource
"""
