"""From a digest to all of the traffic, stage by stage, or back to what was there before."""
