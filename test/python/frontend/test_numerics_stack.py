# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stack tensors: loads and stores of tensors that lie where addresses say."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.backends.triton import Target


def config(*blocks: int) -> helion.Config:
    return helion.Config(block_sizes=list(blocks))


def tensors(count: int, *shape: int, device: str, dtype: torch.dtype = torch.float32):
    """Several tensors and their addresses."""
    made = [torch.randn(shape).to(dtype).to(device) for _ in range(count)]
    return made, torch.tensor([each.data_ptr() for each in made], device=device)


@pytest.mark.covers("index: a stack tensor")
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.int32, torch.bool])
def test_loads_and_stores(dtype, device):
    @helion.kernel(config=config(8))
    def kernel(like, addresses, out):
        for tile in hl.tile(like.size(0)):
            stack = hl.stacktensor_like(like, addresses[:])
            out[:, tile, :] = stack[tile, :]
            hl.store(stack, [tile, 0], hl.load(stack, [tile, 1]))
        return out

    made, addresses = tensors(3, 13, 5, device=device, dtype=dtype)
    before = torch.stack(made)
    out = torch.empty_like(before)
    kernel(made[0], addresses, out)
    assert torch.equal(out, before)
    before[:, :, 0] = before[:, :, 1]
    assert torch.equal(torch.stack(made), before)


def test_a_tile_of_addresses_that_ends_early(device):
    @helion.kernel(config=config(4, 8))
    def kernel(like, addresses, out):
        for which, tile in hl.tile([addresses.size(0), like.size(0)]):
            stack = hl.stacktensor_like(like, addresses[which])
            value = stack[tile]
            out[which, tile] = value * 2
            stack[tile] += 1

    made, addresses = tensors(6, 21, device=device)
    before = torch.stack(made)
    out = torch.empty_like(before)
    kernel(made[0], addresses, out)
    assert torch.equal(out, before * 2)
    assert torch.equal(torch.stack(made), before + 1)


def test_gathers_scalars_shifts_and_masks(device):
    @helion.kernel(config=config(4))
    def kernel(like, addresses, index, out):
        for tile in hl.tile(index.size(0)):
            stack = hl.stacktensor_like(like, addresses[:])
            value = stack[index[tile], -1] + stack[tile + 2, 1] + stack[:, tile, None, 0][:, :, 0]
            mask = (tile.index < 5)[None, :]
            out[:, tile] = value + hl.load(stack, [0, tile], extra_mask=mask)
            hl.store(stack, [tile, 2], 7.0, extra_mask=mask)

    made, addresses = tensors(3, 9, 9, device=device)
    before = torch.stack(made)
    index = torch.tensor([3, 3, 0, 1, 8, 2, 7], device=device)
    out = before.new_empty(3, 7)
    kernel(made[0], addresses, index, out)
    expected = before[:, index, -1] + before[:, 2:9, 1] + before[:, :7, 0]
    expected[:, :5] += before[:, 0, :5]
    torch.testing.assert_close(out, expected)
    before[:, :5, 2] = 7
    assert torch.equal(torch.stack(made), before)


def test_two_dimensions_of_addresses_and_one_address(device):
    @helion.kernel(config=config(4, 8))
    def kernel(like, addresses, out):
        for which, tile in hl.tile([addresses.size(0), like.size(0)]):
            stack = hl.stacktensor_like(like, addresses[which, :])
            assert stack.ndim == 3 and stack.dtype == like.dtype and stack.shape[2] == like.size(0)
            first = hl.stacktensor_like(like, addresses[which.begin, 0])
            out[which, :, tile] = stack[tile] + first[tile] + stack.new_empty([tile])[None, None, :] * 0

    made, addresses = tensors(6, 21, device=device)
    out = torch.empty(3, 2, 21, device=device)
    kernel(made[0], addresses.reshape(3, 2), out)
    assert torch.equal(out, torch.stack(made).reshape(3, 2, 21) + made[0])


def test_strides_and_dynamic_shapes(device):
    @helion.kernel(config=config(8), static_shapes=False)
    def kernel(like, addresses, out):
        for tile in hl.tile(like.size(0)):
            stack = hl.stacktensor_like(like, addresses[:])
            out[tile] = stack[tile, 1].sum(0)

    for size in (5, 21):
        storage = torch.randn(3, 4, size, device=device)
        made = [each.t() for each in storage]
        addresses = torch.tensor([each.data_ptr() for each in made], device=device)
        out = torch.empty(size, device=device)
        kernel(made[0], addresses, out)
        torch.testing.assert_close(out, storage[:, 1].sum(0))


@pytest.mark.parametrize("indexing", ["pointer", "tensor_descriptor"])
@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_every_target_compiles_it(target, indexing):
    def kernel(like, addresses, out):
        for tile in hl.tile(like.size(0)):
            stack = hl.stacktensor_like(like, addresses[:])
            value = stack[tile, :]
            out[tile, :] = value.sum(0)
            stack[tile, :] = value * 2

    like, addresses = torch.randn(64, 32), torch.zeros(4, dtype=torch.int64)
    bound = helion.kernel(kernel).bind((like, addresses, like))
    settled = bound.config_spec.normalize(helion.Config(block_sizes=[16], indexing=indexing))
    compiled = bound.compilation.compile(settled, Target.parse(target))
    assert any(kind in compiled.asm for kind in ("cubin", "hsaco"))
    assert "tt.int_to_ptr" in bound.to_mlir(settled, stage="ttir")


def test_eager_reference_mode(device):
    @helion.kernel(ref_mode=helion.RefMode.EAGER)
    def kernel(like, addresses, out):
        for tile in hl.tile(like.size(0)):
            stack = hl.stacktensor_like(like, addresses[:])
            out[:, tile] = stack[tile, 1] + hl.load(stack, [tile, 0], extra_mask=tile.index < 4)
            stack[tile, 2] = stack[tile, 3]
            hl.store(stack, [0, 0], 5)

    made, addresses = tensors(3, 6, 5, device=device)
    before = torch.stack(made)
    out = before.new_empty(3, 6)
    kernel(made[0], addresses, out)
    expected = before[:, :, 1].clone()
    expected[:, :4] += before[:, :4, 0]
    torch.testing.assert_close(out, expected)
    before[:, :, 2] = before[:, :, 3]
    before[:, 0, 0] = 5
    assert torch.equal(torch.stack(made), before)


# ---- mistakes


def on_the_host(like, addresses):
    stack = hl.stacktensor_like(like, addresses)
    for tile in hl.tile(like.size(0)):
        like[tile] = stack[tile].sum(0)


def addresses_on_the_host(like, addresses):
    for tile in hl.tile(like.size(0)):
        like[tile] = hl.stacktensor_like(like, addresses)[tile].sum(0)


def addresses_of_a_wrong_dtype(like, addresses):
    for tile in hl.tile(like.size(0)):
        like[tile] = hl.stacktensor_like(like, addresses[:].to(torch.int32))[tile].sum(0)


def an_example_on_the_device(like, addresses):
    for tile in hl.tile(like.size(0)):
        like[tile] = hl.stacktensor_like(like[tile], addresses[:])[tile].sum(0)


def a_use_without_an_index(like, addresses):
    for tile in hl.tile(like.size(0)):
        like[tile] = (hl.stacktensor_like(like, addresses[:]) + 1)[tile].sum(0)


def an_atomic(like, addresses):
    for tile in hl.tile(like.size(0)):
        hl.atomic_add(hl.stacktensor_like(like, addresses[:]), [tile], 1)


def an_unknown_attribute(like, addresses):
    for tile in hl.tile(like.size(0)):
        like[tile] = hl.stacktensor_like(like, addresses[:]).strides


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (on_the_host, exc.StackTensorcOnHost), (addresses_on_the_host, exc.StackTensorDevPtrOnHost),
        (addresses_of_a_wrong_dtype, exc.StackTensorDevPtrDtype),
        (an_example_on_the_device, exc.StackTensorExampleOnDevice),
        (a_use_without_an_index, exc.HostTensorDirectUsage), (an_atomic, exc.BackendUnsupported),
        (an_unknown_attribute, exc.InvalidAPIUsage),
    ],
)  # fmt: skip
def test_mistakes_are_named(function, error):
    with pytest.raises(error) as caught:
        helion.kernel(function).bind((torch.randn(8), torch.zeros(3, dtype=torch.int64)))
    assert caught.value.location.function == function.__name__
