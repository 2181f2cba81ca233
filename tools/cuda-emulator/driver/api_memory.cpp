// Memory, copies and fills.
#include "../functions.h"
#include "driver.h"
#include <cstring>

using namespace emulator;

namespace
{
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

EXPORT CUresult cuMemAllocHost_v2(void** pointer, std::size_t bytes)
{
    return callContext("cuMemAllocHost_v2", [&](Context& context) {
        context.refuseDuringCapture("an allocation");
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

namespace
{
void copyToDevice(Context& context, CUdeviceptr target, const void* source, std::size_t bytes, CUstream stream)
{
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
}

void copyToHost(Context& context, void* target, CUdeviceptr source, std::size_t bytes, CUstream stream)
{
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
}

void copyOnDevice(Context& context, CUdeviceptr target, CUdeviceptr source, std::size_t bytes, CUstream stream)
{
    char *to = context.memory.access(target, bytes), *from = context.memory.access(source, bytes);
    if (to < from + bytes && from < to + bytes)
        throw Failure(CUDA_ERROR_INVALID_VALUE, "source and target overlap");
    context.submit(stream, [&context, target, source, bytes] {
        std::memcpy(context.memory.access(target, bytes), context.memory.access(source, bytes), bytes);
    });
}
}

EXPORT CUresult cuMemcpyAsync(CUdeviceptr target, CUdeviceptr source, std::size_t bytes, CUstream stream)
{
    return callContext("cuMemcpyAsync", [&](Context& context) {
        bool toDevice = context.memory.mayBeAddress(target), fromDevice = context.memory.mayBeAddress(source);
        if (toDevice && fromDevice)
            copyOnDevice(context, target, source, bytes, stream);
        else if (toDevice)
            copyToDevice(context, target, reinterpret_cast<const void*>(source), bytes, stream);
        else if (fromDevice)
            copyToHost(context, reinterpret_cast<void*>(target), source, bytes, stream);
        else
            throw Failure(CUDA_ERROR_NOT_SUPPORTED, "a copy from host to host is not emulated");
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
