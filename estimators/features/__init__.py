"""What a model is told of an engine and of its traffic."""
