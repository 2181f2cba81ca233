// Streams, events, captures and graphs.
#include "../functions.h"
#include "driver.h"

using namespace emulator;

EXPORT CUresult cuStreamCreate(CUstream* stream, unsigned flags)
{
    return callContext("cuStreamCreate", [&](Context& context) {
        if (flags > CU_STREAM_NON_BLOCKING)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "flags");
        result(stream) = context.streams.add(std::make_shared<Stream>(flags != CU_STREAM_NON_BLOCKING));
    });
}

EXPORT CUresult cuStreamDestroy_v2(CUstream handle)
{
    return callContext("cuStreamDestroy_v2", [&](Context& context) {
        std::shared_ptr<Stream> stream = context.streams.get(handle);
        if (stream->capture != nullptr)
            context.spoil(*stream->capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the stream is captured");
        context.run([&] { stream->runAll(); });
        context.streams.remove(handle);
    });
}

EXPORT CUresult cuStreamSynchronize(CUstream handle)
{
    return callContext("cuStreamSynchronize", [&](Context& context) {
        std::shared_ptr<Stream> stream = context.stream(handle);
        if (stream->capture != nullptr)
            context.spoil(*stream->capture, CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the stream is captured");
        context.run([&] { stream->runAll(); });
    });
}

EXPORT CUresult cuEventCreate(CUevent* event, unsigned flags)
{
    return callContext("cuEventCreate", [&](Context& context) {
        if ((flags & ~(CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING)) != 0)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "flags");
        result(event) = context.events.add(std::make_shared<Event>((flags & CU_EVENT_DISABLE_TIMING) == 0));
    });
}

EXPORT CUresult cuEventDestroy_v2(CUevent event)
{
    return callContext("cuEventDestroy_v2", [&](Context& context) { context.events.remove(event); });
}

EXPORT CUresult cuEventRecord(CUevent handle, CUstream streamHandle)
{
    return callContext("cuEventRecord", [&](Context& context) {
        std::shared_ptr<Event> event = context.events.get(handle);
        std::shared_ptr<Stream> stream = context.stream(streamHandle);
        auto reached = std::make_shared<std::chrono::steady_clock::time_point>();
        context.submit(streamHandle, [reached] { *reached = std::chrono::steady_clock::now(); });
        event->stream = stream;
        event->position = stream->submitted();
        event->capture = stream->capture;
        event->reached = reached;
    });
}

EXPORT CUresult cuEventSynchronize(CUevent handle)
{
    return callContext("cuEventSynchronize", [&](Context& context) {
        std::shared_ptr<Event> event = context.events.get(handle);
        if (event->capture != nullptr)
            context.spoil(*event->capture, CUDA_ERROR_CAPTURED_EVENT, "the event was recorded in a capture");
        if (event->stream != nullptr)
            context.run([&] { event->stream->runTo(event->position); });
    });
}

EXPORT CUresult cuEventQuery(CUevent handle)
{
    return callContext("cuEventQuery", [&](Context& context) {
        std::shared_ptr<Event> event = context.events.get(handle);
        if (event->stream != nullptr) // nothing goes on by itself: who asks again and again would wait for ever
            context.run([&] { event->stream->runTo(event->position); });
    });
}

EXPORT CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end)
{
    return callContext("cuEventElapsedTime", [&](Context& context) {
        std::shared_ptr<Event> first = context.events.get(start), last = context.events.get(end);
        for (const std::shared_ptr<Event>& event : {first, last})
        {
            if (!event->timing || event->stream == nullptr)
                throw Failure(CUDA_ERROR_INVALID_HANDLE, "an event without timing, or not recorded");
            if (event->reached->time_since_epoch().count() == 0)
                throw Failure(CUDA_ERROR_NOT_READY, "an event that is not reached yet");
        }
        result(milliseconds) = std::chrono::duration<float, std::milli>(*last->reached - *first->reached).count();
    });
}

EXPORT CUresult cuStreamBeginCapture_v2(CUstream handle, CUstreamCaptureMode mode)
{
    return callContext("cuStreamBeginCapture_v2", [&](Context& context) {
        if (mode < CU_STREAM_CAPTURE_MODE_GLOBAL || mode > CU_STREAM_CAPTURE_MODE_RELAXED)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "mode");
        if (context.isLegacy(handle))
            throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the legacy default stream cannot be captured");
        std::shared_ptr<Stream> stream = context.streams.get(handle);
        if (stream->capture != nullptr)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "the stream is captured already");
        stream->capture = std::make_shared<Capture>(Capture{mode, std::this_thread::get_id()});
    });
}

EXPORT CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph)
{
    return callContext("cuStreamEndCapture", [&](Context& context) {
        std::shared_ptr<Stream> stream = context.streams.get(handle);
        CUgraph& made = result(graph);
        std::shared_ptr<Capture> capture = stream->capture;
        if (capture == nullptr)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "the stream is not captured");
        if (capture->mode != CU_STREAM_CAPTURE_MODE_RELAXED && capture->thread != std::this_thread::get_id())
            throw Failure(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "begun by another thread");
        stream->capture = nullptr;
        made = 0;
        if (capture->invalidated)
            throw Failure(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture was spoilt before");
        made = context.graphs.add(capture->graph);
    });
}

EXPORT CUresult cuGraphInstantiateWithFlags(CUgraphExec* executable, CUgraph graph, unsigned long long flags)
{
    return callContext("cuGraphInstantiateWithFlags", [&](Context& context) {
        context.refuseDuringCapture("making a graph executable");
        if (flags != 0)
            throw Failure(CUDA_ERROR_INVALID_VALUE, "flags");
        result(executable) = context.executables.add(std::make_shared<Graph>(*context.graphs.get(graph)));
    });
}

EXPORT CUresult cuGraphUpload(CUgraphExec executable, CUstream stream)
{
    return callContext("cuGraphUpload", [&](Context& context) {
        context.executables.get(executable);
        context.stream(stream);
    });
}

EXPORT CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream)
{
    return callContext("cuGraphLaunch", [&](Context& context) {
        context.submit(stream, [graph = context.executables.get(executable)] {
            for (const Work& node : graph->nodes)
                node();
        });
    });
}

EXPORT CUresult cuGraphExecDestroy(CUgraphExec executable)
{
    return callContext("cuGraphExecDestroy", [&](Context& context) { context.executables.remove(executable); });
}

EXPORT CUresult cuGraphDestroy(CUgraph graph)
{
    return callContext("cuGraphDestroy", [&](Context& context) { context.graphs.remove(graph); });
}
