#pragma once
#include "../api.h"
#include <string>
#include <vector>

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
    static constexpr int usualRegisters = 64; // of a thread: no compiler tells

    // What the driver supports, 12040 for CUDA 12.4: GPULSTM_EMULATED_DRIVER=12.4, that being the default.
    static int driverVersion();

    // The newest PTX that it takes, 84 for 8.4.
    static int newestPtx();

    int attribute(CUdevice_attribute attribute) const;

    // Blocks that fit into one unit; 0: not one.
    int blocksThatFit(int threads, int registers, std::size_t sharedBytes) const;
};

// The devices that GPULSTM_EMULATED_GPU names (h100 where it is not set; a,b for two; none for none).
std::vector<const Device*> chosenDevices();
}
