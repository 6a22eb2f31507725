"""Generated traffic, written by the engine itself: any size, the same for the same seed."""
