#include "driver.h"
#include <cstdio>
#include <cstdlib>

namespace emulator
{
thread_local CUcontext t_current = 0;

namespace
{
void say(const char* name, const std::string& message)
{
    std::fprintf(stderr, "cuda-emulator: %s: %s\n", name, message.c_str());
}

bool tracing()
{
    static const char* wanted = std::getenv("GPULSTM_EMULATOR_TRACE");
    return wanted != nullptr && *wanted == '1';
}
}

Driver& Driver::instance()
{
    static auto* driver = new Driver; // outlives whatever a process does at its end
    return *driver;
}

const Device& Driver::checkDevice(CUdevice number) const
{
    if (number < 0 || number >= static_cast<int>(devices.size()))
        throw Failure(CUDA_ERROR_INVALID_DEVICE, "there is no device " + std::to_string(number));
    return *devices[static_cast<std::size_t>(number)];
}

Context& Driver::current()
{
    if (t_current == 0)
        throw Failure(CUDA_ERROR_INVALID_CONTEXT, "this thread has no current context");
    return *contexts.get(t_current);
}

// What was not given back is told, since a process that opens and closes the device again and again would lose it.
void Driver::destroy(CUcontext handle)
{
    std::shared_ptr<Context> context = contexts.remove(handle);
    if (context->fault)
        return; // all of it goes, whatever was still held
    struct Left { const char* what; std::size_t count; };
    for (const Left& left : {Left{"allocations", context->memory.allocations()}, Left{"streams", context->streams.all().size()},
             Left{"events", context->events.all().size()}, Left{"modules", context->modules.all().size()},
             Left{"graphs", context->graphs.all().size() + context->executables.all().size()}})
        if (left.count > 0)
            say("cuCtxDestroy", std::to_string(left.count) + " " + left.what + " left behind");
}

CUresult call(const char* name, Needs needs, const std::function<void()>& body)
{
    Driver& driver = Driver::instance();
    std::lock_guard guard(driver.lock);
    if (tracing())
        std::fprintf(stderr, "cuda-emulator: %s\n", name);
    try
    {
        if (needs != Needs::Nothing && !driver.initialised)
            throw Failure(CUDA_ERROR_NOT_INITIALIZED, "before cuInit");
        if (needs == Needs::Context && driver.current().fault)
            return driver.current().fault->code;
        body();
        return CUDA_SUCCESS;
    }
    catch (const Failure& failure)
    {
        say(name, failure.message);
        return failure.code;
    }
    catch (const std::exception& error)
    {
        say(name, error.what());
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
}

CUresult callContext(const char* name, const std::function<void(Context&)>& body)
{
    return call(name, Needs::Context, [&] { body(Driver::instance().current()); });
}

std::shared_ptr<Stream> Context::stream(CUstream handle) const
{
    return isLegacy(handle) ? legacy : streams.get(handle);
}

// A GPU's errors come later than the call that caused them, and spoil the context.
void Context::run(const std::function<void()>& body)
{
    try
    {
        body();
    }
    catch (const Failure& failure)
    {
        fault = failure;
        legacy->discard();
        for (const auto& [handle, stream] : streams.all())
            stream->discard();
        throw;
    }
}

void Context::runAll()
{
    run([this] {
        legacy->runAll();
        for (const auto& [handle, stream] : streams.all())
            stream->runAll();
    });
}

void Context::submit(CUstream handle, Work work)
{
    std::shared_ptr<Stream> target = stream(handle);
    if (target->capture != nullptr)
    {
        if (target->capture->invalidated)
            throw Failure(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture of the stream was spoilt before");
        target->capture->graph->nodes.push_back(std::move(work));
        return;
    }
    if (!isLegacy(handle))
    {
        run([&] { target->push(std::move(work)); });
        return;
    }
    for (const auto& [other, stream] : streams.all())
        if (stream->blocking && stream->capture != nullptr)
            spoil(*stream->capture, CUDA_ERROR_STREAM_CAPTURE_IMPLICIT,
                "the legacy default stream would wait for a stream that is captured");
    run([&] {
        for (const auto& [other, stream] : streams.all())
            if (stream->blocking)
                stream->runAll();
        target->push(std::move(work));
        target->runAll();
    });
}

void Context::spoil(Capture& capture, CUresult code, const std::string& message)
{
    capture.invalidated = true;
    throw Failure(code, message);
}

void Context::refuseDuringCapture(const char* what)
{
    bool refused = false;
    for (const auto& [handle, stream] : streams.all())
        if (Capture* capture = stream->capture.get(); capture != nullptr
            && (capture->mode == CU_STREAM_CAPTURE_MODE_GLOBAL
                || (capture->mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL && capture->thread == std::this_thread::get_id())))
        {
            capture->invalidated = true;
            refused = true;
        }
    if (refused)
        throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, std::string(what) + " while a stream is captured");
}
}
