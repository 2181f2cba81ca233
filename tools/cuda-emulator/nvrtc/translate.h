#pragma once
#include <stdexcept>
#include <string>

namespace emulator
{
// CUDA C that cannot be made into C++; the message is a line for the log.
struct TranslationError : std::runtime_error
{
    using std::runtime_error::runtime_error;
};

// The text of CUDA C kernels, already preprocessed, as C++ to compile behind kernel/ptx.h: declarations of dynamic shared
// memory, casts to volatile and inline PTX rewritten, and the kernels listed at the end.
std::string translate(const std::string& cuda);

// The same text with every `asm(...)` as calls of the functions in kernel/ptx.h.
std::string translateAssembly(const std::string& cuda);
}
