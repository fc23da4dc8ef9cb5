"""Delta Lake tables: files, commits, transactions and object stores."""
