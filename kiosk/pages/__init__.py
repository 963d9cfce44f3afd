"""What the pages of both roles share: words, dates, assets, answers as they are read.

Knows no page and no route. The pages of one role lie in ``kiosk.terminal`` and ``kiosk.hall``.
"""
