"""Three questions, three paths: alive, ready, able to do the whole job."""
