"""The table of *Compute it again*."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter16.again_trial import (
    ONCE,
    AgainTrial,
    Gradients,
    read_gradients,
)
from resattn_tutorial.checks.chapter16.counted_block import (
    convolutions,
    made,
    one_layer,
    seen,
    two_layers,
)
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def again(block: nn.Module, x: Tensor, gradient: Tensor) -> Gradients:
    """The solution, and what the slips change."""
    x = x.detach().requires_grad_()
    with torch.enable_grad():
        y = block(x)
    return torch.autograd.grad(y, [x, *block.parameters()], gradient)


OWN_X = "x.detach().requires_grad_()"
SWITCH = "with torch.enable_grad():\n        y = block(x)"
RUN = "y = block(x)"
INPUTS = "[x, *block.parameters()]"
END = f"torch.autograd.grad(y, {INPUTS}, gradient)"
ORDER = "the gradients come in the order of block.parameters(), front to back"
EACH = "gradient has a value for each value of y, and weighs it: {}"


def end(words: str, *puts: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: put} for put in puts])


def asked(words: str, *puts: str) -> Slip:
    """Gradients at something else."""
    return Slip(words, *[{INPUTS: put} for put in puts])


def loss(words: str, *forms: str) -> Slip:
    """The gradients of a number, or of other outputs."""
    plain = f"torch.autograd.grad(y, {INPUTS})"
    return Slip(words, *[{RUN: f"y = block(x)\n        y = {one}", END: plain}
                         for one in forms])


def then(at_x: str, rest: str = "*at_rest") -> str:
    """The gradients, changed after they were found."""
    return f"(lambda at_x, *at_rest: ({at_x}, {rest}))(*{END})"


SLIPS = (
    Slip("gradients are switched off where this is called: block(x), and whatever is "
         "computed from its output, must stand within `with torch.enable_grad():`",
         {SWITCH: "y = block(x)"}),
    Slip("a gradient is asked for at a tensor that does not require one: x.detach() "
         "does not, until requires_grad_() is called, nor do .data and state_dict()",
         {OWN_X: "x.detach()"}, {OWN_X: "x"}),
    Slip("x is the caller's, and its requires_grad must not change: x.detach() is a "
         "tensor of its own, cut off from what came before, and may be given one",
         {OWN_X: "x.requires_grad_()"}),
    end("nothing may be written into .grad: whoever calls this adds what is returned. "
        "backward() writes there, and torch.autograd.grad does not",
        "y.backward(gradient) or (x.grad, *[p.grad for p in block.parameters()])"),
    loss("gradient has no effect: the loss is not the block's output, summed or "
         "averaged; gradient says what it makes of each value", "y.sum()", "y.mean()"),
    loss(EACH.format("then sum, and take no mean"), "(y * gradient).mean()"),
    loss(EACH.format("its mean or sum is not enough"), "y.sum() * gradient.mean()",
         "y.sum() * gradient.sum()"),
    Slip("gradient belongs at the block's output, before the way back through it; it "
         "is multiplied in at x",
         {RUN: "y = block(x).sum()", END: then("at_x * gradient").replace(
             ", gradient))", "))")}),
    Slip("gradient is multiplied in twice: torch.autograd.grad has it already",
         {END: then("at_x * gradient")}, {RUN: "y = block(x) * gradient"}),
    end("the sign: gradients are asked for, not a step against them",
        END.replace("gradient)", "-gradient)")),
    end("gradient is used as it comes: no sign, no norm, no mean over the images",
        *[END.replace("gradient)", f"{put})") for put in (
            "gradient.sign()", "gradient.abs()", "gradient / gradient.norm()",
            "gradient.mean(0, keepdim=True).expand_as(gradient)")]),
    loss("gradient is no target that y should reach: it is the loss's gradient at y",
         "((y - gradient)**2).sum()", "((y - gradient)**2).mean()"),
    asked("only the gradient at x comes back: the parameters need theirs to learn",
          "[x]"),
    asked("the gradient at x is missing: the blocks before this one need it",
          "[*block.parameters()]"),
    asked("the gradient at x comes first, those at the parameters after it",
          "[*block.parameters(), x]"),
    asked(ORDER, "[x, *reversed(list(block.parameters()))]",
          "[x, *dict(sorted(block.named_parameters())).values()]"),
    asked("biases and factors are parameters, too: block.parameters() has all of them",
          "[x, *[p for p in block.parameters() if p.dim() > 1]]"),
    Slip(ONCE, {RUN: "block(x)\n        y = block(x)"}),
    end("create_graph keeps a graph of the backward pass: memory is to be saved here",
        END.replace("gradient)", "gradient, create_graph=True)")),
    Slip("set_grad_enabled(True) outlasts the call: as `with torch.enable_grad():` it "
         "is put back", {SWITCH: "torch.set_grad_enabled(True)\n    y = block(x)"}),
    end("gradients are asked for, not the block's output", then("y.detach(), at_x")),
    end("x itself comes back where its gradient is expected", then("x.detach()")),
    end("gradient must go back through the block; at x it is another one",
        then("gradient")),
    end("the gradients are summed over the images, as gradient weighs them: no mean",
        then("at_x / len(x)", "*[one / len(x) for one in at_rest]"),
        then("at_x", "*[one / len(x) for one in at_rest]")),
)
AGAIN = Table(
    title="Compute it again",
    usage="again(block, x, gradient)",
    reference=again,
    cases=(
        Case((convolutions, (2, 3, 5, 4), "as data"), title="two convolutions"),
        Case((two_layers, (6, 4), "with a history"),
             title="two linear layers, x with a history"),
        Case((one_layer, (1, 6), "asks"), title="one layer, x asks for a gradient"),
    ),
    slips=SLIPS,
    trial=AgainTrial(read=read_gradients, make=made, seen=seen),
    fixed=False,
    errors={
        "used in the graph": "call the block itself, block(x), on the very x that asks "
        "for a gradient: what is asked for had no part in what ran",
        "a second time": ONCE,
        "implicitly created only": "y is many numbers: torch.autograd.grad needs the "
        "loss's gradient at each of them",
        "Mismatch in shape": "gradient has the shape of the block's output: hand over "
        "y itself with it, no sum of y",
        "has no attribute": "the block may be any module: block(x) runs it, and "
        "block.parameters() gives all that it learns",
        "generator": "the parameters must stand in the list one by one: a star "
        "unpacks what block.parameters() gives",
        "inputs have to be Tensors": "the list holds tensors alone: parameters() gives "
        "them, named_parameters() pairs of a name and a tensor",
    },
    otherwise="run block(x) once, on an x of your own that asks for a gradient, and go "
    "back from its output with gradient",
)
