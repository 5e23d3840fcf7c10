"""Files on disk: found, ignored, scanned, read and written. Names are bytes throughout."""
