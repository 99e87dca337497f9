"""The batch protocol: how a slate is forecast in shards and published whole, whatever dies on the way.

Plain functions of backends and typed messages; none knows HTTP. Who calls what:

- `planning.start(backends, ask, rules)`: coordinator `/start`, operators. The batch of the present inputs, its shards
  and their requests, in one transaction; twice gives the same batch.
- `working.run_shard(backends, request, message_key=, holder=, warm=, rules=)`: workers `/predict`. One shard, from
  lease to result file and terminal state; returns what to answer.
- `consolidating.complete(backends, ready, rules)`: coordinator `/complete`. Notes that a shard ended; says whether the
  batch can be put together.
- `consolidating.consolidate(backends, batch_id, holder=, rules=)`: coordinator, outside of the request. One winner
  publishes what is there.
- `sweeping.sweep(backends, dispatcher, holder=, rules=)`: coordinator, every 30 s and at `/check-stalled`. Does
  whatever a lost message or a dead process left undone.
- `superseding.supersede(backends, changed, rules)`: coordinator `/lines`. New rows for the people named; everybody
  else's are carried on.
- `superseding.cancel(backends, batch_id, by=, reason=)` and `superseding.redrive(backends, batch_id, by=, rules=)`:
  coordinator `/cancel`, operators.
- `history.batches`, `history.standing`, `history.coverage`: status pages, metrics, `/status`.
- `at_once.forecast_day(...)`: `propcast day`. The same functions in one process: no messages, no files, no leases.

After a call that may have put messages into the outbox (`start`, `run_shard`, `consolidate`, `supersede`, `redrive`)
the caller lets its `Dispatcher` send them; the sweep does it for callers that died before.
"""
