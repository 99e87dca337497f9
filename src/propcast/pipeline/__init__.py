"""Steps, expected outputs, the run ledger, the plan of a day and the backfill."""
