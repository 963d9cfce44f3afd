"""Codes by which a resident says who he is: the resident code and the insurance e-credential.

`port` is what the product asks of whoever issued such a code; `stand_in` answers in its place
where no such service is connected. Knows no pages, no cases and no pictures. Neighbours:
`kiosk.materials.scan` recognises the codes, `kiosk.terminal.credential` asks for consent first.
"""
