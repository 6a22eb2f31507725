"""`make run`: starts every process, prefixes their logs, restarts what dies, stops all."""
