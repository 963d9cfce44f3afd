"""Printed papers, each from the one definition of its item: application, checklist, poster.

`form`, `checklist` and `poster` lay a paper out as HTML, `press` makes a PDF of it in a child
process. Knows no routes and not who may see what: the roles hand in how an answer is shown.
"""
