"""A year of made-up work at a town's stations, lived through by the product's own verbs.

For showing and measuring: everything in it is synthetic, and drawn from one seed. Neighbours:
`plan` decides what happens, `town` has the machines, `living` lets it happen.
"""
