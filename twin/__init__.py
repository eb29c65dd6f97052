"""Digital twin of a vLLM engine that serves LoRA adapters."""
