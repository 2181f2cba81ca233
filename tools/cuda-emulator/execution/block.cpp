#include "block.h"
#include <cstdio>

namespace emulator
{
namespace
{
Block* s_block;   // whose thread runs
Thread* s_thread; // that runs

std::string text(Index index)
{
    return "(" + std::to_string(index.x) + ", " + std::to_string(index.y) + ", " + std::to_string(index.z) + ")";
}
}

Block::Block(const GridLaunch& launch, FiberPool& fibers)
    : _launch(launch), _fibers(fibers), _shared(*launch.module, launch.dynamicSharedBytes)
{
    Index size = launch.block;
    for (unsigned z = 0; z < size.z; z++)
        for (unsigned y = 0; y < size.y; y++)
            for (unsigned x = 0; x < size.x; x++)
            {
                Thread& thread = _threads.emplace_back();
                thread.index = {x, y, z};
                thread.number = static_cast<unsigned>(_threads.size() - 1);
            }
    _warps.resize((_threads.size() + 31) / 32);
}

void Block::begin(Index place)
{
    _place = place;
    _returned = 0;
    _forwards = true;
    for (Thread& thread : _threads)
    {
        thread.waiting = Waiting::Nothing;
        thread.copies.clear();
        thread.batches = 0;
    }
    for (std::size_t i = 0; i < _warps.size(); i++)
        _warps[i].reset(static_cast<unsigned>(std::min<std::size_t>(32, _threads.size() - 32 * i)));
    _shared.poison();
}

bool Block::run()
{
    _shared.install();
    State& state = *_launch.module->state;
    state.blockIdx = _place;
    state.blockDim = _launch.block;
    state.gridDim = _launch.grid;
    state.dynamicSharedBytes = _launch.dynamicSharedBytes;
    bool any = false;
    while (!finished() && pass())
        any = true;
    return any;
}

// Every other pass goes backwards, so that a missing barrier shows whichever way the data go.
bool Block::pass()
{
    bool progress = false;
    for (std::size_t i = 0; i < _threads.size(); i++)
    {
        Thread& thread = _threads[_forwards ? i : _threads.size() - 1 - i];
        if (thread.waiting == Waiting::Nothing || thread.waiting == Waiting::Poll)
        {
            resume(thread);
            progress |= thread.waiting != Waiting::Poll;
        }
    }
    _forwards = !_forwards;
    return releaseBarrier() || progress;
}

void Block::resume(Thread& thread)
{
    if (!thread.fiber)
    {
        thread.fiber = _fibers.take();
        thread.fiber->begin(runThread, &thread);
    }
    thread.waiting = Waiting::Nothing;
    _launch.module->state->threadIdx = thread.index;
    s_block = this;
    s_thread = &thread;
    thread.fiber->resume();
    if (!thread.fiber->finished())
        return;
    thread.waiting = Waiting::Returned;
    thread.exchange = nullptr;
    _returned++;
    _fibers.giveBack(std::move(thread.fiber));
    Warp& warp = _warps[thread.number / 32];
    warp.leave(thread.number % 32);
    completeExchanges(thread.number / 32);
}

void Block::runThread(void*)
{
    s_block->_launch.kernel->run(s_block->_launch.parameters);
}

void Block::wait(Waiting what)
{
    s_thread->waiting = what;
    s_thread->fiber->yield();
}

int Block::waitForBlock(bool predicate)
{
    s_thread->predicate = predicate;
    Block* block = s_block;
    block->wait(Waiting::Block);
    return block->_barrierCount;
}

const char* Block::exchange(WarpOperation operation, unsigned mask, const void* given, unsigned bytes)
{
    Thread& thread = *s_thread;
    Block& block = *s_block;
    unsigned lane = thread.number % 32;
    Warp& warp = block._warps[thread.number / 32];
    if ((mask >> lane & 1) == 0)
        abandon(CUDA_ERROR_LAUNCH_FAILED, describeRunning() + ": takes part in a warp operation whose mask leaves it out");
    if (operation == WarpOperation::Matrix && warp.alive() != ~0u)
        abandon(CUDA_ERROR_LAUNCH_FAILED, describeRunning() + ": runs a matrix instruction in a warp that lacks lanes");
    std::shared_ptr<Exchange> exchange = warp.join(operation, mask, lane, given, bytes);
    thread.exchange = exchange;
    const char* values = exchange->given.data();
    exchange.reset(); // nothing to destroy on a stack that may be abandoned
    thread.waiting = Waiting::Warp;
    block.completeExchanges(thread.number / 32);
    if (thread.waiting == Waiting::Warp)
        thread.fiber->yield();
    return values;
}

void Block::completeExchanges(unsigned number)
{
    Warp& warp = _warps[number];
    while (std::shared_ptr<Exchange> complete = warp.takeComplete())
        for (std::size_t lane = 0; lane < 32 && 32 * number + lane < _threads.size(); lane++)
        {
            Thread& thread = _threads[32 * number + lane];
            if (thread.waiting == Waiting::Warp && thread.exchange == complete)
                thread.waiting = Waiting::Nothing;
        }
}

void Block::copyLater(char* to, const void* from, unsigned bytes, unsigned read)
{
    std::memset(to, 0xff, bytes);
    s_thread->copies.push_back({to, from, bytes, read, s_thread->batches});
}

void Block::commitCopies()
{
    s_thread->batches++;
}

void Block::waitForCopies(int newest)
{
    Thread& thread = *s_thread;
    std::size_t done = 0;
    for (; done < thread.copies.size() && thread.copies[done].batch + static_cast<unsigned>(newest) < thread.batches; done++)
    {
        const LateCopy& copy = thread.copies[done];
        std::memset(copy.to, 0, copy.bytes);
        std::memcpy(copy.to, copy.from, copy.read);
    }
    thread.copies.erase(thread.copies.begin(), thread.copies.begin() + static_cast<long>(done));
}

void Block::poll()
{
    s_block->wait(Waiting::Poll);
}

// When all threads wait at the barrier, lets them go on. Threads that can never meet end the launch.
bool Block::releaseBarrier()
{
    std::size_t atBarrier = 0;
    int count = 0;
    for (const Thread& thread : _threads)
    {
        if (thread.waiting == Waiting::Nothing || thread.waiting == Waiting::Poll)
            return false;
        if (thread.waiting == Waiting::Block)
        {
            atBarrier++;
            count += thread.predicate;
        }
    }
    if (atBarrier < _threads.size())
    {
        if (!finished())
            reportDeadlock();
        return false;
    }
    _barrierCount = count;
    for (Thread& thread : _threads)
        thread.waiting = Waiting::Nothing;
    return true;
}

void Block::reportDeadlock()
{
    const Thread *stuck = nullptr, *other = nullptr;
    for (const Thread& thread : _threads)
        if (thread.waiting == Waiting::Warp || (thread.waiting == Waiting::Block && stuck == nullptr))
            stuck = &thread;
    for (const Thread& thread : _threads)
        if (thread.waiting != stuck->waiting)
            other = &thread;
    std::string message = describe(*stuck)
        + (stuck->waiting == Waiting::Block ? ": waits at __syncthreads" : ": waits for lanes of its warp");
    if (other != nullptr)
        message += std::string(", but thread ") + text(other->index)
            + (other->waiting == Waiting::Returned ? " has returned" : " waits elsewhere");
    abandon(CUDA_ERROR_LAUNCH_FAILED, message);
}

std::string Block::describe(const Thread& thread) const
{
    return std::string(_launch.kernel->name) + ", block " + text(_place) + ", thread " + text(thread.index);
}

std::string Block::describeRunning()
{
    return s_block->describe(*s_thread);
}
}
