// What kernels compute, and what they must not do.
#include "checks.h"
#include <cmath>

CHECK(every_thread_runs_once)
{
    Session session;
    CUfunction add = session.function(R"(
        mov.u32 %r3, %ctaid.x;
        mov.u32 %r4, %ntid.x;
        mad.lo.s32 %r5, %r3, %r4, %r2;
        setp.ge.s32 %p1, %r5, %r1;
        @%p1 bra L_END;
        mad.wide.u32 %rd5, %r5, 4, %rd1;
        ld.f32 %f1, [%rd5];
        add.f32 %f1, %f1, 0f3F000000;
        st.f32 [%rd5], %f1;
    L_END:)");
    CUdeviceptr x = session.numbers(100);
    OK(session.run(add, {4}, {33}, 0, x, 100));
    EXPECT(99.5f, session.read(x, 100)[99]);
    EXPECT(0.5f, session.read(x, 100)[0]);
}

CHECK(barriers_shared_memory_and_shuffles)
{
    Session session;
    CUfunction sum = session.function(R"(
        ld.f32 %f1, [%rd2];
        st.shared.f32 [%rd4], %f1;
        bar.sync 0;
        mov.u32 %r3, 63;
        sub.s32 %r3, %r3, %r2;
        mad.wide.u32 %rd5, %r3, 4, %rd3;
        ld.shared.f32 %f2, [%rd5];
        shfl.sync.bfly.b32 %f3, %f2, 1, 31, 0xffffffff;
        shfl.sync.down.b32 %f4, %f2, 2, 31, 0xffffffff;
        add.f32 %f5, %f3, %f4;
        st.f32 [%rd2], %f5;)");
    CUdeviceptr x = session.numbers(64);
    OK(session.run(sum, {1}, {64}, 0, x));
    std::vector<float> all = session.read(x, 64);
    EXPECT(62.0f + 61.0f, all[0]);  // lane 0 reads lanes 1 and 2 of 63, 62, 61, ...
    EXPECT(33.0f + 32.0f, all[31]); // past the warp's end: its own
}

CHECK(vectors_and_dynamic_shared_memory)
{
    Session session;
    CUfunction turn = session.function(R"(
        mul.wide.u32 %rd5, %r2, 16;
        add.u64 %rd6, %rd1, %rd5;
        mov.b64 %rd7, dynamic;
        add.u64 %rd7, %rd7, %rd5;
        ld.v4.f32 {%f1, %f2, %f3, %f4}, [%rd6];
        st.shared.v4.f32 [%rd7], {%f4, %f3, %f2, %f1};
        ld.shared.v2.f32 {%f5, %f6}, [%rd7+8];
        st.v2.f32 [%rd6+8], {%f5, %f6};)");
    CUdeviceptr x = session.numbers(8);
    OK(session.run(turn, {1}, {2}, 32, x));
    std::vector<float> read = session.read(x, 8);
    EXPECT(5.0f, read[5]);
    EXPECT(5.0f, read[6]);
    EXPECT(4.0f, read[7]);
}

CHECK(blocks_of_a_cooperative_launch_live_at_once)
{
    Session session;
    CUfunction grid = session.function(R"(
        mov.u32 %r3, %nctaid.x;
        atom.add.u32 %r4, [%rd1], 1;
    L_WAIT:
        ld.acquire.gpu.b32 %r5, [%rd1];
        setp.lt.u32 %p1, %r5, %r3;
        @%p1 bra L_WAIT;
        bar.sync 0;
        mov.u32 %r6, %ctaid.x;
        mad.wide.u32 %rd5, %r6, 4, %rd1;
        st.b32 [%rd5+4], %r5;)");
    CUdeviceptr x = session.numbers(4);
    struct { CUdeviceptr x, length; } view{x, 4};
    int n = 0;
    void* parameters[] = {&view, &n};
    OK(cuLaunchCooperativeKernel(grid, 3, 1, 1, 1, 1, 1, 0, session.stream, parameters));
    EXPECT(3, __builtin_bit_cast(int, session.read(x, 4)[3]));
    EXPECT(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE,
        cuLaunchCooperativeKernel(grid, 132 * 32 + 1, 1, 1, 2, 1, 1, 0, session.stream, parameters));
}

// A kernel that goes wrong, and the error that stays from then on.
static void spoils(const char* body, CUresult wanted)
{
    Session session;
    CUfunction kernel = session.function(body);
    CUdeviceptr x = session.numbers(64);
    EXPECT(wanted, session.run(kernel, {2}, {64}, 0, x, 64));
    std::size_t free, total;
    EXPECT(wanted, cuMemGetInfo_v2(&free, &total));
    EXPECT(wanted, cuStreamSynchronize(session.stream));
}

CHECK(a_write_behind_an_allocation) { spoils("st.f32 [%rd2+4], %f1;", CUDA_ERROR_ILLEGAL_ADDRESS); }
CHECK(a_write_before_an_allocation) { spoils("st.f32 [%rd2+-4], %f1;", CUDA_ERROR_ILLEGAL_ADDRESS); }
CHECK(a_misaligned_access) { spoils("st.v4.f32 [%rd1+4], {%f1, %f1, %f1, %f1};", CUDA_ERROR_MISALIGNED_ADDRESS); }
CHECK(a_write_outside_shared_memory) { spoils("st.shared.f32 [%rd4+4], %f1;", CUDA_ERROR_LAUNCH_FAILED); }
CHECK(a_thread_that_misses_a_barrier)
{
    spoils("setp.eq.s32 %p1, %r2, 7;\n@%p1 ret;\nbar.sync 0;", CUDA_ERROR_LAUNCH_FAILED);
}
CHECK(a_warp_that_is_torn)
{
    spoils("setp.lt.s32 %p1, %r2, 5;\n@%p1 bra L_1;\nbar.sync 0;\nret;\nL_1:\n"
        "shfl.sync.idx.b32 %f1, %f1, 0, 31, 0xffffffff;", CUDA_ERROR_LAUNCH_FAILED);
}
CHECK(a_lane_outside_its_mask) { spoils("bar.warp.sync 0xff;", CUDA_ERROR_LAUNCH_FAILED); }
CHECK(a_thread_that_polls_for_ever)
{
    spoils("L_1:\natom.add.u32 %r3, [%rd1], 0;\nsetp.eq.s32 %p1, %r3, 0;\n@%p1 bra L_1;", CUDA_ERROR_LAUNCH_TIMEOUT);
}
CHECK(a_division_by_zero)
{
    spoils("mul.lo.s32 %r3, %r2, 0;\ndiv.s32 %r4, %r1, %r3;\nst.b32 [%rd1], %r4;", CUDA_ERROR_LAUNCH_FAILED);
}

CHECK(what_nobody_wrote_is_nan)
{
    Session session;
    CUfunction kernel = session.function("ld.shared.f32 %f1, [%rd4];\nst.f32 [%rd2], %f1;");
    CUdeviceptr memory;
    OK(cuMemAlloc_v2(&memory, 8));
    OK(session.run(kernel, {1}, {1}, 0, memory));
    std::vector<float> values = session.read(memory, 2);
    EXPECT(true, std::isnan(values[0]) && std::isnan(values[1]));
}

CHECK(asynchronous_copies_arrive_at_the_wait)
{
    Session session;
    CUfunction kernel = session.function(R"(
        cp.async.ca.shared.global [%rd4], [%rd2], 4;
        cp.async.commit_group;
        cp.async.ca.shared.global [%rd4+16], [%rd2], 4, 0;
        cp.async.commit_group;
        cp.async.wait_group 1;
        bar.sync 0;
        ld.shared.f32 %f1, [%rd4];
        ld.shared.f32 %f2, [%rd4+16];
        testp.notanumber.f32 %p1, %f2;
        cp.async.wait_group 0;
        ld.shared.f32 %f2, [%rd4+16];
        selp.f32 %f3, %f1, 0f42C80000, %p1;
        add.f32 %f3, %f3, %f2;
        st.f32 [%rd2], %f3;)");
    CUdeviceptr x = session.numbers(4);
    OK(session.run(kernel, {1}, {4}, 0, x));
    EXPECT(0.0f, session.read(x, 4)[0]);
    EXPECT(3.0f, session.read(x, 4)[3]);
}

CHECK(a_warp_multiplies_matrices)
{
    Session session;
    // a[row][k] = row, b[k][column] = k: d = 28 row + 0.5
    CUfunction kernel = session.function(R"(
        shr.u32 %r3, %r2, 2;
        and.b32 %r4, %r2, 3;
        cvt.rn.f32.u32 %f1, %r3;
        add.f32 %f2, %f1, 0f41000000;
        cvt.rn.f32.u32 %f3, %r4;
        add.f32 %f4, %f3, 0f40800000;
        cvt.rna.tf32.f32 %r5, %f1;
        cvt.rna.tf32.f32 %r6, %f2;
        cvt.rna.tf32.f32 %r7, %f3;
        cvt.rna.tf32.f32 %r8, %f4;
        mov.f32 %f9, 0f3F000000;
        mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%f5, %f6, %f7, %f8}, {%r5, %r6, %r5, %r6}, {%r7, %r8},
            {%f9, %f9, %f9, %f9};
        mul.wide.u32 %rd5, %r3, 32;
        mad.wide.u32 %rd5, %r4, 8, %rd5;
        add.u64 %rd5, %rd5, %rd1;
        st.v2.f32 [%rd5], {%f5, %f6};
        st.v2.f32 [%rd5+256], {%f7, %f8};)");
    CUdeviceptr x = session.numbers(128);
    OK(session.run(kernel, {1}, {32}, 0, x));
    std::vector<float> product = session.read(x, 128);
    for (int i = 0; i < 128; i++)
        EXPECT(28.0f * static_cast<float>(i / 8) + 0.5f, product[static_cast<std::size_t>(i)]);
}

CHECK(what_is_not_known_or_not_there_is_refused)
{
    Session session;
    CUmodule module;
    auto load = [&](const std::string& text) { return cuModuleLoadData(&module, text.c_str()); };
    EXPECT(CUDA_ERROR_INVALID_PTX, load(moduleText("wgmma.fence.sync.aligned;")));
    EXPECT(CUDA_ERROR_INVALID_PTX, load(moduleText("ld.global.b32 %r3, [nowhere];")));
    EXPECT(CUDA_ERROR_INVALID_PTX, load(moduleText("cp.async.commit_group;", 75)));
    OK(load(moduleText("cp.async.commit_group;", 80)));
    EXPECT(CUDA_ERROR_NO_BINARY_FOR_GPU, load(moduleText("ret;", 100)));
    EXPECT(CUDA_ERROR_INVALID_PTX, load("no PTX"));
    char log[1000] = "";
    CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
    void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
    EXPECT(CUDA_ERROR_INVALID_PTX, cuModuleLoadDataEx(&module, moduleText("tcgen05.alloc;").c_str(), 2, options, values));
    EXPECT(true, std::string(log).find("tcgen05") != std::string::npos);
}
