// What kernels compute, and what they must not do.
#include "checks.h"
#include <cmath>

CHECK(every_thread_runs_once)
{
    Session session;
    CUfunction add = session.function(R"(
        extern "C" __global__ void add(float* x, float value, int count)
        {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < count) x[i] += value;
        })", "add");
    CUdeviceptr x = session.numbers(100);
    OK(session.run(add, {4}, {33}, 0, x, 0.5f, 100));
    EXPECT(99.5f, session.read(x, 100)[99]);
    EXPECT(0.5f, session.read(x, 100)[0]);
}

CHECK(barriers_shared_memory_and_shuffles)
{
    Session session;
    CUfunction sum = session.function(R"(
        extern "C" __global__ void sum(float* x)
        {
            __shared__ float s[64];
            extern __shared__ float4 more[];
            s[threadIdx.x] = x[blockIdx.x * 64 + threadIdx.x];
            __syncthreads();
            float other = s[63 - threadIdx.x], all = other;
            for (int d = 16; d > 0; d /= 2) all += __shfl_xor_sync(0xffffffffu, all, d);
            if (threadIdx.x % 32 == 0) more[threadIdx.x / 32].x = all;
            int odd = __syncthreads_count(threadIdx.x % 2);
            x[blockIdx.x * 64 + threadIdx.x] = more[0].x + more[1].x + odd;
        })", "sum");
    CUdeviceptr x = session.numbers(128);
    OK(session.run(sum, {2}, {64}, 32, x));
    EXPECT(2016.0f + 32, session.read(x, 128)[5]);
    EXPECT(2016.0f + 64 * 64 + 32, session.read(x, 128)[77]);
}

CHECK(blocks_of_a_cooperative_launch_live_at_once)
{
    Session session;
    CUfunction grid = session.function(R"(
        extern "C" __global__ void exchange(float* x, unsigned* counter)
        {
            __shared__ float mine[2];
            mine[threadIdx.x] = blockIdx.x;
            x[2 * blockIdx.x + threadIdx.x] = blockIdx.x + 1;
            __syncthreads();
            if (threadIdx.x == 0)
            {
                __threadfence();
                atomicAdd(counter, 1u);
                while (*(volatile unsigned*)counter < gridDim.x) __threadfence();
            }
            __syncthreads();
            float next = x[2 * ((blockIdx.x + 1) % gridDim.x)];
            atomicAdd(counter, 1u);
            while (atomicAdd(counter, 0u) < 3 * gridDim.x) {}
            x[2 * blockIdx.x + threadIdx.x] = 10 * mine[threadIdx.x] + next;
        })", "exchange");
    CUdeviceptr x = session.numbers(6), counter = session.numbers(1);
    void* parameters[] = {&x, &counter};
    OK(cuLaunchCooperativeKernel(grid, 3, 1, 1, 2, 1, 1, 0, session.stream, parameters));
    EXPECT(21.0f, session.read(x, 6)[4]);
    EXPECT(2.0f, session.read(x, 6)[1]);
    EXPECT(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
        cuLaunchCooperativeKernel(grid, 132 * 32 + 1, 1, 1, 2, 1, 1, 0, session.stream, parameters));
}

// A kernel that goes wrong, and the error that stays from then on.
static void spoils(const char* body, CUresult wanted)
{
    Session session;
    CUfunction kernel = session.function(std::string(R"(extern "C" __global__ void spoil(float* x, int n) {)") + body + "}",
        "spoil");
    CUdeviceptr x = session.numbers(64);
    EXPECT(wanted, session.run(kernel, {2}, {64}, 0, x, 64));
    std::size_t free, total;
    EXPECT(wanted, cuMemGetInfo_v2(&free, &total));
    EXPECT(wanted, cuStreamSynchronize(session.stream));
}

CHECK(a_write_behind_an_allocation) { spoils("x[threadIdx.x + 1] = 0;", CUDA_ERROR_ILLEGAL_ADDRESS); }
CHECK(a_read_before_an_allocation) { spoils("x[0] = x[threadIdx.x - 4096];", CUDA_ERROR_ILLEGAL_ADDRESS); }
CHECK(a_write_just_before_an_allocation) { spoils("if (threadIdx.x == 0) x[-1] = 0;", CUDA_ERROR_ILLEGAL_ADDRESS); }
CHECK(a_misaligned_access) { spoils("((float4*)(x + 1))->x = 0;", CUDA_ERROR_MISALIGNED_ADDRESS); }
CHECK(an_index_outside_a_shared_array)
{
    spoils("__shared__ float s[8]; s[threadIdx.x / n * 8 + 8] = 1; x[0] = s[0];", CUDA_ERROR_ILLEGAL_ADDRESS);
}
CHECK(a_thread_that_misses_a_barrier)
{
    spoils("if (threadIdx.x == 7) return; __syncthreads();", CUDA_ERROR_LAUNCH_FAILED);
}
CHECK(a_warp_that_is_torn)
{
    spoils("if (threadIdx.x < 5) x[0] = __shfl_sync(~0u, x[1], 0); else __syncthreads();", CUDA_ERROR_LAUNCH_FAILED);
}
CHECK(a_lane_outside_its_mask) { spoils("__syncwarp(0xffu);", CUDA_ERROR_LAUNCH_FAILED); }
CHECK(a_thread_that_polls_for_ever)
{
    spoils("while (atomicAdd((int*)x, 0) == 0) {}", CUDA_ERROR_LAUNCH_TIMEOUT);
}
CHECK(a_stack_that_overflows) { spoils("float big[100000]; for (int i = 0; i < n * 1000; i++) big[i] = x[0]; x[1] = big[n];",
    CUDA_ERROR_LAUNCH_FAILED); }
CHECK(a_division_by_zero) { spoils("x[0] = n / ((int)threadIdx.x * 0);", CUDA_ERROR_LAUNCH_FAILED); }

CHECK(what_nobody_wrote_is_nan)
{
    Session session;
    CUfunction kernel = session.function(
        "extern \"C\" __global__ void get(float* x) { __shared__ float s[4]; x[0] = s[threadIdx.x]; }", "get");
    CUdeviceptr memory;
    OK(cuMemAlloc_v2(&memory, 8));
    OK(session.run(kernel, {1}, {1}, 0, memory));
    std::vector<float> values = session.read(memory, 2);
    EXPECT(true, std::isnan(values[0]) && std::isnan(values[1]));
}

CHECK(inline_ptx)
{
    Session session;
    CUfunction kernel = session.function(R"(
        extern "C" __global__ void lanes(unsigned* x)
        {
            unsigned lane, next;
            asm volatile("mov.u32 %0, %%laneid;" : "=r"(lane));
            asm("{\n\t.reg .u32 one;\n\tmov.u32 one, 1;\n\tadd.u32 %0, %1, one;\n}" : "=r"(next) : "r"(lane * 10));
            x[threadIdx.x] = next;
        })", "lanes");
    CUdeviceptr x = session.numbers(40);
    OK(session.run(kernel, {1}, {40}, 0, x));
    EXPECT(71, __builtin_bit_cast(int, session.read(x, 40)[39]));
    std::string log, cubin, ptx;
    EXPECT(NVRTC_ERROR_COMPILATION, compileText(
        "extern \"C\" __global__ void f() { asm volatile(\"wgmma.fence.sync.aligned;\"); }", {}, log, cubin, ptx));
    EXPECT(true, log.find("ptx_wgmma_fence_sync_aligned") != std::string::npos);
}

CHECK(asynchronous_copies_arrive_at_the_wait)
{
    Session session;
    CUfunction kernel = session.function(R"(
        extern "C" __global__ void copy(float* x)
        {
            __shared__ float s[8];
            unsigned to;
            float* target = s + threadIdx.x;
            asm("{ .reg .u64 wide; cvta.to.shared.u64 wide, %1; cvt.u32.u64 %0, wide; }" : "=r"(to) : "l"(target));
            asm volatile("cp.async.ca.shared.global [%0], [%1], 4;" : : "r"(to), "l"(x + threadIdx.x) : "memory");
            asm volatile("cp.async.commit_group;" : : : "memory");
            asm volatile("cp.async.ca.shared.global [%0+16], [%1], 4;" : : "r"(to), "l"(x + threadIdx.x) : "memory");
            asm volatile("cp.async.commit_group;" : : : "memory");
            asm volatile("cp.async.wait_group %0;" : : "n"(1) : "memory");
            __syncthreads();
            float early = s[4 + threadIdx.x];
            x[threadIdx.x] = 10 * s[3 - threadIdx.x] + isnan(early);
        })", "copy");
    CUdeviceptr x = session.numbers(4);
    OK(session.run(kernel, {1}, {4}, 0, x));
    EXPECT(31.0f, session.read(x, 4)[0]);
    EXPECT(1.0f, session.read(x, 4)[3]);
}

CHECK(a_warp_multiplies_matrices)
{
    Session session;
    CUfunction kernel = session.function(R"(
        extern "C" __global__ void multiply(float* x)
        {
            // a[row][k] = row + 2k, b[k][column] = k - column
            int g = threadIdx.x / 4, t = threadIdx.x % 4;
            unsigned a[4], b[2];
            for (int i = 0; i < 4; i++) a[i] = __float_as_uint(g + i % 2 * 8 + 2 * (t + i / 2 * 4));
            for (int i = 0; i < 2; i++) b[i] = __float_as_uint(t + i * 4 - g);
            float d[4], c = 0.5f;
            asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %11, %12, %13};"
                : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])
                : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c), "f"(c), "f"(c), "f"(c));
            for (int i = 0; i < 4; i++) x[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = d[i];
        })", "multiply");
    CUdeviceptr x = session.numbers(128);
    OK(session.run(kernel, {1}, {32}, 0, x));
    std::vector<float> product = session.read(x, 128);
    for (int row = 0; row < 16; row++)
        for (int column = 0; column < 8; column++)
        {
            float sum = 0.5f;
            for (int k = 0; k < 8; k++)
                sum += static_cast<float>((row + 2 * k) * (k - column));
            EXPECT(sum, product[static_cast<std::size_t>(row * 8 + column)]);
        }
}

CHECK(an_instruction_of_a_later_architecture_is_refused_where_it_is_used)
{
    std::string commit = "static __device__ void commit() { asm volatile(\"cp.async.commit_group;\"); }";
    std::string kernel = "extern \"C\" __global__ void f() { ", log, cubin, ptx;
    EXPECT(NVRTC_ERROR_COMPILATION,
        compileText(commit + kernel + "commit(); }", {"--gpu-architecture=sm_75"}, log, cubin, ptx));
    EXPECT(true, log.find("needs sm_80") != std::string::npos);
    EXPECT(NVRTC_SUCCESS, compileText(commit + kernel + "commit(); }", {"--gpu-architecture=sm_80"}, log, cubin, ptx));
    EXPECT(NVRTC_SUCCESS, compileText(commit + kernel + "}", {"--gpu-architecture=sm_75"}, log, cubin, ptx));
}
