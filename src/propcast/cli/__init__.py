"""The `propcast` command."""
