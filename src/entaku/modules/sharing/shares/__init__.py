"""Shares: added, changed and removed, some together in one transaction; shown; and gone with their principal.

change     Change: one change of a resource's shares, decided inside its transaction
warnings   what somebody who shares may not have meant (pure)
service    Shares: list the shares of a resource, change them
releasing  Releasing: shares go with their principal
views      what goes over the wire
"""
