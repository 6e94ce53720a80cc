"""What each feed contains and how it looks: membership, rendering, notices, messages for readers, pages.

Everything here is a function of values: it reads no input, no history and no clock, and writes nothing.
"""
