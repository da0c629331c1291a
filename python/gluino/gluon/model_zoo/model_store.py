"""Files with trained weights, which MXNet publishes and Gluino does not download."""
import glob
import os

__all__ = ['get_model_file', 'purge']

# Packages with networks of their own enter what their files of weights hash to.
_model_sha1: dict[str, str] = {}


def get_model_file(name, root=os.path.join('~', '.mxnet', 'models')):
    """The path of the weights of the network `name`, MXNet's file NAME-HASH.params or
    NAME.params, in the folder `root`. Raises FileNotFoundError, which says what to do, where there
    is none."""
    folder = os.path.expanduser(root)
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


def purge(root=os.path.join('~', '.mxnet', 'models')):
    """Removes all files with weights from the folder `root`."""
    for path in glob.glob(os.path.join(glob.escape(os.path.expanduser(root)), '*.params')):
        os.remove(path)


def loaded(net, name, pretrained, ctx, root):
    """The network, with the weights from `root` if it is to be `pretrained`."""
    if pretrained:
        net.load_parameters(get_model_file(name, root), ctx=ctx)
    return net
