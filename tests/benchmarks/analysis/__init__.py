"""What `make bench` measures of the query engine alone, in processes of its own."""
