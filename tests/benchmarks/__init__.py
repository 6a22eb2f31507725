"""What `make bench` measures: each figure side by side with a bare counterpart, in one run."""
