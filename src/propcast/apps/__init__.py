"""The six services, one module each: parse, call one function, render."""
