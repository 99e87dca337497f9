"""The object store: immutable blobs by key."""
