"""What the benchmarks of sharing stand on: an organisation, rows to fill a table with, and the other contenders."""
