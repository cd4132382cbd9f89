"""What the end-to-end tests share: servers, clients, signed raw requests, data, waiting."""
