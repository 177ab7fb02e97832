"""Capacity units, counted by pattern and tenant where the settings want it.

`meter` adds up what calls have cost, `metered_driver` stands before a driver and tells it, `usage_names` finds tenant
and pattern from a physical key, `usage` keeps the counts in files of the data folder.
"""
