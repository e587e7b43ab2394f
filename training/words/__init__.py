"""The table of synonyms and stop words in ``assets/tables``."""
