#pragma once
#include <csetjmp>
#include <cstddef>
#include <memory>
#include <vector>

namespace emulator
{
// A stack of its own on which one thread of a kernel runs, until it yields to whoever resumed it.
class Fiber
{
public:
    explicit Fiber(char* stack) : _stack(stack) {}
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    // Begins a body, which the next resume() enters. The one before has returned.
    void begin(void (*body)(void*), void* argument);

    // Runs until the body yields or returns.
    void resume();

    // Goes back to the caller of resume(). Called on the fiber.
    void yield();

    bool finished() const { return _finished; }

private:
    void enter();
    static void start(unsigned low, unsigned high);

    char* _stack;
    std::jmp_buf _inside, _outside;
    void (*_body)(void*) = nullptr;
    void* _argument = nullptr;
    bool _entered = false, _finished = true;
};

// Fibers to reuse, for the life of the process: the one given back last is the first taken, for its stack is in the cache.
class FiberPool
{
public:
    std::unique_ptr<Fiber> take();
    void giveBack(std::unique_ptr<Fiber> fiber) { _free.push_back(std::move(fiber)); }

private:
    std::vector<std::unique_ptr<Fiber>> _free;
};
}
