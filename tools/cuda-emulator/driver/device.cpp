#include "device.h"
#include "../failure.h"
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace emulator
{
namespace
{
// Little memory, so that running out of it can be tested.
constexpr std::size_t memory = std::size_t{2} << 30;

const Device devices[] = {
    {"v100", "Emulated V100 (CPU)", 70, 80, 2048, 32, 96 << 10, 96 << 10, 0, 6 << 20, memory},
    {"t4", "Emulated T4 (CPU)", 75, 40, 1024, 16, 64 << 10, 64 << 10, 0, 4 << 20, memory},
    {"a100", "Emulated A100 (CPU)", 80, 108, 2048, 32, 164 << 10, 163 << 10, 1 << 10, 40 << 20, memory},
    {"rtx4090", "Emulated RTX 4090 (CPU)", 89, 128, 1536, 24, 100 << 10, 99 << 10, 1 << 10, 72 << 20, memory},
    {"h100", "Emulated H100 (CPU)", 90, 132, 2048, 32, 228 << 10, 227 << 10, 1 << 10, 50 << 20, memory},
    {"b200", "Emulated B200 (CPU)", 100, 148, 2048, 32, 228 << 10, 227 << 10, 1 << 10, 126 << 20, memory},
};
}

std::vector<const Device*> chosenDevices()
{
    const char* wanted = std::getenv("GPULSTM_EMULATED_GPU");
    std::stringstream keys(wanted == nullptr || *wanted == 0 ? "h100" : wanted);
    std::vector<const Device*> chosen;
    for (std::string key; std::getline(keys, key, ',');)
    {
        auto found = std::find_if(std::begin(devices), std::end(devices), [&](const Device& d) { return d.key == key; });
        if (found != std::end(devices))
            chosen.push_back(found);
        else if (key != "none")
            throw Failure(CUDA_ERROR_NO_DEVICE, "GPULSTM_EMULATED_GPU names " + key
                + ", and not v100, t4, a100, rtx4090, h100, b200 or none");
    }
    return chosen;
}

int Device::driverVersion()
{
    const char* wanted = std::getenv("GPULSTM_EMULATED_DRIVER");
    int major = 12, minor = 4;
    if (wanted != nullptr && std::sscanf(wanted, "%d.%d", &major, &minor) != 2)
        throw Failure(CUDA_ERROR_NO_DEVICE, "GPULSTM_EMULATED_DRIVER is no version");
    return 1000 * major + 10 * minor;
}

int Device::newestPtx()
{
    int version = driverVersion(); // CUDA 11.0 brought PTX 7.0, 12.0 brought 8.0, each minor one a minor one
    return 10 * (version / 1000 - 4) + version % 1000 / 10;
}

int Device::blocksThatFit(int threads, int registers, std::size_t sharedBytes) const
{
    int warps = (threads + warpSize - 1) / warpSize;
    int byThreads = threadsPerUnit / (warps * warpSize);
    int perWarp = (registers * warpSize + 255) / 256 * 256; // the unit of allocation
    int byRegisters = registersPerUnit / (warps * perWarp);
    int byShared = static_cast<int>(static_cast<std::size_t>(sharedPerUnit)
        / std::max<std::size_t>(1, sharedBytes + static_cast<std::size_t>(sharedReservedPerBlock)));
    return std::min({byThreads, byRegisters, byShared, blocksPerUnit});
}

int Device::attribute(CUdevice_attribute attribute) const
{
    switch (attribute)
    {
        case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
        case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X:
        case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y: return threadsPerBlock;
        case CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z: return 64;
        case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X: return 0x7fffffff;
        case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y:
        case CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z: return 65535;
        case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: return sharedPerBlock;
        case CU_DEVICE_ATTRIBUTE_WARP_SIZE: return warpSize;
        case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK:
        case CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR: return registersPerUnit;
        case CU_DEVICE_ATTRIBUTE_CLOCK_RATE: return 1000000;
        case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: return units;
        case CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE: return 1000000;
        case CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH: return 256;
        case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE: return l2Bytes;
        case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: return threadsPerUnit;
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: return architecture / 10;
        case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: return architecture % 10;
        case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: return sharedPerUnit;
        case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: return sharedPerBlockOptIn;
        case CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR: return blocksPerUnit;
        case CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK: return sharedReservedPerBlock;
        case CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY: return 64 << 10;
        case CU_DEVICE_ATTRIBUTE_MAX_PITCH: return 0x7fffffff;
        case CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY:
        case CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT:
        case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING:
        case CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY:
        case CU_DEVICE_ATTRIBUTE_COMPUTE_PREEMPTION_SUPPORTED:
        case CU_DEVICE_ATTRIBUTE_CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM:
        case CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH: return 1;
        case CU_DEVICE_ATTRIBUTE_ECC_ENABLED:
        case CU_DEVICE_ATTRIBUTE_PCI_BUS_ID:
        case CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID:
        case CU_DEVICE_ATTRIBUTE_TCC_DRIVER:
        case CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID: return 0;
    }
    throw Failure(CUDA_ERROR_INVALID_VALUE, "device attribute " + std::to_string(attribute) + " is not emulated");
}
}
