// What a compiled kernel module and the emulator know of each other. Included by both; needs no header.
#pragma once

namespace emulator
{
struct Index
{
    unsigned x, y, z;
};

enum class WarpOperation
{
    Barrier,
    Shuffle,
    ShuffleUp,
    ShuffleDown,
    ShuffleXor,
    Matrix,
};

// What a running thread may ask of the emulator. Each call may let other threads run first.
struct Calls
{
    // Waits for all threads of the block; the number of those whose predicate was true.
    int (*blockBarrier)(bool predicate);
    // Waits for all lanes in the mask; what each of the 32 gave, lane after lane, valid until this lane's next call.
    const char* (*warpExchange)(WarpOperation operation, unsigned mask, const void* given, unsigned bytes);
    // Asynchronous copies into shared memory, done at the wait for their batch; until then the target is poison. Only
    // `read` bytes are copied, the others become zero.
    void (*copyLater)(char* to, const void* from, unsigned bytes, unsigned read);
    void (*commitCopies)();
    void (*waitForCopies)(int newest);
    // Lets the others run: called where a thread may be polling memory.
    void (*poll)();
    // Ends the launch with an error.
    void (*fail)(const char* message);
    // Ends it for an access at an address that is not a multiple of its size.
    void (*misaligned)();
};

// The special registers of the thread that runs, set by the emulator before it goes on.
struct State
{
    Index threadIdx, blockIdx, blockDim, gridDim;
    void* dynamicShared;
    unsigned dynamicSharedBytes;
    const Calls* calls;
};

struct Parameter
{
    unsigned size, alignment;
};

struct Kernel
{
    const char* name;
    void (*run)(void** parameters); // as one thread
    const Parameter* parameters;
    unsigned parameterCount;
    unsigned maxThreads; // of a block; 0: any
};

// Every module has one, under the name emulated_module.
struct Module
{
    State* state;
    const Kernel* const* kernels; // ends with null
    char* sharedBegin;            // static shared memory
    char* sharedEnd;
};
}
