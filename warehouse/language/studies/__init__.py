"""What each kind of study asks, as a frozen value."""
