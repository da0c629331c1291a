"""The table of layers that Block.summary prints."""

import html
import sys

from ..ndarray import NDArray

_RULE = '-' * 80
_DOUBLE_RULE = '=' * 80
_HEAD = ('Layer (type)', 'Output Shape', 'Param #')


def _row(layer, shape, count):
    return f'{layer:>20}  {shape:>42} {count:>15}'


def _shapes(value, top=True):
    """'(2, 3)', of several '(2, 3), [(4,), (4,)]'."""
    if isinstance(value, NDArray):
        return str(tuple(value.shape))
    if isinstance(value, (list, tuple)):
        text = ', '.join(_shapes(item, False) for item in value)
        return text if top else f'[{text}]'
    return str(value)


def _count(parameter):
    total = 1
    for size in parameter.shape:
        total *= size
    return total


class Table:
    """Notes each layer's output while one batch passes; used as a `with` block."""

    def __init__(self, root):
        self._rows = []
        self._seen = set()
        self._hooks = []
        self._total = self._trainable = self._shared = 0
        self._root = root

    def __enter__(self):
        self._root.apply(self._watch)
        return self

    def __exit__(self, ptype, value, trace):
        for handle in self._hooks:
            handle.detach()

    def _watch(self, block):
        from .block import HybridBlock
        from .nn import HybridSequential, Sequential  # layers, which need blocks first
        assert not isinstance(block, HybridBlock) or not block._active, (
            f'"{block.name}" is hybridized: its layers do not run one by one, and there is no '
            'summary of them. Print it before hybridize()')
        # Containers only call their children. A layer that stands at two places is watched once,
        # and is called twice.
        if isinstance(block, (Sequential, HybridSequential)) or block in self._seen:
            return
        self._seen.add(block)
        self._hooks.append(block.register_forward_hook(self._note))

    def _note(self, block, _inputs, output):
        count = 0
        for parameter in block._own_params():
            size = _count(parameter)
            count += size
            if parameter.grad_req != 'null':
                self._trainable += size
            if parameter in self._seen:
                self._shared += size
            self._seen.add(parameter)
        self._total += count
        name = f'{type(block).__name__}-{len(self._rows) + 1}'
        self._rows.append((name, _shapes(output), count))

    def show(self, inputs):
        """Prints the table; a notebook shows it as one of its own."""
        if type(sys.stdout).__module__ != 'ipykernel.iostream':
            print(self.text(inputs))
            return
        from IPython.display import display  # of the notebook that runs
        display({'text/plain': self.text(inputs), 'text/html': self.html(inputs)}, raw=True)

    def text(self, inputs):
        """The whole table, for a terminal."""
        return '\n'.join([
            _RULE, _row(*_HEAD), _DOUBLE_RULE, *(_row(*row) for row in self._all_rows(inputs)),
            _DOUBLE_RULE, *self._sums(), _RULE])

    def html(self, inputs):
        """The whole table, for a notebook."""
        def line(cells, tag):
            return ''.join(f'<{tag}>{html.escape(str(cell))}</{tag}>' for cell in cells)

        rows = ''.join(f'<tr>{line(row, "td")}</tr>' for row in self._all_rows(inputs))
        sums = html.escape('\n'.join(self._sums()))
        return (f'<table><thead><tr>{line(_HEAD, "th")}</tr></thead><tbody>{rows}</tbody></table>'
                f'<pre>{sums}</pre>')

    def _all_rows(self, inputs):
        return [('Input', _shapes(inputs if len(inputs) != 1 else inputs[0]), 0), *self._rows]

    def _sums(self):
        return ['Parameters in forward computation graph, duplicate included',
                f'   Total params: {self._total}', f'   Trainable params: {self._trainable}',
                f'   Non-trainable params: {self._total - self._trainable}',
                f'Shared params in forward computation graph: {self._shared}',
                f'Unique parameters in model: {self._total - self._shared}']
