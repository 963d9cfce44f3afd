"""Files that come in pieces over a line that breaks: offsets, checks, bytes on disk.

Knows neither tablets nor pictures nor requests: who brings a file, and what becomes of it, is the
caller's.
"""
