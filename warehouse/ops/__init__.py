"""What operators look at: alive, ready, metrics, the doctor, and the first preparation."""
