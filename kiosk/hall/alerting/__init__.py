"""Alerts: what is wrong now, who was told, and when it was over.

Knows no page and no worker. Each round `rounds` compares what `findings` sees with the alerts that
are open, and writes notices; `outbox` sends them through the `channels`. `kiosk.hall.alerts` is the
page, `kiosk.hall_worker` calls the rounds.
"""
