"""Outside feeds and imported history → raw tables."""
