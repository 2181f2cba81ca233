#pragma once
#include "fiber.h"
#include "grid.h"
#include "shared_memory.h"
#include "warp.h"

namespace emulator
{
enum class Waiting
{
    Nothing, // may run
    Block,   // at __syncthreads
    Warp,    // for the other lanes of an exchange
    Poll,    // may run, but just looked at memory: its own progress is unknown
    Returned,
};

// An asynchronous copy that its thread has not waited for.
struct LateCopy
{
    char* to;
    const void* from;
    unsigned bytes, read, batch;
};

struct Thread
{
    Index index;
    unsigned number; // x fastest
    Waiting waiting = Waiting::Nothing;
    bool predicate = false;
    std::unique_ptr<Fiber> fiber;
    std::shared_ptr<Exchange> exchange; // the last one taken part in
    std::vector<LateCopy> copies;       // oldest first
    unsigned batches = 0;               // that were committed
};

// The threads of one block, each on a fiber of its own. They take turns: one runs until it returns, waits or polls.
class Block
{
public:
    Block(const GridLaunch& launch, FiberPool& fibers);

    // Makes all threads new, at a place in the grid.
    void begin(Index place);

    // Lets every thread run that may, again and again, until none got further. True if any did.
    bool run();

    bool finished() const { return _returned == _threads.size(); }

    // Of the thread that runs:
    static int waitForBlock(bool predicate);
    static const char* exchange(WarpOperation operation, unsigned mask, const void* given, unsigned bytes);
    static void copyLater(char* to, const void* from, unsigned bytes, unsigned read);
    static void commitCopies();
    static void waitForCopies(int newest);
    static void poll();
    static std::string describeRunning();

private:
    bool pass();
    void resume(Thread& thread);
    void wait(Waiting what);
    void completeExchanges(unsigned warp);
    bool releaseBarrier();
    void reportDeadlock();
    std::string describe(const Thread& thread) const;
    static void runThread(void* thread);

    const GridLaunch& _launch;
    FiberPool& _fibers;
    SharedMemory _shared;
    Index _place{};
    std::vector<Thread> _threads;
    std::vector<Warp> _warps;
    std::size_t _returned = 0;
    int _barrierCount = 0;
    bool _forwards = true;
};

// Ends the launch from wherever a thread is; see grid.cpp.
[[noreturn]] void abandon(CUresult code, const std::string& message);
}
