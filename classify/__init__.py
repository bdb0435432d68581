"""The classifier: texts in, an Outcome out. One spaCy pipeline a language, made of our own factories."""
