"""The engine: simulates one on a workload, and sums up what it did."""
