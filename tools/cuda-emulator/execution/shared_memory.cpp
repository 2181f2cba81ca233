#include "shared_memory.h"
#include <cstring>
#include <stdexcept>
#include <sys/mman.h>

namespace emulator
{
SharedMemory* SharedMemory::s_installed = nullptr;

SharedMemory::SharedMemory(const Module& module, unsigned dynamicBytes)
    : _module(module), _dynamicBytes(dynamicBytes), _static(static_cast<std::size_t>(module.sharedEnd - module.sharedBegin))
{
    constexpr std::size_t page = 4096;
    std::size_t bytes = (dynamicBytes + 15u) & ~15u;
    _mappedBytes = (bytes + page - 1) / page * page + page;
    void* memory = mmap(nullptr, _mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::runtime_error("no memory for the shared memory of a block");
    _mapped = static_cast<char*>(memory);
    mprotect(_mapped + _mappedBytes - page, page, PROT_NONE);
    _dynamic = _mapped + _mappedBytes - page - bytes;
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : _module(other._module), _dynamicBytes(other._dynamicBytes), _mappedBytes(other._mappedBytes),
      _mapped(other._mapped), _dynamic(other._dynamic), _static(std::move(other._static))
{
    other._mapped = nullptr;
    if (s_installed == &other)
        s_installed = this;
}

SharedMemory::~SharedMemory()
{
    if (s_installed == this)
        s_installed = nullptr;
    if (_mapped != nullptr)
        munmap(_mapped, _mappedBytes);
}

void SharedMemory::poison()
{
    std::memset(_dynamic, 0xff, _dynamicBytes);
    if (_static.empty())
        return;
    std::memset(_static.data(), 0xff, _static.size());
    if (s_installed == this)
        std::memcpy(_module.sharedBegin, _static.data(), _static.size());
}

void SharedMemory::install()
{
    _module.state->dynamicShared = _dynamic;
    if (s_installed == this)
        return;
    if (s_installed != nullptr && !s_installed->_static.empty())
        std::memcpy(s_installed->_static.data(), s_installed->_module.sharedBegin, s_installed->_static.size());
    if (!_static.empty())
        std::memcpy(_module.sharedBegin, _static.data(), _static.size());
    s_installed = this;
}
}
