"""Make the model that ships: `make train`, or `python -m training --out FOLDER` with what `training.fit` has written.

Fit (half an hour to several hours on two cores), export, calibrate, measure, write the model card.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from bot.understand.encoder import MODEL, Encoder
from training.calibrate import evidence_of, fit_calibration
from training.card import write_card
from training.export import write_header, write_network, write_vocabulary
from training.fit import main as fit
from training.network import Network
from training.parts import CALIBRATION, LABELS, LANGUAGES, LATER, read_for_fitting, read_part
from training.spans import TAGS
from training.weights import load_pretrained


def main(argv: Sequence[str] | None = None) -> int:
    """From labelled messages to the files in `bot/model`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fitted", type=Path, help="a folder of training.fit; without it, fitting comes first")
    parser.add_argument("--out", type=Path, default=MODEL)
    given = parser.parse_args(argv)
    fitted = given.fitted or given.out / "fitted"
    if given.fitted is None:
        earlier = given.out / "fitted-earlier"
        fit(["--out", str(earlier), "--hold-out", ",".join(LATER), "--epochs", "5"])
        fit(["--out", str(fitted), "--onto", str(earlier), "--epochs", "2"])
    export(fitted, given.out)
    calibrate(given.out)
    write_card(given.out)
    return 0


def export(fitted: Path, folder: Path, *, int8: bool = True) -> None:
    """The network and all that belongs to it, not yet calibrated."""
    start = load_pretrained()
    network = Network(start, len(LABELS), len(LANGUAGES), len(TAGS))
    network.load_state_dict(torch.load(fitted / "network.pt"))
    made = json.loads((fitted / "fitted.json").read_text("utf-8"))
    messages = read_for_fitting(made["files"])
    folder.mkdir(parents=True, exist_ok=True)
    write_network(network, folder, int8=int8)
    special = write_vocabulary(start, [f"{m.get('subject', '')} {m['text']}" for m in messages], folder)
    write_header(start, special, messages, made, (), folder)


def calibrate(folder: Path) -> None:
    """Put into the header how far both voices may be believed, by messages that no weight was fitted on."""
    encoder = Encoder(folder)
    messages = [message for name in CALIBRATION for message in read_part(name)]
    weights = fit_calibration(evidence_of(messages, encoder, encoder.header.known))
    path = folder / "encoder.json"
    header = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(header | {"calibration": weights}, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
