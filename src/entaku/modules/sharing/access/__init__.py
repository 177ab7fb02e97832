"""Access: what one person may do with one resource, how the caller stands to it, and why.

evaluation   what a person may do, from everything that grants it to them (pure)
truth        Facts: what is read about a person and a resource, true at one instant
rights       Standing: who may know of a resource, who may manage it
explanation  from facts to reasons, and to a sentence (pure)
checks       Checks: may this person do that
views        what goes over the wire
"""
