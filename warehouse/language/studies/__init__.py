"""The studies there are: what each asks about histories, and how its request is read."""
