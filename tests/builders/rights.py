"""Who may call what: the one table that the matrix tests hold every address of both roles to.

An address that is not here fails them: whoever adds one says here, apart from the code, who it is
for. Endpoints by group; a method of its own where one address has several.
"""

PUBLIC = "everybody"
SIGNED = "a terminal's signature"
ANYBODY = frozenset({"clerk", "admin", "auditor", "staff"})
READERS = frozenset({"clerk", "admin", "auditor"})
DECIDERS = frozenset({"clerk", "admin"})
WATCHERS = frozenset({"admin", "auditor"})
ADMINS = frozenset({"admin"})
STAFF = frozenset({"staff"})

#: Beside roles: clerks have the cases of their departments only.
OF_A_CASE = ("case_id",)

_HALL = {
    PUBLIC: """
        items.ItemsView items.ItemView items.ItemSchemaView search_index.SearchIndexView
        search_index.SearchIndexCopyView help_items.HelpItemsView session.SessionView:DELETE
        session.SessionView:POST description.show health.show metrics.show hall.home.show
        hall.home.speak hall.notices.verify hall.figures.show hall.figures.show_in_english
        hall.sign_in.show hall.sign_in.enter hall.sign_in.leave static
        hall.sync_api.enrol
    """,
    SIGNED: """
        hall.sync_api.receive hall.sync_api.tell hall.sync_api.hand_release hall.sync_api.certify
        hall.sync_api.receive_piece hall.sync_recovery.give_back hall.sync_recovery.grant
        hall.sync_recovery.give_file
    """,
    ANYBODY: "session.SessionView:GET",
    READERS: """
        api.CasesView hall.step_up.show hall.step_up.enter hall.desk.show hall.case.show
        hall.case.reveal hall.case.material hall.versions.show hall.prints.application
        hall.prints.bundle hall.help_service.show hall.help_service.look hall.help_service.picture
        hall.help_service.count hall.help_service.download hall.follow_ups.show hall.notices.read
        hall.redress.show hall.redress.each
        hall.statistics.show hall.statistics.lines hall.statistics.workbook hall.statistics.cells
        hall.reports.show hall.bundles.show hall.bundles.each
    """,
    DECIDERS: """
        hall.bundles.close
        api.DecisionsView hall.case.take hall.case.decide hall.prints.signed_copy
        hall.prints.signed_bundle hall.help_service.judge hall.checking.save hall.passing.hand_over
        hall.passing.release hall.passing.route hall.passing.pause hall.passing.resume
        hall.follow_ups.settle hall.notices.hand_out hall.redress.take_step
    """,
    WATCHERS: """
        api.TerminalsView hall.terminals.show hall.tabulating.export hall.terminal.show hall.watching.live
        hall.quarantine.show hall.quarantine.entry
        hall.releases.show hall.comparing.show hall.rolling.show hall.ratings.show hall.counters.show hall.departments.show
        hall.single_items.show hall.premises.show hall.records.show hall.records.prove hall.records.download
        hall.alerts.show hall.alerts.each hall.alert_channels.show hall.queues.show
    """,
    ADMINS: """
        hall.redress.rule hall.rolling.choose hall.rolling.stage hall.rolling.confirm
        hall.rolling.make_current hall.terminals.approve hall.terminals.confirm_revocation hall.terminals.revoke
        hall.tablets.ask hall.tablets.revoke hall.quarantine.reveal hall.quarantine.ask
        hall.quarantine.replay hall.quarantine.set_aside hall.quarantine.answer hall.quarantine.correct
        hall.invitations.show hall.invitations.make hall.carriers.show hall.carriers.take
        hall.carriers.answer hall.carriers.codes hall.carriers.code_picture hall.carriers.camera
        hall.carriers.collect hall.accounts.show hall.accounts.ask hall.accounts.open_account
        hall.accounts.badge hall.accounts.disable hall.account.show hall.account.change
        hall.account.reset hall.account.end_sessions hall.departments.set_up hall.departments.ask
        hall.departments.change hall.single_items.give hall.single_items.take_back hall.rejoining.confirm hall.rejoining.let_go_on
        hall.replacing.ask hall.replacing.make hall.tending.ask hall.tending.do hall.tending.note
        hall.tending.ask_pause hall.tending.pause
        hall.tending.caretaker hall.tending.prove
        hall.alerts.ask_silence hall.alerts.silence hall.alerts.end_silence hall.alert_channels.ask
        hall.alert_channels.add hall.alert_channels.test hall.alert_channels.remove
        hall.queues.retry_all hall.queues.retry hall.queues.confirm_deletion hall.queues.delete
    """,
}
HALL = {name: who for who, names in _HALL.items() for name in names.split()}

#: At a terminal everything is for residents but what lies below these, and what is named here.
TERMINAL_BELOW = {"/staff": STAFF, "/api/v1/tablet": "a tablet"}
TERMINAL = {
    "api.QueueView": frozenset({"staff", "admin"}),
    "session.SessionView:GET": ANYBODY,
    "terminal.sections.begin": STAFF,
    "terminal.sections.show": STAFF,
    "terminal.sections.save": STAFF,
    "terminal.prints.poster": STAFF,
    "terminal.prints.show_poster": STAFF,
}
#: The way in lies below too.
TERMINAL_PUBLIC = frozenset(
    {
        "terminal.staff.sign_in",
        "terminal.staff.badge",
        "terminal.staff.enter",
        "terminal.staff.sign_out",
    }
)


def at_hall(endpoint: str, method: str) -> str | frozenset[str] | None:
    """Return who may call it: a word, or roles; None when nobody has said."""
    return HALL.get(f"{endpoint}:{method}", HALL.get(endpoint))


def at_terminal(endpoint: str, method: str, rule: str) -> str | frozenset[str]:
    """Return who may call an address of a terminal: what is not for staff is for residents."""
    named = TERMINAL.get(f"{endpoint}:{method}", TERMINAL.get(endpoint))
    if named is not None or endpoint in TERMINAL_PUBLIC:
        return named or PUBLIC
    below = (who for start, who in TERMINAL_BELOW.items() if rule.startswith(start))
    return next(below, PUBLIC)
