"""Long trials of the edge: what takes too long for every change. `script/soak` runs them."""
