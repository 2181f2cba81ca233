#pragma once
#include <cstdint>
#include <cstring>

namespace emulator
{
// What NVRTC hands out as CUBIN or PTX: this header, then a shared library. Module loading gets no length, hence `bytes`.
struct ImageHeader
{
    static constexpr char expected[8] = {'E', 'M', 'U', 'C', 'U', 'D', 'A', '2'};

    char magic[8];
    std::uint64_t abi;          // KERNEL_ABI: of the headers that kernels are compiled behind
    std::uint32_t architecture; // 90: for sm_90 and later minor ones (CUBIN), or for compute_90 and all later (PTX)
    std::uint32_t isPtx;
    std::uint32_t registers; // of a thread, where NVIDIA's compiler was asked; else 0
    std::uint32_t reserved;
    std::uint64_t bytes; // of the library
    std::uint64_t checksum;

    static std::uint64_t sum(const char* data, std::uint64_t bytes)
    {
        std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a
        for (std::uint64_t i = 0; i < bytes; i++)
            hash = (hash ^ static_cast<unsigned char>(data[i])) * 0x100000001b3;
        return hash;
    }
};
}
