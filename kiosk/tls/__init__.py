"""TLS in the station's network: which names a terminal has there, its certificate's files, serving.

The hall is the authority (`kiosk.hall.authority`). Knows no pages and no exchange.
"""
