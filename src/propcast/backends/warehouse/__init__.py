"""The warehouse: declared tables, written in single commits, readable by version."""
