"""Erasing and handing over from the command line."""
