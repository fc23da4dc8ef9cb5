"""A second witness of who can see what: written from docs/access.md, without the evaluator."""
