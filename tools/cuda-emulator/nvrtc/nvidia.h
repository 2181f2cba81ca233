#pragma once
#include <string>

namespace emulator
{
// What NVIDIA's own compiler made of a text.
struct NvidiaBinary
{
    bool refused = false;
    unsigned registers = 0; // of a thread, the most of all kernels; 0: not known
};

// Compiles a text with the libnvrtc that CUDA_EMULATOR_NVRTC names, if it does, for the same architecture with the same
// options; what that says against it is added to the log. Where CUDA_EMULATOR_CUBINS names a folder, the binary is
// written there, for cuobjdump and nvdisasm.
NvidiaBinary compileByNvidia(const std::string& source, const std::string& file, int count, const char* const* options,
    std::string& log);
}
