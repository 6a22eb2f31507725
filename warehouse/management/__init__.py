"""Commands of the project for operators and scripts."""
