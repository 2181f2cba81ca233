#pragma once
#include "device.h"
#include "memory.h"
#include "module.h"
#include "registry.h"
#include "stream.h"
#include <mutex>
#include <optional>

namespace emulator
{
// A context of a device and all that lives in it.
struct Context
{
    explicit Context(const Device& device) : device(device), memory(device.memoryBytes) {}

    // Puts work into a stream, or into the graph that captures it.
    void submit(CUstream handle, Work work);

    // Runs everything; throws the first error, which stays.
    void runAll();
    void run(const std::function<void()>& body);

    // The stream of a handle; 0 and 1 are the legacy default stream.
    std::shared_ptr<Stream> stream(CUstream handle) const;
    bool isLegacy(CUstream handle) const { return handle <= 1; }

    // Throws, and spoils the captures it disturbs, where a call is not permitted while a stream is captured.
    void refuseDuringCapture(const char* what);
    [[noreturn]] void spoil(Capture& capture, CUresult code, const std::string& message);

    const Device& device;
    Memory memory;
    std::optional<Failure> fault; // sticky: every call returns it
    std::shared_ptr<Stream> legacy = std::make_shared<Stream>(true);
    Registry<Stream> streams{"stream", 0xe100'0000'0000};
    Registry<Event> events{"event", 0xe200'0000'0000};
    Registry<LoadedModule> modules{"module", 0xe300'0000'0000};
    Registry<Function> functions{"function", 0xe400'0000'0000};
    Registry<Graph> graphs{"graph", 0xe500'0000'0000};
    Registry<Graph> executables{"executable graph", 0xe600'0000'0000};
};

// The state of the library. All calls hold its lock.
struct Driver
{
    static Driver& instance();

    std::mutex lock;
    bool initialised = false;
    std::vector<const Device*> devices;
    Registry<Context> contexts{"context", 0xe000'0000'0000};

    const Device& checkDevice(CUdevice number) const;
    Context& current(); // of the calling thread
    void destroy(CUcontext handle);
};

extern thread_local CUcontext t_current;

enum class Needs
{
    Nothing,
    Initialised,
    Context,
};

// The frame of every function of the API: lock, state, errors. GPULSTM_EMULATOR_TRACE=1 writes every call to stderr.
CUresult call(const char* name, Needs needs, const std::function<void()>& body);

// As call() with a context, which the body gets.
CUresult callContext(const char* name, const std::function<void(Context&)>& body);

// For a pointer to a result.
template <class T> T& result(T* pointer)
{
    if (pointer == nullptr)
        throw Failure(CUDA_ERROR_INVALID_VALUE, "no place for the result");
    return *pointer;
}
}
