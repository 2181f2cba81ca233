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
    const char* text = nullptr;
    return std::to_string(static_cast<int>(code)) + (cuGetErrorString(code, &text) == CUDA_SUCCESS ? std::string(" ") + text : "");
}
inline std::string show(float value) { return std::to_string(value); }
inline std::string show(int value) { return std::to_string(value); }
inline std::string show(bool value) { return value ? "true" : "false"; }

// The device in use from construction to destruction, with a stream.
struct Session
{
    Session();
    ~Session();

    // Loads the kernel "check" with a body of PTX. It has a pointer in %rd1, [x], a number in %r1, [n], the thread's
    // number in %r2 and &x[thread] in %rd2, and the registers %r, %rd, %f and %p to 39.
    CUfunction function(const std::string& body, int target = 80, const char* after = "");

    // Memory with numbers 0, 1, 2, ...
    CUdeviceptr numbers(int count);
    std::vector<float> read(CUdeviceptr source, int count);

    // Launches, and waits.
    CUresult run(CUfunction function, Dim grid, Dim block, unsigned shared, CUdeviceptr x, int n = 0);

    CUstream stream = 0;
    CUcontext context = 0;
};

// A module with that kernel.
std::string moduleText(const std::string& body, int target = 80, const char* after = "");
