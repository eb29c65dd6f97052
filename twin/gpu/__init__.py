"""One GPU type: what an engine on it costs in time and memory, and what its datasheet says."""
