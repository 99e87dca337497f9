"""What a canary made of the shards that it was given, beside what was published of the same shards."""
