#include "faults.h"
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>

namespace emulator
{
namespace
{
constexpr int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE};

struct sigaction s_before[NSIG];
thread_local FaultHandler t_handler = nullptr;

void onSignal(int number, siginfo_t* info, void* context)
{
    if (t_handler != nullptr)
    {
        std::string what;
        CUresult code = CUDA_ERROR_ILLEGAL_ADDRESS;
        if (number == SIGFPE || number == SIGILL) // the compiler's check of divisions traps
        {
            what = "an integer division by zero";
            code = CUDA_ERROR_LAUNCH_FAILED;
        }
        else
        {
            char text[64];
            std::snprintf(text, sizeof text, "an access outside all memory, at %p", info->si_addr);
            what = text;
        }
        t_handler(code, what);
    }
    const struct sigaction& before = s_before[number];
    if ((before.sa_flags & SA_SIGINFO) != 0)
        before.sa_sigaction(number, info, context);
    else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
        before.sa_handler(number);
    else
        signal(number, SIG_DFL); // the instruction faults again
}

// A handler needs a stack of its own: a thread's is small.
void giveSignalStack()
{
    stack_t now;
    sigaltstack(nullptr, &now);
    if ((now.ss_flags & SS_DISABLE) == 0)
        return;
    constexpr std::size_t bytes = 64 << 10;
    static thread_local std::unique_ptr<char[]> memory;
    memory = std::make_unique<char[]>(bytes);
    stack_t own{};
    own.ss_sp = memory.get();
    own.ss_size = bytes;
    sigaltstack(&own, nullptr);
}
}

void catchFaults(FaultHandler handler)
{
    static std::once_flag once;
    std::call_once(once, [] {
        for (int number : signals)
        {
            struct sigaction action{};
            action.sa_sigaction = onSignal;
            action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER; // it leaves by a jump
            sigaction(number, &action, &s_before[number]);
        }
    });
    if (handler != nullptr)
        giveSignalStack();
    t_handler = handler;
}
}
