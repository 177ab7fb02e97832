"""Access review: who could reach what at an instant, rebuilt from the audit trail.

model      what a review is asked, and what it says
past       what one thing was at an instant, from its own records (pure)
trails     the records of things, and which things there ever were
tenant     everything that decided access in a tenant at an instant, and what somebody reached by it
reviews    Reviews: the review of a tenant, a person or a resource, page by page
drift      TrailDrifts: whether the trail tells the truth
document   the signed document: written page by page, and verified
documents  ReviewDocuments: such documents of a tenant, signed by the service
views      what goes over the wire

Records of a thing are put in the order of the thing's versions, then of time: a clock that went back changes nothing
about what came after what. A record counts from its own time on, and from that of every record before it. So what a
review says of a thing is always a state that the thing has been in.

The trail of a tenant begins with the tenant. Where something was there before its own first record, nobody can say what
it was, and the review is refused rather than guessed.
"""
