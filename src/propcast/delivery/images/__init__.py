"""Images: what a service reaches, whether all of it is there, and how it is built."""
