"""Photographs: torchvision's views, the same whoever reads them, and from any step."""

from __future__ import annotations

import itertools
import multiprocessing
import pickle

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.transforms import v2

from resattn_tutorial.data import photo_loader, transforms
from resattn_tutorial.data.datasets import PhotoSet, open_set
from resattn_tutorial.data.image_files import read_image
from resattn_tutorial.data.loaders import draw_epoch, split_among
from resattn_tutorial.data.photo_loader import PhotoBatches
from resattn_tutorial.data.transforms import PhotoInputs
from resattn_tutorial.runtime.distributed import ALONE, Process

CPU = torch.device("cpu")
COUNT, SIZE = 11, 12
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)
DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1)
# Of fb.resnet.torch: the variances of ImageNet's colours, and their directions.
VARIANCES = (0.2175, 0.0188, 0.0045)
DIRECTIONS = (
    (-0.5675, 0.7192, 0.4009), (-0.5808, -0.0045, -0.8140), (-0.5836, -0.6948, 0.4203),
)


@pytest.fixture(scope="module")
def album(tmp_path_factory) -> PhotoSet:
    """Photographs of several sizes; the labels count them."""
    root = tmp_path_factory.mktemp("album")
    for number in range(COUNT):
        random = np.random.RandomState(number)
        size = (20 + number, 36 - 2 * number, 3)
        path = root / f"train/{number:02}/1.png"
        path.parent.mkdir(parents=True)
        Image.fromarray(random.randint(0, 256, size).astype(np.uint8)).save(path)
    found = open_set(root, "train")
    assert isinstance(found, PhotoSet)
    return found


def taken(batches, step: int, count: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Some batches; the workers end with the generator."""
    return list(itertools.islice(batches.starting_at(step), count))


def made(album, *, batch_size=4, seed=0, size=SIZE, workers=0, **how) -> PhotoBatches:
    return PhotoBatches(album, batch_size, seed, CPU, size, workers=workers, **how)


def same(first, second) -> bool:
    return len(first) == len(second) and all(
        torch.equal(x, u) and torch.equal(y, v)
        for (x, y), (u, v) in zip(first, second, strict=True)
    )


def coloured(size):
    """A training view as the network sees it."""
    cut, colours = transforms.augmented_photo(size), transforms.PhotoColours(CPU)
    return lambda image: colours(cut(image), transforms.colour_shift())


# Views


@pytest.mark.parametrize(("height", "width"), [(20, 33), (64, 12), (7, 7), (300, 400)])
@pytest.mark.parametrize("size", [12, 32])
def test_views_have_the_size_asked_for_and_the_colours_of_imagenet(height, width, size):
    image = torch.randint(256, (3, height, width), dtype=torch.uint8)
    for view, room in ((coloured, 0.2), (PhotoInputs, 0)):
        found = view(size)(image)
        assert found.shape == (3, size, size) and found.dtype == torch.float32
        levels = found * DEVIATION + MEAN
        assert -room - 1e-6 <= levels.min() and levels.max() <= 1 + room + 1e-6


@pytest.mark.parametrize(("height", "width"), [(80, 120), (120, 80), (20, 31)])
def test_a_test_view_is_pillows_resized_middle(height, width):
    random = np.random.RandomState(height)
    pixels = random.randint(0, 256, (height, width, 3)).astype(np.uint8)
    size = 56                                           # the shorter side becomes 64
    found = PhotoInputs(size)(torch.from_numpy(pixels).permute(2, 0, 1))
    long = int(64 * max(height, width) / min(height, width))
    new = (long, 64) if width > height else (64, long)
    resized = Image.fromarray(pixels).resize(new, Image.Resampling.BILINEAR)
    left, top = round((new[0] - size) / 2), round((new[1] - size) / 2)
    middle = np.array(resized.crop((left, top, left + size, top + size)))
    expected = (torch.from_numpy(middle).permute(2, 0, 1) / 255 - MEAN) / DEVIATION
    assert (found - expected).abs().max() < 1.01 / 255 / 0.224        # one level


def test_the_test_crop_is_the_middle_of_256_pixels_for_224():
    """A frame that the crop cuts off just so: 16 pixels on each side."""
    image = torch.zeros(3, 256, 300, dtype=torch.uint8)
    image[:, 16:-16, 38:-38] = 255
    assert torch.equal(
        PhotoInputs(224)(image), ((1 - MEAN) / DEVIATION).expand(3, 224, 224)
    )


def test_training_views_are_parts_of_any_size_and_shape_mirrored_half_of_the_time():
    """Red counts columns and green rows: slopes tell which part a view shows."""
    ramp = torch.arange(256, dtype=torch.uint8)
    red, green = ramp.expand(256, 256), ramp[:, None].expand(256, 256)
    image = torch.stack([red, green, torch.zeros_like(red)])
    view, parts, flips = coloured(32), [], 0
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        for _ in range(300):
            levels = view(image) * DEVIATION + MEAN
            wide = (levels[0, 16, 24] - levels[0, 16, 8]).item() * 255 * 2
            high = (levels[1, 24, 16] - levels[1, 8, 16]).item() * 255 * 2
            flips += wide < 0
            parts.append((abs(wide), high))
    areas = np.array([wide * high / 256**2 for wide, high in parts])
    shapes = np.array([wide / high for wide, high in parts])
    assert 0.07 < areas.min() < 0.15 and 0.85 < areas.max() < 1.02
    assert abs(areas.mean() - 0.52) < 0.06              # from 0.08 to 1, evenly
    assert 0.7 < shapes.min() < 0.85 and 1.2 < shapes.max() < 1.42
    assert abs(flips - 150) < 4.5 * 75**0.5


def test_colours_move_as_in_a_plain_version():
    image = torch.rand(3, 4, 5, generator=torch.Generator().manual_seed(0))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        found = transforms.shift_colours(image)
        torch.manual_seed(5)
        amounts = (torch.randn(3) * 0.1).tolist()
    for colour in range(3):
        shift = sum(
            DIRECTIONS[colour][k] * VARIANCES[k] * amounts[k] for k in range(3)
        )
        assert (found[colour] - image[colour] - shift).abs().max() < 1e-6


def test_the_directions_of_colours_are_at_right_angles_and_of_length_1():
    directions = transforms.DIRECTIONS / torch.tensor(VARIANCES)
    assert (directions.T @ directions - torch.eye(3)).abs().max() < 1e-3


def test_colours_move_by_a_tenth_of_their_variances():
    image = torch.zeros(3, 1, 1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        shifts = torch.stack([transforms.shift_colours(image) for _ in range(4000)])
    along = shifts.view(-1, 3).double() @ torch.tensor(DIRECTIONS).double()
    expected = 0.1 * torch.tensor(VARIANCES).double()
    # A deviation found from n draws is off by one part in sqrt(2 n).
    assert ((along.std(dim=0) / expected - 1).abs() < 4.5 / 8000**0.5).all()


# Batches


def test_batches_follow_the_same_order_as_those_of_small_images(album):
    order = draw_epoch(COUNT, 3, 0).order
    found = taken(made(album, seed=3), 0, 2)
    assert all(inputs.shape == (4, 3, SIZE, SIZE) for inputs, _ in found)
    assert torch.equal(torch.cat([labels for _, labels in found]), order[:8])
    after = torch.cat([labels for _, labels in taken(made(album, seed=3), 2, 2)])
    assert torch.equal(after, draw_epoch(COUNT, 3, 1).order[:8])


def test_workers_make_no_difference_nor_does_the_place_of_the_cut(album):
    whole = taken(made(album), 0, 6)
    assert same(taken(made(album, workers=2), 0, 6), whole)
    for step in (1, 2, 3, 5):
        assert same(taken(made(album), step, 6 - step), whole[step:])
    assert same(taken(made(album, workers=2), 3, 3), whole[3:])


def test_threads_make_no_difference(album):
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        one = taken(made(album), 0, 2)
        torch.set_num_threads(3)
        assert same(taken(made(album), 0, 2), one)
    finally:
        torch.set_num_threads(threads)


def test_the_same_photograph_looks_otherwise_in_each_epoch_and_for_each_seed(album):
    looks = []
    for seed in (0, 1):
        for epoch in range(3):
            view = transforms.augmented_photo(SIZE)
            seen = photo_loader.SeededPhotos(album, view, seed)
            looks.append(seen[epoch, 5][0])
    for first, second in itertools.combinations(looks, 2):
        assert not torch.equal(first, second)


def test_photographs_are_not_all_cut_alike(album):
    """Each has random numbers of its own: twelve of one file are twelve pictures."""
    one = album._replace(files=album.files[:1] * 12, labels=torch.zeros(12).long())
    seen = photo_loader.SeededPhotos(one, transforms.augmented_photo(SIZE), seed=0)
    looks = [seen[0, number][0].flatten() for number in range(12)]
    assert len(torch.stack(looks).unique(dim=0)) == 12


def test_the_parts_of_all_processes_put_together_are_the_batch(album):
    whole = taken(made(album), 1, 3)
    parts = [taken(made(album, process=Process(rank, 2)), 1, 3) for rank in range(2)]
    joined = [
        tuple(torch.cat(parts) for parts in zip(*batch, strict=True))
        for batch in zip(*parts, strict=True)
    ]
    assert same(joined, whole) and len(parts[0][0][1]) == 2


@pytest.mark.parametrize("workers", [0, 1])
def test_the_networks_own_random_numbers_are_left_alone(album, workers, monkeypatch):
    """Else a run that goes on would not see the dropout of one never cut."""
    def refuse(seed):
        raise AssertionError("a GPU's generator was seeded")

    if not workers:                                    # a worker's own may be seeded
        monkeypatch.setattr(torch.cuda, "manual_seed_all", refuse)
    before = torch.get_rng_state()
    taken(made(album, workers=workers), 0, 2)
    assert torch.equal(torch.get_rng_state(), before)


def test_workers_end_when_nobody_asks_for_more(album):
    before = len(multiprocessing.active_children())
    batches = made(album, workers=2).starting_at(0)
    next(batches)
    assert len(multiprocessing.active_children()) == before + 2
    del batches
    assert len(multiprocessing.active_children()) == before


def test_what_workers_get_can_be_sent_to_a_process_that_starts_afresh(album):
    """As on Windows and a Mac, where they are not copies of this one."""
    seen = photo_loader.SeededPhotos(album, transforms.augmented_photo(SIZE), 2)
    sent = pickle.loads(pickle.dumps(seen))
    assert torch.equal(sent[1, 3][0], seen[1, 3][0])


@pytest.mark.parametrize("workers", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_broken_file_is_named_through_the_worker(album, tmp_path, workers):
    # No more than one: torch takes five seconds to end a worker after an error.
    broken = tmp_path / "broken.png"
    broken.write_bytes(album.files[4].read_bytes()[:200])
    files = (*album.files[:4], broken, *album.files[5:])
    batches = made(album._replace(files=files), batch_size=COUNT, workers=workers)
    with pytest.raises(ValueError, match=f"{broken} cannot be read as an image"):
        next(batches.starting_at(0))


@pytest.mark.parametrize(("cores", "processes", "workers"), [
    (2, None, 2), (64, None, 16), (64, "8", 8), (4, "8", 1),
])
def test_cores_are_shared_by_the_processes_of_a_machine(
    album, monkeypatch, cores, processes, workers
):
    monkeypatch.setattr(photo_loader, "usable_cores", lambda: cores)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    if processes:
        monkeypatch.setenv("LOCAL_WORLD_SIZE", processes)
    assert made(album, workers=None).workers == workers


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"batch_size": 12}, ValueError, "number of images must be at least 12, got 11"),
    ({"batch_size": 3, "process": Process(0, 2)}, ValueError, "be a multiple of 2"),
    ({"process": Process(2, 2)}, ValueError, "world_size must be at least 3, got 2"),
    ({"seed": -1}, ValueError, "seed must be at least 0, got -1"),
    ({"seed": 2**32}, ValueError, "seed must be below"),
    ({"size": 0}, ValueError, "size must be at least 1, got 0"),
    ({"size": 32.0}, TypeError, "size must be a whole number"),
    ({"workers": -1}, ValueError, "workers must be at least 0, got -1"),
])
def test_batches_that_cannot_be_are_refused(album, change, error, words):
    with pytest.raises(error, match=words):
        made(album, **({"process": ALONE} | change))


@pytest.mark.parametrize(("labels", "error", "words"), [
    (torch.arange(COUNT) + 1, ValueError, "from 0 to 10, got 11"),
    (torch.arange(COUNT - 1), ValueError, "11 images have 10 labels"),
])
def test_labels_that_do_not_fit_are_refused(album, labels, error, words):
    with pytest.raises(error, match=words):
        made(album._replace(labels=labels))


def test_photographs_are_tested_as_they_are_in_their_order(album):
    transform = PhotoInputs(SIZE)
    found = list(album.test_batches(transform, torch.device("cpu"), batch_size=4))
    assert [len(labels) for _, labels in found] == [4, 4, 3]
    inputs, labels = (torch.cat(part) for part in zip(*found, strict=True))
    assert torch.equal(labels, album.labels)
    for one, file in zip(inputs, album.files, strict=True):
        image = Image.open(file)
        for same in (image, np.array(image)):
            assert torch.equal(one, transform(same))


def in_one_process(album, batch_size, process) -> list:
    """Test batches as torchvision's own transforms make them, one by one."""
    view = v2.Compose([
        v2.Resize(round(SIZE * 256 / 224), antialias=True), v2.CenterCrop(SIZE),
        v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, DEVIATION),
    ])
    batches = []
    for numbers in split_among(len(album.labels), batch_size, process):
        seen = [
            view(torch.from_numpy(read_image(album.files[n])).permute(2, 0, 1))
            for n in numbers.tolist()
        ]
        batches.append((torch.stack(seen), album.labels[numbers]))
    return batches


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(("batch_size", "process"), [
    (4, ALONE), (250, ALONE), (5, Process(1, 2)),
])
def test_workers_test_the_same_bits_in_the_same_order_as_one_process(
    album, monkeypatch, workers, batch_size, process
):
    monkeypatch.setattr(photo_loader, "cores", lambda: workers)
    monkeypatch.setattr(photo_loader, "SHARE", 3)
    asked = watched(monkeypatch)
    found = list(album.test_batches(PhotoInputs(SIZE), CPU, batch_size, process))
    assert same(found, in_one_process(album, batch_size, process))
    assert asked == [workers]


def watched(monkeypatch) -> list[int]:
    """How many workers are asked for, from now on."""
    asked, read_by = [], photo_loader.read_by

    def watch(workers, *rest):
        asked.append(workers)
        return read_by(workers, *rest)

    monkeypatch.setattr(photo_loader, "read_by", watch)
    return asked


def test_a_few_test_photographs_start_no_process(album, monkeypatch):
    asked = watched(monkeypatch)
    assert len(list(album.test_batches(PhotoInputs(SIZE), CPU))) == 1
    assert asked == [0]


def test_training_views_are_the_bits_of_torchvisions_own_transforms(album):
    """Made by the image, in floats, in the worker: as they were before bytes."""
    view = v2.Compose([
        v2.RandomResizedCrop(SIZE, antialias=True), v2.RandomHorizontalFlip(),
        v2.ToDtype(torch.float32, scale=True), v2.Lambda(transforms.shift_colours),
        v2.Normalize(MEAN, DEVIATION),
    ])
    (inputs, labels), = taken(made(album, batch_size=COUNT, seed=5), 0, 1)
    for one, number in zip(inputs, labels.tolist(), strict=True):
        pixels = torch.from_numpy(read_image(album.files[number])).permute(2, 0, 1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5 * 1_000_003 * 16_777_213 % 2**32 + number)
            assert torch.equal(one, view(pixels))


@pytest.mark.parametrize("workers", [0, 2])
def test_photographs_leave_a_worker_as_bytes(album, monkeypatch, workers):
    sent, read_by = [], photo_loader.read_by

    def watch(*given):
        for batch in read_by(*given):
            sent.append(batch if isinstance(batch, torch.Tensor) else batch[0])
            yield batch

    monkeypatch.setattr(photo_loader, "read_by", watch)
    taken(made(album, workers=workers), 0, 1)
    list(album.test_batches(PhotoInputs(SIZE), CPU))
    assert [images.dtype for images in sent] == [torch.uint8] * 2


def test_the_networks_own_random_numbers_are_left_alone_by_a_test(album, monkeypatch):
    monkeypatch.setattr(photo_loader, "SHARE", 6)
    before = torch.get_rng_state()
    list(album.test_batches(PhotoInputs(SIZE), CPU))
    assert torch.equal(torch.get_rng_state(), before)


def test_who_changes_the_labels_later_changes_no_batch(album):
    labels = album.labels.clone()
    batches = made(album._replace(labels=labels))
    before = taken(batches, 0, 1)
    labels.zero_()
    assert same(taken(batches, 0, 1), before)
