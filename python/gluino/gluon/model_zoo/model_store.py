"""Files with trained weights, which MXNet publishes and Gluino does not download."""
import glob
import os

from ...base import data_dir

__all__ = ['get_model_file', 'purge']

# Packages with networks of their own enter what their files of weights hash to.
_model_sha1: dict[str, str] = {}

_ROOT = os.path.join('~', '.mxnet', 'models')


def _folder(root):
    # $MXNET_HOME moves the folder that is used when nobody names another.
    return os.path.join(data_dir(), 'models') if root == _ROOT else os.path.expanduser(root)


def get_model_file(name, root=_ROOT):
    """The path of the weights of the network `name`, MXNet's file NAME-HASH.params or
    NAME.params, in the folder `root`; `$MXNET_HOME/models` where that is set and nobody names
    another. Raises FileNotFoundError, which says what to do, where there is none."""
    folder = _folder(root)
    found = sorted(glob.glob(os.path.join(glob.escape(folder), f'{name}-*.params')))
    plain = os.path.join(folder, f'{name}.params')
    if os.path.exists(plain):
        found.insert(0, plain)
    if not found:
        raise FileNotFoundError(
            f'pretrained=True: there are no weights of {name} in {folder}. Gluino does not '
            f'download them; put the file that MXNet publishes, {name}-HASH.params, there, or make '
            'the network without pretrained and load parameters of your own with '
            'load_parameters()')
    return found[0]


def purge(root=_ROOT):
    """Removes all files with weights from the folder `root`."""
    for path in glob.glob(os.path.join(glob.escape(_folder(root)), '*.params')):
        os.remove(path)


def loaded(net, name, pretrained, ctx, root):
    """The network, with the weights from `root` if it is to be `pretrained`."""
    if pretrained:
        net.load_parameters(get_model_file(name, root), ctx=ctx)
    return net
