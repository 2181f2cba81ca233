// A small harness: every check is a function that registers itself, and says what it wanted and got.
#pragma once
#include "../functions.h"
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

struct Dim
{
    unsigned x = 1, y = 1, z = 1;
};

struct Check
{
    const char* name;
    void (*body)();
};

std::vector<Check>& checks();
inline int g_failures = 0;

struct AddCheck
{
    AddCheck(const char* name, void (*body)()) { checks().push_back({name, body}); }
};

#define CHECK(name) \
    static void name(); \
    static const AddCheck s_add_##name(#name, name); \
    static void name()

#define EXPECT(wanted, expression) \
    if (auto got = (expression); got != (wanted)) \
    { \
        std::printf("%s:%d: %s is %s, not %s\n", __FILE__, __LINE__, #expression, show(got).c_str(), show(wanted).c_str()); \
        g_failures++; \
    }
#define OK(expression) EXPECT(CUDA_SUCCESS, expression)

inline std::string show(CUresult code)
{
    const char* name = nullptr;
    return cuGetErrorName(code, &name) == CUDA_SUCCESS ? name : std::to_string(static_cast<int>(code));
}
inline std::string show(float value) { return std::to_string(value); }
inline std::string show(int value) { return std::to_string(value); }
inline std::string show(bool value) { return value ? "true" : "false"; }
inline std::string show(nvrtcResult value) { return nvrtcGetErrorString(value); }

// The device in use from construction to destruction, with a stream.
struct Session
{
    Session();
    ~Session();

    // Compiles one kernel and loads it.
    CUfunction function(const std::string& source, const char* name, std::vector<const char*> options = {});

    // Memory with numbers 0, 1, 2, ...
    CUdeviceptr numbers(int count);
    std::vector<float> read(CUdeviceptr source, int count);

    // Launches with parameters by value, and waits.
    template <class... P> CUresult run(CUfunction function, Dim grid, Dim block, unsigned shared, P... parameters)
    {
        void* pointers[] = {&parameters..., nullptr};
        CUresult code = cuLaunchKernel(
            function, grid.x, grid.y, grid.z, block.x, block.y, block.z, shared, stream, pointers, nullptr);
        return code == CUDA_SUCCESS ? cuStreamSynchronize(stream) : code;
    }

    CUstream stream = 0;
};

// NVRTC on a text; the log is what it says.
nvrtcResult compileText(
    const std::string& source, std::vector<const char*> options, std::string& log, std::string& cubin, std::string& ptx);
