"""Upkeep: what a tenant needs to have done that nobody asks for, and which process goes and looks.

needs    Needs: what one tenant needs, as far as one look tells
rounds   Rounds: the round through all tenants, made by one process of all
service  Upkeep: both
views    what administrators are shown of all the work on their tenant

It is done by `entaku.hosts.row_keeper`, with the rows and jobs of the module.
"""
