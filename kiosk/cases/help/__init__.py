"""The help service (帮代办) as facts: what an agent does for a resident, recorded and counted.

`services` is the table of what there is, `model` the one table, `records` writes at the terminal,
`replaying` and `hearing` read at the hall and back. Knows no pages. Neighbours: `service` ties a
case to its help, `queries` and the hall show it.
"""
