"""Generated traffic, as much as wanted: written by the engine itself, the same for the same seed."""
