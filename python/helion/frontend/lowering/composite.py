# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations written in terms of others. Narrow floats are widened once at the start and rounded once at the end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from helion.frontend.builder import compute_dtype
from helion.frontend.lowering.registry import function, lower

if TYPE_CHECKING:
    from collections.abc import Callable

    from helion.frontend.device import Device

aten = torch.ops.aten


def composite(op: Any, rule: Callable[..., torch.Tensor]) -> None:
    """Registers `rule`, written in torch operations; integers are converted to floats first."""

    @lower(op)
    def lowered(device: Device, func: Any, value: torch.Tensor, /, *args: Any, **kwargs: Any) -> torch.Tensor:
        result = value.dtype if value.dtype.is_floating_point else torch.get_default_dtype()
        wide = _as(device, value, compute_dtype(result))
        return _as(device, device.composite(rule, wide, *args, **kwargs), result)

    del lowered


def _as(device: Device, value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    made = device.builder.convert(device.value(value), value.shape, value.dtype, dtype)
    return device.tensor(made, value.shape, dtype)


def _softmax(x: torch.Tensor, dim: int, half_to_float: bool) -> torch.Tensor:
    powers = torch.exp(x - torch.amax(x, dim, keepdim=True))
    return powers / torch.sum(powers, dim, keepdim=True)


def _log_softmax(x: torch.Tensor, dim: int, half_to_float: bool) -> torch.Tensor:
    shifted = x - torch.amax(x, dim, keepdim=True)
    return shifted - torch.log(torch.sum(torch.exp(shifted), dim, keepdim=True))


def _logsumexp(x: torch.Tensor, dim: Any, keepdim: bool = False) -> torch.Tensor:
    top = torch.amax(x, dim, keepdim=True)
    top = torch.where(torch.abs(top) == math.inf, 0.0, top)
    total = torch.log(torch.sum(torch.exp(x - top), dim, keepdim=keepdim))
    return total + (top if keepdim else torch.amax(top, dim))


def _gelu(x: torch.Tensor, *, approximate: str = "none") -> torch.Tensor:
    if approximate == "tanh":
        inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * x * x * x)
        return 0.5 * x * (1.0 + torch.tanh(inner))
    return 0.5 * x * (1.0 + torch.erf(x * math.sqrt(0.5)))


def _softplus(x: torch.Tensor, beta: float = 1, threshold: float = 20) -> torch.Tensor:
    return torch.where(x * beta > threshold, x, torch.log1p(torch.exp(x * beta)) / beta)


def _leaky_relu(x: torch.Tensor, slope: float = 0.01) -> torch.Tensor:
    return torch.where(x > 0, x, x * slope)


def _elu(x: torch.Tensor, alpha: float = 1, scale: float = 1, input_scale: float = 1) -> torch.Tensor:
    return torch.where(x > 0, x * scale, torch.expm1(x * input_scale) * (alpha * scale))


def _logit(x: torch.Tensor, eps: float | None = None) -> torch.Tensor:
    inside = x if eps is None else torch.clamp(x, eps, 1.0 - eps)
    return torch.log(inside / (1.0 - inside))


def _nanmean(x: torch.Tensor, dim: Any = None, keepdim: bool = False) -> torch.Tensor:
    dims = list(range(x.dim())) if dim is None else dim
    there = torch.sum(torch.where(torch.isnan(x), 0.0, 1.0), dims, keepdim=keepdim)
    return torch.sum(torch.where(torch.isnan(x), 0.0, x), dims, keepdim=keepdim) / there


@function(torch.nanmean, torch.Tensor.nanmean)
def _nanmean_function(
    device: Device, value: torch.Tensor, dim: Any = None, keepdim: bool = False, *, dtype: torch.dtype | None = None
) -> torch.Tensor:
    wide = _as(device, value, compute_dtype(value.dtype))
    return _as(device, device.composite(_nanmean, wide, dim, keepdim), dtype or value.dtype)


@lower(aten.native_layer_norm)
def _layer_norm(
    device: Device, func: Any, value: torch.Tensor, shape: Any, weight: Any, bias: Any, eps: float
) -> tuple[Any, Any, Any]:
    compute = compute_dtype(value.dtype)
    wide = _as(device, value, compute)
    scale, shift = (None if each is None else _as(device, each, compute) for each in (weight, bias))
    dims = list(range(value.dim() - len(shape), value.dim()))

    def normalized() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        mean = torch.mean(wide, dims, keepdim=True)
        centred = wide - mean
        rstd = torch.rsqrt(torch.mean(centred * centred, dims, keepdim=True) + eps)
        made = centred * rstd
        made = made if scale is None else made * scale
        return made if shift is None else made + shift, mean, rstd

    made, mean, rstd = device.composite(normalized)
    return _as(device, made, value.dtype), mean, rstd


@lower(aten.rms_norm)
def _rms_norm(
    device: Device, func: Any, value: torch.Tensor, shape: Any, weight: Any = None, eps: float | None = None
) -> torch.Tensor:
    compute = compute_dtype(value.dtype)
    wide, scale = _as(device, value, compute), None if weight is None else _as(device, weight, compute)
    dims = list(range(value.dim() - len(shape), value.dim()))
    least = torch.finfo(compute).eps if eps is None else eps

    def normalized() -> torch.Tensor:
        made = wide * torch.rsqrt(torch.mean(wide * wide, dims, keepdim=True) + least)
        return made if scale is None else made * scale

    return _as(device, device.composite(normalized), value.dtype)


composite(aten._softmax, _softmax)
composite(aten._log_softmax, _log_softmax)
composite(aten.logsumexp, _logsumexp)
composite(aten.gelu, _gelu)
composite(aten.silu, lambda x: x * torch.sigmoid(x))
composite(aten.softplus, _softplus)
composite(aten.leaky_relu, _leaky_relu)
composite(aten.elu, _elu)
composite(aten.logit, _logit)
composite(aten.lerp.Scalar, lambda x, end, weight: x + (end - x) * weight)
composite(aten.addcdiv, lambda x, left, right, *, value=1: x + value * left / right)
composite(aten.hardtanh, lambda x, low=-1.0, high=1.0: torch.clamp(x, low, high))


@lower(aten.log_sigmoid_forward)
def _log_sigmoid(device: Device, func: Any, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    def compute(x: torch.Tensor) -> torch.Tensor:
        return torch.clamp(x, max=0.0) - torch.log1p(torch.exp(-torch.abs(x)))

    made = _as(device, device.composite(compute, _as(device, value, compute_dtype(value.dtype))), value.dtype)
    return made, made


@lower(aten.addcmul)
def _addcmul(
    device: Device, func: Any, x: torch.Tensor, left: torch.Tensor, right: torch.Tensor, *, value: float = 1
) -> torch.Tensor:
    """x + value * left * right; integers stay integers, which a detour through floats would round."""
    result = torch.promote_types(torch.promote_types(x.dtype, left.dtype), right.dtype)
    operands = [_as(device, each, compute_dtype(result)) for each in (x, left, right)]
    return _as(device, device.composite(lambda a, b, c: a + value * b * c, *operands), result)
