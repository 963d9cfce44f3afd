"""Operators (工作人员): accounts, roles, sign-in, and who may do what.

The hall is the authority; a terminal has a replica of the staff of its
station, so that signing in works with the line cut.
"""
