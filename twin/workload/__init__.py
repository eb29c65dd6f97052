"""Adapters, their arrivals and lengths, and the request streams that they make."""
