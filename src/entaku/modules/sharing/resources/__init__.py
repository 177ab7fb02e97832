"""Resources: created, found, changed, handed over; and libraries, the resources that come with the module.

service       Resources: the resources of one kind
handing_over  a resource handed over to another owner
libraries     Libraries: the kind that comes with the module
views         what goes over the wire about libraries

Which states a resource has is `sharing.lifecycle`; archived, deleted and restored it is by `retention`.
"""
