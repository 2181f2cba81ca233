#pragma once
#include "options.h"
#include <string>

namespace emulator
{
// Compiles the text of CUDA C kernels to a shared library for this processor.
// Returns its bytes, or nothing, and adds to the log what the compiler says.
std::string compile(const std::string& cuda, const Options& options, std::string& log);
}
