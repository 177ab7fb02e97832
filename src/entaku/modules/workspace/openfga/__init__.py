"""OpenFGA as a second opinion: a tenant as a store of it, and stores read as organisations.

export       OpenFgaExport: a workspace as a store file, with answers to hold against it
model_text   the rules of sharing as a model, one for each policy
store        a workspace as the tuples of a store
answers      our own answers, as tests of the store
left_out     what a store does not say
store_text   a store as a file

reader       a store file as a workspace
store_entries  the keys of such a file
own_store    what the tuples of one that we wrote mean
plain_store  what those of one of the plain documented kind mean
collected    the organisation that they amount to
dsl, names   what models and tuples are written in
"""
