"""Where revisions run and get their traffic: one port, a target on one machine and one on Cloud Run."""
