"""History import: twelve Parquet files become raw tables, each by a specification and a reader."""
