"""The intake's commands."""
