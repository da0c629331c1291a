"""Nested lists of arrays as flat ones, and back; loops and branches that take and give such."""


def flatten(values, leaf, what):
    """(flat list, form). `values` is a `leaf` or a list, nested as one likes, of them."""
    if isinstance(values, leaf):
        return [values], 0
    if not isinstance(values, (list, tuple)):
        raise AssertionError(f"{what}: expected {leaf.__name__}, or a nested list of them, got "
                             f"{type(values)}")
    flat, form = [], []
    for value in values:
        part, part_form = flatten(value, leaf, what)
        flat += part
        form.append((len(part), part_form))
    return flat, form


def regroup(flat, form):
    """What flatten was given, with other leaves."""
    if form == 0:
        return flat[0]
    result, begin = [], 0
    for count, part in form:
        result.append(regroup(flat[begin:begin + count], part))
        begin += count
    return result


# Loops and branches, for arrays and for symbols alike. `flat(values, what)` makes a list and a form
# of arrays or symbols, as flatten does; `run` is what the library has for the operator.

def foreach(run, flat, body, data, init_states):
    """(Outputs stacked along a new axis 0, last states) of `body(slice, states)`."""
    flat_data, data_form = flat(data, "foreach: data")
    flat_states, state_form = flat(init_states, "foreach: init_states")
    forms = {}

    def step(slices, states):
        outputs, new_states = body(regroup(slices, data_form), regroup(states, state_form))
        flat_outputs, forms["outputs"] = flat(outputs, "foreach: outputs of body")
        flat_new, _ = flat(new_states, "foreach: states of body")
        return flat_outputs, flat_new

    outputs, states = run(step, flat_data, flat_states)
    return regroup(outputs, forms["outputs"]), regroup(states, state_form)


def while_loop(run, flat, cond, func, loop_vars, max_iterations):
    """(Outputs stacked to max_iterations rows, last loop variables) of `func(*loop_vars)`."""
    if max_iterations is None:
        raise ValueError("while_loop: max_iterations: expected a number")
    flat_vars, form = flat(loop_vars, "while_loop: loop_vars")
    if not flat_vars:
        raise ValueError("while_loop: loop_vars: expected at least one")
    forms = {}

    def arguments(variables):
        grouped = regroup(variables, form)
        return grouped if isinstance(grouped, (list, tuple)) else [grouped]

    def test(variables):
        return cond(*arguments(variables))

    def step(variables):
        outputs, new_vars = func(*arguments(variables))
        flat_outputs, forms["outputs"] = flat([] if outputs is None else outputs,
                                              "while_loop: outputs of func")
        flat_new, _ = flat(new_vars, "while_loop: variables of func")
        return flat_outputs, flat_new

    outputs, variables = run(test, step, flat_vars, int(max_iterations))
    return regroup(outputs, forms.get("outputs", [])), regroup(variables, form)


def cond(run, flat, then_func, else_func):
    """What `then_func()` or `else_func()` gives."""
    forms = {}

    def branch(function):
        def outputs():
            values, forms["outputs"] = flat(function(), "cond: outputs of a branch")
            return values
        return outputs

    outputs = run(branch(then_func), branch(else_func))
    return regroup(outputs, forms["outputs"])
