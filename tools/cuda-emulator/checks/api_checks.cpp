// What the driver refuses, when work runs, and what a capture forbids.
#include "checks.h"
#include <thread>

// x[thread] += n
static const char addText[] = "ld.f32 %f1, [%rd2];\ncvt.rn.f32.s32 %f2, %r1;\nadd.f32 %f1, %f1, %f2;\nst.f32 [%rd2], %f1;";

CHECK(handles_that_are_not)
{
    Session session;
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(12345));
    OK(cuStreamDestroy_v2(session.stream));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamSynchronize(session.stream));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamDestroy_v2(session.stream));
    CUevent event;
    OK(cuEventCreate(&event, 0));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuStreamDestroy_v2(event));
}

CHECK(a_thread_without_a_context)
{
    CUdeviceptr memory;
    Session session;
    std::thread([&] { EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&memory, 4)); }).join();
}

CHECK(a_context_that_was_released)
{
    {
        Session session;
    }
    CUdeviceptr memory;
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&memory, 4));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuCtxSetCurrent(0xe000'0000'0010));
}

CHECK(memory_that_is_not)
{
    Session session;
    CUdeviceptr memory = session.numbers(10), other;
    float host[11];
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyAsync(reinterpret_cast<CUdeviceptr>(host), memory, 44, session.stream));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyAsync(reinterpret_cast<CUdeviceptr>(host), memory + 4, 40, session.stream));
    OK(cuMemcpyAsync(reinterpret_cast<CUdeviceptr>(host), memory + 4, 36, session.stream));
    EXPECT(9.0f, host[8]);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory + 4));
    OK(cuMemFree_v2(memory));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyAsync(reinterpret_cast<CUdeviceptr>(host), memory, 4, session.stream));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&other, 0));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&other, std::size_t{1} << 40));
}

CHECK(a_kernel_that_gets_freed_memory_or_a_host_pointer)
{
    for (bool freed : {true, false})
    {
        Session session;
        CUfunction add = session.function(addText);
        CUdeviceptr memory = session.numbers(4);
        if (freed)
        {
            OK(cuMemFree_v2(memory));
        }
        else
            memory = reinterpret_cast<CUdeviceptr>(addText);
        EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, session.run(add, {1}, {4}, 0, memory, 1));
    }
}

CHECK(copies_from_pinned_memory_read_when_they_run)
{
    Session session;
    void* pinned;
    OK(cuMemAllocHost_v2(&pinned, 4));
    auto* value = static_cast<float*>(pinned);
    CUdeviceptr memory = session.numbers(1);
    *value = 1;
    OK(cuMemcpyAsync(memory, reinterpret_cast<CUdeviceptr>(value), 4, session.stream));
    *value = 2; // too early
    OK(cuStreamSynchronize(session.stream));
    EXPECT(2.0f, session.read(memory, 1)[0]);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyAsync(memory, reinterpret_cast<CUdeviceptr>(value), 8, session.stream));
    OK(cuMemFreeHost(pinned));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(pinned));
}

CHECK(streams_do_not_wait_for_each_other)
{
    Session session;
    CUstream other;
    CUevent event;
    OK(cuStreamCreate(&other, 1));
    OK(cuEventCreate(&event, 2));
    CUfunction add = session.function(addText);
    CUdeviceptr x = session.numbers(1);
    OK(cuStreamSynchronize(session.stream));
    struct { CUdeviceptr x, length; } view{x, 1};
    int one = 1;
    float seen = 0;
    auto host = reinterpret_cast<CUdeviceptr>(&seen);
    void* parameters[] = {&view, &one};
    OK(cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, session.stream, parameters, nullptr));
    one = 100; // the launch has its copy
    OK(cuMemcpyAsync(host, x, 4, other));
    EXPECT(0.0f, seen);
    OK(cuEventRecord(event, session.stream));
    OK(cuEventSynchronize(event));
    OK(cuMemcpyAsync(host, x, 4, other));
    EXPECT(1.0f, seen);
    float milliseconds;
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, event, event));
}

CHECK(launches_that_the_driver_refuses)
{
    Session session;
    CUfunction add = session.function(addText, 80, ".maxntid 64, 1, 1");
    CUdeviceptr x = session.numbers(64);
    EXPECT(CUDA_ERROR_INVALID_VALUE, session.run(add, {0}, {64}, 0, x, 1));
    EXPECT(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, session.run(add, {1}, {65}, 0, x, 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE, session.run(add, {1, 65536}, {64}, 0, x, 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE, session.run(add, {1}, {64}, 49153, x, 1));
    OK(cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 60000));
    OK(session.run(add, {1}, {64}, 60000, x, 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE,
        cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 227 * 1024 + 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE,
        cuLaunchKernel(add, 1, 1, 1, 64, 1, 1, 0, session.stream, nullptr, nullptr));
}

CHECK(a_graph_replays_what_was_recorded)
{
    Session session;
    CUfunction add = session.function(addText);
    CUdeviceptr x = session.numbers(1);
    struct { CUdeviceptr x, length; } view{x, 1};
    int two = 2;
    void* parameters[] = {&view, &two};
    CUgraph graph;
    CUgraphExec executable;
    OK(cuStreamSynchronize(session.stream));
    OK(cuStreamBeginCapture_v2(session.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    OK(cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, session.stream, parameters, nullptr));
    OK(cuStreamEndCapture(session.stream, &graph));
    OK(cuGraphInstantiateWithFlags(&executable, graph, 0));
    OK(cuGraphDestroy(graph));
    EXPECT(0.0f, session.read(x, 1)[0]);
    two = 50;
    OK(cuGraphLaunch(executable, session.stream));
    OK(cuGraphLaunch(executable, session.stream));
    EXPECT(4.0f, session.read(x, 1)[0]);
    OK(cuGraphExecDestroy(executable));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuGraphLaunch(executable, session.stream));
}

// Begins a capture, calls what must not be called, and finds the capture spoilt.
static void forbidden(const std::function<CUresult(Session&, CUdeviceptr)>& call, CUresult wanted)
{
    Session session;
    CUdeviceptr x = session.numbers(1);
    CUgraph graph = 1;
    OK(cuStreamSynchronize(session.stream));
    OK(cuStreamBeginCapture_v2(session.stream, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
    EXPECT(wanted, call(session, x));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(session.stream, &graph));
    EXPECT(0, static_cast<int>(graph));
    OK(cuStreamSynchronize(session.stream));
}

CHECK(what_a_capture_forbids)
{
    CUresult unsupported = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    CUdeviceptr memory;
    void* pinned;
    float host;
    forbidden([&](Session&, CUdeviceptr) { return cuMemAlloc_v2(&memory, 4); }, unsupported);
    forbidden([&](Session&, CUdeviceptr x) { return cuMemFree_v2(x); }, unsupported);
    forbidden([&](Session&, CUdeviceptr) { return cuMemAllocHost_v2(&pinned, 4); }, unsupported);
    forbidden([&](Session& session, CUdeviceptr) { return cuStreamSynchronize(session.stream); }, unsupported);
    forbidden([&](Session&, CUdeviceptr) { return cuCtxSynchronize(); }, unsupported);
    forbidden([&](Session& session, CUdeviceptr x) { return cuMemcpyAsync(reinterpret_cast<CUdeviceptr>(&host), x, 4, session.stream); }, unsupported);
    forbidden(
        [&](Session& session, CUdeviceptr) {
            CUevent event;
            OK(cuEventCreate(&event, 0));
            OK(cuEventRecord(event, session.stream));
            return cuEventSynchronize(event);
        },
        CUDA_ERROR_CAPTURED_EVENT);
    Session session;
    EXPECT(unsupported, cuStreamBeginCapture_v2(0, CU_STREAM_CAPTURE_MODE_THREAD_LOCAL));
}

CHECK(modules_of_different_kernels_stay_apart)
{
    Session session;
    CUfunction add = session.function(addText);
    CUfunction scale = session.function("ld.f32 %f1, [%rd2];\nmul.f32 %f1, %f1, 0f40400000;\nst.f32 [%rd2], %f1;");
    CUdeviceptr x = session.numbers(2);
    OK(session.run(add, {1}, {2}, 0, x, 1));
    OK(session.run(scale, {1}, {2}, 0, x));
    EXPECT(6.0f, session.read(x, 2)[1]);
}
