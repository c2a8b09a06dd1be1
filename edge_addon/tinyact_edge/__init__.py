"""TinyAct at the edge: cameras in, named actions out."""
