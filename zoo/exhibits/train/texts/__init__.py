"""Train on texts: a labelled table becomes a text classifier of its classes, beside TF-IDF as the baseline."""
