"""The target on one machine: revisions are processes of their own, HAProxy shares the requests out."""
