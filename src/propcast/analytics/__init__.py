"""Raw → analytics: pure functions, frames in, frame out."""
