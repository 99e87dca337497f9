"""From a commit to running images: what they hold, how they are proven, and what is declared of every service."""
