"""Who there is, what they have and what they do: seeded histories behind the endpoints."""
