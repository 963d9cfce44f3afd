"""The station's counter: numbers that are drawn, called and served, and what a day was like.

Nothing personal is kept here: a number belongs to whoever holds its slip. Neighbours: the pages are
`kiosk.terminal.counter`, `ticket` and `screen`; `kiosk.cases.replay` hands a day to the hall.
"""
