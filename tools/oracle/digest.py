"""What the cases' golden texts hold of pixels."""


def digest(data, state=0xCBF29CE484222325):
    """FNV-1a."""
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return state
