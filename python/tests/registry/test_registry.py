"""Classes by name."""
import warnings

import gluino as mx
import pytest


@pytest.fixture
def kind():
    class Thing:
        pass

    class Bee(Thing):
        def __init__(self, a=1):
            self.a = a

    registry = mx.registry
    registry.get_register_func(Thing, 'thing')(Bee)
    registry.get_alias_func(Thing, 'thing')('b', 'Wasp')(Bee)
    return Thing, Bee


def test_create(kind):
    thing, bee = kind
    create = mx.registry.get_create_func(thing, 'thing')
    assert create('BEE').a == 1
    assert create('wasp', 5).a == 5
    assert create('["b", {"a": 7}]').a == 7
    assert create('{"thing": "bee", "a": 3}').a == 3
    assert create(thing='bee', a=2).a == 2
    assert create({'thing': 'bee', 'a': 9}).a == 9
    one = bee()
    assert create(one) is one
    for wrong in (lambda: create('nope'), lambda: create(3), lambda: create(one, 3)):
        with pytest.raises(AssertionError):
            wrong()


def test_register(kind):
    thing, bee = kind
    register = mx.registry.get_register_func(thing, 'thing')
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        register(bee)
    with pytest.warns(UserWarning, match='bee'):
        register(type('Bee', (thing,), {}))
    with pytest.raises(AssertionError):
        register(int)
    known = mx.registry.get_registry(thing)
    assert set(known) == {'bee', 'b', 'wasp'}
    known.clear()
    assert mx.registry.get_registry(thing)
