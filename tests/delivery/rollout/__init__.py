"""Rollouts: the controller on a target in memory, its crashes, its commands."""
