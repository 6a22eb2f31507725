"""`make load`: the product with ten thousand jobs of one organization waiting."""
