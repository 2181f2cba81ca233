// Devices, contexts and error texts.
#include "../functions.h"
#include "driver.h"
#include <cstdio>

using namespace emulator;

namespace
{
struct ErrorText { CUresult code; const char* text; };

constexpr ErrorText errors[] = {
    {CUDA_SUCCESS, "no error"},
    {CUDA_ERROR_INVALID_VALUE, "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "out of memory"},
    {CUDA_ERROR_NOT_INITIALIZED, "initialization error"},
    {CUDA_ERROR_NO_DEVICE, "no CUDA-capable device is detected"},
    {CUDA_ERROR_INVALID_DEVICE, "invalid device ordinal"},
    {CUDA_ERROR_INVALID_IMAGE, "device kernel image is invalid"},
    {CUDA_ERROR_INVALID_CONTEXT, "invalid device context"},
    {CUDA_ERROR_NO_BINARY_FOR_GPU, "no kernel image is available for execution on the device"},
    {CUDA_ERROR_INVALID_PTX, "a PTX JIT compilation failed"},
    {CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "the provided PTX was compiled with an unsupported toolchain."},
    {CUDA_ERROR_INVALID_HANDLE, "invalid resource handle"},
    {CUDA_ERROR_NOT_FOUND, "named symbol not found"},
    {CUDA_ERROR_NOT_READY, "device not ready"},
    {CUDA_ERROR_ILLEGAL_ADDRESS, "an illegal memory access was encountered"},
    {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "too many resources requested for launch"},
    {CUDA_ERROR_LAUNCH_TIMEOUT, "the launch timed out and was terminated"},
    {CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned address"},
    {CUDA_ERROR_LAUNCH_FAILED, "unspecified launch failure"},
    {CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, "too many blocks in cooperative launch"},
    {CUDA_ERROR_NOT_SUPPORTED, "operation not supported"},
    {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "operation not permitted when stream is capturing"},
    {CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "operation failed due to a previous error during capture"},
    {CUDA_ERROR_STREAM_CAPTURE_MERGE, "operation would result in a merge of separate capture sequences"},
    {CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "capture was not ended in the same stream as it began"},
    {CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "capturing stream has unjoined work"},
    {CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "dependency created on uncaptured work in another stream"},
    {CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, "operation would make the legacy stream depend on a capturing blocking stream"},
    {CUDA_ERROR_CAPTURED_EVENT, "operation not permitted on an event last recorded in a capturing stream"},
    {CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "attempt to terminate a thread-local capture sequence from another thread"},
};
}

EXPORT CUresult cuInit(unsigned flags)
{
    return call("cuInit", Needs::Nothing, [&] {
        if (flags != 0)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "flags");
        Driver& driver = Driver::instance();
        driver.devices = chosenDevices();
        if (driver.devices.empty())
            throw Failure(CUDA_ERROR_NO_DEVICE, "GPULSTM_EMULATED_GPU is none");
        driver.initialised = true;
    });
}

EXPORT CUresult cuDriverGetVersion(int* version)
{
    return call("cuDriverGetVersion", Needs::Nothing, [&] { result(version) = Device::driverVersion(); });
}

EXPORT CUresult cuGetErrorString(CUresult code, const char** text)
{
    if (text == nullptr)
        return CUDA_ERROR_INVALID_VALUE;
    *text = nullptr;
    for (const ErrorText& error : errors)
        if (error.code == code)
            *text = error.text;
    return *text == nullptr ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetCount(int* count)
{
    return call("cuDeviceGetCount", Needs::Initialised, [&] { result(count) = static_cast<int>(Driver::instance().devices.size()); });
}

EXPORT CUresult cuDeviceGet(CUdevice* device, int ordinal)
{
    return call("cuDeviceGet", Needs::Initialised, [&] {
        Driver::instance().checkDevice(ordinal);
        result(device) = ordinal;
    });
}

EXPORT CUresult cuDeviceGetName(char* name, int length, CUdevice device)
{
    return call("cuDeviceGetName", Needs::Initialised, [&] {
        const Device& found = Driver::instance().checkDevice(device);
        if (length <= 0)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "length");
        std::snprintf(&result(name), static_cast<std::size_t>(length), "%s", found.name.c_str());
    });
}

EXPORT CUresult cuDeviceTotalMem_v2(std::size_t* bytes, CUdevice device)
{
    return call("cuDeviceTotalMem_v2", Needs::Initialised,
        [&] { result(bytes) = Driver::instance().checkDevice(device).memoryBytes; });
}

EXPORT CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice device)
{
    return call("cuDeviceGetAttribute", Needs::Initialised,
        [&] { result(value) = Driver::instance().checkDevice(device).attribute(attribute); });
}

EXPORT CUresult cuCtxCreate_v2(CUcontext* context, unsigned flags, CUdevice device)
{
    return call("cuCtxCreate_v2", Needs::Initialised, [&] {
        Driver& driver = Driver::instance();
        if (flags > 0x1f)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "flags");
        t_current = result(context) = driver.contexts.add(std::make_shared<Context>(driver.checkDevice(device)));
    });
}

EXPORT CUresult cuCtxDestroy_v2(CUcontext context)
{
    return call("cuCtxDestroy_v2", Needs::Initialised, [&] {
        Driver::instance().destroy(context);
        if (t_current == context)
            t_current = 0;
    });
}

EXPORT CUresult cuCtxSetCurrent(CUcontext context)
{
    return call("cuCtxSetCurrent", Needs::Initialised, [&] {
        if (context != 0)
            Driver::instance().contexts.get(context);
        t_current = context;
    });
}

// Preferences that change nothing here.
EXPORT CUresult cuCtxGetCacheConfig(int* config)
{
    return callContext("cuCtxGetCacheConfig", [&](Context&) { result(config) = 0; });
}

EXPORT CUresult cuCtxSetCacheConfig(int)
{
    return callContext("cuCtxSetCacheConfig", [](Context&) {});
}

EXPORT CUresult cuCtxGetSharedMemConfig(int* config)
{
    return callContext("cuCtxGetSharedMemConfig", [&](Context&) { result(config) = 0; });
}

EXPORT CUresult cuCtxSetSharedMemConfig(int)
{
    return callContext("cuCtxSetSharedMemConfig", [](Context&) {});
}

EXPORT CUresult cuCtxSynchronize()
{
    return callContext("cuCtxSynchronize", [](Context& context) {
        for (const auto& [handle, stream] : context.streams.all())
            if (stream->capture != nullptr)
                context.spoil(*stream->capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "a stream is captured");
        context.runAll();
    });
}
