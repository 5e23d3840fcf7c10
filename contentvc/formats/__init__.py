"""What is inside one file: text by lines and words, the rest by the byte ranges that changed."""
