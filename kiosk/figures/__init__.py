"""The hall's figures: counts kept by day, station and item, and what can be read from them.

Nothing personal is counted, kept or shown. Knows no requests and no pages. Neighbours: `counting`
counts a day from the rows, `keeping` keeps the counts true, `reading` answers questions.
"""
