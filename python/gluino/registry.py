"""Classes by name, from which `create` makes objects: what metrics, initializers and the like are
registered in."""
import json
import warnings

__all__ = ["get_registry", "get_register_func", "get_alias_func", "get_create_func"]

_registries: dict = {}


def get_registry(base_class):
    """A copy of the classes derived from `base_class` that are registered, by their names."""
    return dict(_registries.setdefault(base_class, {}))


def get_register_func(base_class, nickname):
    """The function `register(klass, name=None)` for classes derived from `base_class`.

    It enters the class under `name`, or its own name, in lower case, and gives it back, so that
    it serves as a decorator. A name that is taken goes to the new class, with a UserWarning.
    `nickname` is what messages call such a thing: "metric".
    """
    registry = _registries.setdefault(base_class, {})

    def register(klass, name=None):
        assert isinstance(klass, type) and issubclass(klass, base_class), (
            f"expected a class derived from {base_class.__name__} to register as {nickname}, "
            f"got {klass!r}")
        key = (klass.__name__ if name is None else name).lower()
        before = registry.get(key)
        if before is not None and before is not klass:
            warnings.warn(
                f"the {nickname} '{key}' was {before.__module__}.{before.__name__} and is now "
                f"{klass.__module__}.{klass.__name__}", UserWarning, stacklevel=2)
        registry[key] = klass
        return klass

    register.__doc__ = f"Enters a class, by its name or another, among those of {nickname}."
    return register


def get_alias_func(base_class, nickname):
    """The decorator `alias(*names)`, which enters a class under each of the names."""
    register = get_register_func(base_class, nickname)

    def alias(*aliases):
        def enter(klass):
            for name in aliases:
                register(klass, name)
            return klass
        return enter

    alias.__doc__ = f"Enters a class among those of {nickname} under further names."
    return alias


def get_create_func(base_class, nickname):
    """The function `create(name, *args, **kwargs)`, which makes an object by its class's name.

    Instead of a name it takes an object of `base_class`, which it gives back; text of the form
    `["name", {"option": value}]` or `{"nickname": "name", "option": value}`; and a dictionary like
    the latter. An unknown name is an AssertionError.
    """
    registry = _registries.setdefault(base_class, {})

    def create(*args, **kwargs):
        if args:
            name, args = args[0], args[1:]
        else:
            name = kwargs.pop(nickname)
        if isinstance(name, base_class):
            assert not args and not kwargs, (
                f"{nickname} is an object already; further arguments have no effect on it: "
                f"{args} {kwargs}")
            return name
        if isinstance(name, dict):
            return create(**name)
        assert isinstance(name, str), (
            f"{nickname}: expected a name or an object of {base_class.__name__}, got {name!r}")
        if name.startswith("["):
            assert not args and not kwargs, f"{nickname}: {name} has its options inside"
            name, kwargs = json.loads(name)
            return create(name, **kwargs)
        if name.startswith("{"):
            assert not args and not kwargs, f"{nickname}: {name} has its options inside"
            return create(**json.loads(name))
        klass = registry.get(name.lower())
        assert klass is not None, (
            f"there is no {nickname} '{name}'; known: {', '.join(sorted(registry))}")
        return klass(*args, **kwargs)

    create.__doc__ = f"Makes an object by its name among those of {nickname}."
    return create
