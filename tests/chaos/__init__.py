"""The services of one machine under everything that may go wrong at once, and what is published afterwards."""
