// Checks the emulator itself: that it computes, and that it refuses what a GPU or its driver refuses.
#include "checks.h"
#include <cstring>

std::vector<Check>& checks()
{
    static std::vector<Check> all;
    return all;
}

Session::Session()
{
    OK(cuInit(0));
    OK(cuCtxCreate_v2(&context, 0, 0));
    OK(cuStreamCreate(&stream, 1));
}

Session::~Session()
{
    OK(cuCtxDestroy_v2(context));
}

std::string moduleText(const std::string& body, int target, const char* after)
{
    return ".version 7.8\n.target sm_" + std::to_string(target) + R"(
.address_size 64
.extern .shared .align 16 .b8 dynamic[];
.visible .entry check(.param .align 8 .b8 x[16], .param .b32 n) )" + after + R"(
{
    .reg .pred %p<40>;
    .reg .b32 %r<40>;
    .reg .b64 %rd<40>;
    .reg .f32 %f<40>;
    .shared .align 16 .b8 s[256];
    ld.param.b64 %rd1, [x];
    ld.param.b32 %r1, [n];
    mov.u32 %r2, %tid.x;
    mad.wide.u32 %rd2, %r2, 4, %rd1;
    mov.b64 %rd3, s;
    mad.wide.u32 %rd4, %r2, 4, %rd3;
)" + body + "\n    ret;\n}\n";
}

CUfunction Session::function(const std::string& body, int target, const char* after)
{
    CUmodule module;
    CUfunction function = 0;
    OK(cuModuleLoadData(&module, moduleText(body, target, after).c_str()));
    OK(cuModuleGetFunction(&function, module, "check"));
    return function;
}

CUresult Session::run(CUfunction function, Dim grid, Dim block, unsigned shared, CUdeviceptr x, int n)
{
    // As ILGPU gives them: one after the other in a buffer.
    struct { CUdeviceptr x, length; int n; } parameters{x, 0, n};
    std::size_t bytes = 20;
    void* extra[] = {reinterpret_cast<void*>(1), &parameters, reinterpret_cast<void*>(2), &bytes, nullptr};
    CUresult code = cuLaunchKernel(
        function, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared, stream, nullptr, extra);
    return code == CUDA_SUCCESS ? cuStreamSynchronize(stream) : code;
}

CUdeviceptr Session::numbers(int count)
{
    std::vector<float> values;
    for (int i = 0; i < count; i++)
        values.push_back(static_cast<float>(i));
    CUdeviceptr memory = 0;
    OK(cuMemAlloc_v2(&memory, values.size() * sizeof(float)));
    OK(cuMemcpyAsync(memory, reinterpret_cast<CUdeviceptr>(values.data()), values.size() * sizeof(float), stream));
    return memory;
}

std::vector<float> Session::read(CUdeviceptr source, int count)
{
    std::vector<float> values(static_cast<std::size_t>(count));
    OK(cuMemcpyAsync(reinterpret_cast<CUdeviceptr>(values.data()), source, values.size() * sizeof(float), stream));
    return values;
}

int main(int count, char** arguments)
{
    int run = 0;
    for (const Check& check : checks())
        if (count < 2 || std::strcmp(arguments[1], check.name) == 0)
        {
            int before = g_failures;
            check.body();
            run++;
            if (g_failures > before)
                std::printf("%s failed\n", check.name);
        }
    std::printf("%d checks of the emulator, %d expectations failed\n", run, g_failures);
    return g_failures == 0 && run > 0 ? 0 : 1;
}
