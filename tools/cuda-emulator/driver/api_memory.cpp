// Memory, copies and fills.
#include "../functions.h"
#include "driver.h"
#include <cstring>

using namespace emulator;

namespace
{
constexpr CUmemoryPool defaultPool = 0xe700'0000'0000;

void checkPool(CUmemoryPool pool)
{
    if (pool != defaultPool)
        throw Failure(CUDA_ERROR_INVALID_HANDLE, "no memory pool");
}

CUdeviceptr allocate(Context& context, std::size_t bytes)
{
    if (bytes > context.memory.capacity() - context.memory.used())
        context.runAll(); // what is freed in a stream comes back
    return context.memory.allocate(bytes);
}

void checkHost(const void* pointer, std::size_t bytes)
{
    if (pointer == nullptr && bytes > 0)
        throw Failure(CUDA_ERROR_INVALID_VALUE, "no host memory");
}

// Pageable memory is read and written while the call lasts, and may move afterwards: a graph must not keep it.
void refusePageable(Context& context, CUstream stream)
{
    if (std::shared_ptr<Capture> capture = context.stream(stream)->capture)
        context.spoil(*capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "a copy of pageable memory while its stream is captured");
}
}

EXPORT CUresult cuMemGetInfo_v2(std::size_t* free, std::size_t* total)
{
    return callContext("cuMemGetInfo_v2", [&](Context& context) {
        result(free) = context.memory.capacity() - context.memory.used();
        result(total) = context.memory.capacity();
    });
}

EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* address, std::size_t bytes)
{
    return callContext("cuMemAlloc_v2", [&](Context& context) {
        context.refuseDuringCapture("an allocation");
        result(address) = allocate(context, bytes);
    });
}

EXPORT CUresult cuMemFree_v2(CUdeviceptr address)
{
    return callContext("cuMemFree_v2", [&](Context& context) {
        context.refuseDuringCapture("freeing memory");
        context.runAll();
        context.memory.free(address);
    });
}

EXPORT CUresult cuMemAllocAsync(CUdeviceptr* address, std::size_t bytes, CUstream stream)
{
    return callContext("cuMemAllocAsync", [&](Context& context) {
        if (std::shared_ptr<Capture> capture = context.stream(stream)->capture)
            context.spoil(*capture, CUDA_ERROR_NOT_SUPPORTED, "an allocation in a graph is not emulated");
        result(address) = allocate(context, bytes);
    });
}

EXPORT CUresult cuMemFreeAsync(CUdeviceptr address, CUstream stream)
{
    return callContext("cuMemFreeAsync", [&](Context& context) {
        if (std::shared_ptr<Capture> capture = context.stream(stream)->capture)
            context.spoil(*capture, CUDA_ERROR_INVALID_VALUE, "memory is freed that the graph did not allocate");
        context.memory.checkStart(address);
        context.submit(stream, [&context, address] { context.memory.free(address); });
    });
}

EXPORT CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice device)
{
    return call("cuDeviceGetDefaultMemPool", Needs::Initialised, [&] {
        Driver::instance().checkDevice(device);
        result(pool) = defaultPool;
    });
}

EXPORT CUresult cuMemPoolSetAttribute(CUmemoryPool pool, CUmemPool_attribute attribute, void* value)
{
    return call("cuMemPoolSetAttribute", Needs::Initialised, [&] {
        checkPool(pool);
        if (attribute != CU_MEMPOOL_ATTR_RELEASE_THRESHOLD || value == nullptr)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "attribute " + std::to_string(attribute) + " of a pool");
    });
}

EXPORT CUresult cuMemPoolTrimTo(CUmemoryPool pool, std::size_t)
{
    return call("cuMemPoolTrimTo", Needs::Initialised, [&] { checkPool(pool); });
}

EXPORT CUresult cuMemHostAlloc(void** pointer, std::size_t bytes, unsigned flags)
{
    return callContext("cuMemHostAlloc", [&](Context& context) {
        context.refuseDuringCapture("an allocation");
        if (flags > 7)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "flags");
        result(pointer) = context.memory.allocateHost(bytes);
    });
}

EXPORT CUresult cuMemFreeHost(void* pointer)
{
    return callContext("cuMemFreeHost", [&](Context& context) {
        context.refuseDuringCapture("freeing memory");
        context.runAll();
        context.memory.freeHost(pointer);
    });
}

EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void* source, std::size_t bytes, CUstream stream)
{
    return callContext("cuMemcpyHtoDAsync_v2", [&](Context& context) {
        checkHost(source, bytes);
        context.memory.access(target, bytes);
        if (context.memory.isPinned(source, bytes))
        {
            context.submit(stream, [&context, target, source, bytes] {
                char* to = context.memory.access(target, bytes);
                if (!context.memory.isPinned(source, bytes))
                    throw Failure(CUDA_ERROR_ILLEGAL_ADDRESS, "pinned memory was freed before its copy");
                std::memcpy(to, source, bytes);
            });
            return;
        }
        refusePageable(context, stream);
        const auto* first = static_cast<const char*>(source);
        context.submit(stream, [&context, target, kept = std::vector<char>(first, first + bytes)] {
            std::memcpy(context.memory.access(target, kept.size()), kept.data(), kept.size());
        });
    });
}

EXPORT CUresult cuMemcpyDtoHAsync_v2(void* target, CUdeviceptr source, std::size_t bytes, CUstream stream)
{
    return callContext("cuMemcpyDtoHAsync_v2", [&](Context& context) {
        checkHost(target, bytes);
        context.memory.access(source, bytes);
        bool pinned = context.memory.isPinned(target, bytes);
        if (!pinned)
            refusePageable(context, stream);
        context.submit(stream, [&context, target, source, bytes, pinned] {
            char* from = context.memory.access(source, bytes);
            if (pinned && !context.memory.isPinned(target, bytes))
                throw Failure(CUDA_ERROR_ILLEGAL_ADDRESS, "pinned memory was freed before its copy");
            std::memcpy(target, from, bytes);
        });
        if (!pinned)
            context.run([&] { context.stream(stream)->runAll(); });
    });
}

EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source, std::size_t bytes, CUstream stream)
{
    return callContext("cuMemcpyDtoDAsync_v2", [&](Context& context) {
        char *to = context.memory.access(target, bytes), *from = context.memory.access(source, bytes);
        if (to < from + bytes && from < to + bytes)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "source and target overlap");
        context.submit(stream, [&context, target, source, bytes] {
            std::memcpy(context.memory.access(target, bytes), context.memory.access(source, bytes), bytes);
        });
    });
}

EXPORT CUresult cuMemsetD8Async(CUdeviceptr target, unsigned char value, std::size_t bytes, CUstream stream)
{
    return callContext("cuMemsetD8Async", [&](Context& context) {
        context.memory.access(target, bytes);
        context.submit(stream, [&context, target, value, bytes] {
            std::memset(context.memory.access(target, bytes), value, bytes);
        });
    });
}
