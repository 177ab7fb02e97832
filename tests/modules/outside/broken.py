"""A package that cannot be imported."""

raise RuntimeError("out of ink")
