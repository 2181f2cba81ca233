#include "fiber.h"
#include <cstdint>
#include <stdexcept>
#include <sys/mman.h>
#include <ucontext.h>

namespace emulator
{
namespace
{
constexpr std::size_t guardBytes = 1 << 20, stackBytes = 128 << 10;
}

Fiber::Fiber()
{
    void* memory = mmap(nullptr, guardBytes + stackBytes, PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, guardBytes, PROT_NONE) != 0)
        throw std::runtime_error("too many threads are alive at once for the emulator");
    _stack = static_cast<char*>(memory);
}

Fiber::~Fiber()
{
    munmap(_stack, guardBytes + stackBytes);
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
    context.uc_stack.ss_sp = _stack + guardBytes;
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

bool Fiber::overflowed(const void* address) const
{
    return address >= _stack && address < _stack + guardBytes;
}

std::unique_ptr<Fiber> FiberPool::take()
{
    if (_free.empty())
        return std::make_unique<Fiber>();
    std::unique_ptr<Fiber> fiber = std::move(_free.back());
    _free.pop_back();
    return fiber;
}
}
