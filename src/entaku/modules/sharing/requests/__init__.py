"""Access requests: somebody asks for a library, and one call of who may share it answers.

Anybody of the tenant may ask for any id. Whether there is such a library is not told: neither by the answer, which only
repeats what was asked, nor by asking again, nor by the list of one's own requests, nor by how they end. So what was
typed is kept with who typed it, always alike; of a library that exists, the request also waits to be decided by its
owner, administrators, and holders of `share` who could grant what is wanted. They see it as long as it is about this
very library and this very person: neither a later library of the same id nor a later user inherits it.

model      AccessRequest: what is kept
views      what of a request is shown to whom (pure)
trail      what the audit trail keeps of a request
finding    a request found by its id, with whom and what it is about
asking     Asking: ask, withdraw
decided_about  what somebody may decide about, and what waits for that
reading    Reading: one's own requests, and those that wait for one's decision
lowering   what an approval would take away from who asked (pure)
deciding   Deciding: approve, deny
service    AccessRequests: all of them together
bodies     what comes in over the wire
"""
