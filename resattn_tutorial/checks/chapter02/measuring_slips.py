"""The usual mistakes in measuring an influence, as edits of its solution."""

from __future__ import annotations

from resattn_tutorial.checks.engine.kept import OF_NETWORK, OF_TENSOR
from resattn_tutorial.checks.engine.slips import Slip

COPY = "network = deepcopy(network)"
LEAF = "x.detach().clone().requires_grad_()"
PLACE = "y[:, :, h // 2, w // 2]"
CENTRE = f"{PLACE}.sum()"
ASKED = "(gradient,) = torch.autograd.grad(centre, x)"
SIZE = "gradient.abs()"
TOTAL = "gradient.abs().sum(dim=(0, 1))"

ASKING = (
    "x comes without requires_grad: work on x.detach().clone().requires_grad_(), and "
    "take the gradient for that"
)
SCALAR = "a gradient is taken of one number: .sum() the centre first"
INPUT = "the input's centre: h and w are the output's, y.shape[-2:]"
ATTACHED = "the result still hangs on the graph: .detach() it, leave out create_graph"
ERRORS = {"require": ASKING, "scalar outputs": SCALAR, "out of bounds": INPUT}
MODE = (
    "train() or eval(): each part is measured in the mode in which it comes, and stays "
    "in it during the call"
)
BACK = """\
modes = [(part, part.training) for part in network.modules()]
    network.eval()
    x = """
PUT_BACK = """\
for part, mode in modes:
        part.training = mode
    return """


def totals(words: str, *puts: str) -> Slip:
    """Another way to put the gradient together."""
    return Slip(words, *[{TOTAL: put} for put in puts])


def centres(words: str, *puts: str) -> Slip:
    """The gradient of another number."""
    return Slip(words, *[{CENTRE: put} for put in puts])


def pixels(words: str, *places: str) -> Slip:
    """Another pixel than the centre."""
    return Slip(words, *[{PLACE: f"y[:, :, {place}]"} for place in places])


SLIPS = (
    totals("abs is missing, or comes too late: pluses and minuses cancel in a sum",
           "gradient.sum((0, 1))", "gradient.sum((0, 1)).abs()",
           "gradient.sum(0).abs().sum(0)", "gradient.sum(1).abs().sum(0)", "gradient"),
    totals("negative gradients are dropped: they act too; use abs",
           "gradient.clamp(min=0).sum((0, 1))"),
    totals("squares: take abs, and no norm", "(gradient**2).sum((0, 1))",
           "gradient.norm(dim=(0, 1))", "gradient.norm(dim=1).sum(0)"),
    totals("a mean: sum over images and over channels", f"{SIZE}.mean((0, 1))",
           f"{SIZE}.mean(0).sum(0)", f"{SIZE}.mean(1).sum(0)"),
    totals("the largest only: sum over images and over channels",
           f"{SIZE}.amax((0, 1))", f"{SIZE}.sum(0).amax(0)", f"{SIZE}.amax(0).sum(0)",
           f"{SIZE}.amax(1).sum(0)", f"{SIZE}.amax(1)"),
    totals("one channel only: sum over all of them",
           *[f"{SIZE}[:, {c}].sum(0)" for c in (0, 1, 2)]),
    totals("one channel of one image only: sum over all", f"{SIZE}[0, 0]"),
    totals("one image only: sum over all of them", f"{SIZE}[0].sum(0)",
           f"{SIZE}[-1].sum(0)"),
    totals("an axis is left: sum over images and channels, so that (H, W) remains",
           SIZE, f"{SIZE}.sum(0)", f"{SIZE}.sum(1)", f"{SIZE}.sum((0, 1), True)",
           f"{SIZE}.sum(1, True)"),
    totals("a number: one value for each pixel is wanted", f"{SIZE}.sum()"),
    totals("height and width are swapped", f"{TOTAL}.T"),
    totals("a rescaling: the plain sum is wanted",
           *[f"{TOTAL} / {TOTAL}.{how}()" for how in ("max", "sum", "mean", "norm")]),
    totals("a yes or no: the strength is wanted", f"({TOTAL} > 0).to(x.dtype)",
           f"{TOTAL} > 0"),
    totals("the gradient was multiplied by x",
           "(gradient * x.detach()).abs().sum((0, 1))",
           "(gradient * x.detach()).sum((0, 1))"),
    totals("the activation: how x acts on it is wanted, its gradient", "y.detach()",
           *[f"y.detach(){how}" for how in (".abs().sum((0, 1))", ".sum((0, 1))",
                                            "[0].sum(0)")]),
    totals("the input itself: its gradient is wanted", "x.detach().abs().sum((0, 1))",
           "x.detach()"),
    totals("zeros: no gradient reached x", "torch.zeros_like(x[0, 0]).detach()"),
    totals("ones: no gradient was taken", "torch.ones_like(x[0, 0]).detach()"),
    centres("all outputs are summed: take the centre pixel's alone", "y.sum()",
            "y.mean()"),
    centres("a mean of the centre: take its sum", f"{PLACE}.mean()"),
    centres("the output was squared: its plain sum is wanted", f"({PLACE}**2).sum()"),
    centres("abs belongs to the gradient, not to the output", f"{PLACE}.abs().sum()"),
    centres(SCALAR, PLACE),
    Slip("one output channel only: sum over all of them",
         *[{PLACE: f"y[:, {c}, h // 2, w // 2]"} for c in (0, 1)]),
    pixels("a corner: the centre is [:, :, h // 2, w // 2]", "0, 0", "-1, -1"),
    pixels("a pixel next to the centre: the centre is [:, :, h // 2, w // 2]",
           "(h - 1) // 2, (w - 1) // 2", "(h - 1) // 2, w // 2", "h // 2, (w - 1) // 2",
           "h // 2 + 1, w // 2 + 1", "h // 2 - 1, w // 2 - 1"),
    pixels("one index for both axes: they are h // 2 and w // 2", "h // 2, h // 2",
           "w // 2, w // 2"),
    pixels("height and width are swapped: h comes before w", "w // 2, h // 2"),
    pixels(INPUT, "x.shape[-2] // 2, x.shape[-1] // 2"),
    Slip(MODE, {COPY: f"{COPY}.train()"},
         {COPY: "", "x = ": BACK, "return ": PUT_BACK}),
    Slip(OF_NETWORK["buffers"].reason, {COPY: ""}),
    Slip(OF_NETWORK["mode"].reason, {COPY: "network.eval()"},
         {COPY: "network.train()"}),
    Slip(OF_NETWORK["modes"].reason, {
        COPY: "mode = network.training; network.eval()",
        "return ": "network.train(mode); return "}),
    Slip(OF_NETWORK["gradients"].reason,
         {COPY: "", ASKED: "centre.backward(); gradient = x.grad"}),
    Slip(OF_NETWORK["frozen"].reason, {COPY: "network.requires_grad_(False)"}),
    Slip(OF_NETWORK["values"].reason, {
        COPY: "", ASKED: f"{ASKED}; network[0].weight.data *= 0.9"}),
    Slip(OF_TENSOR["asks"].reason, {LEAF: "x.requires_grad_()"},
         {LEAF: "x.requires_grad_()", ASKED: f"{ASKED}; x.requires_grad_(False)"}),
    Slip(OF_TENSOR["gradient"].reason, {f"x = {LEAF}": f"x.grad = None; x = {LEAF}"},
         {LEAF: "x.requires_grad_()",
          ASKED: "centre.backward(); gradient = x.grad; x.requires_grad_(False)"}),
    Slip(ASKING, {f"x = {LEAF}": ""}, {LEAF: "x.detach().clone()"}),
    Slip(ATTACHED, {"centre, x)": "centre, x, create_graph=True)"}),
)
