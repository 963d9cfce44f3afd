"""By the walk that measures it, the templates of the hall's pages; each is named once.

What stands here and is not drawn on its walk the walk itself finds; what stands nowhere, a guard in
`test_hall_screens.py`. Neighbours: `ways.py` is the same for the terminal's screens.
"""

SHOWS = {
    "figures": "counters figures help_tally ratings statistics",
    "cases": "case desk follow_ups help_service notice pre_check versions",
    "trouble": """
        badge carrier_camera carrier_codes carriers invite invited operator_made quarantine
        quarantine_ask quarantine_entry rejoin replace revoke sign_in tablet_revoke
    """,
    "alerts": "alert_channel_new alert_channels alert_list alert_silence alerts queue_delete queues",
    "organisation": """
        audit department department_items departments operator operator_new operators stations step_up
    """,
    "terminals": "terminal terminal_ask terminals",
    "redress": """
        bundle bundles compare redress redress_one releases rollout rollout_current
        rollout_stations
    """,
}

#: Templates of which pages are made, each with whose page it is.
PARTS = {
    "layout": "of every page",
    "words": "names that many pages say",
    "alert_tabs": "of the pages of alerts",
    "case_checklist": "of a case",
    "case_desk": "of a case",
    "case_help": "of a case",
    "charts": "of the figures",
    "redress_words": "of a redress",
    "rights": "of an account",
    "terminal_parts": "of the terminals",
}
