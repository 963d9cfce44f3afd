"""XLSForm, the tables in which the world of offline forms (ODK, Enketo, Kobo) writes its forms.

Out of a definition (`export`) and back into one (`importing`). Only for authors at the command
line: what reads and writes workbooks is not installed where the product runs, so nothing here is
imported by a terminal or hall, and this module imports nothing. Must not know web or database.
Start with docs/xlsform.md; then `rows` (what a definition looks like as rows) and `expressions`
(JSON Logic as XPath).
"""
