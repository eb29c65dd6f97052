"""Simulations that answer for one candidate, and what decides them early."""
