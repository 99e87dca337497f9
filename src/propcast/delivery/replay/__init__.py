"""The last graded slates through two revisions: what each makes of them, and where they differ."""
