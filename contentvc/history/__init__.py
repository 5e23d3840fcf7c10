"""History: the operation log, the view it adds up to, revisions and the commit graph."""
