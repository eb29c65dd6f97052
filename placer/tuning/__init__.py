"""Tuning: how engines are started, beyond their slots."""
