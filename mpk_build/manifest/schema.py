"""The manifest, `mpk.yaml`: every field, its type and its meaning. The JSON Schema is generated from here."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from mpk_build.environment import platforms
from mpk_build.environment.direct_references import without_credentials
from mpk_build.manifest import signature
from mpk_build.manifest.moments import cut_off
from mpk_build.manifest.paths import (
    ArtifactPath,
    CodePathAnywhere,
    InsidePath,
    ModelFile,
    PackagePath,
    SourcePath,
    base_image,
    example_source,
)

# PEP 751 wants a name without dots in pylock.<name>.toml, a registry one in lower case.
_CHANNEL = r"^[A-Za-z][^\s]*$"
_CONDA_SPEC = r"^[A-Za-z0-9_].*$"
_NAME = r"^[a-z0-9]+(?:[_-][a-z0-9]+)*$"
_ENTRYPOINT = r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\(\))?$"
_FLAVOR = r"^[a-z0-9]+([_-][a-z0-9]+)*$"
_PYTHON = r"^3\.(8|9|1[0-9])(\.[0-9]+)?$"
_DISTRIBUTION = r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$"
_IMAGE_NAME = r"^([a-zA-Z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+(([._]|__|-+|/)[a-z0-9]+)*$"
_FINGERPRINT = r"^[0-9a-f]{16}$"
_TAG = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$"
_USER = r"^[1-9][0-9]{0,9}(:[0-9]{1,10})?$"


def _requirement(value: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    if without_credentials(value) != value:
        raise ValueError("a requirement with a password in its URL; expected it in ~/.netrc or a keyring")
    try:
        Requirement(value)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"'{value}' is not a requirement: {reason}; expected such as 'numpy>=2' (PEP 508)") from None
    return value


def _platform_name(value: str) -> str:
    if value not in platforms.NAMES:
        raise ValueError(f"found '{value}'; expected one of {', '.join(platforms.NAMES)}")
    return value


def _off(value: Any) -> Any:
    # To YAML 1.1 the plain word is a boolean.
    return "off" if value is False else value


def _plain_data(value: Any) -> Any:
    from mpk_build.foundation.documents import canonical

    canonical(value)
    return value


def _channel(value: str) -> str:
    from mpk_build.package.conda_file import without_secrets

    if without_secrets(value) != value:
        raise ValueError("it holds a password or a token; log in to the channel instead: rattler auth login")
    return value


def _fingerprint(value: str) -> str:
    if not re.fullmatch(_FINGERPRINT, value):
        raise ValueError("found no fingerprint; expected 16 hexadecimal digits, as the error names them: mpk build")
    return value


Fingerprint = Annotated[str, AfterValidator(_fingerprint), WithJsonSchema({"type": "string", "pattern": _FINGERPRINT})]
Channel = Annotated[str, Field(pattern=_CHANNEL, examples=["conda-forge"]), AfterValidator(_channel)]
CondaSpec = Annotated[str, Field(pattern=_CONDA_SPEC, examples=["libstdcxx-ng", "numpy=1.26.*"])]
Requirement = Annotated[str, AfterValidator(_requirement)]
PlatformName = Annotated[str, AfterValidator(_platform_name), WithJsonSchema({"enum": list(platforms.NAMES)})]
JsonValue = Annotated[Any, AfterValidator(_plain_data)]
InputExample = Annotated[
    dict[str, Any],
    BeforeValidator(example_source),
    WithJsonSchema(
        {
            "description": "The path of a file (.json, .csv, .parquet, .npy, .npz, .txt, .bin, .png, .jpg), "
            "{path: FILE, as: image | array | bytes}, or the data itself.",
            "type": ["string", "array", "object", "number", "boolean"],
        }
    ),
]


SignatureValue = Annotated[Any, AfterValidator(signature.declared), WithJsonSchema({})]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Model(_Part):
    """What the model is."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["entrypoint"]}, {"required": ["path"]}]},
    )

    entrypoint: Annotated[str, Field(pattern=_ENTRYPOINT, examples=["penguins.train:fit()"])] | None = None
    """`module:attribute`: a model of a library that has a flavor, a class or an instance with `predict`, or a function
    of the model input; with `()` a factory that returns one of them and is called once a build."""
    path: ModelFile | None = None
    """Instead of an entrypoint: the file of a model that its library saved, or a package, such as MLflow writes: its
    folder or its address (`runs:/`, `models:/`, `s3://`, `gs://`, `az://`, `https://`, `file:`) to fetch it from."""
    flavor: Annotated[str, Field(pattern=_FLAVOR, examples=["xgboost"])] | None = None
    """Which library saved the file; default: the one whose files alone have such a suffix."""
    code_paths: list[CodePathAnywhere] = []
    """Files and folders of code to package besides what is found; they keep their paths relative to the manifest."""
    infer_code_paths: bool = True
    """Whether the modules that the model imports, and the files that it reads beside them, are packaged; with `false`
    `code_paths` alone is."""
    artifacts: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$")], ArtifactPath] = {}
    """Name to file or folder, or to an address (`https://`, `s3://`, `gs://`, `az://`, `file:`), from which it is
    fetched, and again only when it has changed; packaged, and handed to `load_context` as `context.artifacts`."""
    config: dict[str, JsonValue] = {}
    """Handed to the model as `context.model_config`."""

    @model_validator(mode="after")
    def _has_one_model(self) -> Self:
        if (self.entrypoint is None) == (self.path is None):
            found = "neither entrypoint nor path" if self.path is None else "both entrypoint and path"
            raise ValueError(f"found {found}; expected one of them")
        if self.flavor is not None and self.path is None:
            raise ValueError("found flavor without path; it says which library saved the file that path names")
        said = [name for name in ("flavor", "code_paths", "artifacts") if getattr(self, name)]
        if self.package is not None and said:
            raise ValueError(f"found {said[0]} beside a package, which brings its own; expected path alone, or config")
        return self

    @property
    def package(self) -> str | None:
        """The path, where it is that of a package."""
        return self.path if isinstance(self.path, PackagePath) else None


class Conda(_Part):
    """What the model needs of conda; for `validate: {manager: conda}`, on this machine's platform."""

    channels: Annotated[list[Channel], Field(min_length=1)] = ["conda-forge"]
    """Names or addresses of channels; the first that has a package wins."""
    dependencies: list[CondaSpec] = []
    """Specifications of conda packages; that of the model's Python is added where there is none."""


class Requirements(_Part):
    """What the model needs to run."""

    python: Annotated[str, Field(pattern=_PYTHON, examples=["3.11"])] | None = None
    """The Python of the model; default: that of the source environment."""
    source: SourcePath | None = None
    """Where the model is made: a virtual environment, an interpreter, a requirements file, a `pyproject.toml`,
    `uv.lock`, `poetry.lock` or `environment.yml`; or `scan`, which reads the code. Default: the active environment,
    else `.venv`, else `uv.lock`, `poetry.lock`, `requirements.txt`, `pyproject.toml`, `environment.yml`."""
    groups: list[str] = []
    """Dependency groups of a declared source that are installed, too."""
    extras: list[str] = []
    """Extras of a declared source that are installed, too."""
    pip: list[Requirement] | None = None
    """Instead of what is inferred (MLflow's `pip_requirements`)."""
    extra: list[Requirement] = []
    """In addition to what is inferred (MLflow's `extra_pip_requirements`)."""
    override: list[Requirement] = []
    """Wins over what anything asks for."""
    constraints: InsidePath | None = None
    """A constraints file: bounds for whatever is resolved, without asking for it."""
    static: bool = True
    """Whether what only the source of the model's code mentions counts, besides what its example was seen to use."""
    exclude: list[Annotated[str, Field(pattern=_DISTRIBUTION, examples=["pyarrow"])]] = []
    """Names of distributions that are never asked for, although they are found; what requires one still gets it."""
    platforms: list[PlatformName] = []
    """What the lock is for, by the names that OCI gives platforms, such as `linux/amd64`; default: this machine's."""
    conda: Conda = Conda()
    """Conda packages, below which the packages of the index are installed."""
    exclude_newer: Annotated[str, AfterValidator(cut_off)] | None = None
    """A date or a moment (RFC 3339): what an index got later does not count. A date is up to its end, in UTC."""


class Validate(_Part):
    """How the package is proven."""

    tolerance: Annotated[float, Field(ge=0)] = 1e-6
    """How much a predicted number may differ, relative and absolute, from the one in the source environment."""
    timeout: Annotated[int, Field(gt=0)] = 300
    """Seconds for loading and predicting."""
    manager: Literal["uv", "virtualenv", "conda", "local"] = "uv"
    """What makes the environment that the package is proven in: `uv`; `virtualenv`, and pip with hashes required;
    `conda`, real conda packages by their sha256, and below them the packages of the index;
    `local` makes none and takes the source environment itself, which proves neither the lock nor that the
    requirements are complete."""
    sandbox: Annotated[Literal["auto", "required", "off"], BeforeValidator(_off)] = "auto"
    """`auto`: the strongest that works here; `required`: none is an error; `off`: an isolated Python and no more."""
    network: bool = False
    """Whether the model may use the network while it is validated."""
    pickles: Literal["report", "sandbox", "refuse"] = "report"
    """What becomes of pickles that do more than make what the libraries and the model's own code define: `report` tells
    it; `sandbox` also wants a sandbox that was reached, as `sandbox: required` does; `refuse` stops the build."""
    compare: Annotated[Literal["auto", "values", "schema", "off"], BeforeValidator(_off)] = "auto"
    """How predictions are compared: by `values` or by `schema` (types and shapes); `auto`: by values, unless the model
    does not predict the same twice; `off`: not at all, and then the input example may be left out, or fail."""


class Secrets(_Part):
    """What looks like a secret in the package and is none."""

    allow: list[Fingerprint] = []
    """Fingerprints, as the error has them that stops a build; each holds wherever the text stands."""


class ModelTarget(_Part):
    """The package, `dist/model`."""


class ImageTarget(_Part):
    """The image, `dist/image`."""

    base: Annotated[str, AfterValidator(base_image)] = "scratch"
    """`scratch` (the interpreter of this machine), an OCI layout folder, or the name of an image in a registry."""
    name: Annotated[str, Field(pattern=_IMAGE_NAME, examples=["penguins"])] | None = None
    """What a container engine calls it; default: the manifest's name."""
    tags: Annotated[list[Annotated[str, Field(pattern=_TAG, examples=["latest"])]], Field(min_length=1)] = ["latest"]
    """Tags of that name."""
    user: Annotated[str, Field(pattern=_USER, examples=["65532"])] = "65532"
    """The numeric user, and perhaps `:group`, that it runs as; never root."""
    labels: dict[str, str] = {}
    """Labels beside those of the OCI annotations that mpk sets."""


class EndpointTarget(_Part):
    """The endpoint, tested by the smoke test."""

    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes that hold the model."""
    timeout: Annotated[int, Field(gt=0)] = 60
    """Seconds for one request; the worker of a request that takes longer is replaced."""
    protocol: Literal["strict", "mlflow"] = "strict"
    """What becomes of a request's values: `strict` refuses what would lose something; `mlflow` does as MLflow does."""


class Targets(_Part):
    """What a build makes; without `targets`, all three."""

    model: ModelTarget | None = None
    """The package; it is always made."""
    image: ImageTarget | None = None
    """The image; needs the package."""
    endpoint: EndpointTarget | None = None
    """The smoke test; needs the image."""


class Manifest(_Part):
    """A model and what to make of it. Paths are relative to the manifest."""

    name: Annotated[str, Field(pattern=_NAME, max_length=64, examples=["penguins"])]
    """Lower-case letters and digits, joined by `-` or `_`."""
    version: str = "0.0.0"
    """The model's version."""
    description: str = ""
    """One sentence."""
    metadata: dict[str, JsonValue] = {}
    """Goes into `MLmodel` as it is."""
    model: Model
    """What the model is."""
    requirements: Requirements = Requirements()
    """What it needs to run."""
    input_example: InputExample | None = None
    """A file (`.json`, `.csv`, `.parquet`, `.npy`, `.npz`, `.txt`, `.bin`, `.png`, `.jpg`), `{path: FILE, as: image |
    array | bytes}`, or the data itself; predicted at every stage, so that every stage is proven. It can be left out
    with `validate: {compare: off}` alone."""
    params: dict[str, JsonValue] = {}
    """Params of `predict` with their defaults."""
    signature: SignatureValue = "infer"
    """`infer`: from the type hints of `predict`, else from the input example and what is predicted; or `inputs`,
    `outputs` and `params` spelled out, each a map of names and types, of which those left out are inferred."""
    # 'validate' is the manifest's word, and a method of BaseModel: hence the alias.
    validation: Validate = Field(default=Validate(), alias="validate")
    """How the package is proven."""
    secrets: Secrets = Secrets()
    """What looks like a secret in the package and is none."""
    targets: Targets = Targets(model=ModelTarget(), image=ImageTarget(), endpoint=EndpointTarget())
    """What a build makes."""
