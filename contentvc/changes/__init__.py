"""What differs between two trees, and new trees made from old ones by changes."""
