"""The four services behind gRPC: each method reads its request, hands one piece of work to the owner, answers.

A method is written once, as a plain coroutine from request to response that raises AcdError;
:func:`handlers` wraps all of them alike. Which methods there are is read from the contract itself, so none
can be forgotten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor

from ..v1 import agent_service_pb2 as agents
from ..v1 import figure_service_pb2 as figures
from ..v1 import interaction_service_pb2 as interactions
from ..v1 import queue_service_pb2 as queues
from . import codec
from .agents import AgentService
from .call_log import Call, CallLog
from .center import Center
from .figures import FigureService
from .interactions import InteractionService
from .queues import QueueService

if TYPE_CHECKING:
    from ..tracing import Tracing


def services(center: Center) -> dict[ServiceDescriptor, Any]:
    """Return the contract's services and what answers them."""
    answering = (InteractionService(center), AgentService(center), QueueService(center), FigureService(center))
    contracts = (interactions.DESCRIPTOR, agents.DESCRIPTOR, queues.DESCRIPTOR, figures.DESCRIPTOR)
    return {
        descriptor: service
        for contract, service in zip(contracts, answering, strict=True)
        for descriptor in contract.services_by_name.values()
    }


def handlers(center: Center, calls: CallLog, tracing: Tracing | None = None) -> list[grpc.GenericRpcHandler]:
    """Return what a gRPC server needs to answer every method of the contract; ``calls`` hears of each.

    With ``tracing`` every call has a span.
    """
    return [
        grpc.method_handlers_generic_handler(
            descriptor.full_name,
            {method.name: _handler(center, calls, tracing, method, service) for method in descriptor.methods},
        )
        for descriptor, service in services(center).items()
    ]


def _handler(
    center: Center, calls: CallLog, tracing: Tracing | None, method: MethodDescriptor, service: Any
) -> grpc.RpcMethodHandler:
    answer = getattr(service, method.name)
    name = f"{method.containing_service.full_name}/{method.name}"
    request = message_factory.GetMessageClass(method.input_type)
    response = message_factory.GetMessageClass(method.output_type)
    wrap, kind = (
        (_streaming, grpc.unary_stream_rpc_method_handler)
        if method.server_streaming
        else (_unary, grpc.unary_unary_rpc_method_handler)
    )
    handle = wrap(center, calls, tracing, name, answer)
    return kind(
        handle if tracing is None else tracing.around(name, handle),
        request_deserializer=codec.reader(request),
        response_serializer=response.SerializeToString,
    )


def _unary(
    center: Center, calls: CallLog, tracing: Tracing | None, method: str, answer: Callable[[Any], Awaitable[Any]]
) -> Callable[[Any, Any], Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:
        call = Call(method, request, context)
        if tracing is not None:
            tracing.begun(call, calls.queue_of(request))
        try:
            center.enter()
            if request.__class__ is codec.Unreadable:
                raise request.error
            response = await answer(request)
        except asyncio.CancelledError:
            calls.cancelled(call)
            raise
        except Exception as error:
            refusal = calls.refused(call, error)
            if tracing is not None:
                tracing.refused(refusal)
            center.refusals[refusal.reason] += 1
        else:
            context.set_trailing_metadata(call.trailing)
            calls.answered(call, response)
            return response
        finally:
            center.leave()
        return await codec.abort(context, refusal, call.trailing)

    return handle


def _streaming(
    center: Center, calls: CallLog, tracing: Tracing | None, method: str, answer: Callable[[Any, Any], Awaitable[Any]]
) -> Callable[[Any, Any], Awaitable[Any]]:
    async def handle(request: Any, context: Any) -> Any:
        async def only_request(request: Any) -> Any:
            return await answer(request, context.write)

        return await _unary(center, calls, tracing, method, only_request)(request, context)

    return handle
