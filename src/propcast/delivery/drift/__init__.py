"""What runs against what was declared and what was put on record, in both directions."""
