#include "memory.h"
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sys/mman.h>

namespace emulator
{
namespace
{
constexpr std::size_t page = 4096, inaccessible = 1 << 20, alignment = 16;
constexpr char poison = '\xff', guard = '\xa5';

std::size_t roundUp(std::size_t value, std::size_t unit)
{
    return (value + unit - 1) / unit * unit;
}

template <class Condition> void require(bool holds, Condition message)
{
    if (!holds)
        throw Failure(CUDA_ERROR_INVALID_VALUE, message());
}
}

CUdeviceptr Memory::s_next = Memory::firstAddress;

Memory::~Memory()
{
    for (auto& [address, allocation] : _live)
        munmap(allocation.mapped, allocation.mappedBytes);
    for (auto& [address, allocation] : _pinned)
        munmap(allocation.mapped, allocation.mappedBytes);
}

// The data end where the inaccessible pages begin, but for what alignment asks.
Memory::Allocation Memory::map(std::size_t bytes)
{
    std::size_t usable = roundUp(roundUp(bytes, alignment), page);
    Allocation allocation{};
    allocation.bytes = bytes;
    allocation.mappedBytes = usable + 2 * inaccessible;
    void* memory = mmap(nullptr, allocation.mappedBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        throw Failure(CUDA_ERROR_OUT_OF_MEMORY, "the host has no memory left");
    allocation.mapped = static_cast<char*>(memory);
    allocation.begin = allocation.mapped + inaccessible;
    allocation.end = allocation.begin + usable;
    allocation.data = allocation.end - roundUp(bytes, alignment);
    if (mprotect(allocation.begin, usable, PROT_READ | PROT_WRITE) != 0)
        throw Failure(CUDA_ERROR_OUT_OF_MEMORY, "the host has no memory left");
    std::memset(allocation.begin, guard, usable);
    std::memset(allocation.data, poison, bytes);
    return allocation;
}

CUdeviceptr Memory::allocate(std::size_t bytes)
{
    require(bytes > 0, [] { return "an allocation of 0 bytes"; });
    if (bytes > _capacity - _used)
        throw Failure(CUDA_ERROR_OUT_OF_MEMORY,
            std::to_string(bytes) + " bytes of " + std::to_string(_capacity - _used) + " that are left");
    CUdeviceptr address = s_next;
    _live[address] = map(bytes);
    s_next += roundUp(bytes, inaccessible) + inaccessible;
    _used += bytes;
    return address;
}

void Memory::checkStart(CUdeviceptr address) const
{
    require(_live.count(address) != 0, [&] { return whyUnknown(address); });
}

void Memory::free(CUdeviceptr address)
{
    checkStart(address);
    checkGuards(address);
    auto found = _live.find(address);
    munmap(found->second.mapped, found->second.mappedBytes);
    _used -= found->second.bytes;
    _freed[address] = found->second.bytes;
    _live.erase(found);
}

Memory::Live::const_iterator Memory::find(CUdeviceptr address) const
{
    auto after = _live.upper_bound(address);
    if (after == _live.begin())
        return _live.end();
    auto found = std::prev(after);
    return address <= found->first + found->second.bytes ? found : _live.end();
}

char* Memory::access(CUdeviceptr address, std::size_t bytes) const
{
    auto found = find(address);
    require(found != _live.end(), [&] { return whyUnknown(address); });
    CUdeviceptr offset = address - found->first;
    require(bytes <= found->second.bytes - offset, [&] {
        return std::to_string(bytes) + " bytes from " + text(address) + " on end outside the allocation of "
            + std::to_string(found->second.bytes) + " bytes at " + text(found->first);
    });
    return found->second.data + offset;
}

void* Memory::argument(CUdeviceptr address) const
{
    if (address == 0)
        return nullptr;
    auto* pointer = reinterpret_cast<void*>(address);
    if (address < firstAddress && isPinned(pointer, 1))
        return pointer;
    return access(address, 0);
}

void Memory::checkGuards(CUdeviceptr address) const
{
    auto found = find(address);
    if (found == _live.end())
        return;
    const Allocation& allocation = found->second;
    auto spoilt = [](char byte) { return byte != guard; };
    if (std::any_of(allocation.begin, allocation.data, spoilt)
        || std::any_of(allocation.data + allocation.bytes, allocation.end, spoilt))
        throw Failure(CUDA_ERROR_ILLEGAL_ADDRESS, "something was written beside the allocation of "
            + std::to_string(allocation.bytes) + " bytes at " + text(found->first));
}

std::string Memory::whyUnknown(CUdeviceptr address) const
{
    auto after = _freed.upper_bound(address);
    if (after != _freed.begin() && address < std::prev(after)->first + std::prev(after)->second)
        return text(address) + " is memory that was freed";
    return text(address) + (_live.count(address) == 0 && find(address) != _live.end()
        ? " is not the start of an allocation" : " is no device memory");
}

void* Memory::allocateHost(std::size_t bytes)
{
    require(bytes > 0, [] { return "an allocation of 0 bytes"; });
    Allocation allocation = map(bytes);
    _pinned[allocation.data] = allocation;
    return allocation.data;
}

void Memory::freeHost(void* pointer)
{
    auto found = _pinned.find(static_cast<char*>(pointer));
    require(found != _pinned.end(), [&] {
        return text(reinterpret_cast<CUdeviceptr>(pointer)) + " is not the start of pinned memory";
    });
    munmap(found->second.mapped, found->second.mappedBytes);
    _pinned.erase(found);
}

bool Memory::isPinned(const void* pointer, std::size_t bytes) const
{
    const auto* start = static_cast<const char*>(pointer);
    auto after = _pinned.upper_bound(start);
    if (after == _pinned.begin())
        return false;
    const Allocation& allocation = std::prev(after)->second;
    if (start >= allocation.data + allocation.bytes)
        return false;
    require(start + bytes <= allocation.data + allocation.bytes, [&] {
        return std::to_string(bytes) + " bytes from the host's " + text(reinterpret_cast<CUdeviceptr>(pointer))
            + " on end outside pinned memory";
    });
    return true;
}

std::string Memory::text(CUdeviceptr address)
{
    char digits[24];
    std::snprintf(digits, sizeof digits, "0x%llx", static_cast<unsigned long long>(address));
    return digits;
}
}
