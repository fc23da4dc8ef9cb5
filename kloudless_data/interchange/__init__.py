"""Hand Arrow record batches to pandas and other libraries."""
