"""Build and try the apps' images where there is no container engine."""
