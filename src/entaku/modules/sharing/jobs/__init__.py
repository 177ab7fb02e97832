"""Jobs: long work on one tenant that nobody waits for. Whoever runs it may be killed; the next one goes on there.

A job is held by a lease that each note of progress renews. A lease that has run out means that nobody works on it any
more, whatever has become of who did. Leases spare work and are no lock: every job is right with any number at it.

model    the entity
running  Run: one job held by this process, and how far it has come
kinds    JobKind: what a job is made of
service  Jobs: list, run to the end, run in the background, go on with what somebody left
"""
