"""GPU memory of an engine: weights, adapter slots and the KV cache that is left."""
