"""Reports: the jobs people wait for, and what they see of them."""
