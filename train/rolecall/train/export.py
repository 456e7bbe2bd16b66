"""Export a run to ONNX, and prove on articles that it still finds the same spans.

The network goes through torch's exporter (torch.onnx with dynamo) with attention as matrix products, which ONNX Runtime
computes faster than the exporter's fused attention; then, for int8, its matrices are quantized (dynamic quantization:
weights as 8-bit integers a column, activations when they come). Weights take 7 bits of the 8, since processors without
VNNI add products of two in 16 bits, which full ones overflow. Embeddings stay as they are: they are looked up, not
multiplied, so rounding them gains no time.

Activations are scaled by the largest of a whole batch: with other articles beside it, or another size of batches, an
article may get other scores, and a span that is about as probable as not may come or go.
"""

import logging
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import torch

from rolecall.core import jsonl
from rolecall.core.errors import InputError
from rolecall.core.sealed import sha256
from rolecall.core.staging import check_free, staged
from rolecall.train import encoders, exported, transitions
from rolecall.train import run as runs
from rolecall.train.exported import Note, Precision, Verified
from rolecall.train.run import Run
from rolecall.train.tagger import Tagger
from rolecall.train.verify import verify

PACKAGES = ("torch", "transformers", "onnx", "onnxscript", "onnxruntime", "numpy")
COPIED = ("config.json", "tokenizer*", "special_tokens_map.json", "run.json", "scheme.yaml", "settings.yaml")
LIMIT = 0.002
"""F1 that may be lost, if nothing else is said: 0.2 points."""
LARGE = 1_500_000_000
"""Bytes of weights from which they are a file of their own: a protobuf message ends at 2 GB."""


class Exported(NamedTuple):
    """An exported run; `size` and `before` are the bytes of its weights and of the run's.

    It is at `path` only where `verified` is good.
    """

    path: Path
    precision: Precision
    size: int
    before: int
    verified: Verified


def export(
    run: Run,
    articles: Path,
    out: Path,
    *,
    gold: Path | None = None,
    precision: Precision = "int8",
    limit: float = LIMIT,
    overwrite: bool = False,
) -> Exported:
    """Write the exported run, unless more F1 than `limit` is lost on the articles.

    With `gold` that is strict micro F1 against it, over the articles that it has; else against the spans that the run
    itself finds. Raises InputError for a run that is exported already, for articles without a span to compare, and
    where the network cannot be exported.
    """
    if exported.is_exported(run.path):
        raise InputError("is exported already", path=run.path, remedy="name the run that rolecall train fit made")
    check_free(out.resolve(), mark=exported.NOTE, overwrite=overwrite)
    before = runs.load_tagger(run, "cpu")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        try:
            write_network(run, folder / exported.MODEL, precision)
        except ModuleNotFoundError as error:
            raise InputError(
                f"exporting needs {error.name}, which is not installed", remedy="pip install 'rolecall[export]'"
            ) from error
        _write_rest(run, before, folder, precision)
        after = runs.load_tagger(Run(folder, run.info, run.scheme), "cpu")
        verified = verify(before, after, run.scheme, articles, gold, limit=limit)
        if verified.good:
            _write_rest(run, before, folder, precision, verified)
            with staged(out, mark=exported.NOTE, overwrite=overwrite) as place:
                for path in folder.iterdir():
                    shutil.copy(path, place)
        return Exported(out, precision, _size(folder), _size(run.path), verified)


@contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what exporter and quantizer log of other packages that they would like."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with encoders.quiet(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning, module="copyreg")  # torch's, of itself
            yield
    finally:
        logging.disable(before)


@_quiet()
def write_network(run: Run, path: Path, precision: Precision) -> None:
    """Export the network, and quantize it."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = encoders.load_trained(encoders.Source(str(run.path), run.name, "train the run again")).eval()
    model.set_attn_implementation("eager")
    plain = path if precision == "float32" else path.with_name("plain.onnx")
    large = sum(weight.nbytes for weight in model.parameters()) > LARGE
    ids = torch.randint(1, model.config.vocab_size, (3, 17), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[1, 9:] = 0
    some = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    try:
        program = torch.onnx.export(
            _Logits(model).eval(),
            (ids, mask),
            dynamo=True,
            dynamic_shapes={"input_ids": some, "attention_mask": some},
            input_names=["input_ids", "attention_mask"],
            output_names=["logits"],
            verbose=False,
        )
    except torch.onnx.errors.OnnxExporterError as error:
        first = str(error.__cause__ or error).strip().partition("\n")[0]  # torch's own says what to do with torch
        remedy = "predict with the run itself, or choose another encoder"
        raise InputError(f"cannot be exported: {first}", path=run.path, remedy=remedy) from error
    program.save(str(plain), external_data=large)  # type: ignore[union-attr]  # it is one with dynamo
    if precision == "int8":
        quantize_dynamic(
            plain,
            path,
            op_types_to_quantize=["MatMul", "Gemm"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            use_external_data_format=large,
        )
        for made in path.parent.glob(f"{plain.name}*"):
            made.unlink()


class _Logits(torch.nn.Module):
    """A token classifier that returns its logits alone."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits  # type: ignore[no-any-return]


def _write_rest(run: Run, tagger: Tagger, folder: Path, precision: Precision, verified: Verified | None = None) -> None:
    """Write all but the network."""
    for path in (path for pattern in COPIED for path in run.path.glob(pattern)):
        shutil.copyfile(path, folder / path.name)
    transitions.write(folder, tagger.tags, tagger.transitions)
    weights = sha256(run.path / "model.safetensors")
    note = Note(
        run=run.name,
        weights=weights,
        precision=precision,
        padding=tagger.encoder.padding,
        versions=runs.versions(PACKAGES),
        verified=verified,
    )
    jsonl.write_json(folder / exported.NOTE, note)


def _size(folder: Path) -> int:
    """Return how many bytes the weights of a folder take."""
    return sum(path.stat().st_size for pattern in ("*.safetensors", "*.onnx*") for path in folder.glob(pattern))
