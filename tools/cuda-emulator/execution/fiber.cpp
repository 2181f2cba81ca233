#include "fiber.h"
#include <cstdint>
#include <stdexcept>
#include <sys/mman.h>
#include <ucontext.h>

namespace emulator
{
namespace
{
// Local arrays, which translate.cpp bounds, are most of it. Mapped in pieces: a process has some 65,000 mappings.
constexpr std::size_t stackBytes = 128 << 10, stacksOfAPiece = 64;
}

void Fiber::begin(void (*body)(void*), void* argument)
{
    _body = body;
    _argument = argument;
    _finished = false;
}

// makecontext makes the stack; later switches are jumps, which unlike swapcontext leave the signal mask to itself.
void Fiber::resume()
{
    if (_setjmp(_outside) != 0)
        return;
    if (_entered)
        _longjmp(_inside, 1);
    _entered = true;
    ucontext_t context;
    getcontext(&context);
    context.uc_stack.ss_sp = _stack;
    context.uc_stack.ss_size = stackBytes;
    context.uc_link = nullptr;
    auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&context, reinterpret_cast<void (*)()>(start), 2, static_cast<unsigned>(self),
        static_cast<unsigned>(self >> 32));
    setcontext(&context);
}

void Fiber::start(unsigned low, unsigned high)
{
    reinterpret_cast<Fiber*>(low | static_cast<std::uintptr_t>(high) << 32)->enter();
}

void Fiber::enter()
{
    for (;;)
    {
        _body(_argument);
        _finished = true;
        yield();
    }
}

void Fiber::yield()
{
    if (_setjmp(_inside) == 0)
        _longjmp(_outside, 1);
}

std::unique_ptr<Fiber> FiberPool::take()
{
    if (_free.empty())
    {
        void* memory = mmap(nullptr, stacksOfAPiece * stackBytes, PROT_READ | PROT_WRITE,
            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (memory == MAP_FAILED)
            throw std::runtime_error("too many threads are alive at once for the emulator");
        for (std::size_t i = 0; i < stacksOfAPiece; i++)
            _free.push_back(std::make_unique<Fiber>(static_cast<char*>(memory) + i * stackBytes));
    }
    std::unique_ptr<Fiber> fiber = std::move(_free.back());
    _free.pop_back();
    return fiber;
}
}
