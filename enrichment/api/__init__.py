"""The intake's REST doors."""
