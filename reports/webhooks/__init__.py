"""What is told to addresses of an organization: signed, tried again, and every attempt kept."""
