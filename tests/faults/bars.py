"""The bars in seconds, which `make faults` judges: it is run where nothing else wants the machine.

`make test` may run on a machine that stalls, so it has patience, and only asks that things end.
"""

import os

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "0"))
PATIENCE = 1 if ROUNDS else 6

LEASE_SECONDS = 10
AFTER_SECONDS = PATIENCE * (LEASE_SECONDS + 5)
"""How long after a fault's end every report must have ended."""
TAKEN_UP_SECONDS = PATIENCE * (LEASE_SECONDS + 5)
"""How long jobs may wait for their next attempt."""
CANCEL_SECONDS = PATIENCE * 2.0
ANSWER_SECONDS = PATIENCE * 5.0
"""How long a submit may take whatever is broken."""
TIDY_SECONDS = PATIENCE * 15.0
"""How long what nobody needs any more may stay."""
HEARD_SECONDS = PATIENCE * 10.0
"""How long a socket may take to hear of the last event."""
