"""What can be applied for: service items, their fields, rules, requirements and releases.

Pure data and rules. This package must not know the web, the database, Redis, `kiosk` or
`sync`. Start with `definition` (the words), then `schema` (is this set of answers good?),
`release` (what a terminal opens) and `catalogue` (what an author checks and builds).
"""
