"""How often the quality gate is wrong, both ways. Needs SECOND_READER_DATA and, for the images to refuse, scikit-image.

python bench/quality_gate.py
"""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageDraw
from sklearn.datasets import load_sample_images

from core.datasets.phantom import dicom_bytes, draw, plan_exam
from core.scans import assess, read_scan

FOLDER = Path(os.environ.get("SECOND_READER_DATA", ""))


def films() -> Iterator[tuple[str, bytes]]:
    """Everything that must be accepted."""
    for source, pattern in (("mini-MIAS", "mini-mias/all-mias/*.pgm"), ("Roboflow", "roboflow-breast-cancer/*/*.jpg")):
        for path in sorted(FOLDER.glob(pattern)):
            yield source, path.read_bytes()
    for exam in range(1, 26):
        for side, view in (("L", "CC"), ("R", "MLO")):
            yield "phantoms", dicom_bytes(draw(plan_exam(99, exam), side, view, "small"))


def others() -> Iterator[tuple[str, np.ndarray]]:
    """Everything that must be refused, as 8-bit images."""
    rng = np.random.default_rng(0)
    folder = Path(skimage.data.__file__).parent
    images = [(p.name, np.array(Image.open(p).convert("L"))) for kind in ("*.png", "*.jpg", "*.jpeg") for p in sorted(folder.glob(kind))]
    images += [(f"photo {i}", np.array(Image.fromarray(x).convert("L"))) for i, x in enumerate(load_sample_images().images)]
    for name, image in images:
        kind = "text" if name in ("text.png", "page.png", "clock_motion.png", "logo.png") else "photographs"
        yield kind, image
        h, w = image.shape
        for _ in range(3):
            top, left = rng.integers(0, h // 2 + 1), rng.integers(0, w // 2 + 1)
            yield kind, image[top : top + h // 2, left : left + w // 2]
    for name in ("RG1_J2KI", "RG3_RLE"):
        film = np.rint(read_scan((FOLDER / "dicom-samples" / name).read_bytes()).display() * 255).astype(np.uint8)
        h, w = film.shape
        for turn in range(4):
            for mirrored in (film, film[:, ::-1]):
                yield "radiographs", np.rot90(mirrored, turn)
                yield "radiographs", 255 - np.rot90(mirrored, turn)
        for _ in range(12):
            top, left = rng.integers(0, h // 3), rng.integers(0, w // 3)
            yield "radiographs", film[top : top + 2 * h // 3, left : left + 2 * w // 3]
    for _ in range(20):
        yield "noise", rng.integers(0, 256, (600, 480)).astype(np.uint8)
        yield "text", _page(rng)
        yield "charts", _chart(rng)
        yield "drawn limbs", _limb(rng)
        yield "screenshots", _screenshot(rng)
    for level in range(0, 256, 25):
        yield "blank", np.full((600, 480), level, np.uint8)
    ramp = np.tile(np.linspace(0, 255, 480), (600, 1)).astype(np.uint8)
    yield from (("gradients", np.rot90(ramp, turn)) for turn in range(4))


def _page(rng: np.random.Generator) -> np.ndarray:
    dark = rng.random() < 0.5
    page = Image.new("L", (480, 640), 0 if dark else 255)
    pen = ImageDraw.Draw(page)
    for line in range(30):
        words = " ".join("".join(chr(97 + c) for c in rng.integers(0, 26, rng.integers(2, 9))) for _ in range(rng.integers(4, 11)))
        pen.text((30, 20 + 20 * line), words, fill=255 if dark else 0)
    return np.array(page)


def _chart(rng: np.random.Generator) -> np.ndarray:
    chart = Image.new("L", (640, 480), 255)
    pen = ImageDraw.Draw(chart)
    pen.line((60, 20, 60, 430, 620, 430), fill=0, width=2)
    if rng.random() < 0.5:
        for i in range(10):
            pen.rectangle((80 + 52 * i, 430 - int(rng.integers(20, 380)), 120 + 52 * i, 430), fill=int(rng.integers(0, 200)))
    else:
        for _ in range(3):
            pen.line([(60 + 56 * i, int(rng.integers(40, 420))) for i in range(11)], fill=int(rng.integers(0, 150)), width=3)
    return np.array(chart)


def _limb(rng: np.random.Generator) -> np.ndarray:
    """An arm or leg across the image: soft tissue from border to border, one or two bones in it, black beside it."""
    h, w = 640, 480
    rows, cols = np.mgrid[:h, :w].astype(np.float32)
    middle = w / 2 + 60 * np.sin(rows / h * rng.uniform(0.5, 2) + rng.uniform(0, 6)) + rng.uniform(-60, 60)
    half = rng.uniform(60, 130) * (1 + 0.2 * np.sin(rows / h * 3 + rng.uniform(0, 6)))
    tissue = 90 * np.sqrt(np.clip(1 - ((cols - middle) / half) ** 2, 0, 1))
    for offset in (-0.35, 0.35) if rng.random() < 0.5 else (0.0,):
        u = np.abs(cols - middle - offset * half) / (0.25 * half)
        tissue += 110 * np.clip(1 - u**6, 0, 1) * (0.6 + 0.4 * u)  # a bone's rim is denser than its middle
    image = np.clip(tissue + rng.normal(6, 3, (h, w)), 0, 255).astype(np.uint8)
    return image if rng.random() < 0.5 else image.T


def _screenshot(rng: np.random.Generator) -> np.ndarray:
    """A desktop: a bar, a side panel, windows with lines of text and an image in one of them."""
    dark = rng.random() < 0.5
    page = Image.new("L", (960, 600), 30 if dark else 235)
    pen = ImageDraw.Draw(page)
    pen.rectangle((0, 0, 960, 28), fill=60 if dark else 200)
    pen.rectangle((0, 28, 180, 600), fill=45 if dark else 220)
    for _ in range(rng.integers(2, 5)):
        left, top = int(rng.integers(190, 600)), int(rng.integers(40, 350))
        pen.rectangle(
            (left, top, left + int(rng.integers(150, 340)), top + int(rng.integers(90, 220))), fill=int(rng.integers(0, 256)), outline=128
        )
    for line in range(20):
        pen.text((12, 40 + 26 * line), "menu item " * int(rng.integers(1, 3)), fill=220 if dark else 20)
        pen.text((260, 60 + 24 * line), "some words in a window " * 3, fill=220 if dark else 20)
    return np.array(page)


def _png(image: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(out, "PNG")
    return out.getvalue()


def _table(title: str, counts: dict[str, list[int]]) -> float:
    hit, n = (sum(c[i] for c in counts.values()) for i in (0, 1))
    print(f"{title}: {hit} of {n} ({100 * hit / n:.2f} %)")
    for kind, (k, m) in counts.items():
        print(f"  {kind:18} {k:4} of {m}")
    return hit / n


def main() -> int:
    """Print both rates; exit 1 where one misses its limit."""
    if not (FOLDER / "mini-mias").is_dir():
        print("Set SECOND_READER_DATA to the folder of real data.")
        return 0
    wrong: dict[str, list[int]] = {}
    for source, data in films():
        count = wrong.setdefault(source, [0, 0])
        count[0] += not assess(read_scan(data)).ok
        count[1] += 1
    refused: dict[str, list[int]] = {}
    for kind, image in others():
        count = refused.setdefault(kind, [0, 0])
        count[0] += not assess(read_scan(_png(image))).ok
        count[1] += 1
    false = _table("films refused (limit 1 %)", wrong)
    true = _table("others refused (limit 95 %)", refused)
    return int(false >= 0.01 or true < 0.95)


if __name__ == "__main__":
    sys.exit(main())
