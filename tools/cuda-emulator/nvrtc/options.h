#pragma once
#include <string>
#include <vector>

namespace emulator
{
// NVRTC's options, as far as the emulator knows them.
struct Options
{
    int architecture = 52; // NVRTC 12's default
    bool isVirtual = true; // compute_NN: PTX only
    bool contract = true;  // --fmad
    std::string standard = "c++17";
    std::vector<std::string> definitions; // NAME=VALUE

    // False, with a line as NVRTC's log has it, for what NVRTC would refuse.
    bool parse(int count, const char* const* options, std::string& log);
};

// What this NVRTC compiles for: that of CUDA 12.4.
const std::vector<int>& supportedArchitectures();
}
