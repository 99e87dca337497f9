"""Forecasting systems: each turns a slate into one full distribution, or one reason, per participant."""
