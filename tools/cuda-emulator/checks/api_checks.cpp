// What the driver and NVRTC refuse, when work runs, and what a capture forbids.
#include "checks.h"
#include <cstring>
#include <thread>

static const char addText[] = R"(
    extern "C" __global__ void add(float* x, float value) { x[threadIdx.x] += value; })";

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
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuDevicePrimaryCtxRelease_v2(0));
}

CHECK(memory_that_is_not)
{
    Session session;
    CUdeviceptr memory = session.numbers(10), other;
    float host[11];
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoHAsync_v2(host, memory, 44, session.stream));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoHAsync_v2(host, memory + 4, 40, session.stream));
    OK(cuMemcpyDtoHAsync_v2(host, memory + 4, 36, session.stream));
    EXPECT(9.0f, host[8]);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory + 4));
    OK(cuMemFree_v2(memory));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(memory));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyDtoHAsync_v2(host, memory, 4, session.stream));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&other, 0));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&other, std::size_t{1} << 40));
}

CHECK(a_kernel_that_gets_freed_memory_or_a_host_pointer)
{
    for (bool freed : {true, false})
    {
        Session session;
        CUfunction add = session.function(addText, "add");
        CUdeviceptr memory = session.numbers(4);
        if (freed)
        {
            OK(cuMemFree_v2(memory));
        }
        else
            memory = reinterpret_cast<CUdeviceptr>(addText);
        EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, session.run(add, {1}, {4}, 0, memory, 1.0f));
    }
}

CHECK(copies_from_pinned_memory_read_when_they_run)
{
    Session session;
    void* pinned;
    OK(cuMemHostAlloc(&pinned, 4, 1));
    auto* value = static_cast<float*>(pinned);
    CUdeviceptr memory = session.numbers(1);
    *value = 1;
    OK(cuMemcpyHtoDAsync_v2(memory, value, 4, session.stream));
    *value = 2; // too early
    OK(cuStreamSynchronize(session.stream));
    EXPECT(2.0f, session.read(memory, 1)[0]);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoDAsync_v2(memory, value, 8, session.stream));
    OK(cuMemFreeHost(pinned));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFreeHost(pinned));
}

CHECK(streams_wait_for_events_and_not_for_each_other)
{
    Session session;
    CUstream other;
    CUevent event;
    OK(cuStreamCreate(&other, 1));
    OK(cuEventCreate(&event, 2));
    CUfunction add = session.function(addText, "add");
    CUdeviceptr x = session.numbers(1);
    OK(cuStreamSynchronize(session.stream));
    float one = 1, seen = 0;
    void* parameters[] = {&x, &one};
    OK(cuLaunchKernel(add, 1, 1, 1, 1, 1, 1, 0, session.stream, parameters, nullptr));
    one = 100; // the launch has its copy
    OK(cuMemcpyDtoHAsync_v2(&seen, x, 4, other));
    EXPECT(0.0f, seen);
    OK(cuEventRecord(event, session.stream));
    OK(cuStreamWaitEvent(other, event, 0));
    OK(cuMemcpyDtoHAsync_v2(&seen, x, 4, other));
    EXPECT(1.0f, seen);
    float milliseconds;
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuEventElapsedTime(&milliseconds, event, event));
}

CHECK(launches_that_the_driver_refuses)
{
    Session session;
    CUfunction add = session.function(addText, "add", {"-DGROUP_X=64", "-DGROUP_Y=1", "-DGROUP_Z=1"});
    CUdeviceptr x = session.numbers(64);
    EXPECT(CUDA_ERROR_INVALID_VALUE, session.run(add, {0}, {64}, 0, x, 1.0f));
    EXPECT(CUDA_ERROR_INVALID_VALUE, session.run(add, {1}, {32}, 0, x, 1.0f));
    EXPECT(CUDA_ERROR_INVALID_VALUE, session.run(add, {1, 65536}, {64}, 0, x, 1.0f));
    EXPECT(CUDA_ERROR_INVALID_VALUE, session.run(add, {1}, {64}, 49153, x, 1.0f));
    OK(cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 60000));
    OK(session.run(add, {1}, {64}, 60000, x, 1.0f));
    EXPECT(CUDA_ERROR_INVALID_VALUE,
        cuFuncSetAttribute(add, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 227 * 1024 + 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE,
        cuLaunchKernel(add, 1, 1, 1, 64, 1, 1, 0, session.stream, nullptr, nullptr));
}

CHECK(a_graph_replays_what_was_recorded)
{
    Session session;
    CUfunction add = session.function(addText, "add");
    CUdeviceptr x = session.numbers(1);
    float two = 2;
    void* parameters[] = {&x, &two};
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
    forbidden([&](Session&, CUdeviceptr) { return cuMemHostAlloc(&pinned, 4, 0); }, unsupported);
    forbidden([&](Session& session, CUdeviceptr) { return cuStreamSynchronize(session.stream); }, unsupported);
    forbidden([&](Session&, CUdeviceptr) { return cuCtxSynchronize(); }, unsupported);
    forbidden([&](Session& session, CUdeviceptr x) { return cuMemcpyDtoHAsync_v2(&host, x, 4, session.stream); }, unsupported);
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

CHECK(nvrtc_refuses_and_explains)
{
    std::string log, cubin, ptx;
    EXPECT(NVRTC_ERROR_INVALID_OPTION, compileText(addText, {"--gpu-architecture=sm_91"}, log, cubin, ptx));
    EXPECT(NVRTC_ERROR_INVALID_OPTION, compileText(addText, {"-O3"}, log, cubin, ptx));
    EXPECT(true, log.find("-O3") != std::string::npos);
    EXPECT(NVRTC_ERROR_COMPILATION, compileText("extern \"C\" __global__ void f() { unknown(); }", {}, log, cubin, ptx));
    EXPECT(true, log.find("unknown") != std::string::npos);
    EXPECT(NVRTC_SUCCESS, compileText(addText, {"--gpu-architecture=compute_75"}, log, cubin, ptx));
    EXPECT(true, cubin.empty() && !ptx.empty());
    Session session;
    CUmodule module;
    OK(cuModuleLoadData(&module, ptx.data()));
    CUfunction function;
    EXPECT(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&function, module, "subtract"));
    ptx[ptx.size() / 2] ^= 1;
    EXPECT(CUDA_ERROR_INVALID_PTX, cuModuleLoadData(&module, ptx.data()));
    EXPECT(NVRTC_SUCCESS, compileText(addText, {"--gpu-architecture=sm_80"}, log, cubin, ptx));
    EXPECT(CUDA_ERROR_NO_BINARY_FOR_GPU, cuModuleLoadData(&module, cubin.data()));
    EXPECT(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, addText));
}

CHECK(modules_of_different_kernels_stay_apart)
{
    Session session;
    CUfunction add = session.function(addText, "add");
    CUfunction scale = session.function("extern \"C\" __global__ void scale(float* x) { x[threadIdx.x] *= 3; }", "scale");
    CUdeviceptr x = session.numbers(2);
    OK(session.run(add, {1}, {2}, 0, x, 1.0f));
    OK(session.run(scale, {1}, {2}, 0, x));
    EXPECT(6.0f, session.read(x, 2)[1]);
}
