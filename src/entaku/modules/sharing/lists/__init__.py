"""Lists: everything a user reaches, exactly, a page at a time; the very answer that checks give, turned round.

A library stands in all of this for a thing of any kind: a list is one of libraries, or of another kind of resource.

model       what is asked and answered, and what of it may be asked (pure)
reached     what a user reaches, worked out from shares and libraries (pure)
facts       ListFacts: what lists are made of, read or remembered
from_truth  everything a user reaches, from shares: what every other way is measured against
cutting     one page of it
service     Lists: what one user reaches
many        ManyLists: the first pages of many users, as of one instant
pages       ListPages: pages as they go over the wire, and those kept in memory
views       what goes over the wire

Where rows are kept ready, `rows.row_lists` answers in place of `from_truth`, and says the same.
"""
