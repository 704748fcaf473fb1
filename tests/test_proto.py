"""The contract: its generated modules are what the .proto files say, and every element says what it means."""

from __future__ import annotations

import re
import runpy
import tempfile
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import DescriptorProto, EnumDescriptorProto, FileDescriptorProto, FileDescriptorSet

from acdcore.router.codes import Cause, Presence
from acdcore.rpc import codec
from acdcore.v1 import common_pb2

pytestmark = pytest.mark.plain

protoc = pytest.importorskip("grpc_tools.protoc")

READING = re.compile("^(Get|List|Watch|Heartbeat)")
FORBIDDEN = re.compile(r"(^|_)(status|task|worker|penalty|centre)(_|$)", re.IGNORECASE)


@pytest.fixture(scope="module")
def contract(root: Path) -> list[FileDescriptorProto]:
    """Every .proto file of ours, with its comments."""
    folder = root / "proto"
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch, "set")
        well_known = files("grpc_tools").joinpath("_proto")
        options = [f"-I{folder}", f"-I{well_known}", "--include_source_info", f"--descriptor_set_out={out}"]
        assert protoc.main(["protoc", *options, *names]) == 0
        return list(FileDescriptorSet.FromString(out.read_bytes()).file)


def test_generated_modules_are_up_to_date(root: Path, tmp_path: Path) -> None:
    generator = runpy.run_path(str(root / "proto" / "generate.py"))
    if version("grpcio-tools") != generator["COMPILER"]:
        pytest.skip("another compiler is installed than the one that is pinned")
    made = generator["generate"](tmp_path)
    committed = {path.name: path.read_bytes() for path in (root / "bindings" / "v1").glob("*_pb2*")}
    assert committed.keys() == set(made), "run python proto/generate.py"
    for name in made:
        assert (tmp_path / name).read_bytes() == committed[name], f"{name} is stale: run python proto/generate.py"


def test_an_install_brings_runtimes_that_accept_the_generated_modules(root: Path) -> None:
    wanted = tomllib.loads((root / "pyproject.toml").read_text())["project"]["optional-dependencies"]["server"]
    message = (root / "bindings" / "v1" / "common_pb2.py").read_text()
    service = (root / "bindings" / "v1" / "agent_service_pb2_grpc.py").read_text()
    [protobuf] = re.findall(r"^# Protobuf Python Version: ([\d.]+)$", message, re.MULTILINE)
    [grpcio] = re.findall(r"^GRPC_GENERATED_VERSION = '([\d.]+)'$", service, re.MULTILINE)
    assert f"protobuf>={protobuf}" in wanted
    assert f"grpcio>={grpcio}" in wanted


def enumeration_elements(
    path: tuple[int, ...], name: str, one: EnumDescriptorProto
) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for at, value in enumerate(one.value):
        yield (*path, 2, at), f"{name}.{value.name}"


def message_elements(path: tuple[int, ...], name: str, one: DescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    yield path, name
    for at, field in enumerate(one.field):
        yield (*path, 2, at), f"{name}.{field.name}"
    for at, oneof in enumerate(one.oneof_decl):
        if not oneof.name.startswith("_"):  # made by the compiler for an optional field
            yield (*path, 8, at), f"{name}.{oneof.name}"
    for at, nested in enumerate(one.nested_type):
        yield from message_elements((*path, 3, at), f"{name}.{nested.name}", nested)
    for at, enumeration in enumerate(one.enum_type):
        yield from enumeration_elements((*path, 4, at), f"{name}.{enumeration.name}", enumeration)


def elements(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Every element of a file: its path in the descriptor, and its name. The syntax stands for the file."""
    yield (12,), file.name
    for at, message in enumerate(file.message_type):
        yield from message_elements((4, at), message.name, message)
    for at, enumeration in enumerate(file.enum_type):
        yield from enumeration_elements((5, at), enumeration.name, enumeration)
    for at, service in enumerate(file.service):
        yield (6, at), service.name
        for inner, method in enumerate(service.method):
            yield (6, at, 2, inner), f"{service.name}.{method.name}"


def test_every_element_is_commented(contract: list[FileDescriptorProto]) -> None:
    seen = 0
    for file in contract:
        commented = {tuple(place.path): place.leading_comments.strip() for place in file.source_code_info.location}
        bare = [name for path, name in elements(file) if len(commented.get(path, "")) < 5]
        assert not bare, f"{file.name}: without a comment: {', '.join(bare)}"
        seen += sum(1 for _ in elements(file))
    assert seen > 400


def test_words_are_those_of_the_glossary(contract: list[FileDescriptorProto]) -> None:
    names = [name for file in contract for path, name in elements(file) if len(path) > 1]
    assert not [name for name in names if FORBIDDEN.search(name.rpartition(".")[2])]


def test_requests_name_their_center_and_changes_can_be_repeated(contract: list[FileDescriptorProto]) -> None:
    methods = [method for file in contract for service in file.service for method in service.method]
    messages = {f".acdcore.v1.{one.name}": one for file in contract for one in file.message_type}
    assert len(methods) == 25
    for method in methods:
        assert method.input_type == f".acdcore.v1.{method.name}Request"
        assert method.output_type == f".acdcore.v1.{method.name}Response"
        fields = [field.name for field in messages[method.input_type].field]
        assert fields[0] == "center", method.name
        assert ("request_id" in fields) == (READING.match(method.name) is None), method.name


def test_enumerations_begin_with_unspecified_and_carry_their_own_name(contract: list[FileDescriptorProto]) -> None:
    for file in contract:
        for one in file.enum_type:
            prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", one.name).upper()
            assert one.value[0].name == f"{prefix}_UNSPECIFIED"
            assert all(value.name.startswith(prefix) for value in one.value)


def test_wire_enumerations_are_the_routers() -> None:
    for inside, wire in codec.SAME_ON_THE_WIRE.items():
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", wire.DESCRIPTOR.name).upper()
        ours = {f"{prefix}_{one.name}": int(one) for one in inside if int(one) != 0}
        assert ours == {name: number for name, number in wire.items() if number != 0}
    assert int(Cause.NONE) == int(common_pb2.CAUSE_UNSPECIFIED)
    for presence, number in codec.PRESENCES_OUT.items():
        assert common_pb2.Presence.Name(number) == f"PRESENCE_{presence.name}"
    assert set(codec.PRESENCES_OUT) == set(Presence)
    assert len(codec.PRESENCES_IN) == len(common_pb2.Presence.items()) - 1
    for state, wire_state in codec.AGENT_STATES_OUT.items():
        assert common_pb2.AgentState.Name(wire_state) == f"AGENT_STATE_{state.name}"
    assert len(codec.AGENT_STATES_IN) == len(common_pb2.AgentState.items()) - 1
