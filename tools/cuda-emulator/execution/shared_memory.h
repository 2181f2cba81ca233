#pragma once
#include "../kernel/abi.h"
#include <vector>

namespace emulator
{
// The shared memory of one block. The static part is a section of the module that the blocks take turns to use; the
// dynamic part ends at a page that faults.
class SharedMemory
{
public:
    SharedMemory(const Module& module, unsigned dynamicBytes);
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory(SharedMemory&& other) noexcept;

    // Fills all with ones (NaN), as nobody has written it.
    void poison();

    // Brings this block's contents into the section, and keeps those of the block that were there.
    void install();

private:
    const Module& _module;
    unsigned _dynamicBytes;
    std::size_t _mappedBytes = 0;
    char* _mapped = nullptr;
    char* _dynamic = nullptr;
    std::vector<char> _static; // while another block is installed
    static SharedMemory* s_installed;
};
}
