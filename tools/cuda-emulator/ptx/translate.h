#pragma once
#include "../failure.h"
#include <string>

namespace emulator
{
// A PTX module as C++ behind kernel/instructions.h.
struct Translation
{
    std::string cpp;
    int version = 0; // of the PTX: 78 is 7.8
    int target = 0;  // 80: sm_80
};

// Throws CUDA_ERROR_INVALID_PTX, with the line, for what it does not know: nothing is passed over.
Translation translate(const std::string& ptx);
}
