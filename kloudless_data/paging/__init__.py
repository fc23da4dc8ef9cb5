"""Three ways of paging, and reading one page ahead."""
