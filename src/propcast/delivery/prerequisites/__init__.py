"""What an environment must have before a rollout may begin: looked at, never assumed."""
