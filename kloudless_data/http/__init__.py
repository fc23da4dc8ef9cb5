"""One HTTP request, safely: URLs, retries, connections, cancellation."""
