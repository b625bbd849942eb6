"""Rows in the words of a template, put to a model as text."""
