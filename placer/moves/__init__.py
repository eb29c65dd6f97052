"""What a GPU takes and gives up, and where that goes."""
