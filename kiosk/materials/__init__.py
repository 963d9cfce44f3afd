"""Pictures that come in: captured materials, and QR codes held before a camera.

A picture from outside is opened only in a child process (`child`, with `pixels` and `codes`),
which `isolation` keeps, limits and replaces; everything else here runs in the web process. Knows
neither cases nor pages. Neighbour: `kiosk.receipts`, whose codes `scan` recognises. This file
stays empty of imports: the child starts through it.
"""
