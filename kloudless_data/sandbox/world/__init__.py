"""The simulated world behind the endpoints: people, things and seeded histories."""
