"""What a load costs on DynamoDB: capacity units and a monthly price, for each call and each tenant.

Read the files in this order: `load` (what is asked of the table, and how often), `units` (the rules of DynamoDB),
`calls` (the units of one call, from the declarations), `prices` (the dated price list beside it), `estimate`.
"""

from __future__ import annotations

from entaku.table.pricing.calls import CallPricer
from entaku.table.pricing.estimate import CallCost, Estimate, estimate
from entaku.table.pricing.load import Load, load_from, load_schema_text
from entaku.table.pricing.prices import SHIPPED_PRICES, PriceList, prices_from

__all__ = [
    "SHIPPED_PRICES",
    "CallCost",
    "CallPricer",
    "Estimate",
    "Load",
    "PriceList",
    "estimate",
    "load_from",
    "load_schema_text",
    "prices_from",
]
