"""Faults of a whole network: edits of ``empty_file``, and what is said of each.

The first seven are what public re-implementations of the paper do otherwise than the
authors' released files.
"""

from __future__ import annotations

from typing import NamedTuple

RELU = "F.relu("
POOL = "F.max_pool2d(y, 3, stride=2, ceil_mode=True)"
MERGE = "trunk + self.mask(x) * trunk"
STRETCH = 'mode="bilinear", align_corners=True'
ADDED = "y = y + self.skips[k](maps[k])"
ENTER, LEAVE = "MyUnit(before, channels, stride)", "MyUnit(channels, channels),\n      "
TRUNK = """\
            MyUnit(channels, channels), MyUnit(channels, channels)
        )"""
ENDS = """\
        y = self.conv1(F.relu(self.bn1(y)))
        y = self.conv2(F.relu(self.bn2(y)))
        return torch.sigmoid(y)"""
WALK = """\
        ready = F.relu(self.bn1(x))
        y = self.conv1(ready)
        y = self.conv2(F.relu(self.bn2(y)))
        y = self.conv3(F.relu(self.bn3(y)))
        return y + (x if self.project is None else self.project(ready))"""
POST = """\
        y = F.relu(self.bn2(self.conv1(x)))
        y = F.relu(self.bn3(self.conv2(y)))
        y = self.bn1(self.conv3(y))
        return F.relu(y + (x if self.project is None else self.project(x)))"""
INIT = "super().__init__()\n        self.stem"


class Fault(NamedTuple):
    """A fault: its name, the edits that make it, and the words that must be said."""

    name: str
    edits: dict[str, str]
    words: tuple[str, ...]


FAULTS = (
    Fault("batch norm and ReLU behind each convolution",
          {WALK: POST, "self.bn1 = nn.BatchNorm2d(before)":
           "self.bn1 = nn.BatchNorm2d(channels)"},
          ("the first batch norm of the unit that enters stage 1: missing",
           "also comes behind the stem's convolution")),
    Fault("the projection starts from the raw input",
          {"self.project(ready)": "self.project(x)"},
          ("the projection of the unit that enters stage 1",
           "yours comes behind the stem's convolution, the weights' behind the first",
           "the projection of the unit that enters stage 3")),
    Fault("the stride sits on the first 1×1",
          {"before, width, 1, bias": "before, width, 1, stride, bias",
           "width, width, 3, stride,": "width, width, 3,"},
          ("the first convolution of the unit that enters stage 2",
           "yours has stride 2, the weights' 1")),
    Fault("the pooling is padded", {POOL: "F.max_pool2d(y, 3, 2, 1)"},
          ("behind pooling 1 of stage 1's mask",
           "yours has a 3×3 max pooling of stride 2 and padding 1, the weights'")),
    Fault("the stretch takes the nearest pixel", {STRETCH: 'mode="nearest"'},
          ("of stage 1's mask",
           "yours has a stretch by the nearest pixel")),
    Fault("the trunk is added into the mask",
          {"def forward(self, y):\n        sizes":
           "def forward(self, y, trunk):\n        sizes",
           "self.mask(x)": "self.mask(x, trunk)",
           ENDS: "        y = y + trunk\n" + ENDS},
          ("the first batch norm of the end of stage 1's mask",
           "yours also comes behind",
           "second unit of stage 1's trunk")),
    Fault("the skip counts twice, raw and through its unit",
          {ADDED: ADDED + " + maps[k]"},
          ("on the way up, as deep as pooling 2, of stage 1's mask",
           "yours has an addition")),
    Fault("the stretch moves the corners",
          {STRETCH: 'mode="bilinear", align_corners=False'},
          ("of stage 1's mask",
           "yours has a bilinear stretch with align_corners=False")),
    Fault("the pooling rounds down",
          {POOL: "F.max_pool2d(y, 3, stride=2)"},
          ("behind pooling 1 of stage 1's mask",
           "yours has maps of 15×15, the weights' of 16×16",
           "sizes rounded up")),
    Fault("the masks pool 2, 1 and 0 times as often",
          {"(64, 3), (128, 2), (256, 1)": "(64, 2), (128, 1), (256, 1)"},
          ("behind pooling 3 of stage 1's mask: missing",)),
    Fault("the skip has no unit", {ADDED: "y = y + maps[k]"},
          ("skips.0.bn1.weight is never used",)),
    Fault("there is no skip",
          {ADDED: "pass", "poolings, poolings - 1, poolings": "poolings, 0, poolings",
           "if k < len(self.skips)": "if False"},
          ("the skip's unit behind pooling 1 of stage 1's mask: missing",
           "the skip's unit behind pooling 1 of stage 2's mask: missing")),
    Fault("the mask starts before the first unit",
          {"        x = self.before(x)\n        trunk = self.trunk(x)":
           "        mask = self.mask(x)\n        x = self.before(x)\n"
           "        trunk = self.trunk(x)", "self.mask(x) * trunk": "mask * trunk"},
          ("behind pooling 1 of stage 1's mask",
           "yours does not come behind the third convolution of the unit before")),
    Fault("the plain product", {MERGE: "self.mask(x) * trunk"},
          ("the unit behind the merge, in stage 1",
           "the weights' have an addition")),
    Fault("the mask is added", {MERGE: "trunk + self.mask(x)"},
          ("the unit behind the merge, in stage 1",
           "the weights' have a product")),
    Fault("the sigmoid is missing", {"torch.sigmoid(y)": "y"},
          ("the unit behind the merge, in stage 1",
           "the weights' have a sigmoid")),
    Fault("a tanh in the sigmoid's place", {"torch.sigmoid(y)": "torch.tanh(y)"},
          ("yours has a tanh, the weights' have a sigmoid",)),
    Fault("the mask ends with a batch norm",
          {"return torch.sigmoid(y)": "return torch.sigmoid(self.bn3(y))",
           "        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)\n":
           "        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)\n"
           "        self.bn3 = nn.BatchNorm2d(channels)\n"},
          ("a batch norm that the weights do not have",
           "the second convolution of the end of stage 1's mask")),
    Fault("the mask's end has one convolution",
          {"        y = self.conv2(F.relu(self.bn2(y)))\n        return torch":
           "        return torch",
           "        self.bn2 = nn.BatchNorm2d(channels)\n"
           "        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)\n": ""},
          ("the second convolution of the end of stage 1's mask: missing",)),
    Fault("one unit on the trunk",
          {TRUNK: "            MyUnit(channels, channels)\n        )"},
          ("the second unit of stage 1's trunk: missing",)),
    Fault("three units on the trunk",
          {TRUNK: TRUNK.replace("\n        )", ", MyUnit(channels, channels)\n"
                                "        )")},
          ("3 batch norms, 3 convolutions that the weights do not have",
           "of stage 1's trunk")),
    Fault("no unit behind the merge",
          {f"self.after({MERGE})": MERGE,
           "        self.after = MyUnit(channels, channels)\n": ""},
          ("stage 1: missing in yours",)),
    Fault("no unit leaves a stage",
          {"                MyUnit(channels, channels),\n": ""},
          ("the unit that leaves stage 1: missing",)),
    Fault("a 5×5 stem", {"3, 16, 3, padding=1": "3, 16, 5, padding=2"},
          ("the stem's convolution (yours: stem): yours is 5×5, the weights' 3×3",)),
    Fault("the channels double", {"(64, 3), (128, 2), (256, 1)":
                                  "(128, 3), (256, 2), (512, 1)"},
          ("yours has 16 to 32 channels, the weights' 16 to 16",)),
    Fault("a third convolution that is 3×3",
          {"width, channels, 1, bias": "width, channels, 3, padding=1, bias"},
          ("the third convolution of the unit that enters stage 1",
           "yours is 3×3, the weights' 1×1")),
    Fault("biases in the 3×3", {"padding=1, bias=False\n        )":
                                "padding=1\n        )"},
          ("the second convolution of the unit that enters stage 1",
           "yours has bias")),
    Fault("no ReLU before the 3×3", {"F.relu(self.bn2(y))": "self.bn2(y)"},
          ("the second convolution of the unit that enters stage 1",
           "the weights' have a ReLU")),
    Fault("the ReLU comes before its batch norm",
          {"F.relu(self.bn2(y))": "self.bn2(F.relu(y))"},
          ("the second batch norm of the unit that enters stage 1",
           "yours has a ReLU")),
    Fault("another eps", {"self.bn3 = nn.BatchNorm2d(width)":
                          "self.bn3 = nn.BatchNorm2d(width, eps=0.01)"},
          ("the third batch norm of the unit that enters stage 1",
           "Yours has eps 0.01")),
    Fault("no batch norm in the head", {"F.relu(self.bn(x))": "F.relu(x)"},
          ("bn.weight is never used",)),
    Fault("100 classes", {"nn.Linear(before, 10)": "nn.Linear(before, 100)"},
          ("logits must have shape (2, 10), got (2, 100)",)),
    Fault("a softmax at the end",
          {"return self.classify(F.relu(self.bn(x)).mean(dim=(2, 3)))":
           "return self.classify(F.relu(self.bn(x)).mean(dim=(2, 3))).softmax(1)"},
          ("the logits",
           "yours has a softmax")),
    Fault("the largest value in the mean's place",
          {".mean(dim=(2, 3))": ".amax(dim=(2, 3))"},
          ("the linear layer of the head",
           "the weights' have a mean")),
    Fault("one unit is used twice",
          {TRUNK: "            *[MyUnit(channels, channels)] * 2\n        )"},
          ("trunk.0.bn1 is used twice",)),
    Fault("a plain list hides the units",
          {"nn.ModuleList(MyUnit(channels, channels) for _ in range(count))":
           "[MyUnit(channels, channels) for _ in range(count)]"},
          ("belongs to no parameter or buffer",
           "a plain list hides")),
    Fault("a layer that is never called",
          {INIT: "super().__init__()\n        self.spare = nn.Linear(4, 4)\n"
                 "        self.stem"},
          ("spare.weight is never used",)),
    Fault("statistics of the batch",
          {"self.bn3 = nn.BatchNorm2d(width)":
           "self.bn3 = nn.BatchNorm2d(width, track_running_stats=False)"},
          ("stages.0.0.bn3 uses the statistics of its batch",)),
    Fault("a factor that learns",
          {INIT: "super().__init__()\n        self.a = nn.Parameter(torch.ones(1))\n"
                 "        self.stem",
           "self.stem(images)": "self.a * self.stem(images)"},
          ("a enters mul",)),
)
