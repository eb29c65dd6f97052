"""The problem and the answer in data: adapters, fleet, rules, placements."""
