"""Progress bars leave on a page what they would leave on a terminal."""

from __future__ import annotations

import io

import pytest
from nbformat.v4 import new_output
from tqdm import tqdm

from tools.terminal import settle, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain\ntext\n", "plain\ntext\n"),
        ("\r10%\r100%\n", "100%\n"),
        ("longer\rshort\n", "shortr\n"),
        ("longer\r\x1b[Kshort\n", "short\n"),
        ("gone\r    \r", ""),
        ("one\ntwo\x1b[A\rONE\n", "ONE\ntwo"),
        ("windows\r\nline\r\n", "windows\nline\n"),
    ],
)
def test_a_text_is_what_its_last_state_shows(text: str, expected: str):
    assert shown(text) == expected


def test_a_bar_leaves_one_line():
    screen = io.StringIO()
    for _ in tqdm(range(50), desc="epoch 1", file=screen, mininterval=0, ascii=True):
        pass
    assert screen.getvalue().count("\r") > 10
    (line,) = shown(screen.getvalue()).splitlines()
    assert line.startswith("epoch 1: 100%|")


def test_bars_inside_one_another_leave_a_line_each():
    screen = io.StringIO()
    for _ in tqdm(range(3), desc="all", file=screen, mininterval=0):
        for _ in tqdm(range(4), desc="one", file=screen, leave=False, mininterval=0):
            pass
    lines = [line for line in shown(screen.getvalue()).splitlines() if line]
    assert len(lines) == 1 and lines[0].startswith("all: 100%|")


def test_neighbouring_pieces_of_a_stream_are_joined_and_others_are_not():
    streams = ["stderr", "stderr", "stdout", "stderr"]
    texts = ["\r 50%", "\r100%\n", "epoch 1\n", "\r  "]
    pieces = [
        new_output("stream", name=name, text=text)
        for name, text in zip(streams, texts, strict=True)
    ]
    settled = [(piece.name, piece.text) for piece in settle(pieces)]
    assert settled == [("stderr", "100%\n"), ("stdout", "epoch 1\n")]
