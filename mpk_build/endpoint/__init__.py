"""Serving: the HTTP front, the workers that hold the model, and the client that tests an endpoint.

It runs on the host for ``mpk serve`` and, on the model's Python, inside images: everything here runs
on Python 3.8.
"""
