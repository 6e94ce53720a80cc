"""What happens to a published folder: shown locally, uploaded, announced to a hub, checked where it is served."""
