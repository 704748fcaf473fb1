"""The four services behind gRPC: each method reads its request, hands one piece of work to the owner, answers.

A method is written once, as a plain coroutine from request to response that raises AcdError;
:func:`handlers` wraps all of them alike. Which methods there are is read from the contract itself, so none
can be forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from ..errors import AcdError, DoorReason, Internal
from ..v1 import agent_service_pb2 as agents
from ..v1 import figure_service_pb2 as figures
from ..v1 import interaction_service_pb2 as interactions
from ..v1 import queue_service_pb2 as queues
from . import codec
from .agents import AgentService
from .center import Center
from .figures import FigureService
from .interactions import InteractionService
from .queues import QueueService

log = logging.getLogger("acdcore.rpc")


def services(center: Center) -> dict[ServiceDescriptor, Any]:
    """Return the contract's services and what answers them."""
    answering = (InteractionService(center), AgentService(center), QueueService(center), FigureService(center))
    contracts = (interactions.DESCRIPTOR, agents.DESCRIPTOR, queues.DESCRIPTOR, figures.DESCRIPTOR)
    return {
        descriptor: service
        for contract, service in zip(contracts, answering, strict=True)
        for descriptor in contract.services_by_name.values()
    }


def handlers(center: Center) -> list[grpc.GenericRpcHandler]:
    """Return what a gRPC server needs to answer every method of the contract."""
    return [
        grpc.method_handlers_generic_handler(
            descriptor.full_name, {method.name: _handler(center, method, service) for method in descriptor.methods}
        )
        for descriptor, service in services(center).items()
    ]


def _handler(center: Center, method: MethodDescriptor, service: Any) -> grpc.RpcMethodHandler:
    answer = getattr(service, method.name)
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    wrap, kind = (
        (_streaming, grpc.unary_stream_rpc_method_handler)
        if method.server_streaming
        else (_unary, grpc.unary_unary_rpc_method_handler)
    )
    return kind(
        wrap(center, answer), request_deserializer=codec.reader(request), response_serializer=response.SerializeToString
    )


def _refusal(error: Exception, name: str) -> AcdError:
    if isinstance(error, AcdError):  # values stay out of the log: they may tell who called
        log.info("%s refused: %s%s", name, error.reason, f" ({error.field})" if error.field else "")
        return error
    log.error("unexpected error in %s", name, exc_info=error)
    return Internal("the server met something it should not have; its log says what", reason=DoorReason.INTERNAL)


def _unary(center: Center, answer: Callable[[Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:
        try:
            center.enter()
            if request.__class__ is codec.Unreadable:
                raise request.error
            return await answer(request)
        except Exception as error:
            refusal = _refusal(error, answer.__name__)
        finally:
            center.leave()
        return await codec.abort(context, refusal)

    return handle


def _streaming(center: Center, answer: Callable[[Any, Any], Awaitable[Any]]) -> Callable[[Any, Any], Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:
        async def only_request(request: Any) -> Any:
            return await answer(request, context.write)

        only_request.__name__ = answer.__name__
        return await _unary(center, only_request)(request, context)

    return handle
