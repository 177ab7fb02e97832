"""Large values, kept apart from the items that refer to them.

Read the files in this order: `apart` (what is declared, and what is stored in place of the value), `store` (what a
place for values must do; `drivers/blobs` are such places), `keys` (what values are called there), `separating`
(writing), `fetching` (reading), `sweep` (removing what no item refers to any more; `sorted_keys` holds its many keys).
"""
