"""What recurrent cells of Gluon and of mx.rnn say of cells within others."""


def expect_not_modified(cell):
    """Raises AssertionError for a cell that a modifier cell, such as a ZoneoutCell, holds."""
    assert not cell._modified, (
        f'this {type(cell).__name__} is inside of a modifier cell, which is to be called in its place')
