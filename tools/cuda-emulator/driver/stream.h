#pragma once
#include "../failure.h"
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace emulator
{
// Something for a device to do, later than the call that asks for it.
using Work = std::function<void()>;

struct Graph
{
    std::vector<Work> nodes; // in an order that keeps to the dependencies
};

// A recording of what is submitted to a stream.
struct Capture
{
    CUstreamCaptureMode mode;
    std::thread::id thread;
    std::shared_ptr<Graph> graph = std::make_shared<Graph>();
    bool invalidated = false;
};

// Work in order. Nothing runs when it is submitted, but when somebody waits for it: what reads or frees too early is
// seen to do so.
class Stream
{
public:
    explicit Stream(bool blocking) : blocking(blocking) {}

    // Runs what was submitted before a position, as far as that has not been done.
    void runTo(std::uint64_t position);
    void runAll() { runTo(_submitted); }

    void push(Work work);
    void discard() { _queue.clear(); _done = _submitted; }
    std::uint64_t submitted() const { return _submitted; }

    const bool blocking; // waits for the legacy default stream, and it for this one
    std::shared_ptr<Capture> capture;

private:
    std::deque<Work> _queue;
    std::uint64_t _submitted = 0, _done = 0;
};

// A mark in a stream.
struct Event
{
    explicit Event(bool timing) : timing(timing) {}

    const bool timing;
    std::shared_ptr<Stream> stream; // null: not recorded yet
    std::uint64_t position = 0;
    std::shared_ptr<Capture> capture; // recorded while its stream was captured
    std::shared_ptr<std::chrono::steady_clock::time_point> reached; // of the last record, set when it is reached
};
}
