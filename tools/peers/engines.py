"""The peers: what each needs to get ready, and how a session of it runs one input.

Every engine gets the same ONNX file, the same prepared images and the same number of threads. A
session is a function from float32 [1, C, H, W] to the logits; its input is kept by the caller, so
nothing is copied but what the engine itself copies. Importing this module loads no engine.
"""

import importlib.metadata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from common import NotRun, has_vnni
from images import Contract, tensor
from models import has_attention

Session = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Job:
    """What an engine works on; `folder` is where it keeps what it makes."""

    onnx: Path
    folder: Path
    contract: Contract
    calibration: tuple[Path, ...]

    def tensors(self) -> Iterator[np.ndarray]:
        return (tensor(path, self.contract) for path in self.calibration)


class Engine:
    """An engine in one precision."""

    name: str
    """As --engines takes it and the JSON writes it."""
    title: str
    """As the tables write it."""
    packages: tuple[str, ...]
    """What decides its results, beside the model and the images."""
    quantizes = False
    detail = ""
    """What `open` found out that a reader should know."""
    settings = ""
    """What else decides a quantized model; part of the name under which it is kept."""

    def prepare(self, job: Job) -> None:
        """Makes the quantized model, where there is one. Raises NotRun."""

    def open(self, job: Job, threads: int) -> Session:
        """Loads the model. Raises NotRun."""
        raise NotImplementedError

    def versions(self) -> str:
        return ", ".join(f"{name} {importlib.metadata.version(name)}" for name in self.packages)


class ONNXRuntimeFloat(Engine):
    """ONNX Runtime's CPU provider as it comes: all graph optimizations, its threads spin."""

    name, title = "ort-fp32", "ONNX Runtime fp32"
    packages: tuple[str, ...] = ("onnxruntime",)

    def path(self, job: Job) -> Path:
        return job.onnx

    def open(self, job: Job, threads: int) -> Session:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(
            self.path(job), options, providers=["CPUExecutionProvider"]
        )
        name = session.get_inputs()[0].name
        return lambda x: session.run(None, {name: x})[0]


class ONNXRuntimeInt8(ONNXRuntimeFloat):
    """Static quantization as its documentation advises for x86: QDQ, U8S8, per channel.

    Weights get 7 bits where the processor has no VNNI, as the same page advises.
    """

    name, title = "ort-int8", "ONNX Runtime int8"
    packages = ("onnxruntime", "onnx")
    quantizes = True
    reduce_range = not has_vnni()
    settings = f"QDQ U8S8 per channel, minmax, reduce_range={reduce_range}"

    def path(self, job: Job) -> Path:
        return job.folder / "quantized.onnx"

    def prepare(self, job: Job) -> None:
        from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType
        from onnxruntime.quantization import quantize_static
        from onnxruntime.quantization.shape_inference import quant_pre_process

        import onnxruntime

        session = onnxruntime.InferenceSession(job.onnx, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name

        class Reader(CalibrationDataReader):
            def __init__(self) -> None:
                self.inputs = job.tensors()

            def get_next(self) -> dict[str, np.ndarray] | None:
                image = next(self.inputs, None)
                return None if image is None else {name: image}

        processed = job.folder / "processed.onnx"
        quant_pre_process(job.onnx, processed)
        quantize_static(
            processed,
            self.path(job),
            Reader(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=self.reduce_range,
        )
        processed.unlink()


class OpenVINOFloat(Engine):
    """OpenVINO's CPU plugin, one stream, latency hint; the system places its threads."""

    name, title = "openvino-fp32", "OpenVINO fp32"
    packages: tuple[str, ...] = ("openvino",)
    precision: str | None = "f32"
    """What is computed in the parts that are not int8; None is the plugin's own choice."""

    def path(self, job: Job) -> Path:
        return job.onnx

    def open(self, job: Job, threads: int) -> Session:
        import openvino

        core = openvino.Core()
        if self.precision == "bf16":
            capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
            if "BF16" not in capabilities:
                raise NotRun("this processor has no bf16 instructions")
        settings: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "NUM_STREAMS": 1,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,
            "ENABLE_HYPER_THREADING": True,  # else a machine's thread count may be cut
        }
        if self.precision is not None:
            settings["INFERENCE_PRECISION_HINT"] = self.precision
        model = core.compile_model(core.read_model(self.path(job)), "CPU", settings)
        if self.precision is None:
            chosen = model.get_property("INFERENCE_PRECISION_HINT").to_string()
            self.detail = f"{self.title} computes the rest in {chosen}"
        used = model.get_property("INFERENCE_NUM_THREADS")
        if used != threads:
            raise NotRun(f"OpenVINO uses {used} threads where {threads} were asked for")
        request = model.create_infer_request()
        output = request.get_output_tensor(0)
        held: list[np.ndarray] = []

        def run(x: np.ndarray) -> np.ndarray:
            if not held or held[0] is not x:
                held[:] = [x]
                request.set_input_tensor(openvino.Tensor(x, shared_memory=True))
            request.infer()
            return output.data

        return run


class OpenVINOBF16(OpenVINOFloat):
    """The same in bfloat16, where the processor has it."""

    name, title, precision = "openvino-bf16", "OpenVINO bf16", "bf16"


class OpenVINOInt8(OpenVINOFloat):
    """NNCF's post-training quantization; the rest in the precision that the plugin chooses."""

    name, title, precision = "openvino-int8", "OpenVINO int8", None
    packages = ("openvino", "nncf")
    quantizes = True
    settings = "NNCF, transformer mode where there is attention"

    def path(self, job: Job) -> Path:
        return job.folder / "quantized.xml"

    def prepare(self, job: Job) -> None:
        import nncf
        import openvino

        kind = nncf.ModelType.TRANSFORMER if has_attention(job.onnx) else None
        quantized = nncf.quantize(
            openvino.Core().read_model(job.onnx),
            nncf.Dataset(list(job.tensors())),
            subset_size=len(job.calibration),
            model_type=kind,
        )
        openvino.save_model(quantized, self.path(job), compress_to_fp16=False)


ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        ONNXRuntimeFloat(),
        ONNXRuntimeInt8(),
        OpenVINOFloat(),
        OpenVINOBF16(),
        OpenVINOInt8(),
    )
}
