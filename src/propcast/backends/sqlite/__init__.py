"""SQLite files shared by threads and processes, under the local state store and the local bus."""
