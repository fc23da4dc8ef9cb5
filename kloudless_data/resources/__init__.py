"""What requests return, under the module names of the official SDK."""
