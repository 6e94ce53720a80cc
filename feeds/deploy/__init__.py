"""Work with a published folder: serve it locally, upload it, notify a hub, check it where it is served."""
