"""Makes the namespaces of mx.nd from the registry."""
from .._operators import ND, fill


class MissingOperator(NotImplementedError, AttributeError):
    """A name that MXNet may have and this package has not."""


def operators_of(namespace):
    """The operators of one namespace by their names in it."""
    functions = {}
    fill({namespace: functions}, ND)
    return functions


def missing_operator(namespace):
    """A module's __getattr__ that names what is not there."""

    def __getattr__(name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingOperator(f"{namespace}.{name} is not there in Gluino: no operator or function "
                              "of this name is registered")

    return __getattr__
