"""The supervisor: starts the processes of one machine, keeps them running, and ends them in order."""
