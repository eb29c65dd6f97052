"""Does it fit on one GPU: evaluator, budget, items, packing."""
