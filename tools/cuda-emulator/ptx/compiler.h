#pragma once
#include <string>

namespace emulator
{
// Compiles a translated module to a shared library; its path. CUDA_EMULATOR_CACHE names a folder where libraries stay
// for other processes. Throws CUDA_ERROR_INVALID_PTX, with what the compiler says, for an instruction that there is not, or
// not on the architecture, 80 being sm_80.
std::string compile(const std::string& cpp, int architecture);
}
