"""The check `process`: after the new rows ran, the process and the other rows' weights are as they were before."""

import gc

import torch
from yp_alone import given, pair, run, undisturbed
from yp_look import same
from yp_report import Failed
from yp_state import changes, generators, hooks, snapshot

FORWARDS = 6
WARM_UP = 2


def process(session):
    """Run each new row in both modes: global state, generators, hooks, memory, weights and buffers must stand."""
    built = changes(session.state_before, session.state_built)
    if built:
        raise Failed("building the patched model changes {}".format(built))
    rows = [(number, session.patched.model[number], pair(args)) for number, args in given(session)]
    before = snapshot(session)
    marks = marked(session)
    for number, row, args in rows:
        who = "row {} ({})".format(number, type(row).__name__)
        with undisturbed(row):
            leaves_state(session, before, row, who, args)
            leaves_weights(row, who, args)
            leaves_generators(row, who, args)
    for (name, mark), (_, now) in zip(marks, marked(session)):
        if mark != now:
            raise Failed("the forward of a new row changes {}, which belongs to another row".format(name))
    leaves_memory(rows)
    return ""


def marked(session):
    """Give name and mark of every parameter and buffer of the rows that are not new."""
    model, found = session.patched, []
    for number, row in enumerate(model.model):
        if number not in session.new:
            for name, tensor in (*row.named_parameters(), *row.named_buffers()):
                found.append(("model.{}.{}".format(number, name), mark_of(tensor)))
    return found


def mark_of(tensor):
    """Give what changes with the numbers of a tensor."""
    values = tensor.detach()
    return values.data_ptr(), tensor._version, str(float(values.float().sum()))


def leaves_state(session, before, row, who, args):
    """Fail when a forward changes what other code of the process leans on."""
    hooked = hooks(session.patched)
    for training in (False, True):
        row.train(training)
        try:
            run(row, args)
        finally:
            found = changes(before, snapshot(session))
            before.restore()
        if found:
            raise Failed("{}: its forward changes {}".format(who, found))
        if hooks(session.patched) != hooked:
            raise Failed("{}: its forward leaves hooks on modules behind".format(who))


def leaves_weights(row, who, args):
    """Fail when a forward in eval() changes a weight or a buffer."""
    own = [(name, tensor, tensor.detach().clone()) for name, tensor in (*row.named_parameters(), *row.named_buffers())]
    row.eval()
    with torch.no_grad():
        run(row, args)
    for name, tensor, before in own:
        if not same(tensor.detach(), before):
            kind = "parameter" if isinstance(tensor, torch.nn.Parameter) else "buffer"
            raise Failed("{}: a forward in eval() changes its {} {}".format(who, kind, name))


def leaves_generators(row, who, args):
    """Fail when a forward seeds a global generator: from two seeds it comes to the same state."""
    known = generators()
    saved = [state() for _, _, state, _ in known]
    ends = []
    for start in (101, 202):
        for _, seed, _, _ in known:
            seed(start)
        for training in (False, True):
            row.train(training)
            with torch.no_grad():
                run(row, args)
        ends.append([state() for _, _, state, _ in known])
    for (_, _, _, restore), state in zip(known, saved):
        restore(state)
    for (name, _, _, _), one, other in zip(known, *ends):
        if equal(one, other):
            raise Failed("{}: its forward sets the seed of {}".format(who, name))


def equal(one, other):
    """Compare two states of a generator."""
    if torch.is_tensor(one):
        return bool(torch.equal(one, other))
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(equal(a, b) for a, b in zip(one, other))
    return bool((one == other).all()) if hasattr(one, "all") else one == other


def leaves_memory(rows):
    """Fail when every forward leaves a tensor behind."""
    if grown(rows) < FORWARDS:
        return
    for number, row, args in rows:
        count = grown([(number, row, args)]) // FORWARDS
        if count:
            detail = "row {} ({}): each forward leaves {} more tensors in memory"
            raise Failed(detail.format(number, type(row).__name__, count))


def grown(rows):
    """Count the tensors that forwards in both modes leave behind."""
    for count in range(WARM_UP + FORWARDS):
        if count == WARM_UP:
            before = live()
        for _, row, args in rows:
            with undisturbed(row):
                for training in (False, True):
                    row.train(training)
                    run(row, args)
    return live() - before


def live():
    """Count the tensors that exist."""
    gc.collect()
    return sum(1 for one in gc.get_objects() if issubclass(type(one), torch.Tensor))


CHECKS = {"process": process}
