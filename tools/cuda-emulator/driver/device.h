#pragma once
#include "../api.h"
#include <string>

namespace emulator
{
// What a GPU is made of, from the tables of the CUDA programming guide (compute capabilities) and the data sheets.
struct Device
{
    std::string key, name;
    int architecture; // 90: compute capability 9.0
    int units;        // streaming multiprocessors
    int threadsPerUnit, blocksPerUnit;
    int sharedPerUnit, sharedPerBlockOptIn, sharedReservedPerBlock;
    int l2Bytes;
    std::size_t memoryBytes;

    static constexpr int warpSize = 32, threadsPerBlock = 1024, registersPerUnit = 65536, sharedPerBlock = 48 << 10;
    static constexpr int usualRegisters = 64; // of a thread, where no compiler told

    int attribute(CUdevice_attribute attribute) const;

    // Blocks that fit into one unit; 0: not one.
    int blocksThatFit(int threads, int registers, std::size_t sharedBytes) const;
};

// The device that GPULSTM_EMULATED_GPU names (h100 where it is not set); null for "none".
const Device* chosenDevice();
}
