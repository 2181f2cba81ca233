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
    CUcontext context;
    OK(cuInit(0));
    OK(cuDevicePrimaryCtxRetain(&context, 0));
    OK(cuCtxSetCurrent(context));
    OK(cuStreamCreate(&stream, 1));
}

Session::~Session()
{
    cuDevicePrimaryCtxRelease_v2(0);
}

nvrtcResult compileText(
    const std::string& source, std::vector<const char*> options, std::string& log, std::string& cubin, std::string& ptx)
{
    nvrtcProgram program;
    EXPECT(NVRTC_SUCCESS, nvrtcCreateProgram(&program, source.c_str(), "check.cu", 0, nullptr, nullptr));
    nvrtcResult code = nvrtcCompileProgram(program, static_cast<int>(options.size()), options.data());
    auto text = [program](auto size, auto get) {
        std::size_t bytes = 0;
        size(program, &bytes);
        std::string result(bytes, 0);
        get(program, result.data());
        return result;
    };
    log = text(nvrtcGetProgramLogSize, nvrtcGetProgramLog);
    cubin = text(nvrtcGetCUBINSize, nvrtcGetCUBIN);
    ptx = text(nvrtcGetPTXSize, nvrtcGetPTX);
    EXPECT(NVRTC_SUCCESS, nvrtcDestroyProgram(&program));
    return code;
}

CUfunction Session::function(const std::string& source, const char* name, std::vector<const char*> options)
{
    options.push_back("--gpu-architecture=sm_90");
    std::string log, cubin, ptx;
    if (compileText(source, options, log, cubin, ptx) != NVRTC_SUCCESS)
    {
        std::printf("%s\n", log.c_str());
        g_failures++;
        return 0;
    }
    CUmodule module;
    CUfunction function = 0;
    OK(cuModuleLoadData(&module, cubin.data()));
    OK(cuModuleGetFunction(&function, module, name));
    return function;
}

CUdeviceptr Session::numbers(int count)
{
    std::vector<float> values;
    for (int i = 0; i < count; i++)
        values.push_back(static_cast<float>(i));
    CUdeviceptr memory = 0;
    OK(cuMemAlloc_v2(&memory, values.size() * sizeof(float)));
    OK(cuMemcpyHtoDAsync_v2(memory, values.data(), values.size() * sizeof(float), stream));
    return memory;
}

std::vector<float> Session::read(CUdeviceptr source, int count)
{
    std::vector<float> values(static_cast<std::size_t>(count));
    OK(cuMemcpyDtoHAsync_v2(values.data(), source, values.size() * sizeof(float), stream));
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
