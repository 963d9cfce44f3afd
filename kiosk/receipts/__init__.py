"""What a resident takes home: the receipt's number and its QR code.

Knows neither cases nor pages nor the database; `kiosk.cases` asks it for numbers and tokens, the
pages ask it for pictures. Neighbour: `kiosk.materials`, which reads back the codes that are drawn
here.
"""
