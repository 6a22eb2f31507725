"""Rate limits over all processes: what is limited, how it is counted, what a caller is told."""
