"""What-if: who gains, loses, is changed or demoted by a change, before it is made. Equal to what then happens.

All that decides is read at one instant, the change is made to these values, and the one function of `evaluation` says
what each pair of a user and a resource may do without the change and with it: at once, and at every later start and end
of a share.

changes             what can be previewed, as values
comparing           what a change does to one pair, now and later (pure)
tally               how many gain, lose, are changed and demoted (pure)
people              whom a change may concern, page by page
foreseen            what there is, and what there would be
resource_foresight  ResourceForesight: changes of shares, owner and state of one resource
directory_foresight DirectoryForesight: changes of people, departments, groups and policy
pairs               the pairs that are concerned, with the facts without the change and with it
walking             a bounded walk through them
tokens              a change of shares bound to what its preview saw
model               the entities
kept                previews that are kept, in pages
service             Previews: all of them together
words               what is said of it, in each language
bodies, views       what comes in and goes out over the wire; `routes/previews` takes it from there
"""
