"""Cases (办件): what a resident applied for, its states, and what may happen to it next.

Used by both roles. Knows materials and receipts below it, no routes above it.
"""
